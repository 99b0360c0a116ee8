//! How many trials a race has still to go.
//!
//! Nobody knows the true differences, so the rest of the race is run many times, each time with others that what was
//! seen allows: means and spreads are drawn from what they may be after so many seeds, and the means go on from where they
//! are. How many trials it took, and between which numbers it mostly was, is the forecast.

use super::pair::end;
use super::race::{PATIENCE, Race};
use super::sequential::FEWEST;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};

/// How often the rest of the race is run.
const RUNS: usize = 100;

/// Races take by this factor less or more than the runs say: in these, spreads are known and pairs of arms alike. With it,
/// four of five simulated races end within the range.
const DOUBT: f64 = 1.3;

/// Looks lie further apart the longer it goes on: by this share of the blocks.
const STRIDE: f64 = 0.04;

/// How many trials are still to come until every comparison is decided or the budget is spent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// With a probability of 10 % it takes fewer than this.
    pub low: usize,
    /// As likely more as fewer.
    pub median: usize,
    /// With a probability of 10 % it takes more than this.
    pub high: usize,
    /// The probability that every comparison is decided within the budget.
    pub decided: f64,
}

/// Of an arm that runs, its difference to the leader of now.
struct Lane {
    arm: usize,
    /// What was seen of it.
    mean: f64,
    spread: f64,
    seeds: f64,
}

impl Race {
    /// What is still to come; none before the first look, or when there is nothing left to decide.
    pub fn forecast(&self) -> Option<Forecast> {
        let leader = self.leader()?;
        if self.blocks() < FEWEST || self.finished() {
            return None;
        }
        let running = self.running();
        let lanes: Vec<Lane> = (0..running.len())
            .filter(|&arm| running[arm])
            .map(|arm| self.lane(arm, leader))
            .collect();
        let mut rng = StdRng::seed_from_u64(self.blocks() as u64);
        let most = lanes.len() * (self.rules.most - self.blocks());
        let mut runs: Vec<(usize, bool)> = (0..RUNS).map(|_| self.rest(&lanes, &mut rng)).collect();
        runs.sort_unstable();
        Some(Forecast {
            low: (runs[RUNS / 10].0 as f64 / DOUBT) as usize,
            median: runs[RUNS / 2].0,
            high: ((runs[RUNS - 1 - RUNS / 10].0 as f64 * DOUBT).ceil() as usize).min(most),
            decided: runs.iter().filter(|(_, decided)| *decided).count() as f64 / RUNS as f64,
        })
    }

    fn lane(&self, arm: usize, leader: usize) -> Lane {
        if arm == leader {
            return Lane {
                arm,
                mean: 0.0,
                spread: 0.0,
                seeds: self.blocks() as f64,
            };
        }
        let pair = self.pair(arm, leader);
        Lane {
            arm,
            mean: pair.mean,
            spread: self.spread(&pair),
            seeds: pair.seeds.max(2) as f64,
        }
    }

    /// One way in which it may go on: the number of trials, and whether all was decided.
    fn rest(&self, lanes: &[Lane], rng: &mut StdRng) -> (usize, bool) {
        let normal = Normal::standard();
        let mut gauss = || normal.inverse_cdf(rng.random::<f64>().clamp(1e-12, 1.0 - 1e-12));
        // What the leader does is in the difference of every other to it: half of the variance.
        let half = 0.5_f64.sqrt();
        let shared = gauss();
        let truths: Vec<(f64, f64)> = lanes
            .iter()
            .map(|lane| {
                let factor = (gauss() / (2.0 * (lane.seeds - 1.0)).sqrt()).exp();
                let spread = lane.spread * factor;
                let chance = half * (shared + gauss());
                (lane.mean + spread / lane.seeds.sqrt() * chance, spread)
            })
            .collect();
        let mut sums: Vec<f64> = lanes.iter().map(|lane| lane.mean * lane.seeds).collect();
        let mut stopped = vec![false; lanes.len()];
        let (mut blocks, mut trials) = (self.blocks(), 0);
        while blocks < self.rules.most {
            let more = ((STRIDE * blocks as f64) as usize).clamp(1, self.rules.most - blocks);
            blocks += more;
            let root = (more as f64).sqrt();
            let shared = gauss();
            for ((sum, &(truth, spread)), stopped) in sums.iter_mut().zip(&truths).zip(&stopped) {
                if !stopped {
                    *sum += more as f64 * truth + spread * root * half * (shared + gauss());
                    trials += more;
                }
            }
            if self.look(lanes, &truths, &sums, &mut stopped, blocks) {
                return (trials, true);
            }
        }
        (trials, false)
    }

    /// Whether all is decided after so many blocks; stops who is beaten.
    fn look(
        &self,
        lanes: &[Lane],
        truths: &[(f64, f64)],
        sums: &[f64],
        stopped: &mut [bool],
        blocks: usize,
    ) -> bool {
        let margin = self.rules.margin;
        let seeds = |k: usize| lanes[k].seeds + (blocks - self.blocks()) as f64;
        let mean = |k: usize| sums[k] / seeds(k);
        let may_lead = |k: &usize| !stopped[*k] && Some(lanes[*k].arm) != self.rules.control;
        let Some(leader) = (0..lanes.len())
            .filter(may_lead)
            .max_by(|&a, &b| mean(a).total_cmp(&mean(b)))
        else {
            return true;
        };
        let best = mean(leader);
        let mut all = true;
        for k in (0..lanes.len()).filter(|&k| k != leader) {
            if stopped[k] {
                continue;
            }
            // Of two that are not the leader of now, each has a part of the spread.
            let spread = match (lanes[k].spread > 0.0, lanes[leader].spread > 0.0) {
                (true, true) => f64::midpoint(truths[k].1, truths[leader].1),
                _ => truths[k].1.max(truths[leader].1),
            };
            let Some(reach) = self.means.reach(seeds(k) as usize) else {
                return false;
            };
            let half = spread * end(0.0, reach / seeds(k).sqrt(), seeds(k));
            let off = mean(k) - best;
            let leans = off < -margin;
            let within = off.abs() + half <= margin;
            let below = off + half < 0.0;
            let better = off - half > 0.0;
            if off + half < -margin || below && leans && blocks >= PATIENCE {
                stopped[k] = true;
            } else if !(within || better || below && leans) {
                all = false;
            }
        }
        all
    }
}
