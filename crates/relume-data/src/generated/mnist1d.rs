//! MNIST-1D: ten digits as curves, each sample shifted, stretched, sheared and noisy.
//!
//! S. Greydanus and D. Kobak, Scaling down deep learning with MNIST-1D, arXiv 2011.14439. The templates and the
//! parameters are those of the authors' program (the Python package `mnist1d` 0.0.2.post1), as is the order of the
//! steps; the random numbers are not. Two things differ. Each part has equally many samples of each class, where theirs
//! has so in both parts together. And both parts are brought to the mean and the deviation of the training samples,
//! where theirs are brought to those of all: so the training samples stay the same however many are asked for to test
//! on.

use super::recipe::{Parameter, Recipe, SEEDS};
use crate::random::{below, generator, shuffle, uniform};
use crate::{Dataset, Error, Inputs, Targets};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

pub(crate) const RECIPE: Recipe = Recipe {
    name: "mnist1d",
    parameters: &[
        Parameter {
            name: "train",
            default: 4000,
            range: 20..=1_000_000,
        },
        Parameter {
            name: "test",
            default: 1000,
            range: 10..=1_000_000,
        },
        Parameter {
            name: "seed",
            default: 0,
            range: SEEDS,
        },
    ],
    make: |text, values| make(text, values[0] as usize, values[1] as usize, values[2]),
};

/// The steps of a sample as a network sees it.
const STEPS: usize = 40;

/// The steps of a sample while it is made: the template and as much padding as there may be.
const LONG: usize = TEMPLATE + MOST_PADDING;
const TEMPLATE: usize = 12;
const LEAST_PADDING: usize = 36;
const MOST_PADDING: usize = 60;

/// A sample is shifted by fewer steps than this.
const SHIFTS: usize = 48;

/// The width of the interval, around 1, that a sample's height is drawn from.
const HEIGHTS: f64 = 0.4;

/// The width of the interval, around 0, that the slope over the whole of a sample is drawn from.
const SLOPES: f64 = 0.75;

/// The deviation of the noise beside the curve, before it is smoothed.
const NOISE_BESIDE: f64 = 0.25;

/// The deviation, in steps, of the Gaussian that smooths the noise beside the curve; it ends after four of them.
const SMOOTHING: f64 = 2.0;

/// The deviation of the noise at each step.
const NOISE: f64 = 0.02;

/// What is added to a template, so that no step of it is taken for padding.
const NOT_ZERO: f64 = 1e-8;

const TEMPLATES: [[f64; TEMPLATE]; 10] = [
    [5.0, 6.0, 6.5, 6.75, 7.0, 7.0, 7.0, 7.0, 6.75, 6.5, 6.0, 5.0],
    [5.0, 3.0, 3.0, 3.4, 3.8, 4.2, 4.6, 5.0, 5.4, 5.8, 5.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.25, 4.75, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 6.0, 6.5, 6.5, 6.0, 5.0, 5.0, 6.0, 6.5, 6.5, 6.0, 5.0],
    [5.0, 4.4, 3.8, 3.2, 2.6, 2.6, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0],
    [5.0, 3.0, 3.0, 3.0, 3.0, 5.0, 6.0, 6.5, 6.5, 6.0, 4.5, 5.0],
    [5.0, 4.0, 3.5, 3.25, 3.0, 3.0, 3.0, 3.0, 3.25, 3.5, 4.0, 5.0],
    [5.0, 7.0, 7.0, 6.6, 6.2, 5.8, 5.4, 5.0, 4.6, 4.2, 5.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 4.0, 3.5, 3.5, 4.0, 5.0],
    [5.0, 4.0, 3.5, 3.5, 4.0, 5.0, 5.0, 5.0, 5.0, 4.7, 4.3, 5.0],
];

