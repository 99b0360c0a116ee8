//! Steps, optimisers, gradients and layers.

use crate::record::{STEPS, constant, headline, losses, moved, sound, stuck, values};
use relume_doctor::{
    AlongFirst, AlongKind, Dropout, InputFacts, NonFinite, Quantity, Range, Record, Severity, diagnose,
};

#[test]
fn a_forgotten_step() {
    let mut record = stuck();
    record.setup.calls.optimizer = 0;
    record.setup.optimizers.clear();
    for snapshot in &mut record.snapshots {
        snapshot.parameters.clear();
    }
    headline(&record, "no_optimizer_step", "call_step");
    // A loop that changes the weights by hand shows it by learning.
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn an_optimiser_of_other_parameters() {
    let mut record = stuck();
    record.setup.optimizers[0].held = 0;
    record.setup.optimizers[0].foreign = 4;
    for parameter in &mut record.course.parameters {
        parameter.held = false;
    }
    for snapshot in &mut record.snapshots {
        snapshot.parameters.clear();
    }
    let found = headline(&record, "optimizer_parameters", "give_parameters");
    assert!(found.summary.contains("4 of the 4"), "{}", found.summary);
    // To train the last layer alone is nothing wrong.
    let mut tuned = sound();
    for parameter in &mut tuned.course.parameters[..2] {
        parameter.held = false;
    }
    assert_eq!(diagnose(&tuned), []);
}

#[test]
fn a_rate_of_zero() {
    let mut record = stuck();
    record.setup.optimizers[0].learning_rate = Some(constant(0.0));
    for snapshot in &mut record.snapshots[1..] {
        snapshot.parameters = vec![moved(0.0); 4];
    }
    let found = headline(&record, "update_size", "raise_learning_rate");
    assert!(
        found.summary.contains("the learning rate is 0"),
        "{}",
        found.summary
    );
    assert!(
        found.prescription[0].ends_with("Here: it is 0."),
        "{:?}",
        found.prescription
    );
}

#[test]
fn a_rate_that_moves_nothing_is_raised_within_what_is_usual() {
    let mut record = stuck();
    record.setup.optimizers[0].learning_rate = Some(constant(1e-6));
    for snapshot in &mut record.snapshots[1..] {
        snapshot.parameters = vec![moved(1e-9); 4];
    }
    let found = headline(&record, "update_size", "raise_learning_rate");
    assert!(found.summary.contains("too small"), "{}", found.summary);
    assert_eq!(found.remedies[0].value, Some(1e6));
    record.setup.optimizers[0].betas = Some([0.9, 0.999]);
    let adam = headline(&record, "update_size", "raise_learning_rate");
    assert_eq!(adam.remedies[0].value, Some(1e4));
    assert!(
        adam.remedies.iter().all(|remedy| remedy.kind != "optimiser"),
        "it is Adam already"
    );
}

#[test]
fn a_rate_that_kills_late() {
    let mut record = sound();
    record.course.losses = losses(|step| {
        if step < 140.0 {
            1.1 * (-0.02 * step).exp()
        } else {
            1.3
        }
    });
    let found = headline(&record, "update_size", "lower_learning_rate");
    assert!(found.summary.contains("thrown up again"), "{}", found.summary);
}

#[test]
fn no_gradient_and_one_that_is_cut_off() {
    let mut record = stuck();
    for parameter in &mut record.course.parameters {
        parameter.zero = STEPS;
    }
    headline(&record, "no_gradient", "differentiable_loss");
    let mut record = stuck();
    for parameter in &mut record.course.parameters[..2] {
        (parameter.steps, parameter.missing) = (0, STEPS);
    }
    let found = headline(&record, "cut_gradient", "keep_connected");
    assert!(
        found.summary.contains("0.weight and 0.bias") && found.summary.contains("2.weight"),
        "{}",
        found.summary
    );
    // Frozen layers, and those that no optimiser holds, are meant so.
    let mut frozen = sound();
    for parameter in &mut frozen.course.parameters[..2] {
        (parameter.steps, parameter.missing, parameter.held) = (0, STEPS, false);
    }
    assert_eq!(diagnose(&frozen), []);
}

#[test]
fn gradients_that_pile_up() {
    let mut record = stuck();
    record.setup.calls.leftovers = STEPS - 1;
    headline(&record, "leftover_gradients", "zero_gradients");
    let mut record = sound();
    record.setup.calls.leftovers = STEPS / 10;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn units_that_are_all_the_same() {
    let mut record = stuck();
    record.course.parameters[0].rows_equal = Some(true);
    headline(&record, "symmetric_units", "initialise");
    // A last layer may begin at zero.
    let mut record = stuck();
    record.course.parameters[2].rows_equal = Some(true);
    assert_eq!(diagnose(&record)[0].check, "not_learning");
    // So may others, such as one of two factors; but not all.
    for (equal, check) in [([true, false], "not_learning"), ([true, true], "symmetric_units")] {
        let mut record = stuck();
        for (i, equal) in equal.into_iter().enumerate() {
            record.course.parameters[2 * i].rows_equal_at_first = Some(equal);
        }
        assert_eq!(diagnose(&record)[0].check, check);
    }
}

#[test]
fn layers_without_an_activation_between_them() {
    let mut record = stuck();
    record.course.parameters[0].shape = vec![16, 8];
    record.course.parameters[2].shape = vec![3, 16];
    headline(&record, "missing_activation", "add_activations");
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), [], "a linear network may learn");
}

