//! Splits, scales and fingerprints.

use proptest::prelude::*;
use relume_data::{Dataset, Inputs, Shape, Split, Targets, digits};

fn features(values: Vec<f32>, width: usize, targets: Targets, test_from: Option<usize>) -> Dataset {
    let names = (0..width).map(|i| format!("f{i}")).collect();
    let inputs = Inputs::new(values, Shape::Features { names });
    Dataset::new("test", "a test", inputs, targets, test_from, vec![]).unwrap()
}

fn classes(labels: Vec<u32>, count: usize, test_from: Option<usize>) -> Dataset {
    let names = (0..count).map(|i| format!("c{i}")).collect();
    let values = (0..labels.len()).map(|i| i as f32).collect();
    features(values, 1, Targets::Classes { labels, names }, test_from)
}

/// Worked out by a separate program: ChaCha8 by its definition, keyed with the seed, and the shuffle as the
/// documentation of `split` has it. The last number weights every index by its part.
#[test]
fn digits_are_split_as_documented() {
    let digits = digits();
    let start = |seed| {
        let Split {
            train,
            validation,
            test,
        } = digits.split(seed).unwrap();
        let sum = |part: &[usize]| part.iter().sum::<usize>();
        let checksum = sum(&train) + 2 * sum(&validation) + 3 * sum(&test);
        let lengths = (train.len(), validation.len(), test.len());
        (
            lengths,
            train[..8].to_vec(),
            validation[..8].to_vec(),
            test[..8].to_vec(),
            checksum,
        )
    };
    assert_eq!(
        start(0),
        (
            (1079, 359, 359),
            vec![1, 2, 3, 6, 7, 9, 10, 12],
            vec![4, 11, 14, 15, 30, 35, 36, 43],
            vec![0, 5, 8, 21, 34, 39, 41, 50],
            2592755
        )
    );
    assert_eq!(
        start(7),
        (
            (1079, 359, 359),
            vec![0, 2, 3, 4, 6, 7, 8, 10],
            vec![1, 9, 25, 26, 31, 32, 40, 63],
            vec![5, 15, 17, 18, 22, 29, 30, 33],
            2571376
        )
    );
}

