//! Whether the race keeps its word: many studies are simulated whose truth is known, watched after every block, and
//! those counted in which any verdict was wrong at any time.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use relume_report::judge::{FEWEST, Race, Rules, Score, Verdict};
use statrs::distribution::{ContinuousCDF, Normal};

/// Half-width of the margin; differences between two arms have a standard deviation of about 1.
const MARGIN: f64 = 0.7;

const STUDIES: usize = 10_000;

/// The error that may be: 0.05, and three standard errors of what is counted.
const MOST: f64 = 0.05 + 3.0 * 0.0022;

/// What is true of an arm.
#[derive(Clone, Copy)]
struct Truth {
    mean: f64,
    breakdowns: f64,
}

/// How scores scatter around their mean.
#[derive(Clone, Copy)]
enum Scatter {
    Normal,
    /// The sum of so many squares of normal numbers, with its tail upward in even arms and downward in odd ones. The
    /// skewness of a difference between an even and an odd one is 1 with four squares, 2 with one.
    Skewed(u8),
    /// Most of 60 samples are right; each is missed with this probability. The mean is in samples.
    Binomial(f64),
}

/// What came of many studies.
#[derive(Debug, Default)]
struct Count {
    /// Studies with any wrong verdict at any time.
    wrong: f64,
    /// Comparisons that were decided in the end.
    decided: f64,
    /// Seeds that arms ran, on average.
    seeds: f64,
}

fn draw(scatter: Scatter, truth: Truth, arm: usize, shared: f64, rng: &mut StdRng) -> Score {
    if rng.random::<f64>() < truth.breakdowns {
        return Score::BrokeDown;
    }
    let mut gauss = || Normal::standard().inverse_cdf(rng.random::<f64>().clamp(1e-15, 1.0 - 1e-15));
    Score::Reached(match scatter {
        // Of seeds that all arms share, half of a score's variance; the difference of two has variance 1.
        Scatter::Normal => truth.mean + 0.7 * shared + 0.707 * gauss(),
        Scatter::Skewed(squares) => {
            let of = f64::from(squares);
            let tail = ((0..squares).map(|_| gauss().powi(2)).sum::<f64>() - of) / (4.0 * of).sqrt();
            truth.mean + if arm.is_multiple_of(2) { tail } else { -tail }
        }
        Scatter::Binomial(missed) => {
            let missed = missed - truth.mean / 60.0;
            -f64::from(
                (0..60)
                    .map(|_| u8::from(rng.random::<f64>() < missed))
                    .sum::<u8>(),
            )
        }
    })
}

/// Studies with these arms, looked at after the blocks that `looks` chooses.
fn count(truths: &[Truth], scatter: Scatter, most: usize, looks: impl Fn(usize) -> bool) -> Count {
    let rules = Rules {
        arms: truths.len(),
        control: None,
        controls: Vec::new(),
        margin: MARGIN,
        resolution: if matches!(scatter, Scatter::Binomial(_)) {
            1.0
        } else {
            0.0
        },
        widest: f64::INFINITY,
        most,
    };
    let begun = Race::new(rules);
    let mut rng = StdRng::seed_from_u64(1);
    let mut count = Count::default();
    for _ in 0..STUDIES {
        let mut race = begun.clone();
        let mut wrong = false;
        for block in 1..=most {
            let running = race.running();
            let shared = Normal::standard().inverse_cdf(rng.random::<f64>().clamp(1e-15, 1.0 - 1e-15));
            let scores: Vec<Option<Score>> = (0..truths.len())
                .map(|arm| running[arm].then(|| draw(scatter, truths[arm], arm, shared, &mut rng)))
                .collect();
            count.seeds += scores.iter().flatten().count() as f64;
            race.add(&scores);
            if looks(block) {
                wrong |= (0..truths.len()).any(|arm| is_wrong(&race, arm, truths));
                if race.finished() {
                    break;
                }
            }
        }
        count.wrong += f64::from(u8::from(wrong));
        let decided = (0..truths.len()).filter_map(|arm| race.standing(arm));
        let decided = decided.filter(|found| !matches!(found.verdict, Verdict::Undecided { .. }));
        count.decided += decided.count() as f64;
    }
    count.wrong /= STUDIES as f64;
    count.decided /= (STUDIES * (truths.len() - 1)) as f64;
    count.seeds /= (STUDIES * truths.len()) as f64;
    count
}

/// Whether the verdict on an arm is wrong. On the edge of the margin both sides are.
fn is_wrong(race: &Race, arm: usize, truths: &[Truth]) -> bool {
    let Some(found) = race.standing(arm) else {
        return false;
    };
    let (one, rival) = (truths[arm], truths[found.rival]);
    let difference = one.mean - rival.mean;
    let within = difference.abs() < MARGIN - 1e-9;
    match found.verdict {
        Verdict::Equivalent => !within,
        Verdict::Worse if found.breaks_down_more => one.breakdowns <= rival.breakdowns,
        Verdict::Worse => difference > -MARGIN - 1e-9,
        Verdict::SlightlyWorse => !within || difference >= 0.0,
        Verdict::Below { .. } => difference >= 0.0,
        Verdict::Better => difference <= 0.0,
        Verdict::Best | Verdict::Undecided { .. } => false,
    }
}

fn arms(means: &[f64]) -> Vec<Truth> {
    means
        .iter()
        .map(|&mean| Truth {
            mean,
            breakdowns: 0.0,
        })
        .collect()
}

fn always(_: usize) -> bool {
    true
}

