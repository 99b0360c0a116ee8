//! A race between arms: block after block of seeds, who is beaten, who goes on, and what is decided.
//!
//! A block is one seed with one trial of every arm that is still running. Each two arms are compared by the mean of
//! their differences, seed by seed. The leader may change and is chosen by the scores that are compared, so the error
//! is divided among all pairs (Bonferroni), and among all looks (see `sequential`): whoever leads, and whenever one
//! stops, all intervals hold together with probability 0.95 at least.
//!
//! A trial that broke down enters no mean. Whether an arm breaks down more often than another is a test of its own: of
//! the seeds in which one of the two broke down and the other did not, half should be either's (the sign test).

use super::pair::{Pair, Score, end, sign_test};
use super::sequential::{Boundary, FEWEST};
use super::verdict::{Interval, Verdict};

/// The probability that any interval or verdict of a study is wrong, at most.
pub(super) const ERROR: f64 = 0.05;

/// Of it, what the comparisons of breakdowns may use.
const ERROR_OF_BREAKDOWNS: f64 = 0.01;

/// The level of the sign test that denies equivalence: not proof, but reason to doubt.
const DOUBT: f64 = 0.05;

/// An arm that is shown below the leader, and rather by more than the margin, is not pursued for longer than this.
pub(super) const PATIENCE: usize = 30;

/// More seeds than this are not proposed to anyone.
const PRACTICAL: usize = 1000;

/// What is known of a race before it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// How many arms there are.
    pub arms: usize,
    /// The arm that may not lead, if there is one.
    pub control: Option<usize>,
    /// Where each arm is to be compared with certain others instead of with the best: these. The first is left as it is,
    /// and only compared with.
    pub controls: Vec<usize>,
    /// Half-width of the band of practical equivalence.
    pub margin: f64,
    /// The smallest step in which a score can change: one of so many samples right or wrong. 0 if there is none.
    pub resolution: f64,
    /// The largest difference that there can be between two scores; infinite if they have no bounds.
    pub widest: f64,
    /// How many blocks there may be.
    pub most: usize,
}

/// The state of a race.
#[derive(Clone, Debug)]
pub struct Race {
    pub(super) rules: Rules,
    pub(super) means: Boundary,
    breakdowns: Boundary,
    arms: Vec<Arm>,
    /// Of arms i < j, at i + j·(j − 1)/2.
    pairs: Vec<Pair>,
    blocks: usize,
}

#[derive(Clone, Debug, Default)]
struct Arm {
    sum: f64,
    reached: usize,
    seen: usize,
    /// Another is shown to be better, or to break down less often: it cannot lead.
    beaten: bool,
    /// The block after which it stopped.
    stopped: Option<usize>,
}

/// One arm compared with another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The other.
    pub rival: usize,
    /// Mean of the differences, and its interval, where there are enough seeds.
    pub difference: Option<(f64, Interval)>,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// Half of the interval's width, in standard errors.
    pub reach: Option<f64>,
    /// How many seeds are shared.
    pub seeds: usize,
    /// Whether it is shown to break down more often.
    pub breaks_down_more: bool,
    /// What follows.
    pub verdict: Verdict,
}

impl Race {
    /// A race that is about to begin.
    pub fn new(rules: Rules) -> Self {
        let pairs = rules.arms * rules.arms.saturating_sub(1) / 2;
        let each = |error: f64| Boundary::new(error / pairs.max(1) as f64, rules.most);
        Self {
            means: each(ERROR - ERROR_OF_BREAKDOWNS),
            breakdowns: each(ERROR_OF_BREAKDOWNS),
            arms: vec![Arm::default(); rules.arms],
            pairs: vec![Pair::default(); pairs],
            blocks: 0,
            rules,
        }
    }

    /// How many arms are compared with each other in pairs.
    pub fn comparisons(&self) -> usize {
        self.pairs.len()
    }

    /// How many blocks were judged.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// Which arms still run.
    pub fn running(&self) -> Vec<bool> {
        self.arms.iter().map(|arm| arm.stopped.is_none()).collect()
    }

    /// The block after which an arm was stopped.
    pub fn stopped(&self, arm: usize) -> Option<usize> {
        self.arms[arm].stopped
    }

    /// Adds a block: a score, or none, for each arm. Those that run must have one. What others have is left aside, for what
    /// is shown of an arm that stopped does not change any more.
    pub fn add(&mut self, scores: &[Option<Score>]) {
        self.blocks += 1;
        let runs = |(arm, score): (&Arm, &Option<Score>)| score.filter(|_| arm.stopped.is_none());
        let scores: Vec<Option<Score>> = self.arms.iter().zip(scores).map(runs).collect();
        for (arm, score) in self.arms.iter_mut().zip(&scores) {
            let Some(score) = score else { continue };
            arm.seen += 1;
            if let Score::Reached(value) = score {
                (arm.sum, arm.reached) = (arm.sum + value, arm.reached + 1);
            }
        }
        let mut pairs = self.pairs.iter_mut();
        for j in 0..scores.len() {
            for i in 0..j {
                let pair = pairs.next().expect("there is one of each two");
                if let (Some(one), Some(other)) = (scores[i], scores[j]) {
                    pair.add(one, other);
                }
            }
        }
        self.beat();
        self.stop();
    }

