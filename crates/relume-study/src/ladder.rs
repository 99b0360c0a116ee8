//! The learning rates that are tried, and the one that is chosen for each activation.
//!
//! All activations are tried at the same rates with the same seeds. Where the best rate of one is at an end of the ladder,
//! it grows by a rung, for all. Then the two best rates of each are tried with more seeds, and the better one is chosen.
//! Every later seed is trained at the rate chosen from the seeds before it: those of this burn-in, and what broke down
//! since.

use crate::Optimizer;
use std::collections::BTreeMap;

/// Seeds with which rates are tried. They choose, so they do not judge. With fewer, the chance that one activation is
/// given a worse rate than another shows in the verdicts: `bench/study_rates.py` measures how much.
pub const BURN_IN: usize = 12;

/// So many of these are trained at every rate, the others at the best ones.
pub(crate) const SCREENED: usize = 4;

/// How many rates of an activation are tried with all seeds of the burn-in.
const CONTENDERS: usize = 2;

/// The step from one rung to the next.
pub const STEP: f64 = 2.0;

/// The rungs that every ladder begins with, as steps from its middle.
const FIRST: std::ops::RangeInclusive<i32> = -2..=1;

/// By how many rungs a ladder may grow at each end.
const MOST_GROWTH: i32 = 3;

/// A network that gains less than this share of what a constant prediction lacks has not learnt; where its rate is best
/// says nothing.
const LEARNT: f64 = 0.1;

/// The rungs, and what every activation reached on each.
#[derive(Clone, Debug)]
pub(crate) struct Ladder {
    middle: f64,
    lowest: i32,
    highest: i32,
    /// What a constant prediction scores.
    constant: f64,
    /// Per activation and rung.
    tried: Vec<BTreeMap<i32, Tried>>,
    /// Per activation the rungs that are tried with more seeds, once they are known.
    contenders: Vec<Vec<i32>>,
}

/// What one activation reached at one rate.
#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    sum: f64,
    seeds: f64,
    /// Whether training broke down with any of the seeds, or learnt nothing.
    lost: bool,
}

impl Tried {
    fn mean(self) -> f64 {
        self.sum / self.seeds
    }
}

impl Ladder {
    pub(crate) fn new(optimizer: Optimizer, activations: usize, constant: f64) -> Self {
        Self {
            middle: match optimizer {
                Optimizer::Sgd => 0.05,
                Optimizer::Adam => 0.002,
            },
            lowest: *FIRST.start(),
            highest: *FIRST.end(),
            constant,
            tried: vec![BTreeMap::new(); activations],
            contenders: vec![Vec::new(); activations],
        }
    }

    pub(crate) fn rate(&self, rung: i32) -> f64 {
        self.middle * STEP.powi(rung)
    }

    /// The rungs that have not been tried yet.
    pub(crate) fn untried(&self) -> Vec<i32> {
        let known = |rung: &i32| self.tried.iter().all(|tried| tried.contains_key(rung));
        (self.lowest..=self.highest).filter(|rung| !known(rung)).collect()
    }

    /// Adds a trial of the burn-in; `None` if it broke down, which counts as a constant prediction.
    pub(crate) fn add(&mut self, activation: usize, rung: i32, score: Option<f64>) {
        let learnt = score.is_some_and(|score| self.has_learnt(score));
        let tried = self.tried[activation].entry(rung).or_default();
        tried.sum += score.unwrap_or(self.constant);
        tried.seeds += 1.0;
        tried.lost |= !learnt;
    }

    fn has_learnt(&self, score: f64) -> bool {
        score - self.constant > LEARNT * (1.0 - self.constant)
    }

    /// Adds a trial at the chosen rate: it changes the choice only if it broke down, for its seed was tried at no other
    /// rate.
    pub(crate) fn confirm(&mut self, activation: usize, rung: i32, broke_down: bool) {
        if let Some(mean) = self.tried[activation].get(&rung).map(|tried| tried.mean()) {
            self.add(activation, rung, (!broke_down).then_some(mean));
        }
    }

    /// The rungs of an activation and what they reached, the best first. A rung is judged together with its neighbours,
    /// half as heavy, which steadies the choice; but not with one where training breaks down: next to it training is
    /// often best.
    fn ranked(&self, activation: usize) -> Vec<(i32, f64)> {
        let tried = &self.tried[activation];
        let smooth = |rung: i32, own: f64| {
            let beside = |side: i32| {
                let neighbour = tried.get(&(rung + side)).filter(|tried| !tried.lost);
                neighbour.map_or(own, |tried| tried.mean())
            };
            (beside(-1) + 2.0 * own + beside(1)) / 4.0
        };
        let mut ranked: Vec<(i32, f64)> = tried
            .iter()
            .map(|(&rung, found)| (rung, smooth(rung, found.mean())))
            .collect();
        // Of equals the smallest.
        ranked.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        ranked
    }

