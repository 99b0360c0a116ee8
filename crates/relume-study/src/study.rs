//! A study: the choice of learning rates, the race, the stress panel.

use crate::goal::Goal;
use crate::ladder::{BURN_IN, Ladder};
use crate::plan::plan;
use crate::runner::{Observer, Progress, run_trials};
use crate::{Error, Settings, TrialSpec};
use relume_data::Dataset;
use relume_report::judge::{CONTROL, FEWEST, Race, Rules, Score};
use relume_report::machine;
use relume_report::store::Store;
use relume_report::study::{STUDY_SCHEMA, Study};
use relume_report::trial::{Metric, Panel, Trial};
use std::path::Path;
use std::time::{Duration, Instant};

/// How many seeds the stress panel is run with, at most.
const STRESS_SEEDS: usize = 3;

/// A round of the race has so many seeds that it has at least this many trials: rates are chosen, and arms stopped,
/// between rounds, and many cores want many trials.
const ROUND: usize = 24;

/// What the biases of hidden layers begin with under stress: so far below zero that a rectifier starts with most
/// of its units silent, and the deeper ones with hardly any signal.
pub const POOR_BIAS: f64 = -1.0;

/// A study that is about to run: data opened, folder ready.
pub struct Session<'a> {
    settings: &'a Settings,
    data: &'a Dataset,
    store: Store,
    kept: Vec<Trial>,
    study: Study,
}

impl<'a> Session<'a> {
    /// Begins a study in a folder, or goes on with the one that is there.
    ///
    /// `command` is the command line, for the report.
    pub fn open(
        settings: &'a Settings,
        data: &'a Dataset,
        folder: &Path,
        resume: bool,
        command: &str,
    ) -> Result<Self, Error> {
        settings.check()?;
        // What every trial would stumble on is said before anything is written.
        plan(&settings.network, &data.inputs.shape, 1)?;
        data.hold_out(0, settings.held_out)?;
        let shown = folder.display().to_string();
        let previous = if folder.exists() {
            Store::open(folder)?.read_study()?
        } else {
            None
        };
        let kept = match (&previous, resume) {
            (Some(previous), true) => {
                let asked = Study {
                    settings: settings.fixed(),
                    ..Study::default()
                };
                asked
                    .continues(previous)
                    .map_err(|difference| Error::OtherStudy {
                        folder: shown,
                        difference: Box::new(difference),
                    })?;
                Store::open(folder)?.read_trials()?
            }
            (Some(_), false) => return Err(Error::Occupied(shown)),
            (None, true) => return Err(Error::NothingToResume(shown)),
            (None, false) => Vec::new(),
        };
        let store = Store::create(folder)?;
        let activations: Vec<String> = settings.activations.iter().map(ToString::to_string).collect();
        let study = Study {
            schema: STUDY_SCHEMA.to_string(),
            command: command.to_string(),
            margin: settings.margin,
            current: settings.current(),
            settings: settings.fixed(),
            costs: machine::costs(activations.iter().map(String::as_str)),
            machine: machine::describe(),
            phases: Vec::new(),
        };
        store.write_study(&study)?;
        Ok(Self {
            settings,
            data,
            store,
            kept,
            study,
        })
    }

    /// Runs what is missing and returns the study with all its trials.
    pub fn run(mut self, observer: &dyn Observer) -> Result<(Study, Vec<Trial>), Error> {
        let deadline = self.settings.time.map(|time| Instant::now() + time);
        let (mut rates, mut trials) = self.burn_in(observer)?;
        trials.extend(self.race(&mut rates, deadline, observer)?);
        if self.settings.stress {
            let poor = self.poor(&rates);
            trials.extend(
                self.phase("poor initialisation", &poor, deadline, observer)?
                    .into_iter()
                    .flatten(),
            );
        }
        self.store.write_study(&self.study)?;
        Ok((self.study, trials))
    }

    /// Tries every activation at every rung of the ladder; none if the learning rate is given.
    fn burn_in(&mut self, observer: &dyn Observer) -> Result<(Rates, Vec<Trial>), Error> {
        if let Some(rate) = self.settings.learning_rate {
            return Ok((Rates::Given(rate), Vec::new()));
        }
        let goal = Goal::new(self.data, &(0..self.data.len()).collect::<Vec<_>>());
        let activations = self.settings.activations.len();
        let mut ladder = Ladder::new(self.settings.optimizer, activations, goal.constant_score());
        let mut all = Vec::new();
        loop {
            let rungs = ladder.untried();
            if rungs.is_empty() {
                return Ok((Rates::Chosen(ladder), all));
            }
            let mut places = Vec::new();
            for n in 0..BURN_IN {
                for activation in 0..activations {
                    places.extend(rungs.iter().map(|&rung| (n, activation, rung)));
                }
            }
            let specs: Vec<TrialSpec> = places
                .iter()
                .map(|&(n, activation, rung)| self.trial(Panel::Search, activation, n, ladder.rate(rung)))
                .collect();
            let trials = self.phase("learning rates", &specs, None, observer)?;
            for ((_, activation, rung), trial) in places.into_iter().zip(trials.iter().flatten()) {
                ladder.add(activation, rung, reached(trial));
            }
            all.extend(trials.into_iter().flatten());
            ladder.grow();
        }
    }