proptest! {
    #[test]
    fn a_split_is_a_stratified_partition(
        counts in prop::collection::vec(4usize..40, 2..6),
        seed in any::<u64>(),
        order in any::<prop::sample::Index>(),
        given in any::<bool>(),
    ) {
        let mut labels: Vec<u32> =
            counts.iter().enumerate().flat_map(|(class, &n)| vec![class as u32; n]).collect();
        let n = labels.len();
        labels.rotate_left(order.index(n));
        // A given test part that takes nothing from the classes above: one more sample of each.
        let test_from = given.then_some(n);
        if given {
            labels.extend(0..counts.len() as u32);
        }
        let data = classes(labels.clone(), counts.len(), test_from);
        let split = data.split(seed).unwrap();
        prop_assert_eq!(&split, &data.split(seed).unwrap());
        let mut all = [split.train.clone(), split.validation.clone(), split.test.clone()].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        for part in [&split.train, &split.validation, &split.test] {
            prop_assert!(part.is_sorted());
        }
        if given {
            prop_assert_eq!(&split.test, &(n..labels.len()).collect::<Vec<_>>());
        }
        let held_out = if given { 0.25 } else { 0.2 };
        for (class, &count) in counts.iter().enumerate() {
            let share = |part: &[usize]| part.iter().filter(|&&i| labels[i] == class as u32).count() as f64;
            prop_assert!((share(&split.validation) - held_out * count as f64).abs() <= 0.5);
            if !given {
                prop_assert!((share(&split.test) - held_out * count as f64).abs() <= 0.5);
            }
        }
    }

    #[test]
    fn a_share_of_each_class_is_held_out(
        counts in prop::collection::vec(3usize..40, 2..6),
        seed in any::<u64>(),
        share in 0.01f64..0.99,
        given in any::<bool>(),
    ) {
        let mut labels: Vec<u32> =
            counts.iter().enumerate().flat_map(|(class, &n)| vec![class as u32; n]).collect();
        let n = labels.len();
        let test_from = given.then_some(n);
        if given {
            labels.extend(0..counts.len() as u32);
        }
        let data = classes(labels.clone(), counts.len(), test_from);
        let split = data.hold_out(seed, share).unwrap();
        prop_assert_eq!(&split, &data.hold_out(seed, share).unwrap());
        let mut all = [split.train.clone(), split.test.clone()].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        prop_assert!(split.train.is_sorted() && split.test.is_sorted() && split.validation.is_empty());
        for (class, &count) in counts.iter().enumerate().filter(|_| !given) {
            let held_out = split.test.iter().filter(|&&i| labels[i] == class as u32).count();
            prop_assert!(held_out >= 1 && held_out < count);
            let exact = (share * count as f64).clamp(1.0, (count - 1) as f64);
            prop_assert!((held_out as f64 - exact).abs() <= 0.5);
        }
        if given {
            prop_assert_eq!(&split.test, &(n..labels.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn standardised_columns_have_mean_0_and_deviation_1(
        rows in prop::collection::vec((-1e3f32..1e3, 1e6f32..1.001e6, Just(4.2f32)), 10..60),
        missing in any::<prop::sample::Index>(),
    ) {
        let n = rows.len();
        let mut values: Vec<f32> = rows.iter().flat_map(|row| [row.0, row.1, row.2]).collect();
        let gap = missing.index(n);
        values[3 * gap] = f32::NAN;
        let targets = Targets::Values((0..n).map(|i| i as f32).collect());
        let data = features(values.clone(), 3, targets, None);
        let train: Vec<usize> = (0..n).step_by(2).collect();
        let scaled = data.standardised(&train);
        prop_assert_eq!(scaled[3 * gap], 0.0);
        for column in 0..2 {
            let seen: Vec<f64> =
                train.iter().map(|i| f64::from(values[3 * i + column])).filter(|value| !value.is_nan()).collect();
            let mean = seen.iter().sum::<f64>() / seen.len() as f64;
            let deviation =
                (seen.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / seen.len() as f64).sqrt();
            prop_assume!(deviation > 0.0);
            for i in (0..n).filter(|&i| column != 0 || i != gap) {
                let expected = (f64::from(values[3 * i + column]) - mean) / deviation;
                let actual = f64::from(scaled[3 * i + column]);
                prop_assert!((actual - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{actual} {expected}");
            }
        }
        prop_assert!(scaled.iter().skip(2).step_by(3).all(|value| *value == 0.0), "a constant becomes 0");
    }
}

#[test]
fn images_are_standardised_per_channel() {
    // Two channels of 1x2 pixels: the first holds 0 and 2 in training, the second is constant there.
    let values = vec![0.0, 2.0, 7.0, 7.0, 2.0, 0.0, 7.0, 7.0, 4.0, 1.0, 8.0, 7.0];
    let values = [values.clone(), values].concat();
    let inputs = Inputs::new(
        values,
        Shape::Image {
            channels: 2,
            height: 1,
            width: 2,
        },
    );
    let names = vec!["a".into(), "b".into()];
    let targets = Targets::Classes {
        labels: vec![0, 0, 0, 1, 1, 1],
        names,
    };
    let data = Dataset::new("test", "a test", inputs, targets, None, vec![]).unwrap();
    let scaled = data.standardised(&[0, 1]);
    assert_eq!(
        scaled[..12],
        [-1.0, 1.0, 0.0, 0.0, 1.0, -1.0, 0.0, 0.0, 3.0, 0.0, 0.0, 0.0]
    );
}

#[test]
fn targets_are_scaled_by_the_training_samples() {
    let targets = Targets::Values(vec![1.0, 3.0, 100.0, 1.0, 3.0, 5.0, 6.0, 7.0, 8.0, 9.0]);
    let data = features(vec![0.0; 10], 1, targets, None);
    assert_eq!(data.target_scale(&[0, 1, 3, 4]), (2.0, 1.0));
    assert_eq!(
        data.target_scale(&[1, 4]),
        (3.0, 1.0),
        "a constant is not divided by 0"
    );
    assert_eq!(digits().target_scale(&[0, 1]), (0.0, 1.0));
}

#[test]
fn the_fingerprint_is_of_the_content() {
    let one = digits();
    // By a separate program; a change would make old trials incomparable with new ones.
    assert_eq!(one.fingerprint(), "5b3357911bcd7618410b2170b9942653");
    let mut renamed = one.clone();
    renamed.name = "other".into();
    renamed.notes.push("note".into());
    assert_eq!(one.fingerprint(), renamed.fingerprint());
    let mut changed = one.clone();
    changed.inputs.values[99] += 1.0;
    assert_ne!(one.fingerprint(), changed.fingerprint());
    let mut relabelled = one.clone();
    if let Targets::Classes { labels, .. } = &mut relabelled.targets {
        labels.swap(0, 1);
    }
    assert_ne!(one.fingerprint(), relabelled.fingerprint());
    let given = Dataset {
        test_from: Some(1000),
        ..one.clone()
    };
    assert_ne!(one.fingerprint(), given.fingerprint());
}

#[test]
fn data_that_cannot_be_compared_on_is_refused() {
    let make = |labels: Vec<u32>, count: usize, test_from| {
        let names = (0..count).map(|i| format!("c{i}")).collect();
        let inputs = Inputs::new(
            vec![0.0; labels.len()],
            Shape::Features {
                names: vec!["f".into()],
            },
        );
        let targets = Targets::Classes { labels, names };
        crate::message(Dataset::new("pets", "a test", inputs, targets, test_from, vec![]))
    };
    assert!(make(vec![], 2, None).contains("empty"));
    assert!(make(vec![0; 9], 1, None).contains("one class (`c0`)"));
    let small = make(vec![0, 0, 0, 1, 1], 2, None);
    assert_eq!(
        small,
        "pets: class `c1` has 2 samples to split; each class needs at least 3, one each for training, validation \
         and test: add some or leave it out"
    );
    assert!(make(vec![0, 0, 1, 0, 1], 2, Some(3)).contains("class `c1` has 1 samples"));
    assert!(make(vec![0, 0, 1, 1], 2, Some(4)).contains("test part is empty"));
    let regression = |values: Vec<f32>| {
        let inputs = Inputs::new(
            vec![0.0; values.len()],
            Shape::Features {
                names: vec!["f".into()],
            },
        );
        crate::message(Dataset::new(
            "house",
            "a test",
            inputs,
            Targets::Values(values),
            None,
            vec![],
        ))
    };
    assert!(regression(vec![2.5; 20]).contains("always 2.5"));
    assert!(regression(vec![1.0, 2.0]).contains("too few"));
}
