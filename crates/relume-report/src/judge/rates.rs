//! What each activation reached by learning rate.

use super::definitions::SURVIVES;
use super::verdict::{Interval, RateCurve, RatePoint};
use crate::trial::{Panel, Trial};
use std::collections::BTreeMap;

/// The name under which a trial says which learning rate was chosen for it.
pub(crate) const RATE: &str = "learning_rate";

/// One curve per activation whose search is at hand, by name.
pub(super) fn curves(trials: &[Trial]) -> Vec<RateCurve> {
    let mut tried: BTreeMap<&str, Vec<(f64, &Trial)>> = BTreeMap::new();
    for trial in trials.iter().filter(|trial| trial.panel == Panel::Search) {
        if let Some(rate) = trial.arm.chosen.get(RATE).and_then(serde_json::Value::as_f64) {
            tried.entry(&trial.arm.name).or_default().push((rate, trial));
        }
    }
    tried
        .into_iter()
        .map(|(activation, tried)| curve(activation, tried))
        .collect()
}

fn curve(activation: &str, mut tried: Vec<(f64, &Trial)>) -> RateCurve {
    tried.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let points: Vec<RatePoint> = tried
        .chunk_by(|(a, _), (b, _)| a == b)
        .map(|same| {
            let reached: Vec<f64> = same
                .iter()
                .filter(|(_, trial)| !trial.broke_down())
                .filter_map(|(_, trial)| Some(trial.outcome.as_ref()?.test))
                .collect();
            RatePoint {
                rate: same[0].0,
                mean: (!reached.is_empty()).then(|| reached.iter().sum::<f64>() / reached.len() as f64),
                trials: same.len(),
                failed: same.len() - reached.len(),
            }
        })
        .collect();
    let works = works(&points);
    RateCurve {
        activation: activation.to_owned(),
        points,
        works,
    }
}

/// The rates around the best without a breakdown and without a loss of a tenth.
fn works(points: &[RatePoint]) -> Option<Interval> {
    let sound = |point: &RatePoint| point.mean.filter(|_| point.failed == 0);
    let (best, most) = points
        .iter()
        .enumerate()
        .filter_map(|(i, point)| Some((i, sound(point)?)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let good = |point: &&RatePoint| sound(point).is_some_and(|mean| most - mean < SURVIVES * most.abs());
    let below = points[..best].iter().rev().take_while(good).last();
    let above = points[best + 1..].iter().take_while(good).last();
    Some(Interval {
        low: below.unwrap_or(&points[best]).rate,
        high: above.unwrap_or(&points[best]).rate,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_work_up_to_the_first_that_breaks_down_or_loses_a_tenth() {
        let point = |rate: f64, mean: f64, failed: usize| RatePoint {
            rate,
            mean: Some(mean),
            trials: 4,
            failed,
        };
        let points = [
            point(0.01, 0.95, 0),
            point(0.02, 0.5, 0),
            point(0.04, 0.9, 0),
            point(0.08, 0.97, 0),
            point(0.16, 0.96, 1),
            point(0.32, 0.96, 0),
        ];
        assert_eq!(
            works(&points),
            Some(Interval {
                low: 0.04,
                high: 0.08
            })
        );
        assert_eq!(works(&points[4..5]), None);
    }
}
