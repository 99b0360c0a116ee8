//! What a check is.

use crate::finding::Finding;
use crate::record::Record;

/// One thing that can be wrong with a network: its definition, and the function that looks for it.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The key, as in [`Finding::check`].
    pub name: &'static str,
    /// What it is called in a heading.
    pub title: &'static str,
    /// What is measured.
    pub measures: &'static str,
    /// Why it hurts.
    pub why: &'static str,
    /// From which value on it is found, and where that value comes from.
    pub threshold: &'static str,
    /// What to do, the least invasive first, as lines that begin with `- `.
    pub remedy: &'static str,
    /// Looks for it in a record.
    pub run: fn(&Record) -> Vec<Finding>,
}
