//! What a study does, whoever trains: the choice of learning rates, the race, the stress panel.

use crate::goal::Goal;
use crate::ladder::{BURN_IN, Ladder, SCREENED};
use crate::rates::{Rate, Rates};
use crate::runner::{Expected, Observer, Progress};
use crate::{Error, Settings, TrialSpec};
use relume_data::Dataset;
use relume_report::judge::{CONTROL, FEWEST, Race, Rules, Score};
use relume_report::trial::{Metric, Panel, Trial};
use std::time::{Duration, Instant};

/// How many seeds the stress panel is run with, at most.
const STRESS_SEEDS: usize = 3;

/// A round of the race has so many seeds that it has at least this many trials: rates are chosen, and arms stopped,
/// between rounds, and many cores want many trials.
const ROUND: usize = 24;

/// What the biases of hidden layers begin with under stress: so far below zero that a rectifier starts with most
/// of its units silent, and the deeper ones with hardly any signal.
pub const POOR_BIAS: f64 = -1.0;

/// Where the trials of a study come from: they are trained, or were recorded.
pub trait Source {
    /// The trials of a phase, in the order of the specifications; those that the deadline cut off are missing.
    fn trials(
        &mut self,
        phase: &str,
        specs: &[TrialSpec],
        deadline: Option<Instant>,
    ) -> Result<Vec<Option<Trial>>, Error>;
}

/// Asks a source for one trial after the other, until every comparison is decided or the budget is spent; returns all.
pub fn follow(
    settings: &Settings,
    data: &Dataset,
    source: &mut dyn Source,
    observer: &dyn Observer,
) -> Result<Vec<Trial>, Error> {
    let begin = Instant::now();
    let deadline = settings.time.map(|time| begin + time);
    let mut procedure = Procedure {
        settings,
        data,
        source,
        observer,
    };
    let half = settings.time.map(|time| begin + time / 2);
    let (mut rates, mut trials) = procedure.burn_in(half, deadline)?;
    trials.extend(procedure.refine(&mut rates, half)?);
    trials.extend(procedure.race(&mut rates, deadline)?);
    if settings.stress {
        let poor = procedure.poor(&rates);
        let stressed = procedure.source.trials("poor initialisation", &poor, deadline)?;
        trials.extend(stressed.into_iter().flatten());
    }
    Ok(trials)
}

struct Procedure<'a> {
    settings: &'a Settings,
    data: &'a Dataset,
    source: &'a mut dyn Source,
    observer: &'a dyn Observer,
}