    /// Marks the arms that cannot lead.
    fn beat(&mut self) {
        self.arms.iter_mut().for_each(|arm| arm.beaten = false);
        for j in 1..self.arms.len() {
            for i in 0..j {
                for (one, other) in [(i, j), (j, i)] {
                    let beaten = Some(other) != self.rules.control && self.below(one, other, 0.0);
                    self.arms[one].beaten |= beaten;
                }
            }
        }
    }

    /// All other arms but the control.
    fn rivals(&self, arm: usize) -> impl Iterator<Item = usize> + use<> {
        let control = self.rules.control;
        (0..self.arms.len()).filter(move |&j| j != arm && Some(j) != control)
    }

    /// Whether an arm is shown to be below a rival by more than this, or to break down more often.
    fn below(&self, arm: usize, rival: usize, by: f64) -> bool {
        let pair = self.pair(arm, rival);
        if pair.mean >= -by && pair.only[0] <= pair.only[1] {
            return false;
        }
        let high = self.interval(&pair).map(|interval| interval.high);
        // Who breaks down more often beats nobody by what it reaches when it does not.
        let sound = !self.shown_more(pair.turned().only);
        sound && high.is_some_and(|high| high < -by) || self.shown_more(pair.only)
    }

    /// Stops the arms that are clearly beaten; where there are controls, those of which it is known whether they help.
    fn stop(&mut self) {
        let hopeless = |i: usize| {
            if !self.rules.controls.is_empty() {
                return !self.rules.controls.contains(&i) && self.helps(i).is_some();
            }
            self.standing(i).is_some_and(|found| match found.verdict {
                Verdict::Worse => true,
                Verdict::Below { .. } => self.leans_worse(&found) && found.seeds >= PATIENCE,
                _ => false,
            })
        };
        let stopping: Vec<usize> = (0..self.arms.len()).filter(|&i| hopeless(i)).collect();
        for i in stopping {
            self.arms[i].stopped.get_or_insert(self.blocks);
        }
    }

    fn leans_worse(&self, found: &Comparison) -> bool {
        found.difference.is_none_or(|(mean, _)| mean < -self.rules.margin)
    }

    /// The arm with the highest mean, of those that no other is shown to beat; the control cannot lead. Of equals the
    /// first.
    pub fn leader(&self) -> Option<usize> {
        let may = |i: &usize| Some(*i) != self.rules.control && self.arms[*i].reached > 0;
        let of = |unbeaten: bool| {
            let arms = (0..self.arms.len())
                .filter(may)
                .filter(|&i| !unbeaten || !self.arms[i].beaten);
            // Only those with the most seeds, so that luck with a few does not make one.
            let most = arms.clone().map(|i| self.arms[i].seen).max()?;
            arms.filter(|&i| self.arms[i].seen == most)
                .rev()
                .max_by(|&a, &b| self.mean(a).total_cmp(&self.mean(b)))
        };
        of(true).or_else(|| of(false))
    }

    fn mean(&self, arm: usize) -> f64 {
        self.arms[arm].sum / self.arms[arm].reached as f64
    }

    /// An arm compared with the leader; with another arm where that shows it to be worse, or shows it below where the
    /// leader leaves all open. None for the leader itself, and where none leads.
    pub fn standing(&self, arm: usize) -> Option<Comparison> {
        let leader = self.leader()?;
        if arm == leader {
            return None;
        }
        let found = self.compare(arm, leader);
        if matches!(found.verdict, Verdict::Equivalent | Verdict::Worse) {
            return Some(found);
        }
        let worse = self
            .rivals(arm)
            .find(|&other| self.below(arm, other, self.rules.margin));
        if let Some(other) = worse {
            return Some(self.compare(arm, other));
        }
        let open = matches!(found.verdict, Verdict::Undecided { .. });
        let mut below = self
            .rivals(arm)
            .filter(|_| open && self.arms[arm].beaten)
            .map(|other| self.compare(arm, other))
            .filter(|with| matches!(with.verdict, Verdict::Below { .. } | Verdict::SlightlyWorse));
        below.next().or(Some(found))
    }

    /// Whether every comparison with the leader is decided. An arm that is below and may be within the margin could be
    /// recommended, so it goes on until that is known.
    pub fn finished(&self) -> bool {
        if let Some(unchanged) = self.rules.controls.first() {
            let mut treated = (0..self.arms.len()).filter(|i| i != unchanged);
            return self.blocks >= FEWEST && treated.all(|i| self.helps(i).is_some());
        }
        let open = |found: &Comparison| match found.verdict {
            Verdict::Undecided { .. } => true,
            Verdict::Below { .. } => !self.leans_worse(found),
            _ => false,
        };
        self.blocks >= FEWEST
            && (0..self.arms.len())
                .filter(|&i| self.arms[i].stopped.is_none())
                .filter_map(|i| self.standing(i))
                .all(|found| !open(&found))
    }

