//! The adding problem: of many numbers, two are marked, and their sum is asked for.
//!
//! S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9 (1997), in the form of Q. V. Le, N.
//! Jaitly and G. E. Hinton, arXiv 1504.00941: numbers from 0 to 1 in the first channel, a 1 at the two marked steps and
//! 0 elsewhere in the second. Any two different steps may be marked. Who always answers 1, the mean, has a mean squared
//! error of 1/6.

use super::recipe::{Parameter, Recipe, SEEDS};
use crate::dataset::{MAX_STEPS, MAX_VALUES};
use crate::random::{below, generator, uniform};
use crate::words::grouped;
use crate::{Dataset, Error, Inputs, Targets};

pub(crate) const RECIPE: Recipe = Recipe {
    name: "adding",
    parameters: &[
        Parameter {
            name: "length",
            default: 100,
            range: 2..=MAX_STEPS as u64,
        },
        Parameter {
            name: "samples",
            default: 10_000,
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

fn make(text: &str, length: usize, samples: usize, seed: u64) -> Result<Dataset, Error> {
    if samples * length > MAX_VALUES / 2 {
        let problem = format!(
            "{} sequences of {} steps are too many",
            grouped(samples),
            grouped(length)
        );
        return Err(Error::unfit(text, problem, "ask for fewer or shorter ones"));
    }
    let mut rng = generator(seed);
    let mut values = Vec::with_capacity(2 * samples * length);
    let mut sums = Vec::with_capacity(samples);
    for _ in 0..samples {
        let start = values.len();
        (0..length).for_each(|_| values.extend([uniform(&mut rng) as f32, 0.0]));
        let first = below(length, &mut rng);
        // One of the other steps: those from the first on move up by one.
        let second = below(length - 1, &mut rng);
        let second = second + usize::from(second >= first);
        let marked = [first, second].map(|step| start + 2 * step);
        marked.iter().for_each(|&number| values[number + 1] = 1.0);
        sums.push(values[marked[0]] + values[marked[1]]);
    }
    let inputs = Inputs::sequences(values, 2, &vec![length; samples]);
    let origin = "relume's generator of the adding problem (S. Hochreiter and J. Schmidhuber, 1997; Q. V. Le, \
                  N. Jaitly and G. E. Hinton, arXiv 1504.00941)";
    Dataset::new(text, origin, inputs, Targets::Values(sums), None, vec![])
}
