//! The checks: one file each, whose documentation is the user's.
//!
//! A new check is one new file and one line in [`checks`].

mod afflicted;
mod batch_of_one;
mod born_dead;
mod broadcast_shapes;
mod check;
mod constant_output;
mod constant_targets;
mod cut_gradient;
mod dead_units;
mod decay_rates;
mod dropout;
mod ends;
mod exploding_gradient;
mod frozen_parameters;
mod gradient_flow;
mod input_scale;
mod leftover_gradients;
mod loss_mismatch;
mod missing_activation;
mod mixed_samples;
mod no_gradient;
mod no_optimizer_step;
mod non_finite_data;
mod non_finite_loss;
mod not_learning;
mod optimizer_parameters;
mod output_range;
mod outweighed_loss;
mod plan;
mod rate_change;
mod rate_course;
mod saturated_units;
mod shut_gates;
mod step_reach;
mod step_size;
mod symmetric_units;
mod target_offset;
mod unregistered_parameters;
mod unrelated_targets;
mod unshuffled_data;
mod update_size;
mod uphill_steps;
mod vanishing_gradient;
mod weight_decay;

pub use check::{Check, Role};

use std::sync::LazyLock;

/// The check of a file, with its documentation.
macro_rules! check {
    ($name:ident, $role:ident) => {
        Check::documented(
            stringify!($name),
            include_str!(concat!(stringify!($name), ".rs")),
            $name::REMEDIES,
            Role::$role,
            $name::run,
        )
    };
}

/// All checks, in the order of causes: where two see something at the same time and one has caused the other, its check
/// comes first.
pub fn checks() -> &'static [Check] {
    static CHECKS: LazyLock<Vec<Check>> = LazyLock::new(|| {
        vec![
            check!(non_finite_data, Mistake),
            check!(no_optimizer_step, Mistake),
            check!(optimizer_parameters, Mistake),
            check!(unregistered_parameters, Mistake),
            check!(constant_targets, Mistake),
            check!(target_offset, Mistake),
            check!(loss_mismatch, Mistake),
            check!(outweighed_loss, Mistake),
            check!(broadcast_shapes, Mistake),
            check!(output_range, Mistake),
            check!(cut_gradient, Mistake),
            check!(uphill_steps, Mistake),
            check!(leftover_gradients, Mistake),
            check!(unshuffled_data, Mistake),
            check!(input_scale, Mistake),
            check!(missing_activation, Mistake),
            check!(mixed_samples, Mistake),
            check!(dropout, Mistake),
            check!(weight_decay, Mistake),
            check!(decay_rates, Mistake),
            check!(batch_of_one, Mistake),
            check!(frozen_parameters, Mistake),
            check!(symmetric_units, Mistake),
            check!(shut_gates, Mistake),
            check!(born_dead, Symptom),
            check!(no_gradient, Symptom),
            check!(update_size, Symptom),
            check!(saturated_units, Symptom),
            check!(non_finite_loss, MistakeAtFirst),
            check!(exploding_gradient, Symptom),
            check!(vanishing_gradient, Symptom),
            check!(dead_units, Symptom),
            check!(constant_output, Symptom),
            check!(unrelated_targets, Symptom),
            check!(not_learning, Symptom),
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
    fn mistakes_come_before_what_may_come_of_them() {
        let mut roles: Vec<Role> = checks().iter().map(|check| check.role).collect();
        roles.retain(|&role| role != Role::MistakeAtFirst);
        assert!(roles.is_sorted_by_key(|&role| role == Role::Symptom));
    }

    #[test]
    fn the_documentation_lists_the_remedies_as_they_are_worded() {
        for check in checks() {
            let worded: Vec<String> = check.remedies.iter().map(|r| format!("- {}", r.text)).collect();
            assert_eq!(check.remedy.lines().collect::<Vec<_>>(), worded, "{}", check.name);
        }
    }
}