/// Checks a case, and prints what is found.
fn holds(name: &str, count: &Count) {
    println!("{name}: {count:?}");
    assert!(count.wrong <= MOST, "{name}: {count:?}");
}

const EQUAL: [f64; 6] = [0.0; 6];
const EDGE: [f64; 6] = [MARGIN, 0.0, 0.0, 0.0, 0.0, 0.0];
const MANY_EDGE: [f64; 12] = [MARGIN, 0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.];
/// So close that another one leads every few seeds; one is at the margin from each.
const CLOSE: [f64; 6] = [0.0, -0.05, -0.1, -0.15, -MARGIN, -MARGIN - 0.1];

#[test]
fn no_difference_is_seen_where_there_is_none() {
    let found = count(&arms(&EQUAL), Scatter::Normal, 60, always);
    holds("no difference", &found);
    assert!(found.decided > 0.5, "{found:?}");
}

#[test]
fn the_edge_of_the_margin_is_rarely_called_either_way() {
    holds("edge, 6", &count(&arms(&EDGE), Scatter::Normal, 60, always));
    holds("edge, 12", &count(&arms(&MANY_EDGE), Scatter::Normal, 30, always));
    holds("edge, 2", &count(&arms(&EDGE[..2]), Scatter::Normal, 100, always));
}

#[test]
fn the_leader_may_change() {
    holds(
        "changing leader",
        &count(&arms(&CLOSE), Scatter::Normal, 60, always),
    );
}

#[test]
fn scores_near_their_bound_are_no_exception() {
    for missed in [0.001, 0.005, 0.02] {
        let scatter = Scatter::Binomial(missed);
        let name = format!("binomial {missed}");
        holds(&name, &count(&arms(&EQUAL), scatter, 40, always));
    }
    // At the edge: one misses nothing, the others a margin's worth of samples.
    let scatter = Scatter::Binomial(MARGIN / 60.0);
    holds("binomial at the edge", &count(&arms(&EDGE), scatter, 40, always));
}

#[test]
fn skewed_scores_are_no_exception() {
    for (name, squares) in [("skewness 1", 4), ("skewness 2", 1)] {
        let scatter = Scatter::Skewed(squares);
        holds(name, &count(&arms(&EQUAL), scatter, 60, always));
        holds(name, &count(&arms(&EDGE), scatter, 60, always));
    }
}

#[test]
fn breakdowns_are_no_exception() {
    let broken = |means: &[f64]| -> Vec<Truth> {
        means
            .iter()
            .map(|&mean| Truth {
                mean,
                breakdowns: 0.05,
            })
            .collect()
    };
    holds(
        "5 % breakdowns",
        &count(&broken(&EQUAL), Scatter::Normal, 60, always),
    );
    holds(
        "5 % breakdowns, edge",
        &count(&broken(&EDGE), Scatter::Normal, 60, always),
    );
    let mut half = arms(&EQUAL);
    half.iter_mut().for_each(|arm| arm.breakdowns = 0.5);
    holds("half broken", &count(&half, Scatter::Normal, 60, always));
}

#[test]
fn who_breaks_down_more_often_is_told_and_never_equivalent() {
    let mut truths = arms(&EQUAL[..3]);
    truths[2].breakdowns = 0.5;
    let rules = Rules {
        arms: 3,
        control: None,
        controls: Vec::new(),
        margin: MARGIN,
        resolution: 0.0,
        widest: f64::INFINITY,
        most: 100,
    };
    let begun = Race::new(rules);
    let (mut told, mut equivalent, mut rng) = (0, 0, StdRng::seed_from_u64(2));
    for _ in 0..1000 {
        let mut race = begun.clone();
        for _ in 0..100 {
            let scores: Vec<_> = truths
                .iter()
                .enumerate()
                .map(|(arm, &truth)| Some(draw(Scatter::Normal, truth, arm, 0.0, &mut rng)))
                .collect();
            race.add(&scores);
        }
        let verdict = race.standing(2).map(|found| found.verdict);
        told += u32::from(verdict == Some(Verdict::Worse));
        equivalent += u32::from(verdict == Some(Verdict::Equivalent));
    }
    assert!(told > 990 && equivalent == 0, "{told}, {equivalent}");
}

#[test]
fn two_looks_and_two_hundred_are_the_same_to_it() {
    let looks = |block: usize| block == 20 || block == 40;
    holds("two looks", &count(&arms(&EDGE), Scatter::Normal, 40, looks));
    let found = count(&arms(&EDGE[..4]), Scatter::Normal, 204, always);
    holds("two hundred looks", &found);
}

#[test]
fn the_smallest_number_of_seeds_is_enough_to_be_right() {
    for (name, scatter) in [
        ("normal", Scatter::Normal),
        ("skewness 1", Scatter::Skewed(4)),
        ("skewness 2", Scatter::Skewed(1)),
    ] {
        for means in [&EQUAL, &EDGE] {
            holds(name, &count(&arms(means), scatter, FEWEST, always));
        }
    }
    let found = count(&arms(&[0.0, -20.0]), Scatter::Normal, FEWEST, always);
    assert!(found.decided > 0.9, "what is plain is seen: {found:?}");
}

#[test]
fn the_beaten_stop_and_save_seeds() {
    let found = count(
        &arms(&[0.0, -0.1, -3.0, -5.0, -5.0, -5.0]),
        Scatter::Normal,
        60,
        always,
    );
    holds("beaten", &found);
    assert!(found.decided > 0.9 && found.seeds < 25.0, "{found:?}");
}