impl Procedure<'_> {
    /// Tries every activation at every rung of the ladder, with the first seeds of the burn-in; none if the learning rate is given. The first seed may take all
    /// the time that there is, the others half of it: what is left is for those that are judged.
    fn burn_in(
        &mut self,
        half: Option<Instant>,
        deadline: Option<Instant>,
    ) -> Result<(Rates, Vec<Trial>), Error> {
        if let Some(rate) = self.settings.learning_rate {
            return Ok((Rates::Given(rate), Vec::new()));
        }
        let goal = self.goal();
        let activations = self.settings.activations.len();
        let mut ladder = Ladder::new(self.settings.optimizer, activations, goal.constant_score());
        let mut all = Vec::new();
        loop {
            let rungs = ladder.untried();
            if rungs.is_empty() {
                return Ok((Rates::Chosen(ladder), all));
            }
            for (seeds, deadline) in [(0..1, deadline), (1..SCREENED, half)] {
                let mut places = Vec::new();
                for n in seeds {
                    for activation in 0..activations {
                        places.extend(rungs.iter().map(|&rung| (n, activation, rung)));
                    }
                }
                let specs: Vec<TrialSpec> = places
                    .iter()
                    .map(|&(n, activation, rung)| self.trial(Panel::Search, activation, n, ladder.rate(rung)))
                    .collect();
                let trials = self.source.trials("learning rates", &specs, deadline)?;
                // All activations and rates are judged by the same seeds.
                let seed = activations * rungs.len();
                let whole = trials
                    .chunks(seed)
                    .take_while(|seed| seed.iter().all(Option::is_some));
                let whole = seed * whole.count();
                for ((_, activation, rung), trial) in places.into_iter().zip(trials[..whole].iter().flatten())
                {
                    ladder.add(activation, rung, reached(trial));
                }
                let complete = whole == trials.len();
                all.extend(trials.into_iter().flatten());
                // Time ends the ladder, and so does a source that has no trials at a rate.
                if !complete {
                    return Ok((Rates::Chosen(ladder), all));
                }
            }
            ladder.grow();
        }
    }

    /// Tries the best rates of each activation with more seeds, so far as the time allows.
    fn refine(&mut self, rates: &mut Rates, deadline: Option<Instant>) -> Result<Vec<Trial>, Error> {
        let Rates::Chosen(ladder) = rates else {
            return Ok(Vec::new());
        };
        let of_seed: Vec<(usize, i32)> = ladder
            .narrow()
            .iter()
            .enumerate()
            .flat_map(|(activation, rungs)| rungs.iter().map(move |&rung| (activation, rung)))
            .collect();
        // The time may have ended before anything was tried.
        if of_seed.is_empty() {
            return Ok(Vec::new());
        }
        let specs: Vec<TrialSpec> = (SCREENED..BURN_IN)
            .flat_map(|n| {
                of_seed
                    .iter()
                    .map(move |&(activation, rung)| (n, activation, rung))
            })
            .map(|(n, activation, rung)| self.trial(Panel::Search, activation, n, ladder.rate(rung)))
            .collect();
        let trials = self.source.trials("learning rates", &specs, deadline)?;
        let seeds = trials.chunks(of_seed.len());
        for seed in seeds.take_while(|seed| seed.iter().all(Option::is_some)) {
            for (&(activation, rung), trial) in of_seed.iter().zip(seed.iter().flatten()) {
                ladder.add(activation, rung, reached(trial));
            }
        }
        Ok(trials.into_iter().flatten().collect())
    }

    /// Runs the race, round by round, until everything is decided or the budget is spent.
    fn race(&mut self, rates: &mut Rates, deadline: Option<Instant>) -> Result<Vec<Trial>, Error> {
        // The order in which the judge has them.
        let mut order: Vec<usize> = (0..self.settings.activations.len()).collect();
        order.sort_by_key(|&i| self.settings.activations[i].to_string());
        let begin = Instant::now();
        let mut race = Race::new(self.rules(&order)?);
        let (mut all, mut run) = (Vec::new(), 0);
        while !race.finished() && race.blocks() < self.settings.max_seeds {
            let running: Vec<usize> = (0..order.len()).filter(|&arm| race.running()[arm]).collect();
            let fewest = if race.blocks() < FEWEST { FEWEST } else { 1 };
            let left = self.settings.max_seeds - race.blocks();
            let seeds = ROUND.div_ceil(running.len()).max(fewest).min(left);
            let first = self.first_judged() + race.blocks();
            let places: Vec<(usize, usize)> = (first..first + seeds)
                .flat_map(|n| running.iter().map(move |&arm| (n, arm)))
                .collect();
            let chosen: Vec<Rate> = order.iter().map(|&activation| rates.of(activation)).collect();
            let specs: Vec<TrialSpec> = places
                .iter()
                .map(|&(n, arm)| self.trial(Panel::Main, order[arm], n, chosen[arm].rate))
                .collect();
            let trials = self.source.trials("comparison", &specs, deadline)?;
            run += trials.iter().flatten().count();
            for block in trials.chunks(running.len()) {
                let mut scores = vec![None; order.len()];
                for (&arm, trial) in running.iter().zip(block) {
                    scores[arm] = trial
                        .as_ref()
                        .map(|trial| reached(trial).map_or(Score::BrokeDown, Score::Reached));
                }
                // After the deadline a block may be incomplete: it is not judged, and was the last.
                if block.iter().any(Option::is_none) {
                    all.extend(trials.into_iter().flatten());
                    return Ok(all);
                }
                race.add(&scores);
            }
            for (&(_, arm), trial) in places.iter().zip(trials.iter().flatten()) {
                rates.confirm(order[arm], chosen[arm], trial.broke_down());
            }
            all.extend(trials.into_iter().flatten());
            self.observer
                .progress(&self.progress(&race, begin.elapsed() / run.max(1) as u32));
        }
        Ok(all)
    }

    /// How far the race has come, where a trial takes so long.
    fn progress(&self, race: &Race, trial: Duration) -> Progress {
        let running = race.running().into_iter().filter(|&runs| runs).count();
        let likely = race.forecast().filter(|forecast| forecast.decided > 0.5);
        Progress {
            seeds: race.blocks(),
            running,
            decided_in: likely.map(|forecast| {
                let time = |trials: usize| trial * trials as u32;
                Expected {
                    low: time(forecast.low),
                    median: time(forecast.median),
                    high: time(forecast.high),
                }
            }),
        }
    }

    fn goal(&self) -> Goal {
        Goal::new(self.data, &(0..self.data.len()).collect::<Vec<_>>())
    }

    fn rules(&self, order: &[usize]) -> Result<Rules, Error> {
        let goal = self.goal();
        let samples = self.data.hold_out(0, self.settings.held_out)?.test.len();
        let is_control = |&i: &usize| self.settings.activations[i].to_string() == CONTROL;
        Ok(Rules {
            arms: order.len(),
            control: order.iter().position(is_control),
            controls: Vec::new(),
            margin: self.settings.margin,
            resolution: match goal.metric() {
                Metric::Accuracy => 1.0 / samples.max(1) as f64,
                _ => 0.0,
            },
            widest: goal.metric().widest(),
            most: self.settings.max_seeds,
        })
    }

    /// The first seed that is judged.
    fn first_judged(&self) -> usize {
        if self.settings.learning_rate.is_some() {
            0
        } else {
            BURN_IN
        }
    }

    fn poor(&self, rates: &Rates) -> Vec<TrialSpec> {
        let first = self.first_judged();
        let mut specs = Vec::new();
        for n in first..first + self.settings.max_seeds.min(STRESS_SEEDS) {
            for i in 0..self.settings.activations.len() {
                let spec = self.trial(Panel::PoorInitialisation, i, n, rates.of(i).rate);
                specs.push(TrialSpec {
                    bias: POOR_BIAS,
                    ..spec
                });
            }
        }
        specs
    }

    fn trial(&self, panel: Panel, activation: usize, n: usize, rate: f64) -> TrialSpec {
        let activation = &self.settings.activations[activation];
        self.settings
            .trial(panel, activation, self.settings.nth_seed(n), rate)
    }
}

/// What a trial reached; `None` if it broke down.
fn reached(trial: &Trial) -> Option<f64> {
    let outcome = trial.outcome.as_ref().filter(|_| !trial.broke_down());
    outcome.map(|outcome| outcome.test)
}
