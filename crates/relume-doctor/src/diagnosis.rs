//! What all checks together say of a record.

use crate::checks::checks;
use crate::documentation;
use crate::finding::Finding;
use crate::record::Record;
use std::cmp::Reverse;
use std::sync::LazyLock;

/// A word that the checks and the report use, and what it means here.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// The word.
    pub name: &'static str,
    /// Its definition.
    pub definition: &'static str,
}

/// The words that several checks use.
pub fn terms() -> &'static [Term] {
    static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
        let learning = include_str!("learning.rs");
        ["Learns", "Sparsity"]
            .map(|name| Term {
                name,
                definition: documentation::section(learning, name),
            })
            .to_vec()
    });
    &TERMS
}

/// Everything that is wrong with a network by its record: faults before warnings, and of these what was seen first,
/// because a cause comes before its consequences.
///
/// A network that learns is not sick: no finding is made of zeros, small gradients or a few dead units.
pub fn diagnose(record: &Record) -> Vec<Finding> {
    let mut findings: Vec<Finding> = checks().iter().flat_map(|check| (check.run)(record)).collect();
    findings.sort_by_key(|finding| (Reverse(finding.severity), finding.since));
    for finding in &mut findings {
        finding.remedies.retain(|remedy| remedy.fits(record));
        finding.prescription = finding
            .remedies
            .iter()
            .map(|remedy| remedy.words(record))
            .collect();
    }
    findings
}
