//! What all checks together say of a record: causes first, their consequences below them.

use crate::checks::{Role, checks};
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
        let cause = cause_of(i, &found).map(|cause| match &cause.follows_from {
            // A consequence of a consequence has the same root.
            Some(root) => root.clone(),
            None => cause.check.clone(),
        });
        found[i].1.follows_from = cause;
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

/// What a symptom comes of: a mistake, or else the first symptom before it. Findings are in the order of their beginning.
fn cause_of(i: usize, found: &[(usize, Finding)]) -> Option<&Finding> {
    let (place, finding) = &found[i];
    if role(*place, finding) == Role::Mistake {
        return None;
    }
    let causes = |wanted| {
        let earlier = found.iter().enumerate().filter(move |(j, (other, cause))| {
            let began = *j < i || (wanted == Role::Mistake && cause.since <= finding.since);
            *j != i && began && role(*other, cause) == wanted
        });
        let mut earlier = earlier.map(|(_, (_, cause))| cause);
        earlier.find(|cause| explains(cause, finding))
    };
    causes(Role::Mistake).or_else(|| causes(Role::Symptom))
}

/// What the finding of a check is to others.
fn role(place: usize, finding: &Finding) -> Role {
    match checks()[place].role {
        Role::MistakeAtFirst if finding.since == 0 => Role::Mistake,
        Role::MistakeAtFirst => Role::Symptom,
        role => role,
    }
}

/// Checks that steps which are too small can explain.
const OF_SMALL_STEPS: [&str; 3] = ["vanishing_gradient", "constant_output", "not_learning"];

/// What mistakes explain even as warnings, where nothing else is known of the network: those at the output leave no
/// gradient or drive units far away, and so does one class after the other; a weight decay leaves weights of zero.
const EVEN_AS_WARNINGS: [(&str, &str); 9] = [
    ("loss_mismatch", "no_gradient"),
    ("loss_mismatch", "dead_units"),
    ("loss_mismatch", "constant_output"),
    ("unshuffled_data", "dead_units"),
    ("unshuffled_data", "constant_output"),
    ("output_range", "no_gradient"),
    ("output_range", "dead_units"),
    ("output_range", "constant_output"),
    ("weight_decay", "constant_output"),
];

/// Whether a finding can be the cause of another: a warning does not explain a fault, steps that are too small break
/// nothing, and a network that is one linear layer throws nothing up.
fn explains(cause: &Finding, finding: &Finding) -> bool {
    let small =
        cause.check == "update_size" && cause.remedies.iter().any(|remedy| RAISE_LEARNING_RATE.is(remedy));
    let weak = small || cause.check == "missing_activation";
    let certain = EVEN_AS_WARNINGS.contains(&(cause.check.as_str(), finding.check.as_str()));
    (cause.severity >= finding.severity || certain)
        && (!weak || OF_SMALL_STEPS.contains(&finding.check.as_str()))
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
