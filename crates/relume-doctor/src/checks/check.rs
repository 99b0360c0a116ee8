//! What a check is.

use crate::documentation::{section, title};
use crate::finding::Finding;
use crate::record::Record;
use crate::remedies::RemedyDefinition;

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
    /// What can be done, the least invasive first.
    pub remedies: &'static [&'static RemedyDefinition],
    /// The same as its documentation lists it: lines that begin with `- `.
    pub remedy: &'static str,
    /// Whether what it finds stands for itself.
    pub role: Role,
    /// Looks for it in a record.
    pub run: fn(&Record) -> Vec<Finding>,
}

/// What the findings of a check are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A mistake in the program, the data or the initial weights. It is seen directly, and no consequence of others.
    Mistake,
    /// A mistake if it was there from the start, else a symptom.
    MistakeAtFirst,
    /// What is seen in training: it may come of a mistake, or of another symptom that was there before.
    Symptom,
}

impl Check {
    /// The check that `source`, the text of its file, documents.
    ///
    /// The texts are kept for the life of the program; this is called once per check.
    pub(super) fn documented(
        name: &'static str,
        source: &str,
        remedies: &'static [&'static RemedyDefinition],
        role: Role,
        run: fn(&Record) -> Vec<Finding>,
    ) -> Check {
        Check {
            name,
            title: title(source),
            measures: section(source, "What it measures"),
            why: section(source, "Why it hurts"),
            threshold: section(source, "Threshold and its source"),
            remedies,
            remedy: section(source, "What to do"),
            role,
            run,
        }
    }
}
