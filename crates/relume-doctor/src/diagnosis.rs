//! What all checks together say of a record: causes first, their consequences below them.

use crate::checks::checks;
use crate::documentation;
use crate::finding::Finding;
use crate::record::Record;
use crate::remedies::RAISE_LEARNING_RATE;
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

/// Everything that is wrong with a network by its record. The first finding is the likeliest cause, and its first remedy
/// the first thing to try.
///
/// Causes stand before what follows from them, faults before warnings, and what was seen first before what was seen
/// later. What follows from another finding has no remedies of its own: it should go with its cause. A network that
/// learns is not sick: no finding is made of zeros, small gradients or a few dead units.
pub fn diagnose(record: &Record) -> Vec<Finding> {
    let found = checks().iter().enumerate().flat_map(|(place, check)| {
        let findings = (check.run)(record).into_iter();
        findings.map(move |finding| (place, finding))
    });
    let mut found: Vec<(usize, Finding)> = found.collect();
    found.sort_by_key(|(place, finding)| (finding.since, *place));
    for i in 0..found.len() {
        let (before, rest) = found.split_at_mut(i);
        let (place, finding) = &mut rest[0];
        let causes = checks()[*place].follows_from;
        let cause = before
            .iter()
            .find(|(_, other)| causes.contains(&other.check.as_str()) && explains(other, &finding.check));
        // A consequence of a consequence has the same root.
        finding.follows_from = cause.map(|(_, cause)| match &cause.follows_from {
            Some(root) => root.clone(),
            None => cause.check.clone(),
        });
    }
    found.sort_by_key(|(place, finding)| {
        let follows = finding.follows_from.is_some();
        (follows, Reverse(finding.severity), finding.since, *place)
    });
    found
        .into_iter()
        .map(|(_, finding)| worded(finding, record))
        .collect()
}

/// Checks that steps which are too small can explain.
const OF_SMALL_STEPS: [&str; 3] = ["vanishing_gradient", "constant_output", "not_learning"];

/// Whether a finding can be the cause of another: steps that are too small break nothing.
fn explains(cause: &Finding, check: &str) -> bool {
    let small = cause.remedies.iter().any(|remedy| RAISE_LEARNING_RATE.is(remedy));
    cause.check != "update_size" || !small || OF_SMALL_STEPS.contains(&check)
}

/// A finding with its remedies in words, if it is a cause.
fn worded(mut finding: Finding, record: &Record) -> Finding {
    let is_cause = finding.follows_from.is_none();
    finding.remedies.retain(|remedy| is_cause && remedy.fits(record));
    finding.prescription = finding
        .remedies
        .iter()
        .map(|remedy| remedy.words(record))
        .collect();
    finding
}
