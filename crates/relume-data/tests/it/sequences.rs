//! Sequences and texts of different lengths: their scale, their vocabulary, and groups that no split divides.

use proptest::prelude::*;
use relume_data::{Dataset, Groups, Inputs, MAX_STEPS, Shape, Targets};

fn data(inputs: Inputs, test_from: Option<usize>) -> Dataset {
    let labels = (0..inputs.len() as u32).map(|i| i % 2).collect();
    let names = vec!["even".into(), "odd".into()];
    let targets = Targets::Classes { labels, names };
    Dataset::new("test", "a test", inputs, targets, test_from, vec![]).unwrap()
}

/// Sequences of 1, 2, 3, ... steps of two channels: the step's place, and a hundred times the sample's.
fn staircase(samples: usize) -> Inputs {
    let steps: Vec<usize> = (1..=samples).collect();
    let values = (0..samples).flat_map(|i| (0..=i).flat_map(move |t| [t as f32, 100.0 * i as f32]));
    Inputs::sequences(values.collect(), 2, &steps)
}

#[test]
fn samples_of_different_lengths_lie_one_after_another() {
    let inputs = staircase(4);
    assert_eq!((inputs.len(), inputs.values.len()), (4, 20));
    assert_eq!(
        inputs.shape,
        Shape::Sequence {
            steps: 4,
            channels: 2
        }
    );
    assert_eq!(inputs.sample(2), [0.0, 200.0, 1.0, 200.0, 2.0, 200.0]);
    assert_eq!((0..4).map(|i| inputs.steps(i)).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let even = Inputs::sequences(vec![0.0; 12], 2, &[3, 3]);
    assert_eq!(
        (even.starts.clone(), even.steps(1), even.range(1)),
        (None, 3, 6..12)
    );
}

#[test]
fn each_channel_is_scaled_over_the_steps_of_the_training_samples() {
    let data = data(staircase(6), None);
    let train = [0, 2, 3];
    let scaled = data.standardised(&train);
    let of_channel = |channel: usize| {
        let of_train = train
            .iter()
            .flat_map(|&i| scaled[data.inputs.range(i)].chunks_exact(2));
        of_train.map(|step| f64::from(step[channel])).collect::<Vec<_>>()
    };
    for channel in 0..2 {
        let values = of_channel(channel);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        assert!(
            mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-6,
            "{mean} {variance}"
        );
    }
}

#[test]
fn a_vocabulary_holds_what_the_training_texts_hold_the_most_frequent_first() {
    let tokens = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
    let inputs = Inputs::texts(
        vec![1.0, 1.0, 2.0, 2.0, 2.0, 0.0, 0.0, 3.0, 0.0, 1.0, 1.0, 1.0],
        tokens,
        &[2, 3, 2, 1, 2, 2],
    );
    let data = data(inputs, None);
    let vocabulary = data.vocabulary(&[0, 1, 2]);
    // c three times, then a and b twice; d, which only the fourth text has, is unknown.
    assert_eq!(vocabulary.len(), 4);
    assert_eq!(
        (0..4).map(|token| vocabulary.number(token)).collect::<Vec<_>>(),
        [2, 3, 1, 0]
    );
    // Of the third and fourth, d occurs once among two tokens: what occurs once is unknown.
    let vocabulary = data.vocabulary(&[2, 3]);
    assert_eq!(
        (vocabulary.len(), vocabulary.number(3), vocabulary.number(0)),
        (2, 0, 1)
    );
}

#[test]
fn too_many_steps_are_refused_with_what_to_do() {
    let inputs = Inputs::sequences(vec![0.0; 8 * (MAX_STEPS + 1)], 1, &[MAX_STEPS + 1; 8]);
    let targets = Targets::Values((0..8).map(|i| i as f32).chain([8.0, 9.0]).collect());
    let inputs = Inputs::sequences(
        [inputs.values, vec![0.0; 2 * (MAX_STEPS + 1)]].concat(),
        1,
        &[MAX_STEPS + 1; 10],
    );
    let message = Dataset::new("long", "a test", inputs, targets, None, vec![])
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("10,001 steps") && message.contains("cut the samples"),
        "{message}"
    );
}

fn groups(of: Vec<u32>, n: usize) -> Groups {
    Groups {
        kind: "speaker",
        of,
        names: (0..n).map(|i| format!("s{i}")).collect(),
    }
}

#[test]
fn a_single_group_cannot_be_split() {
    let message = data(staircase(6), None)
        .with_groups(groups(vec![0; 6], 1))
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("one speaker") && message.contains("at random"),
        "{message}"
    );
}

#[test]
fn a_class_that_one_group_alone_has_cannot_be_held_out() {
    // Each group has one class only, and there are two groups.
    let data = data(staircase(6), None)
        .with_groups(groups(vec![0, 1, 0, 1, 0, 1], 2))
        .unwrap();
    let message = data.hold_out(1, 0.4).unwrap_err().to_string();
    assert!(
        message.contains("2 speakers") && message.contains("every class"),
        "{message}"
    );
}

proptest! {
    #[test]
    fn no_group_is_on_both_sides(sizes in prop::collection::vec(4_usize..40, 2..12), seed: u64, share in 0.05..0.95) {
        let of: Vec<u32> = sizes.iter().enumerate().flat_map(|(i, &n)| vec![i as u32; n]).collect();
        let data = data(staircase(of.len()), None).with_groups(groups(of.clone(), sizes.len())).unwrap();
        let split = data.hold_out(seed, share).unwrap();
        prop_assert_eq!(split.train.len() + split.test.len(), of.len());
        let has = |part: &[usize], group: u32| part.iter().any(|&i| of[i] == group);
        for group in 0..sizes.len() as u32 {
            prop_assert!(has(&split.train, group) != has(&split.test, group));
        }
        // As near to the share as the groups let it come, but for the first that is always held out and the last that never is.
        let largest = *sizes.iter().max().unwrap() as f64;
        let wanted = share * of.len() as f64;
        prop_assert!((split.test.len() as f64 - wanted).abs() <= largest);
        prop_assert_eq!(split, data.hold_out(seed, share).unwrap());
    }
}