#[test]
fn parameters_that_the_module_does_not_know() {
    let mut record = stuck();
    record.setup.unregistered = vec![vec![16, 8]];
    headline(&record, "unregistered_parameters", "register");
    let mut learns = sound();
    learns.setup.unregistered = vec![vec![16, 8]];
    assert_eq!(diagnose(&learns), []);
}

#[test]
fn a_learning_rate_that_has_come_to_its_end() {
    let ended = |record: &mut Record| {
        record.setup.optimizers[0].learning_rate = Some(Range {
            first: 0.1,
            last: 1e-6,
            min: 1e-6,
            max: 0.1,
        });
    };
    let mut record = stuck();
    ended(&mut record);
    for pass in record.snapshots.iter_mut().filter(|pass| pass.pass > 1) {
        for parameter in &mut pass.parameters {
            parameter.update_ratio = parameter.update_ratio.map(|_| 1e-9);
        }
    }
    headline(&record, "update_size", "later_schedule");
    // Still moving, or learnt before it ended.
    let mut moving = stuck();
    ended(&mut moving);
    assert_eq!(diagnose(&moving)[0].check, "not_learning");
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn dropout_that_leaves_out_too_much() {
    let dropped = |mut record: Record, share: f64| {
        record.setup.dropouts = vec![Dropout {
            name: "drop".into(),
            share,
        }];
        record
    };
    headline(&dropped(stuck(), 0.9), "dropout", "less_dropout");
    assert_eq!(diagnose(&dropped(stuck(), 0.5))[0].check, "not_learning");
    assert_eq!(diagnose(&dropped(sound(), 0.9)), []);
}

#[test]
fn weight_decay_that_is_too_strong() {
    let decayed = |mut record: Record, name: &str, decay: f64| {
        let optimizer = &mut record.setup.optimizers[0];
        optimizer.name = name.into();
        optimizer.decays_by_itself = name == "AdamW";
        optimizer.weight_decay = Some(decay);
        optimizer.learning_rate = Some(constant(1e-3));
        record
    };
    headline(&decayed(stuck(), "SGD", 0.1), "weight_decay", "less_weight_decay");
    headline(
        &decayed(stuck(), "AdamW", 5.0),
        "weight_decay",
        "less_weight_decay",
    );
    assert_eq!(diagnose(&decayed(stuck(), "AdamW", 0.3))[0].check, "not_learning");
    assert_eq!(diagnose(&decayed(stuck(), "SGD", 5e-3))[0].check, "not_learning");
    assert_eq!(diagnose(&decayed(sound(), "SGD", 0.1)), []);
}

#[test]
fn batches_of_one_sample() {
    let mut record = stuck();
    record.setup.largest_normalised_batch = Some(1);
    headline(&record, "batch_of_one", "larger_batch");
    record.setup.largest_normalised_batch = Some(8);
    assert_eq!(diagnose(&record)[0].check, "not_learning");
}

#[test]
fn samples_that_are_mixed_with_each_other() {
    let mixed = |kind: AlongKind, length: u64, beside: u64| {
        let mut record = stuck();
        record.setup.inputs = Some(InputFacts {
            values: values(&[32, 12, 4], -1.0, 1.0),
            ..InputFacts::default()
        });
        record.setup.along_first = vec![AlongFirst {
            name: "layer".into(),
            kind,
            length,
            beside,
        }];
        record
    };
    for (kind, length) in [
        (AlongKind::Recurrent, 32),
        (AlongKind::Attention, 32),
        (AlongKind::Softmax, 64),
    ] {
        headline(&mixed(kind, length, 12), "mixed_samples", "axis_of_samples");
    }
    for (kind, length, beside) in [
        (AlongKind::Recurrent, 12, 32), // Time comes first.
        (AlongKind::Recurrent, 32, 32), // Either may be time.
        (AlongKind::Recurrent, 32, 1),  // One sentence, tagged word by word.
        (AlongKind::Softmax, 48, 12),
    ] {
        let found = diagnose(&mixed(kind, length, beside));
        assert_eq!(found[0].check, "not_learning", "{kind:?} {length} {beside}");
    }
}

#[test]
fn a_network_that_is_mostly_frozen() {
    let mut record = stuck();
    record.course.parameters[0].frozen = true;
    record.course.parameters[0].shape = vec![16, 100];
    headline(&record, "frozen_parameters", "unfreeze");
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn classes_in_an_order_and_real_against_made_samples() {
    let with = |std_within: f64, uniform: u64, largest: f64| {
        let mut record = sound();
        let targets = record.setup.targets.as_mut().unwrap();
        targets.integral = true;
        (targets.max, targets.std) = (Some(largest), Some(0.4 * largest));
        (targets.std_within, targets.uniform) = (Some(std_within * largest), uniform);
        diagnose(&record)
    };
    assert_eq!(with(0.1, 18, 2.0)[0].check, "unshuffled_data");
    assert_eq!(with(0.1, 18, 1.0)[0].check, "unshuffled_data");
    assert_eq!(with(0.38, 0, 2.0), []);
    // Each batch of ones or of zeros, as in an adversarial training.
    assert_eq!(with(0.0, 20, 1.0), []);
}

#[test]
fn values_in_an_order() {
    let with = |mut record: Record, shape: &[u64]| {
        record.setup.loss.as_mut().unwrap().terms = vec![crate::record::term("mse")];
        let mut targets = values(shape, -1.0, 1.0);
        targets.std_within = Some(0.1);
        record.setup.targets = Some(targets);
        diagnose(&record)
    };
    assert_eq!(with(stuck(), &[32, 1])[0].check, "unshuffled_data");
    // A time series that is learnt, and pictures, whose pixels are alike in all of them.
    assert_eq!(with(sound(), &[32, 1]), []);
    assert_eq!(with(stuck(), &[32, 16, 16])[0].check, "not_learning");
}

#[test]
fn steps_that_cannot_have_lowered_the_loss() {
    let mut record = stuck();
    for parameter in &mut record.course.parameters {
        parameter.mean_square = Some(1e-4);
    }
    // 200 steps at a rate of 0.1 with ‖g‖² of 4e-4 in all take 0.008 at most.
    headline(&record, "update_size", "raise_learning_rate");
    for parameter in &mut record.course.parameters {
        parameter.mean_square = Some(1e-2);
    }
    assert_eq!(diagnose(&record)[0].check, "not_learning");
}

#[test]
fn a_gradient_that_shrinks_through_time() {
    let with = |mut record: relume_doctor::Record, steps, ratio| {
        record.setup.recurrent = vec![relume_doctor::ThroughTime {
            name: "rnn".into(),
            steps,
            first_over_largest: Some(ratio),
            ..relume_doctor::ThroughTime::default()
        }];
        record
    };
    headline(&with(stuck(), 50, 1e-6), "vanishing_gradient", "gated_layers");
    assert_eq!(diagnose(&with(stuck(), 50, 0.1))[0].check, "not_learning");
    assert_eq!(diagnose(&with(sound(), 50, 1e-6)), []);
    // Where steps are too large, they are the cause.
    let mut record = with(stuck(), 50, 1e-6);
    for snapshot in &mut record.snapshots[1..] {
        snapshot.parameters = vec![moved(0.5); 4];
    }
    assert_eq!(diagnose(&record)[0].check, "update_size");
}

#[test]
fn the_losses_of_an_adversarial_training_do_not_tell() {
    let with = |uniform: u64| {
        let mut record = stuck();
        let targets = record.setup.targets.as_mut().unwrap();
        (targets.max, targets.uniform) = (Some(1.0), uniform);
        diagnose(&record)
    };
    assert_eq!(with(20), []);
    // Other terms may have targets that vary.
    assert_eq!(with(10), []);
    assert_eq!(with(9)[0].check, "not_learning");
}

#[test]
fn targets_that_are_all_the_same() {
    let mut record = sound();
    let targets = record.setup.targets.as_mut().unwrap();
    (targets.min, targets.max) = (Some(1.0), Some(1.0));
    // The loss comes down at once.
    record.course.losses = losses(|step| if step < 5.0 { 1.0 } else { 0.001 });
    headline(&record, "constant_targets", "look_at_targets");
    // If that takes work, the right one of several is in the same place for all samples.
    let mut ranked = record.clone();
    ranked.course.losses = losses(|step| 1.0 / (1.0 + step / 100.0));
    assert_eq!(diagnose(&ranked), []);
    // One of many similarities, which is in the same place for all samples.
    let mut similar = record.clone();
    let loss = similar.setup.loss.as_mut().unwrap();
    loss.operations.insert(0, "cat".into());
    assert_eq!(diagnose(&similar), []);
    // What a generator makes is compared with what a discriminator says of it.
    let mut generator = record.clone();
    generator.setup.outputs.as_mut().unwrap().values.shape = vec![32, 1, 28, 28];
    assert_eq!(diagnose(&generator), []);
    let targets = record.setup.targets.as_mut().unwrap();
    targets.shape = vec![9];
    assert_eq!(diagnose(&record), [], "180 samples are too few");
}

#[test]
fn targets_that_do_not_belong_to_the_inputs() {
    let unrelated = || {
        let mut record = stuck();
        record.setup.outputs = sound().setup.outputs;
        record
    };
    let found = headline(&unrelated(), "unrelated_targets", "look_at_targets");
    assert!(found.certainty.contains("by exclusion"));
    assert_eq!(
        diagnose(&unrelated())[1].follows_from.as_deref(),
        Some("unrelated_targets")
    );
    // Anything else that is found explains it better, be it a warning.
    let mut record = unrelated();
    record.setup.dropouts = vec![Dropout {
        name: "drop".into(),
        share: 0.9,
    }];
    assert_eq!(diagnose(&record)[0].check, "dropout");
    // Far above the constant's loss, something drives it there.
    let mut record = unrelated();
    record.course.losses = losses(|_| 1.5);
    assert!(
        diagnose(&record)
            .iter()
            .all(|finding| finding.check != "unrelated_targets")
    );
}

#[test]
fn steps_along_the_gradient() {
    let mut record = stuck();
    record.setup.calls.uphill = 19;
    headline(&record, "uphill_steps", "minimise");
    record.setup.calls.uphill = 12;
    assert_eq!(diagnose(&record)[0].check, "not_learning");
    // Who maximises on purpose learns.
    let mut record = sound();
    record.setup.calls.uphill = 20;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn an_operation_without_a_gradient_inside_of_the_network() {
    let mut record = stuck();
    for parameter in &mut record.course.parameters[..2] {
        parameter.zero = STEPS;
    }
    let found = headline(&record, "no_gradient", "differentiable_loss");
    assert!(found.summary.contains("0.weight") && found.summary.contains("2.weight"));
    record.course.losses = sound().course.losses;
    assert_eq!(diagnose(&record), []);
}

#[test]
fn an_optimiser_that_holds_only_what_is_frozen() {
    let mut record = stuck();
    for (i, parameter) in record.course.parameters.iter_mut().enumerate() {
        parameter.frozen = i < 2;
        parameter.held = i == 1;
        parameter.shape = vec![16, if i < 2 { 800 } else { 8 }];
    }
    let found = headline(&record, "frozen_parameters", "unfreeze");
    assert!(
        found.summary.contains("all that the optimiser holds"),
        "{}",
        found.summary
    );
}

#[test]
fn an_optimiser_of_a_part_in_a_long_run_that_shows_nothing() {
    let mut record = sound();
    for parameter in &mut record.course.parameters[..2] {
        parameter.held = false;
    }
    // Just more than 5 % below the constant, but not surely: it may have learnt, and may not.
    record.course.losses = losses(|_| 1.1 * 0.945);
    let found = &diagnose(&record)[0];
    assert_eq!(
        (found.check.as_str(), found.severity),
        ("optimizer_parameters", Severity::Warning)
    );
}

#[test]
fn a_loss_above_the_constant_that_came_from_higher_was_not_thrown() {
    let mut record = stuck();
    record.course.losses = losses(|step| 4.0 - 0.01 * step);
    record
        .snapshots
        .iter_mut()
        .skip(1)
        .for_each(|s| s.parameters = vec![moved(5e-3); 4]);
    assert!(diagnose(&record).iter().all(|f| !f.summary.contains("thrown")));
    record.course.losses = losses(|_| 2.0);
    assert!(diagnose(&record).iter().any(|f| f.summary.contains("thrown")));
}

#[test]
fn a_gradient_that_grows_through_time() {
    let with = |mut record: Record, steps| {
        record.setup.recurrent = vec![relume_doctor::ThroughTime {
            name: "rnn".into(),
            steps,
            first_over_largest: Some(1.0),
            largest_over_last: Some(1e5),
            ..relume_doctor::ThroughTime::default()
        }];
        // What comes of it.
        for snapshot in &mut record.snapshots[1..] {
            snapshot.parameters = vec![moved(0.5); 4];
        }
        record
    };
    headline(&with(stuck(), 50), "exploding_gradient", "clip");
    assert_eq!(diagnose(&with(stuck(), 5))[0].check, "update_size");
    assert_eq!(diagnose(&with(sound(), 50)), []);
}

#[test]
fn decay_rates_that_are_swapped() {
    let with = |mut record: Record, betas| {
        record.setup.optimizers[0].name = "Adam".into();
        record.setup.optimizers[0].betas = Some(betas);
        record
    };
    headline(&with(stuck(), [0.999, 0.9]), "decay_rates", "usual_decay_rates");
    assert_eq!(diagnose(&with(stuck(), [0.9, 0.999]))[0].check, "not_learning");
    assert_eq!(diagnose(&with(sound(), [0.999, 0.9])), []);
}

#[test]
fn several_dropouts_that_leave_next_to_nothing() {
    let with = |share: f64, count: usize, loss: f64| {
        let mut record = sound();
        record.course.losses = losses(|step| 1.1 - (1.1 - loss) * (step / STEPS as f64).sqrt());
        record.setup.dropouts = vec![
            Dropout {
                name: "drop".into(),
                share,
            };
            count
        ];
        diagnose(&record)
    };
    let found = &with(0.5, 4, 0.9)[0];
    assert_eq!(
        (found.check.as_str(), found.severity),
        ("dropout", Severity::Warning)
    );
    assert_eq!(with(0.5, 3, 0.9), []);
    assert_eq!(with(0.5, 4, 0.6), [], "it gets there");
}

#[test]
fn outputs_that_steps_have_made_the_same() {
    let mut record = stuck();
    let outputs = record.setup.outputs.as_mut().unwrap();
    outputs.spread = Some(Range {
        first: 0.9,
        last: 1e-6,
        min: 1e-6,
        max: 0.9,
    });
    headline(&record, "update_size", "lower_learning_rate");
    // They were the same from the start.
    record.setup.outputs.as_mut().unwrap().spread = Some(constant(1e-6));
    assert_eq!(diagnose(&record)[0].check, "constant_output");
}

#[test]
fn targets_that_are_not_the_next_tokens() {
    let mut record = sound();
    for (ahead, loss, expected) in [
        (None, 0.001, false),
        (Some(0), 0.001, true),
        (Some(0), 0.5, false),
        (Some(1), 0.001, false),
        (Some(2), 0.5, true),
    ] {
        record.setup.targets_ahead = ahead;
        record.course.losses = losses(|step| if step < 5.0 { 1.0 } else { loss });
        let found = diagnose(&record);
        assert_eq!(
            found.iter().any(|f| f.check == "target_offset"),
            expected,
            "{ahead:?}, {loss}"
        );
    }
    record = stuck();
    record.setup.targets_ahead = Some(2);
    headline(&record, "target_offset", "shift_once");
}

#[test]
fn losses_without_a_smallest_value() {
    let mut record = sound();
    record.course.losses = losses(|step| -(step.exp2().min(1e9)));
    record.baseline_loss = None;
    assert_eq!(diagnose(&record)[0].check, "loss_mismatch");
}

#[test]
fn what_is_undefined_without_having_grown() {
    let lost = |what, name: &str, step| {
        let mut record = stuck();
        record.course.first_non_finite = Some(NonFinite {
            step,
            what,
            name: name.into(),
            count: 0,
            samples: vec![],
            affected: 0,
            batch: 0,
        });
        diagnose(&record).iter().any(|f| f.check == "non_finite_loss")
    };
    assert!(lost(Quantity::Output, "exp", 20));
    assert!(lost(Quantity::Loss, "add", 60));
    assert!(lost(Quantity::Parameter, "0.weight", 1));
    assert!(lost(Quantity::Gradient, "0.weight", 3));
    // Before any step an exponential that overflows, or a weight that is none, was made so.
    assert!(!lost(Quantity::Output, "exp", 0));
    assert!(!lost(Quantity::Parameter, "0.weight", 0));
}
