//! Whether what is said of new data holds: studies are simulated whose truth is known, and counted.
//!
//! Scores follow a random-effects model: each activation has a mean, and each seed, each sample and each cell moves it
//! by chance. Whether verdicts hold is simulated in `race`.

use crate::fixture;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use relume_report::judge::judge;
use relume_report::study::Study;
use relume_report::trial::{Metric, SampleCounts, Trial};
use statrs::distribution::{ContinuousCDF, Normal};

/// Half-width of the margin, in the unit of the simulated metric.
const MARGIN: f64 = 0.1;

/// How much seeds, samples and cells move a score (standard deviations), and how a test set comes about.
#[derive(Clone, Copy, Debug)]
struct Chance {
    seeds: u64,
    activations: usize,
    pool: usize,
    test: usize,
    by_seed: f64,
    by_sample: f64,
    by_cell: f64,
}

/// What was counted over many studies, as shares.
#[derive(Debug, Default)]
struct Count {
    /// Studies in which every interval holds the truth.
    covered: f64,
    /// The widest of a study's intervals, on average.
    width: f64,
}

/// One study: all others differ from the first activation by `shift`.
fn study(chance: Chance, shift: f64, rng: &mut StdRng) -> Vec<Trial> {
    let normal = Normal::standard();
    let mut gauss = |sd: f64| sd * normal.inverse_cdf(rng.random::<f64>().clamp(1e-15, 1.0 - 1e-15));
    let Chance {
        seeds,
        activations,
        pool,
        test,
        ..
    } = chance;
    let sample_effects: Vec<Vec<f64>> = (0..activations)
        .map(|_| (0..pool).map(|_| gauss(chance.by_sample)).collect())
        .collect();
    let seed_effects: Vec<Vec<f64>> = (0..activations)
        .map(|_| (0..seeds).map(|_| gauss(chance.by_seed)).collect())
        .collect();
    let noise: Vec<f64> = (0..seeds as usize * activations * test)
        .map(|_| gauss(chance.by_cell))
        .collect();
    let mut noise = noise.into_iter();
    let mut trials = Vec::new();
    for seed in 0..seeds {
        let samples = draw(pool, test, rng);
        for activation in 0..activations {
            let mean = if activation == 0 { 5.0 } else { 5.0 + shift };
            let values = samples.iter().map(|&i| {
                let effects =
                    seed_effects[activation][seed as usize] + sample_effects[activation][i as usize];
                (mean + effects + noise.next().expect("there is noise for every cell")) as f32
            });
            let values = values.collect();
            let mut trial = fixture::trial(&format!("f{activation}"), seed, 0.0);
            trial.task.metric = Metric::Other("score".into());
            trial.task.samples = Some(SampleCounts {
                train: pool - test,
                validation: 0,
                test,
            });
            trials.push(fixture::scored(trial, samples.clone(), values));
        }
    }
    trials
}

/// `test` of `pool` samples, without repetition, in random order.
fn draw(pool: usize, test: usize, rng: &mut StdRng) -> Vec<u32> {
    let mut samples: Vec<u32> = (0..pool as u32).collect();
    for i in 0..test {
        let j = rng.random_range(i..pool);
        samples.swap(i, j);
    }
    samples.truncate(test);
    samples
}

fn count(chance: Chance, shift: f64, studies: usize) -> Count {
    let mut rng = StdRng::seed_from_u64(20);
    let mut count = Count::default();
    let study_of = Study {
        margin: MARGIN,
        ..Study::default()
    };
    for _ in 0..studies {
        let judgement = judge(&study_of, &study(chance, shift, &mut rng)).expect("the trials are in order");
        let truth = |name: &str| if name == "f0" { 0.0 } else { shift };
        let (mut all, mut widest) = (true, 0.0_f64);
        for standing in &judgement.standings {
            let Some(difference) = &standing.difference else {
                continue;
            };
            let truth = truth(&standing.activation) - truth(&difference.to);
            let found = difference.new_data.expect("every sample's score is known");
            all &= found.low <= truth && truth <= found.high;
            widest = widest.max(found.high - found.low);
        }
        count.width += widest / studies as f64;
        count.covered += f64::from(u8::from(all)) / studies as f64;
    }
    println!("{chance:?}, shift {shift}: {count:?}");
    count
}

const FIXED: Chance = Chance {
    seeds: 10,
    activations: 6,
    pool: 120,
    test: 120,
    by_seed: 0.1,
    by_sample: 0.4,
    by_cell: 1.0,
};
const REDRAWN: Chance = Chance {
    pool: 400,
    test: 80,
    ..FIXED
};

#[test]
fn intervals_hold_the_truth_together() {
    let cases = [
        FIXED,
        REDRAWN,
        Chance {
            by_seed: 0.0,
            by_sample: 0.0,
            ..FIXED
        },
        Chance {
            by_seed: 0.4,
            ..REDRAWN
        },
        Chance {
            by_seed: 0.0,
            by_sample: 1.0,
            by_cell: 0.3,
            ..FIXED
        },
        Chance { seeds: 5, ..REDRAWN },
    ];
    for chance in cases {
        let count = count(chance, 0.0, 300);
        assert!(count.covered >= 0.94, "{chance:?}: {count:?}");
    }
}

#[test]
fn intervals_are_not_wide_for_nothing() {
    // With many seeds and little chance they are narrower than the margin.
    let easy = Chance {
        seeds: 20,
        by_seed: 0.02,
        by_sample: 0.05,
        by_cell: 0.3,
        ..REDRAWN
    };
    assert!(count(easy, 0.0, 40).width < 2.0 * MARGIN);
}