    /// Picks the rungs of each activation that are tried with more seeds.
    pub(crate) fn narrow(&mut self) -> &[Vec<i32>] {
        let best = |activation| self.ranked(activation).into_iter().take(CONTENDERS);
        self.contenders = (0..self.tried.len())
            .map(|activation| best(activation).map(|(rung, _)| rung).collect())
            .collect();
        &self.contenders
    }

    /// The best of the rungs that were tried with more seeds; as long as none are, the best of all.
    pub(crate) fn chosen(&self, activation: usize) -> i32 {
        let mean = |rung: &i32| self.tried[activation][rung].mean();
        let contenders = self.contenders[activation].iter().copied();
        let refined = contenders.reduce(|best, other| {
            let order = mean(&other).total_cmp(&mean(&best));
            if order.is_gt() || (order.is_eq() && other < best) {
                other
            } else {
                best
            }
        });
        let screened = || self.ranked(activation).first().map(|&(rung, _)| rung);
        refined.or_else(screened).unwrap_or(0)
    }

    /// Adds a rung at each end at which the best rate of an activation lies, unless the ladder is long enough.
    pub(crate) fn grow(&mut self) {
        let best: Vec<i32> = (0..self.tried.len())
            .filter_map(|activation| self.ranked(activation).first().copied())
            .filter_map(|(rung, reached)| self.has_learnt(reached).then_some(rung))
            .collect();
        if best.contains(&self.lowest) && self.lowest > FIRST.start() - MOST_GROWTH {
            self.lowest -= 1;
        }
        if best.contains(&self.highest) && self.highest < FIRST.end() + MOST_GROWTH {
            self.highest += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ladder on which two activations reach these scores.
    fn climbed(score: impl Fn(usize, f64) -> Option<f64>) -> Ladder {
        let mut ladder = Ladder::new(Optimizer::Sgd, 2, 0.1);
        loop {
            let untried = ladder.untried();
            if untried.is_empty() {
                return ladder;
            }
            for rung in untried {
                for activation in 0..2 {
                    for _ in 0..SCREENED {
                        ladder.add(activation, rung, score(activation, ladder.rate(rung)));
                    }
                }
            }
            ladder.grow();
        }
    }

    /// A parabola over the logarithm of the rate.
    fn around(best: f64, rate: f64) -> Option<f64> {
        Some(0.97 - 0.02 * (rate / best).log2().powi(2))
    }

    #[test]
    fn it_grows_until_the_best_rate_of_each_lies_inside() {
        let ladder = climbed(|activation, rate| around([0.2, 0.00625][activation], rate));
        assert_eq!([0, 1].map(|a| ladder.rate(ladder.chosen(a))), [0.2, 0.00625]);
        assert_eq!(
            (ladder.rate(ladder.lowest), ladder.rate(ladder.highest)),
            (0.003125, 0.4)
        );
        // Both were tried at all rates.
        assert!(ladder.tried.iter().all(|tried| tried.len() == 8));
    }

    #[test]
    fn it_does_not_grow_for_ever_nor_for_what_does_not_learn() {
        let ladder = climbed(|_, rate| Some(0.5 + 0.1 * rate));
        assert_eq!((ladder.lowest, ladder.highest), (-2, 4));
        let ladder = climbed(|_, rate| Some(0.1 + 0.001 * rate));
        assert_eq!((ladder.lowest, ladder.highest), (-2, 1));
    }

    #[test]
    fn it_leaves_a_rate_where_training_breaks_down() {
        let breaks = |_: usize, rate: f64| if rate > 0.15 { None } else { Some(0.9 + rate) };
        let mut ladder = climbed(breaks);
        // Next to that, training may be best.
        assert_eq!(ladder.rate(ladder.chosen(0)), 0.1);
        assert_eq!(ladder.narrow()[0].len(), CONTENDERS);
        // Later breakdowns at the chosen rate move it away; what comes to an end does not.
        let chosen = ladder.chosen(0);
        ladder.confirm(0, chosen, false);
        assert_eq!(ladder.chosen(0), chosen);
        ladder.confirm(0, chosen, true);
        assert!(ladder.chosen(0) < chosen);
    }

    #[test]
    fn the_two_best_rates_are_tried_with_more_seeds() {
        let mut ladder = climbed(|_, rate| around(0.075, rate));
        assert_eq!(ladder.narrow()[0], [1, 0]);
        // The screening favoured the larger one; more seeds say otherwise, and nothing else is chosen any more.
        for _ in SCREENED..BURN_IN {
            ladder.add(0, 0, Some(0.97));
            ladder.add(0, 1, Some(0.96));
        }
        assert_eq!([0, 1].map(|activation| ladder.chosen(activation)), [0, 1]);
    }
}
