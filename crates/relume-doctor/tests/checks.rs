//! Nets built healthy and nets built sick, trained for real: the former give no finding, the latter each theirs.

mod net;

use net::{Recipe, Samples, train};
use relume_doctor::{Finding, Record, Severity, checks, diagnose};

const SEEDS: std::ops::Range<u64> = 1..4;

/// A net that learns, with this many hidden layers.
fn healthy(activation: &'static str, depth: usize, width: usize, seed: u64) -> Recipe {
    let widths = [64].into_iter().chain(vec![width; depth]).chain([10]).collect();
    Recipe {
        activation,
        widths,
        weights: 1.0,
        bias: 0.0,
        learning_rate: 0.1,
        epochs: 6,
        seed,
    }
}

fn clouds(seed: u64) -> Samples {
    Samples::clouds(640, seed)
}

/// The share by which the loss of the last pass is below that of the best constant prediction.
fn learnt(record: &Record) -> f64 {
    let last = record.snapshots.last().unwrap().loss.unwrap_or(f64::INFINITY);
    1.0 - last / record.baseline_loss.unwrap()
}

/// No finding, whether or not the untrained net was observed and the baseline is known.
fn assert_no_finding(record: &Record, what: &Recipe) {
    let untold = Record {
        baseline_loss: None,
        ..record.clone()
    };
    let unborn = Record {
        snapshots: untold.snapshots[1..].to_vec(),
        ..untold.clone()
    };
    for record in [record, &untold, &unborn] {
        let findings = diagnose(record);
        assert!(
            findings.is_empty(),
            "{what:?} learnt {:.2}: {findings:#?}",
            learnt(record)
        );
    }
}

/// The finding of one check, complete with everything a reader needs; `None` if it found nothing.
fn finding(record: &Record, check: &str) -> Option<Finding> {
    let definition = checks().iter().find(|c| c.name == check).unwrap();
    let finding = diagnose(record).into_iter().find(|f| f.check == check)?;
    assert!(
        finding.samples > 0 && !finding.certainty.is_empty(),
        "{finding:#?}"
    );
    assert!(
        finding.evidence.iter().any(|e| e.threshold.is_some()),
        "{finding:#?}"
    );
    assert!(
        finding.summary.chars().any(|c| c.is_ascii_digit()),
        "{finding:#?}"
    );
    // Each in words, and none that its check does not know.
    assert_eq!(finding.prescription.len(), finding.remedies.len(), "{finding:#?}");
    for remedy in &finding.remedies {
        assert!(
            definition.remedies.iter().any(|d| d.name == remedy.kind),
            "{remedy:?}"
        );
    }
    Some(finding)
}

/// Trains what is sick and expects a fault of this check.
fn assert_fault(recipe: &Recipe, check: &str) -> Finding {
    let fault = assert_found(recipe, check);
    assert_eq!(fault.severity, Severity::Fault);
    fault
}

/// The same where the loss, which began far above what a constant gives, may still be coming down.
fn assert_found(recipe: &Recipe, check: &str) -> Finding {
    let record = train(recipe, &clouds(recipe.seed));
    let found = || diagnose(&record).into_iter().map(|f| f.check).collect::<Vec<_>>();
    let fault = finding(&record, check);
    fault.unwrap_or_else(|| panic!("{recipe:?} learnt {:.2}, {:?}", learnt(&record), found()))
}

fn value(finding: &Finding, quantity: &str) -> f64 {
    let evidence = finding.evidence.iter().find(|e| e.quantity.starts_with(quantity));
    evidence
        .and_then(|e| e.value)
        .unwrap_or_else(|| panic!("no {quantity}: {finding:#?}"))
}

#[test]
fn every_activation_of_the_catalogue_is_healthy_in_a_shallow_net() {
    for activation in relume::activations() {
        for seed in SEEDS {
            let mut recipe = healthy(activation.name(), 2, 48, seed);
            // What grows faster than its input wants smaller steps.
            if activation.value(100.0) > 1000.0 {
                recipe.learning_rate /= 30.0;
            }
            assert_no_finding(&train(&recipe, &clouds(seed)), &recipe);
        }
    }
}

