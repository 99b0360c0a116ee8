//! The checks: one file each, whose documentation is the user's.
//!
//! A new check is one new file and one line in [`checks`].

mod afflicted;
mod born_dead;
mod check;
mod dead_units;
mod exploding_gradient;
mod gradient_flow;
mod input_scale;
mod output_range;
mod plan;
mod saturated_units;
mod update_size;
mod vanishing_gradient;

pub use check::Check;

use std::sync::LazyLock;

/// The check of a file, with its documentation.
macro_rules! check {
    ($name:ident) => {
        Check::documented(
            stringify!($name),
            include_str!(concat!(stringify!($name), ".rs")),
            $name::REMEDIES,
            $name::run,
        )
    };
}

/// All checks. Where two see something at the same time and one has caused the other, its check comes first.
pub fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| {
        vec![
            check!(output_range),
            check!(input_scale),
            check!(born_dead),
            check!(saturated_units),
            check!(exploding_gradient),
            check!(vanishing_gradient),
            check!(update_size),
            check!(dead_units),
        ]
    });
    &CHECKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_is_documented() {
        for check in checks() {
            for text in [check.title, check.measures, check.why, check.threshold] {
                assert!(
                    !text.is_empty() && !text.contains("//!"),
                    "{}: {text}",
                    check.name
                );
            }
            assert!(check.threshold.contains("Source:"), "{}", check.threshold);
        }
    }

    #[test]
    fn the_documentation_lists_the_remedies_as_they_are_worded() {
        for check in checks() {
            let worded: Vec<String> = check.remedies.iter().map(|r| format!("- {}", r.text)).collect();
            assert_eq!(check.remedy.lines().collect::<Vec<_>>(), worded, "{}", check.name);
        }
    }
}
