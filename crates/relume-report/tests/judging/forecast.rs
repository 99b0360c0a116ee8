//! Whether the forecast of a race comes true: races are simulated, a forecast is made in the middle of each, and what it
//! takes in the end is counted.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use relume_report::judge::{Race, Rules, Score};
use statrs::distribution::{ContinuousCDF, Normal};

const RACES: usize = 1_000;
const ARMS: usize = 8;

/// Like a study of the digits: half a point of margin, differences that vary by 0.65 points from seed to seed.
const MARGIN: f64 = 0.5;
const SPREAD: f64 = 0.65;

/// A race whose arms differ from the best by up to this.
fn means(widest: f64, rng: &mut StdRng) -> Vec<f64> {
    (0..ARMS).map(|_| -widest * rng.random::<f64>()).collect()
}

fn go_on(race: &mut Race, means: &[f64], rng: &mut StdRng) -> usize {
    let normal = Normal::standard();
    let mut score = |mean: f64| {
        let chance = normal.inverse_cdf(rng.random::<f64>().clamp(1e-15, 1.0 - 1e-15));
        Score::Reached(mean + SPREAD * 0.5_f64.sqrt() * chance)
    };
    let running = race.running();
    let scores: Vec<Option<Score>> = means
        .iter()
        .zip(&running)
        .map(|(&mean, &runs)| runs.then(|| score(mean)))
        .collect();
    race.add(&scores);
    running.into_iter().filter(|&runs| runs).count()
}

/// Of races forecast after so many blocks: the factor by which the median is off in the middle, and the share of those
/// that took what the range says.
fn forecasts(widest: f64, after: usize) -> (f64, f64) {
    let rules = Rules {
        arms: ARMS,
        control: None,
        controls: Vec::new(),
        margin: MARGIN,
        resolution: 0.0,
        widest: f64::INFINITY,
        most: 100,
    };
    let most = rules.most;
    let begun = Race::new(rules);
    let mut rng = StdRng::seed_from_u64(3);
    let (mut factors, mut within) = (Vec::new(), 0);
    for _ in 0..RACES {
        let (mut race, means) = (begun.clone(), means(widest, &mut rng));
        for _ in 0..after {
            go_on(&mut race, &means, &mut rng);
        }
        let Some(forecast) = race.forecast() else { continue };
        let mut took = 0;
        while !race.finished() && race.blocks() < most {
            took += go_on(&mut race, &means, &mut rng);
        }
        factors.push((forecast.median as f64 / took as f64).ln().abs().exp());
        within += usize::from((forecast.low..=forecast.high).contains(&took));
    }
    factors.sort_by(f64::total_cmp);
    let (middle, share) = (factors[factors.len() / 2], within as f64 / factors.len() as f64);
    println!(
        "differences up to {widest}, after {after} of {} races: off by {middle:.2}, {share:.3} within the range",
        factors.len()
    );
    (middle, share)
}

#[test]
fn forecasts_come_true() {
    for (widest, after) in [(0.1, 10), (0.4, 10), (0.4, 30), (1.0, 10), (1.0, 30), (3.0, 10)] {
        let (factor, share) = forecasts(widest, after);
        assert!(factor < 2.0, "{widest}, {after}: off by {factor}");
        assert!(share > 0.8, "{widest}, {after}: {share} within the range");
    }
}

#[test]
fn nothing_is_forecast_where_nothing_is_known_or_open() {
    let mut race = Race::new(Rules {
        arms: 2,
        control: None,
        controls: Vec::new(),
        margin: MARGIN,
        resolution: 0.0,
        widest: f64::INFINITY,
        most: 50,
    });
    assert_eq!(race.forecast(), None);
    for seed in 0..20 {
        let other = f64::from(seed % 2) / 100.0;
        race.add(&[Some(Score::Reached(5.0)), Some(Score::Reached(other))]);
    }
    assert!(race.finished());
    assert_eq!(race.forecast(), None);
}
