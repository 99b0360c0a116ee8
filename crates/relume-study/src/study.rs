//! A study: the search for learning rates, the comparison, the stress panels.

use crate::plan::plan;
use crate::runner::{Observer, run_trials};
use crate::settings::FIRST_SEARCH_SEED;
use crate::{Error, Optimizer, Settings, TrialSpec};
use relume_data::Dataset;
use relume_report::machine;
use relume_report::store::Store;
use relume_report::study::{STUDY_SCHEMA, Study};
use relume_report::trial::{Panel, Trial};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// The learning rates searched, the same for every activation.
const SGD_RATES: [f64; 4] = [0.003, 0.01, 0.03, 0.1];
const ADAM_RATES: [f64; 4] = [0.0003, 0.001, 0.003, 0.01];

/// How many seeds each learning rate is tried with.
const SEARCH_SEEDS: usize = 2;

/// How many seeds a stress panel is run with, at most.
const STRESS_SEEDS: usize = 3;

/// By how much the learning rate of the comparison is raised under stress.
pub const RAISED: f64 = 5.0;

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
        data.split(0)?;
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

    /// How many trials the whole study has, those that are there already included.
    pub fn trials(&self) -> usize {
        let search = if self.settings.learning_rate.is_some() {
            0
        } else {
            self.rates().len() * SEARCH_SEEDS
        };
        let stress = if self.settings.stress {
            2 * self.stress_seeds()
        } else {
            0
        };
        self.settings.activations.len() * (search + self.settings.seeds + stress)
    }

    /// Runs what is missing and returns the study with all its trials.
    pub fn run(mut self, observer: &dyn Observer) -> Result<(Study, Vec<Trial>), Error> {
        let (rates, mut trials) = self.learning_rates(observer)?;
        trials.extend(self.phase("comparison", &self.main(&rates), observer)?);
        if self.settings.stress {
            trials.extend(self.phase("raised learning rate", &self.raised(&rates), observer)?);
            trials.extend(self.phase("poor initialisation", &self.poor(&rates), observer)?);
        }
        self.store.write_study(&self.study)?;
        Ok((self.study, trials))
    }

    /// The learning rate of each activation, given or searched, and the trials that were run to find it.
    fn learning_rates(&mut self, observer: &dyn Observer) -> Result<(Vec<f64>, Vec<Trial>), Error> {
        if let Some(rate) = self.settings.learning_rate {
            return Ok((vec![rate; self.settings.activations.len()], Vec::new()));
        }
        let rates = self.rates();
        let specs = self.each_activation(SEARCH_SEEDS, |activation, seed| {
            rates
                .iter()
                .map(|&rate| {
                    self.settings
                        .trial(Panel::Search, activation, FIRST_SEARCH_SEED + seed, rate)
                })
                .collect()
        });
        let trials = self.phase("learning-rate search", &specs, observer)?;
        let chosen = self
            .settings
            .activations
            .iter()
            .map(|activation| {
                let name = activation.to_string();
                let tried = |&rate| {
                    let tried = specs
                        .iter()
                        .zip(&trials)
                        .filter(|(spec, _)| spec.activation == name && spec.learning_rate == rate);
                    Tried::new(rate, tried.map(|(_, trial)| trial))
                };
                smallest_good(&rates.iter().map(tried).collect::<Vec<_>>())
            })
            .collect();
        Ok((chosen, trials))
    }

    fn rates(&self) -> &'static [f64] {
        match self.settings.optimizer {
            Optimizer::Sgd => &SGD_RATES,
            Optimizer::Adam => &ADAM_RATES,
        }
    }

    fn main(&self, rates: &[f64]) -> Vec<TrialSpec> {
        self.compared(Panel::Main, self.settings.seeds, rates)
    }

    fn raised(&self, rates: &[f64]) -> Vec<TrialSpec> {
        let raised: Vec<f64> = rates.iter().map(|rate| rate * RAISED).collect();
        self.compared(Panel::RaisedLearningRate, self.stress_seeds(), &raised)
    }

    fn poor(&self, rates: &[f64]) -> Vec<TrialSpec> {
        let mut specs = self.compared(Panel::PoorInitialisation, self.stress_seeds(), rates);
        specs.iter_mut().for_each(|spec| spec.bias = POOR_BIAS);
        specs
    }

    fn stress_seeds(&self) -> usize {
        self.settings.seeds.min(STRESS_SEEDS)
    }

    fn compared(&self, panel: Panel, seeds: usize, rates: &[f64]) -> Vec<TrialSpec> {
        let rate_of: BTreeMap<String, f64> = self
            .settings
            .activations
            .iter()
            .map(ToString::to_string)
            .zip(rates.iter().copied())
            .collect();
        self.each_activation(seeds, |activation, seed| {
            vec![
                self.settings
                    .trial(panel, activation, seed, rate_of[&activation.to_string()]),
            ]
        })
    }

    /// Seed by seed, so that a study broken off has compared all activations on some seeds.
    fn each_activation(
        &self,
        seeds: usize,
        specs: impl Fn(&relume::Activation, u64) -> Vec<TrialSpec>,
    ) -> Vec<TrialSpec> {
        (0..seeds as u64)
            .flat_map(|seed| {
                self.settings
                    .activations
                    .iter()
                    .map(move |activation| (activation, seed))
            })
            .flat_map(|(activation, seed)| specs(activation, seed))
            .collect()
    }

    /// Runs those trials of a phase that are not there yet; returns all, in the order of the specifications.
    fn phase(
        &mut self,
        name: &str,
        specs: &[TrialSpec],
        observer: &dyn Observer,
    ) -> Result<Vec<Trial>, Error> {
        let start = Instant::now();
        let kept: Vec<Option<Trial>> = specs.iter().map(|spec| self.kept(spec)).collect();
        let missing: Vec<TrialSpec> = specs
            .iter()
            .zip(&kept)
            .filter(|(_, kept)| kept.is_none())
            .map(|(spec, _)| spec.clone())
            .collect();
        observer.phase(name, specs.len(), specs.len() - missing.len());
        let mut made =
            run_trials(&missing, self.data, &self.store, self.settings.jobs, observer)?.into_iter();
        self.study
            .phases
            .push((name.to_string(), start.elapsed().as_secs_f64()));
        Ok(kept
            .into_iter()
            .map(|kept| kept.or_else(|| made.next()).expect("kept or made"))
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

/// What a trial scored on validation; a trial without a complete epoch, or whose score is not a number, lost.
/// A learning rate with what it reached on validation, on average, and the standard error of that.
#[derive(Clone, Copy, Debug)]
struct Tried {
    rate: f64,
    reached: f64,
    error: f64,
}

impl Tried {
    fn new<'a>(rate: f64, trials: impl Iterator<Item = &'a Trial>) -> Self {
        let (mut reached, mut squares, mut count) = (0.0, 0.0, 0.0);
        for trial in trials {
            // A trial that broke down is worse than any other.
            let outcome = trial.outcome.as_ref();
            let score = outcome
                .and_then(|outcome| outcome.validation)
                .unwrap_or(f64::NEG_INFINITY);
            reached += if score.is_nan() { f64::NEG_INFINITY } else { score };
            let error = outcome.and_then(|outcome| outcome.validation_error);
            squares += error.unwrap_or(0.0).powi(2);
            count += 1.0;
        }
        Self {
            rate,
            reached: reached / count,
            error: squares.sqrt() / count,
        }
    }
}

/// The smallest learning rate within one standard error of the best (the rule of Breiman et al., 1984): large steps
/// break down more often than a few seeds show. The rates ascend.
fn smallest_good(tried: &[Tried]) -> f64 {
    let best = tried
        .iter()
        .copied()
        .reduce(|a, b| if b.reached > a.reached { b } else { a });
    let good = tried
        .iter()
        .find(|one| best.is_none_or(|best| one.reached >= best.reached - best.error));
    good.map_or(f64::NAN, |one| one.rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_learning_rates_as_good_as_the_best_the_smallest_is_taken() {
        let chosen = |reached: [f64; 3]| {
            let tried = |(rate, reached)| Tried {
                rate,
                reached,
                error: 0.005,
            };
            smallest_good(
                &[0.01, 0.1, 1.0]
                    .into_iter()
                    .zip(reached)
                    .map(tried)
                    .collect::<Vec<_>>(),
            )
        };
        let broken = f64::NEG_INFINITY;
        assert_eq!(chosen([0.90, 0.96, 0.964]), 0.1);
        assert_eq!(chosen([0.90, 0.95, 0.964]), 1.0);
        assert_eq!(chosen([0.97, 0.95, 0.964]), 0.01);
        assert_eq!(chosen([broken, 0.1, 0.3]), 1.0);
        assert_eq!(chosen([broken; 3]), 0.01);
    }
}