#[test]
fn deeper_nets_that_learn_are_not_sick() {
    for activation in ["relu", "leaky_relu", "elu", "selu", "gelu", "tanh", "identity"] {
        for seed in SEEDS {
            let recipe = Recipe {
                epochs: 8,
                ..healthy(activation, 5, 48, seed)
            };
            let record = train(&recipe, &clouds(seed));
            assert!(learnt(&record) > 0.5, "{recipe:?}: {}", learnt(&record));
            assert_no_finding(&record, &recipe);
        }
    }
}

#[test]
fn a_relu_net_with_more_than_80_percent_zeros_is_healthy() {
    for seed in SEEDS {
        let recipe = Recipe {
            bias: -1.6,
            ..healthy("relu", 1, 400, seed)
        };
        let record = train(&recipe, &clouds(seed));
        let zeros = record.snapshots.last().unwrap().layers[0].zeros;
        assert!(
            zeros > 0.8 && learnt(&record) > 0.7,
            "{zeros} {}",
            learnt(&record)
        );
        assert_no_finding(&record, &recipe);
    }
}

#[test]
fn a_net_that_has_converged_has_small_gradients_and_no_finding() {
    for seed in SEEDS {
        let recipe = Recipe {
            epochs: 60,
            learning_rate: 0.2,
            ..healthy("relu", 2, 48, seed)
        };
        let record = train(&recipe, &Samples::clouds(200, seed));
        let gradient = |pass: usize| record.snapshots[pass].layers[0].gradient_rms.unwrap();
        assert!(
            gradient(60) < 0.05 * gradient(1),
            "{} {}",
            gradient(60),
            gradient(1)
        );
        assert_no_finding(&record, &recipe);
    }
}

#[test]
fn of_a_sound_net_on_a_task_that_cannot_be_learnt_no_cause_is_named() {
    for activation in ["relu", "gelu", "tanh"] {
        for seed in SEEDS {
            let recipe = Recipe {
                learning_rate: 0.02,
                epochs: 3,
                ..healthy(activation, 3, 48, seed)
            };
            let record = train(&recipe, &Samples::unlearnable(640, seed));
            assert!(learnt(&record) < 0.05, "{}", learnt(&record));
            let found: Vec<String> = diagnose(&record).into_iter().map(|f| f.check).collect();
            assert!(
                found.iter().all(|check| check == "not_learning"),
                "{recipe:?}: {found:?}"
            );
        }
    }
}

/// Narrow and deep: each is found if, and only if, one of its layers is silent on all samples.
#[test]
fn narrow_deep_relu_nets_are_found_born_dead() {
    let mut found = 0;
    for seed in 1..13 {
        let recipe = Recipe {
            epochs: 4,
            ..healthy("relu", 9, 2, seed)
        };
        let record = train(&recipe, &clouds(seed));
        let silent = record.snapshots[0].layers.iter().any(|layer| layer.silent == 2);
        let fault = finding(&record, "born_dead").filter(|f| f.severity == Severity::Fault);
        assert_eq!(fault.is_some(), silent && learnt(&record) < 0.05);
        if let Some(fault) = fault {
            found += 1;
            assert!(
                (value(&fault, "theory, for zero biases") - 0.925).abs() < 0.001,
                "{fault:#?}"
            );
            assert!(finding(&record, "dead_units").is_some_and(|f| f.severity == Severity::Fault));
        }
    }
    // At most 92.5 % by theory; with 64 inputs a layer is silent on all samples less often than on one.
    assert!((3..=12).contains(&found), "{found} of 12");
}

