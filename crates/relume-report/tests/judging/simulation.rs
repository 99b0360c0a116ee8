//! Whether the judge keeps its word: many studies are simulated whose truth is known, and counted.
//!
//! Scores follow a random-effects model: each activation has a mean, and each seed, each sample and each cell
//! moves it by chance. What is asked is how often all simultaneous intervals of a study hold the truth, and how
//! often a verdict is wrong that lies exactly on the edge of the margin, where it is hardest.

use crate::fixture;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use relume_report::judge::{Verdict, judge};
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
    /// Comparisons called equivalent.
    equivalent: f64,
    /// Comparisons called worse.
    worse: f64,
}

/// One study: the first activation is the best on validation and all others differ from it by `shift`.
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
            let outcome = trial.outcome.as_mut().expect("made with an outcome");
            outcome.validation = Some(-(activation as f64));
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
        assert_eq!(judgement.best().expect("there is a best").activation, "f0");
        let mut all = true;
        let comparisons = judgement
            .standings
            .iter()
            .filter_map(|s| Some((s.difference?, s.verdict)));
        for (difference, verdict) in comparisons {
            assert!(difference.includes_sampling);
            all &= difference.interval.low <= shift && shift <= difference.interval.high;
            let each = 1.0 / ((chance.activations - 1) * studies) as f64;
            match verdict {
                Verdict::Equivalent => count.equivalent += each,
                Verdict::Worse => count.worse += each,
                _ => {}
            }
        }
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
        Chance { seeds: 3, ..FIXED },
    ];
    for chance in cases {
        let count = count(chance, 0.0, 300);
        assert!(count.covered >= 0.94, "{chance:?}: {count:?}");
    }
}

/// In what share of studies, whose activations are all as good as each other, all intervals hold that truth.
fn covered_without_a_true_difference(validated: bool, activations: u64, studies: usize) -> f64 {
    let mut rng = StdRng::seed_from_u64(7);
    let normal = Normal::standard();
    let mut gauss = || normal.inverse_cdf(rng.random::<f64>().clamp(1e-15, 1.0 - 1e-15));
    let study = Study {
        margin: MARGIN,
        ..Study::default()
    };
    let mut held = 0;
    for _ in 0..studies {
        let mut trials = Vec::new();
        for (seed, activation) in (0..20).flat_map(|s| (0..activations).map(move |a| (s, a))) {
            let mut trial = fixture::trial(&format!("f{activation}"), seed, gauss());
            trial.task.metric = Metric::Other("score".into());
            let outcome = trial.outcome.as_mut().expect("made with an outcome");
            outcome.validation = validated.then_some(outcome.test);
            trials.push(trial);
        }
        let judgement = judge(&study, &trials).expect("the trials are in order");
        let mut differences = judgement.standings.iter().filter_map(|s| s.difference);
        held += usize::from(differences.all(|d| d.interval.low <= 0.0 && 0.0 <= d.interval.high));
    }
    held as f64 / studies as f64
}

#[test]
fn the_best_may_be_chosen_by_the_numbers_that_are_compared_if_the_judge_knows_it() {
    // Who passes the test metric off as one of validation is told too much; who says that there is none, is not.
    let (deceived, told) = (
        covered_without_a_true_difference(true, 8, 500),
        covered_without_a_true_difference(false, 8, 500),
    );
    println!("deceived {deceived}, told {told}");
    assert!(deceived < 0.93, "{deceived}");
    assert!(told >= 0.94, "{told}");
}

#[test]
fn intervals_are_not_wide_for_nothing() {
    // With many seeds and little chance, 0 is called equivalent and a large shift worse.
    let easy = Chance {
        seeds: 20,
        by_seed: 0.02,
        by_sample: 0.05,
        by_cell: 0.3,
        ..REDRAWN
    };
    assert!(count(easy, 0.0, 40).equivalent > 0.95);
    assert!(count(easy, -3.0 * MARGIN, 40).worse > 0.95);
}

#[test]
fn the_edge_of_the_margin_is_rarely_called_either_way() {
    for chance in [FIXED, REDRAWN] {
        // Spread small enough that verdicts do occur.
        let chance = Chance {
            by_seed: 0.03,
            by_sample: 0.05,
            by_cell: 0.3,
            ..chance
        };
        let count = count(chance, -MARGIN, 200);
        assert!(count.equivalent <= 0.02, "{chance:?}: {count:?}");
        assert!(count.worse <= 0.02, "{chance:?}: {count:?}");
    }
}