    /// Runs the race, round by round, until everything is decided or the budget is spent.
    fn race(
        &mut self,
        rates: &mut Rates,
        deadline: Option<Instant>,
        observer: &dyn Observer,
    ) -> Result<Vec<Trial>, Error> {
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
            let trials = self.phase("comparison", &specs, deadline, observer)?;
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
            observer.progress(&self.progress(&race, begin.elapsed() / run.max(1) as u32));
        }
        Ok(all)
    }

    /// How far the race has come, where a trial takes so long.
    fn progress(&self, race: &Race, trial: Duration) -> Progress {
        let running = race.running().into_iter().filter(|&runs| runs).count();
        let needed = race.blocks_to_finish().filter(|&n| n <= self.settings.max_seeds);
        Progress {
            seeds: race.blocks(),
            running,
            decided_in: needed.map(|needed| trial * ((needed - race.blocks()) * running) as u32),
        }
    }

    fn rules(&self, order: &[usize]) -> Result<Rules, Error> {
        let goal = Goal::new(self.data, &(0..self.data.len()).collect::<Vec<_>>());
        let samples = self.data.hold_out(0, self.settings.held_out)?.test.len();
        let is_control = |&i: &usize| self.settings.activations[i].to_string() == CONTROL;
        Ok(Rules {
            arms: order.len(),
            control: order.iter().position(is_control),
            margin: self.settings.margin,
            resolution: match goal.metric() {
                Metric::Accuracy => 1.0 / samples.max(1) as f64,
                _ => 0.0,
            },
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

    /// Runs those trials of a phase that are not there yet; returns all, in the order of the specifications, but for
    /// those that the deadline cut off.
    fn phase(
        &mut self,
        name: &str,
        specs: &[TrialSpec],
        deadline: Option<Instant>,
        observer: &dyn Observer,
    ) -> Result<Vec<Option<Trial>>, Error> {
        let start = Instant::now();
        let kept: Vec<Option<Trial>> = specs.iter().map(|spec| self.kept(spec)).collect();
        let missing: Vec<TrialSpec> = specs
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| kept.is_none())
            .map(|(spec, _)| spec.clone())
            .collect();
        observer.batch(name, specs.len(), specs.len() - missing.len());
        let jobs = self.settings.jobs;
        let mut made = run_trials(&missing, self.data, &self.store, jobs, deadline, observer)?.into_iter();
        let seconds = start.elapsed().as_secs_f64();
        match self.study.phases.iter_mut().find(|(phase, _)| phase == name) {
            Some((_, before)) => *before += seconds,
            None => self.study.phases.push((name.to_string(), seconds)),
        }
        Ok(kept
            .into_iter()
            .map(|kept| kept.or_else(|| made.next().expect("there is one for each that is missing")))
            .collect())
    }

    /// The trial of an earlier run that did just this.
    fn kept(&self, spec: &TrialSpec) -> Option<Trial> {
        let (settings, chosen) = (spec.settings(), spec.chosen());
        self.kept
            .iter()
            .find(|trial| {
                trial.panel == spec.panel
                    && trial.activation == spec.activation
                    && trial.seed == spec.seed
                    && trial.settings == settings
                    && trial.chosen == chosen
            })
            .cloned()
    }
}

/// Where the learning rate of an activation comes from.
enum Rates {
    Given(f64),
    Chosen(Ladder),
}

/// The learning rate of an activation, and its rung if it was chosen.
#[derive(Clone, Copy)]
struct Rate {
    rate: f64,
    rung: Option<i32>,
}

impl Rates {
    fn of(&self, activation: usize) -> Rate {
        match self {
            Self::Given(rate) => Rate {
                rate: *rate,
                rung: None,
            },
            Self::Chosen(ladder) => {
                let rung = ladder.chosen(activation);
                Rate {
                    rate: ladder.rate(rung),
                    rung: Some(rung),
                }
            }
        }
    }

    fn confirm(&mut self, activation: usize, rate: Rate, broke_down: bool) {
        if let (Self::Chosen(ladder), Some(rung)) = (self, rate.rung) {
            ladder.confirm(activation, rung, broke_down);
        }
    }
}

/// What a trial reached; `None` if it broke down.
fn reached(trial: &Trial) -> Option<f64> {
    let outcome = trial.outcome.as_ref().filter(|_| !trial.broke_down());
    outcome.map(|outcome| outcome.test)
}