#[test]
fn large_negative_biases_kill() {
    for seed in SEEDS {
        let fault = assert_fault(
            &Recipe {
                bias: -10.0,
                ..healthy("relu", 3, 48, seed)
            },
            "dead_units",
        );
        assert_eq!(fault.layers, ["hidden1", "hidden2", "hidden3"]);
        assert_eq!(value(&fault, "dead units in hidden1"), 48.0);
        assert_eq!(fault.samples, 640);
        assert!(fault.certainty.contains("0.47 %"), "{}", fault.certainty);
        let leaky = Recipe {
            bias: -10.0,
            ..healthy("leaky_relu", 3, 48, seed)
        };
        assert_eq!(finding(&train(&leaky, &clouds(seed)), "dead_units"), None);
    }
}

#[test]
fn the_gradient_vanishes_in_a_deep_sigmoid_net_with_small_weights() {
    for seed in SEEDS {
        let fault = assert_fault(
            &Recipe {
                weights: 0.5,
                ..healthy("sigmoid", 12, 48, seed)
            },
            "vanishing_gradient",
        );
        assert_eq!(fault.layers, ["hidden1", "hidden12"]);
        // The sigmoid's slope at 0 is 1/4 and its weights here are half as large as they should be.
        assert!(
            (0.05..0.25).contains(&value(&fault, "factor per layer")),
            "{fault:#?}"
        );
    }
}

#[test]
fn the_gradient_explodes_with_weights_five_times_too_large() {
    for seed in SEEDS {
        let recipe = Recipe {
            weights: 5.0,
            ..healthy("relu", 6, 48, seed)
        };
        let fault = assert_fault(&recipe, "exploding_gradient");
        assert!(fault.summary.contains("NaN or infinite"), "{}", fault.summary);
        // With steps so small that nothing overflows, the growth shows by itself.
        let fault = assert_found(
            &Recipe {
                learning_rate: 1e-7,
                ..recipe
            },
            "exploding_gradient",
        );
        assert!(
            (3.5..7.0).contains(&value(&fault, "factor per layer")),
            "{fault:#?}"
        );
    }
}

#[test]
fn a_learning_rate_a_thousand_times_too_large_overthrows_the_weights() {
    for activation in ["relu", "tanh", "sigmoid", "elu"] {
        for seed in SEEDS {
            let recipe = Recipe {
                learning_rate: 100.0,
                epochs: 4,
                ..healthy(activation, 3, 48, seed)
            };
            let fault = assert_fault(&recipe, "update_size");
            assert!(fault.summary.contains("too large"), "{}", fault.summary);
        }
    }
}

#[test]
fn a_learning_rate_far_too_small_moves_nothing() {
    for seed in SEEDS {
        let recipe = Recipe {
            learning_rate: 1e-8,
            epochs: 3,
            ..healthy("relu", 3, 48, seed)
        };
        let fault = assert_fault(&recipe, "update_size");
        assert!(fault.summary.contains("too small"), "{}", fault.summary);
    }
}

#[test]
fn huge_weights_saturate_tanh() {
    for seed in SEEDS {
        let fault = assert_found(
            &Recipe {
                weights: 50.0,
                ..healthy("tanh", 3, 48, seed)
            },
            "saturated_units",
        );
        assert!(value(&fault, "saturated units in hidden1") >= 24.0, "{fault:#?}");
    }
}

/// The same numbers with a loss that falls are no finding.
#[test]
fn a_net_that_learns_is_not_sick() {
    let relu = healthy("relu", 6, 48, 1);
    for recipe in [
        Recipe {
            weights: 5.0,
            learning_rate: 1e-7,
            ..relu.clone()
        },
        Recipe {
            learning_rate: 1e-8,
            ..relu.clone()
        },
        Recipe {
            weights: 0.5,
            ..healthy("sigmoid", 12, 48, 1)
        },
        Recipe {
            weights: 50.0,
            ..healthy("tanh", 3, 48, 1)
        },
        Recipe { bias: -10.0, ..relu },
    ] {
        let mut record = train(&recipe, &clouds(1));
        assert!(!diagnose(&record).is_empty());
        let last = record.snapshots.last_mut().unwrap();
        last.loss = Some(0.5);
        assert_eq!(diagnose(&record), []);
    }
}
