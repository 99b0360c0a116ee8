//! The checks: one file each, whose documentation is the user's, and the diagnosis they make together.
//!
//! A new check is one new file and one line in [`checks`].

mod afflicted;
mod born_dead;
mod check;
mod dead_units;
mod doc;
mod exploding_gradient;
mod gradient_flow;
mod input_scale;
mod learning;
mod output_range;
pub(crate) mod saturated_units;
mod update_size;
mod vanishing_gradient;

pub use check::Check;
pub(crate) use update_size::RATE_FACTOR;

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

/// All checks. Where two see something at the same time and one has caused the other, its check comes first.
pub fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| {
        vec![
            doc::check("output_range", include_str!("output_range.rs"), output_range::run),
            doc::check("input_scale", include_str!("input_scale.rs"), input_scale::run),
            doc::check("born_dead", include_str!("born_dead.rs"), born_dead::run),
            doc::check(
                "saturated_units",
                include_str!("saturated_units.rs"),
                saturated_units::run,
            ),
            doc::check(
                "exploding_gradient",
                include_str!("exploding_gradient.rs"),
                exploding_gradient::run,
            ),
            doc::check(
                "vanishing_gradient",
                include_str!("vanishing_gradient.rs"),
                vanishing_gradient::run,
            ),
            doc::check("update_size", include_str!("update_size.rs"), update_size::run),
            doc::check("dead_units", include_str!("dead_units.rs"), dead_units::run),
        ]
    });
    &CHECKS
}

/// The words that several checks use.
pub fn terms() -> &'static [Term] {
    static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
        let learning = include_str!("learning.rs");
        ["Learns", "Sparsity"]
            .map(|name| Term {
                name,
                definition: doc::section(learning, name),
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
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_documented() {
        for check in checks() {
            for text in [
                check.title,
                check.measures,
                check.why,
                check.threshold,
                check.remedy,
            ] {
                assert!(
                    !text.is_empty() && !text.contains("//!"),
                    "{}: {text}",
                    check.name
                );
            }
            assert!(
                check.remedy.lines().all(|line| line.starts_with("- ")),
                "{}",
                check.remedy
            );
            assert!(check.threshold.contains("Source:"), "{}", check.threshold);
        }
        assert!(terms().iter().all(|term| !term.definition.is_empty()));
    }
}