fn make(text: &str, train: usize, test: usize, seed: u64) -> Result<Dataset, Error> {
    let templates = TEMPLATES.map(scaled);
    let mut rng = generator(seed);
    let (mut values, mut labels) = (vec![], vec![]);
    for samples in [train, test] {
        let mut classes: Vec<u32> = (0..samples).map(|i| (i % TEMPLATES.len()) as u32).collect();
        shuffle(&mut classes, &mut rng);
        for &class in &classes {
            values.extend(sample(&templates[class as usize], &mut rng).map(|value| value as f32));
        }
        labels.extend(classes);
    }
    let (mean, deviation) = moments(values[..train * STEPS].iter().map(|value| f64::from(*value)));
    values
        .iter_mut()
        .for_each(|value| *value = ((f64::from(*value) - mean) / deviation) as f32);
    let inputs = Inputs::sequences(values, 1, &vec![STEPS; train + test]);
    let names = (0..TEMPLATES.len()).map(|digit| digit.to_string()).collect();
    let origin = "relume's generator of MNIST-1D (S. Greydanus and D. Kobak, arXiv 2011.14439)";
    Dataset::new(
        text,
        origin,
        inputs,
        Targets::Classes { labels, names },
        Some(train),
        vec![],
    )
}

/// A template with deviation 1/6 that begins at 0.
fn scaled(template: [f64; TEMPLATE]) -> [f64; TEMPLATE] {
    let (_, deviation) = moments(template.into_iter());
    template.map(|value| (value - template[0]) / deviation / 6.0)
}

/// The mean and the standard deviation.
fn moments(values: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.clone().sum::<f64>() / n;
    let square = values.map(|value| (value - mean).powi(2)).sum::<f64>();
    (mean, (square / n).sqrt())
}

fn sample(template: &[f64; TEMPLATE], rng: &mut ChaCha8Rng) -> [f64; STEPS] {
    let padding = LEAST_PADDING + below(MOST_PADDING - LEAST_PADDING + 1, rng);
    let mut padded = vec![0.0; TEMPLATE + padding];
    padded
        .iter_mut()
        .zip(template)
        .for_each(|(step, value)| *step = value + NOT_ZERO);
    let mut curve: [f64; LONG] = resampled(&padded);
    let height = 1.0 + HEIGHTS * (uniform(rng) - 0.5);
    curve.iter_mut().for_each(|value| *value *= height);
    curve.rotate_right(below(SHIFTS, rng));
    let beside = smoothed(&std::array::from_fn(|_| NOISE_BESIDE * normal(rng)));
    let slope = SLOPES * (uniform(rng) - 0.5);
    for (step, value) in curve.iter_mut().enumerate() {
        if *value == 0.0 {
            *value = beside[step];
        }
        *value += NOISE * normal(rng);
        *value -= slope * (step as f64 / (LONG - 1) as f64 - 0.5);
    }
    resampled(&curve)
}

fn normal(rng: &mut ChaCha8Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// As many values at even distances, between neighbours on the straight line, from the first value to the last.
fn resampled<const N: usize>(values: &[f64]) -> [f64; N] {
    let last = values.len() - 1;
    std::array::from_fn(|i| {
        let place = (i * last) as f64 / (N - 1) as f64;
        let left = (place as usize).min(last - 1);
        let share = place - left as f64;
        values[left] * (1.0 - share) + values[left + 1] * share
    })
}

/// Smoothed by a Gaussian; beyond its ends the noise is taken to be its mirror image.
fn smoothed(noise: &[f64; LONG]) -> [f64; LONG] {
    let reach = (4.0 * SMOOTHING) as isize;
    let weight = |offset: isize| (-0.5 * (offset as f64 / SMOOTHING).powi(2)).exp();
    let weights: Vec<f64> = (-reach..=reach).map(weight).collect();
    let total: f64 = weights.iter().sum();
    let mirrored = |place: isize| match place {
        place if place < 0 => -1 - place,
        place if place >= LONG as isize => 2 * LONG as isize - 1 - place,
        place => place,
    };
    std::array::from_fn(|i| {
        let sum: f64 = (-reach..)
            .zip(&weights)
            .map(|(offset, weight)| weight * noise[mirrored(i as isize + offset) as usize])
            .sum();
        sum / total
    })
}
