//! Bands and rates: against librosa (`fixtures/make_sounds.py`) and theory.

use crate::fixture;
use proptest::prelude::*;
use relume_data::mel::{LogMel, Settings, filters};
use relume_data::resample::at_rate;
use relume_data::wav::{MAX_SAMPLE, Recording, decode};
use std::collections::BTreeMap;
use std::f64::consts::TAU;

#[test]
fn the_filters_are_those_of_librosa() {
    let table = String::from_utf8(fixture("mel.csv")).unwrap();
    let mut expected: BTreeMap<[usize; 3], Vec<Vec<f64>>> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [rate, size, bands, band, bin] = [0, 1, 2, 3, 4].map(|i| cells[i].parse::<usize>().unwrap());
        let filters = expected
            .entry([rate, size, bands])
            .or_insert_with(|| vec![vec![0.0; size / 2 + 1]; bands]);
        filters[band][bin] = cells[5].parse().unwrap();
    }
    assert_eq!(expected.len(), 5);
    for ([rate, size, bands], theirs) in expected {
        let ours = filters(rate as u32, size, bands);
        assert_eq!((ours.len(), ours[0].len()), (bands, size / 2 + 1));
        for (ours, theirs) in ours.iter().flatten().zip(theirs.iter().flatten()) {
            assert!((ours - theirs).abs() < 1e-9, "{rate} Hz: {ours} {theirs}");
        }
    }
}

#[test]
fn the_bands_are_those_of_librosa() {
    let recording = decode("chirp.wav", &fixture("chirp.wav")).unwrap();
    let ours = LogMel::new(8000, Settings::default()).of(&recording);
    let table = String::from_utf8(fixture("log_mel.csv")).unwrap();
    let theirs: Vec<f64> = table
        .lines()
        .flat_map(|line| line.split(','))
        .map(|cell| cell.parse().unwrap())
        .collect();
    assert_eq!((ours.len(), theirs.len()), (11 * 40, 11 * 40));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert!((f64::from(*ours) - theirs).abs() < 1e-3, "{ours} {theirs}");
    }
}

#[test]
fn as_many_frames_as_fit() {
    let mel = LogMel::new(16_000, Settings::default());
    let frames = [0, 399, 400, 559, 560, 16_000].map(|samples| mel.frames(samples));
    assert_eq!(frames, [0, 0, 1, 1, 2, 98]);
    let of = |samples: usize| {
        let samples = (0..samples).map(|i| (i % 7) as f32).collect();
        mel.of(&Recording {
            rate: 16_000,
            samples,
        })
        .len()
    };
    assert_eq!((of(399), of(400), of(16_000)), (0, 40, 98 * 40));
}

fn sine(rate: u32, hertz: f64, length: usize) -> Recording {
    let samples = (0..length).map(|n| (TAU * hertz * n as f64 / f64::from(rate)).sin() as f32);
    Recording {
        rate,
        samples: samples.collect(),
    }
}

#[test]
fn a_tone_keeps_its_frequency_and_phase_at_another_rate() {
    for (from, to) in [
        (8_000, 16_000),
        (16_000, 8_000),
        (44_100, 16_000),
        (11_025, 8_000),
        (48_000, 16_000),
        (15_991, 16_000),
    ] {
        let length = from as usize;
        let ours = at_rate(sine(from, 440.0, length), to);
        let expected = sine(to, 440.0, to as usize);
        assert_eq!((ours.rate, ours.samples.len()), (to, to as usize));
        // At both ends the tone begins and ends abruptly.
        for n in to as usize / 10..to as usize * 9 / 10 {
            let difference = (ours.samples[n] - expected.samples[n]).abs();
            assert!(difference < 1e-3, "{from} to {to}, sample {n}: {difference}");
        }
    }
}

#[test]
fn a_tone_that_a_lower_rate_cannot_carry_is_gone() {
    // Without a filter it would come back as one of 3 kHz.
    let ours = at_rate(sine(16_000, 5_000.0, 16_000), 8_000);
    let loudest = ours.samples[800..7200]
        .iter()
        .fold(0f32, |most, s| most.max(s.abs()));
    assert!(loudest < 1e-3, "{loudest}");
}

proptest! {
    #[test]
    fn every_filter_hears_something(rate in 4_000u32..=16_000) {
        let size = ((0.025 * f64::from(rate)).round() as usize).next_power_of_two();
        for filter in filters(rate, size, Settings::default().bands) {
            prop_assert!(filter.iter().any(|weight| *weight > 0.0));
            prop_assert!(filter.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
        }
    }

    #[test]
    fn bands_are_finite_and_within_the_range(
        samples in prop_oneof![
            prop::collection::vec(-1f32..1.0, 0..1000),
            prop::collection::vec(-MAX_SAMPLE..MAX_SAMPLE, 0..1000),
            prop::collection::vec(prop::num::f32::SUBNORMAL, 0..1000),
        ],
    ) {
        let mel = LogMel::new(8000, Settings::default());
        let frames = mel.frames(samples.len());
        let bands = mel.of(&Recording { rate: 8000, samples });
        prop_assert_eq!(bands.len(), 40 * frames);
        let (least, most) = bands.iter().fold((f32::MAX, f32::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
        prop_assert!(bands.iter().all(|band| band.is_finite()));
        // 80 dB are 8 powers of ten.
        prop_assert!(bands.is_empty() || most - least <= 8.0 * 10f32.ln() + 1e-4);
    }

    #[test]
    fn any_two_rates(from in 4_000u32..=192_000, to in 4_000u32..=16_000, length in 1usize..2000) {
        let samples = vec![0.25; length];
        let ours = at_rate(Recording { rate: from, samples }, to);
        prop_assert_eq!(ours.samples.len(), (length * to as usize).div_ceil(from as usize));
        prop_assert!(ours.samples.iter().all(|sample| sample.is_finite()));
    }
}
