//! The checks: one file each, whose documentation is the user's.
//!
//! A new check is one new file and one line in [`checks`].

mod afflicted;
mod born_dead;
mod broadcast_shapes;
mod check;
mod constant_output;
mod cut_gradient;
mod dead_units;
mod exploding_gradient;
mod gradient_flow;
mod input_scale;
mod leftover_gradients;
mod loss_mismatch;
mod no_gradient;
mod no_optimizer_step;
mod non_finite_data;
mod non_finite_loss;
mod not_learning;
mod optimizer_parameters;
mod output_range;
mod plan;
mod saturated_units;
mod step_size;
mod symmetric_units;
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
            $name::FOLLOWS_FROM,
            $name::run,
        )
    };
}

/// All checks. Where two see something at the same time and one has caused the other, its check comes first.
pub fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| {
        vec![
            check!(non_finite_data),
            check!(no_optimizer_step),
            check!(optimizer_parameters),
            check!(loss_mismatch),
            check!(broadcast_shapes),
            check!(output_range),
            check!(no_gradient),
            check!(cut_gradient),
            check!(leftover_gradients),
            check!(input_scale),
            check!(symmetric_units),
            check!(born_dead),
            check!(update_size),
            check!(saturated_units),
            check!(non_finite_loss),
            check!(exploding_gradient),
            check!(vanishing_gradient),
            check!(dead_units),
            check!(constant_output),
            check!(not_learning),
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
    fn a_check_follows_from_checks_that_are_there() {
        for check in checks() {
            for cause in check.follows_from {
                assert!(
                    *cause != check.name && checks().iter().any(|other| other.name == *cause),
                    "{}: {cause}",
                    check.name
                );
            }
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
