use crate::labels;
use relume_data::{Options, Shape, SplitBy, open, spoken};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

#[test]
fn the_file_is_the_one_that_was_made() {
    let file = include_bytes!("../../data/spoken.gz");
    let hash: String = Sha256::digest(file)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for text in [
        include_str!("../../data/make_spoken"),
        include_str!("../../data/README.md"),
    ] {
        assert!(text.contains(&hash), "{hash}");
    }
    assert!(file.len() < 1_500_000, "{} bytes", file.len());
}

#[test]
fn every_voice_says_every_digit() {
    let data = spoken();
    assert_eq!(
        data.description,
        "2,560 sequences of 9 to 72 steps of 40 numbers in 10 classes from English digits in noise, said by the \
         synthesiser espeak-ng 1.51"
    );
    assert!(matches!(data.inputs.shape, Shape::Sequence { channels: 40, .. }));
    let (labels, names) = labels(&data);
    assert_eq!(names.len(), 10);
    let groups = data.groups.as_ref().unwrap();
    let mut counts = vec![[0; 10]; groups.names.len()];
    for (&voice, &digit) in groups.of.iter().zip(&labels) {
        counts[voice as usize][digit as usize] += 1;
    }
    assert_eq!(counts, [[4; 10]; 64]);
    assert_eq!(groups.names.iter().collect::<BTreeSet<_>>().len(), 64);
}

#[test]
fn no_voice_is_on_both_sides() {
    let data = open("spoken", &Options::default()).unwrap();
    assert_eq!(data, spoken());
    let groups = data.groups.as_ref().unwrap();
    let split = data.hold_out(3, 0.4).unwrap();
    let voices = |samples: &[usize]| samples.iter().map(|&i| groups.of[i]).collect::<BTreeSet<_>>();
    assert!(voices(&split.train).is_disjoint(&voices(&split.test)));
    let random = open(
        "spoken",
        &Options {
            split: SplitBy::Random,
            limit: Some(1000),
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!((random.len(), random.groups), (1000, None));
}

/// The digits can be told apart by what the file holds: the nearest mean of the bands over time, of voices that were
/// held out, is far more often right than chance, which is right once in ten.
#[test]
fn what_was_said_can_be_heard() {
    let data = spoken();
    let (labels, _) = labels(&data);
    let split = data.hold_out(1, 0.3).unwrap();
    let scaled = data.standardised(&split.train);
    let profile = |sample: usize| {
        let steps = &scaled[data.inputs.range(sample)];
        let mut mean = vec![0.0; 40];
        for (i, value) in steps.iter().enumerate() {
            mean[i % 40] += f64::from(*value) * 40.0 / steps.len() as f64;
        }
        // Loudness says nothing.
        let level = mean.iter().sum::<f64>() / 40.0;
        mean.iter().map(|band| band - level).collect::<Vec<_>>()
    };
    let mut means = vec![vec![0.0; 40]; 10];
    for &i in &split.train {
        let mean = &mut means[labels[i] as usize];
        mean.iter_mut()
            .zip(profile(i))
            .for_each(|(mean, band)| *mean += band);
    }
    let of_class = |class: u32| split.train.iter().filter(|&&i| labels[i] == class).count() as f64;
    for (class, mean) in (0..).zip(&mut means) {
        mean.iter_mut().for_each(|band| *band /= of_class(class));
    }
    let distance = |mean: &[f64], profile: &[f64]| {
        let pairs = mean.iter().zip(profile);
        pairs.map(|(a, b)| (a - b).powi(2)).sum::<f64>()
    };
    let right = split.test.iter().filter(|&&i| {
        let profile = profile(i);
        let nearest =
            (0..10).min_by(|&a, &b| distance(&means[a], &profile).total_cmp(&distance(&means[b], &profile)));
        nearest == Some(labels[i] as usize)
    });
    let share = right.count() as f64 / split.test.len() as f64;
    assert!((0.3..0.8).contains(&share), "{share}");
}