    /// Whether an arm is better than each of the controls by more than the margin; `None` where that is open.
    pub fn helps(&self, arm: usize) -> Option<bool> {
        let beats = |&control: &usize| match (
            self.compare(control, arm).verdict,
            self.compare(arm, control).verdict,
        ) {
            (Verdict::Worse, _) => Some(true),
            (Verdict::Undecided { .. }, Verdict::Undecided { .. })
            | (Verdict::Below { .. }, Verdict::Better) => None,
            _ => Some(false),
        };
        let others = self.rules.controls.iter().filter(|&&control| control != arm);
        let beaten: Vec<Option<bool>> = others.map(beats).collect();
        if beaten.contains(&Some(false)) {
            Some(false)
        } else {
            (!beaten.contains(&None)).then_some(true)
        }
    }

    /// One arm compared with another.
    pub fn compare(&self, arm: usize, rival: usize) -> Comparison {
        let pair = self.pair(arm, rival);
        let spread = self.spread(&pair);
        let difference = self.interval(&pair).map(|interval| (pair.mean, interval));
        let breaks_down_more = self.shown_more(pair.only);
        let verdict = match difference {
            _ if breaks_down_more => Verdict::Worse,
            Some((_, interval)) => self.verdict(&pair, interval, spread),
            None => Verdict::Undecided { seeds: None },
        };
        Comparison {
            rival,
            difference,
            standard_error: spread / (pair.seeds.max(1) as f64).sqrt(),
            reach: self.means.reach(pair.seeds),
            seeds: pair.seeds,
            breaks_down_more,
            verdict,
        }
    }

    /// Student's interval, widened where the differences are skewed or may be (see [`Pair::end`]).
    fn interval(&self, pair: &Pair) -> Option<Interval> {
        let spread = self.spread(pair);
        let reach = self.means.reach(pair.seeds)? / (pair.seeds as f64).sqrt();
        Some(Interval {
            low: (pair.mean - spread * pair.turned().end(reach)).max(-self.rules.widest),
            high: (pair.mean + spread * pair.end(reach)).min(self.rules.widest),
        })
    }

    pub(super) fn pair(&self, arm: usize, rival: usize) -> Pair {
        let (i, j) = (arm.min(rival), arm.max(rival));
        let pair = self.pairs[i + j * (j - 1) / 2];
        if arm < rival { pair } else { pair.turned() }
    }

    /// The standard deviation of a difference. Where all differences are the same, chance has not shown itself yet: it
    /// is at least what one seed would make of it in which the scores had differed by their smallest step.
    pub(super) fn spread(&self, pair: &Pair) -> f64 {
        let n = pair.seeds as f64;
        let seen = if pair.seeds < 2 {
            0.0
        } else {
            pair.squares / (n - 1.0)
        };
        seen.max(self.rules.resolution.powi(2) / n.max(1.0)).sqrt()
    }

    fn verdict(&self, pair: &Pair, interval: Interval, spread: f64) -> Verdict {
        let (margin, Interval { low, high }) = (self.rules.margin, interval);
        let (mean, only) = (pair.mean, pair.only);
        let within = -margin <= low && high <= margin;
        let doubtful = only[0] > only[1] && sign_test(only) < DOUBT;
        // The widest interval that would decide.
        let side = (mean.abs() - margin).abs();
        let any = if mean < 0.0 { side.max(-mean) } else { side };
        if within && !doubtful {
            Verdict::Equivalent
        } else if low > 0.0 {
            Verdict::Better
        } else if high < -margin {
            Verdict::Worse
        } else if within && high < 0.0 {
            Verdict::SlightlyWorse
        } else if high < 0.0 {
            Verdict::Below {
                seeds: self.seeds_for(side, spread, pair),
            }
        } else {
            Verdict::Undecided {
                seeds: self.seeds_for(any, spread, pair).filter(|_| !within),
            }
        }
    }

    /// Whether the first of two is shown to break down more often.
    fn shown_more(&self, only: [usize; 2]) -> bool {
        let level = self.breakdowns.level(only[0] + only[1]);
        only[0] > only[1] && level.is_some_and(|level| sign_test(only) < level / 2.0)
    }

    /// With how many seeds the farther end of the interval would be that near, if differences stay as they are.
    fn seeds_for(&self, half: f64, spread: f64, pair: &Pair) -> Option<usize> {
        let skewness = pair.skewness().abs();
        let narrow = |seeds: usize| {
            let n = seeds as f64;
            self.means
                .reach(seeds)
                .is_some_and(|reach| spread * end(skewness, reach / n.sqrt(), n) <= half)
        };
        let (mut not_enough, mut enough) = (FEWEST - 1, PRACTICAL);
        if !narrow(enough) {
            return None;
        }
        while enough - not_enough > 1 {
            let middle = usize::midpoint(not_enough, enough);
            if narrow(middle) {
                enough = middle
            } else {
                not_enough = middle
            }
        }
        Some(enough)
    }
}
