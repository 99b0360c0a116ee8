//! A comparison of activations: trials that Python runs, stored and judged as those of a study.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use relume_doctor::{Finding, Record};
use relume_report::judge::{Judgement, check_outcome, judge, running};
use relume_report::store::{self, Store};
use relume_report::study::{STUDY_SCHEMA, Study};
use relume_report::table::{self, Terminal};
use relume_report::trial::{Arm, Epoch, Outcome, Panel, SCHEMA, Scores, Task, Trial, epochs_to_95};
use relume_report::{html, machine};
use serde::Deserialize;
use serde_json::Value;

use crate::run::{os_error, value_error};

/// The trials of a comparison in a folder, and what follows from them; see `relume_report::judge`.
#[pyclass(frozen, module = "relume._native")]
pub(crate) struct Comparison {
    store: Store,
    task: Task,
    state: Mutex<State>,
}

struct State {
    study: Study,
    trials: Vec<Trial>,
}

/// What is compared, as Python says it.
#[derive(Deserialize)]
struct Plan {
    task: Task,
    margin: f64,
    /// What is in use now.
    current: Option<String>,
    /// Of treatments, what they are compared with.
    #[serde(default)]
    controls: Vec<String>,
    /// What must be the same for trials to be compared.
    settings: BTreeMap<String, Value>,
    activations: Vec<String>,
    command: String,
}

/// What came out of a trial that was run.
#[derive(Deserialize)]
struct Ran {
    arm: String,
    seed: u64,
    metric: Option<f64>,
    validation: Option<f64>,
    train: Option<f64>,
    /// Of the test samples, which are the same for all seeds.
    scores: Option<Vec<f32>>,
    epochs: Vec<Epoch>,
    failure: Option<String>,
    record: Option<Record>,
    findings: Vec<Finding>,
    seconds: f64,
    watching: Option<f64>,
}

#[pymethods]
impl Comparison {
    /// Begins a comparison in a folder, or goes on with the one that is there, if it is the same.
    #[new]
    fn new(py: Python<'_>, folder: PathBuf, plan: &str) -> PyResult<Self> {
        let plan: Plan = serde_json::from_str(plan).map_err(value_error)?;
        let (begun, trials) = match folder.exists() {
            true => {
                let store = Store::open(&folder).map_err(os_error)?;
                let begun = store.read_study().map_err(os_error)?;
                (begun, store.read_trials().map_err(os_error)?)
            }
            false => (None, Vec::new()),
        };
        let mut study = Study {
            schema: STUDY_SCHEMA.into(),
            command: plan.command,
            margin: plan.margin,
            current: plan.current,
            controls: plan.controls,
            settings: plan.settings,
            machine: machine::describe(),
            ..Study::default()
        };
        let occupied = |why: String| {
            let folder = folder.display();
            PyValueError::new_err(format!(
                "{folder} holds another comparison: {why}; give another directory"
            ))
        };
        match begun {
            Some(begun) => {
                study.continues(&begun).map_err(|e| occupied(e.to_string()))?;
                study.costs = begun.costs;
                study.phases = begun.phases;
            }
            None if !trials.is_empty() => return Err(occupied("trials without a study.json".into())),
            None => {}
        }
        if let Some(other) = trials
            .iter()
            .find(|t| t.task.fingerprint != plan.task.fingerprint)
        {
            return Err(occupied(format!("{} is of other data", other.name())));
        }
        let known = |name: &&str| !study.costs.contains_key(*name);
        let missing: Vec<&str> = plan
            .activations
            .iter()
            .map(String::as_str)
            .filter(known)
            .collect();
        let costs = py.detach(|| machine::costs(missing));
        study.costs.extend(costs);
        let store = Store::create(&folder).map_err(os_error)?;
        store.write_study(&study).map_err(os_error)?;
        Ok(Self {
            store,
            task: plan.task,
            state: Mutex::new(State { study, trials }),
        })
    }

    /// The trials that are there: activation, seed, and why it broke down if it did.
    fn trials(&self) -> Vec<(String, u64, Option<String>)> {
        let state = self.state();
        let trials = state.trials.iter();
        trials
            .map(|t| (t.arm.name.clone(), t.seed, t.failure.clone()))
            .collect()
    }

    /// Stores a trial that was run, as JSON; one of the same activation and seed is replaced. Returns why it broke
    /// down, if it did.
    fn add(&self, ran: &str) -> PyResult<Option<String>> {
        let ran: Ran = serde_json::from_str(ran).map_err(value_error)?;
        let state = &mut *self.state();
        let trial = ran.trial(self.task.clone(), &state.study);
        check_outcome(&trial).map_err(value_error)?;
        self.store.write_trial(&trial).map_err(os_error)?;
        let failure = trial.failure.clone();
        state
            .trials
            .retain(|t| (&t.arm.name, t.seed) != (&trial.arm.name, trial.seed));
        state.trials.push(trial);
        // The order in which they are read from the folder.
        state
            .trials
            .sort_by(|a, b| (a.panel, &a.arm.name, a.seed).cmp(&(b.panel, &b.arm.name, b.seed)));
        Ok(failure)
    }

    /// Notes how long it all took.
    fn finish(&self, seconds: f64) -> PyResult<()> {
        let state = &mut *self.state();
        match state.study.phases.first_mut() {
            Some((_, before)) => *before += seconds,
            None => state.study.phases.push(("comparison".into(), seconds)),
        }
        self.store.write_study(&state.study).map_err(os_error)?;
        Ok(())
    }

    /// The verdicts for a terminal.
    fn report(&self, width: usize, colour: bool) -> PyResult<String> {
        Ok(table::terminal(
            &self.state().judge()?,
            Terminal { width, colour },
        ))
    }

    /// The verdicts as JSON.
    fn json(&self) -> PyResult<String> {
        Ok(table::json(&self.state().judge()?))
    }

    /// Which of these activations go on, by the trials so far; none once every comparison is decided.
    fn running(&self, names: Vec<String>) -> PyResult<Vec<String>> {
        let state = self.state();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let going = running(&state.study, &state.trials, &names).map_err(value_error)?;
        Ok(going.into_iter().map(str::to_owned).collect())
    }

    /// Writes the report as a page.
    fn write_html(&self, path: PathBuf) -> PyResult<()> {
        let state = self.state();
        let page = html::render(&state.study, &state.judge()?, &state.trials, None).map_err(value_error)?;
        store::write(&path, &page).map_err(os_error)
    }
}

impl Comparison {
    fn state(&self) -> MutexGuard<'_, State> {
        // A trial is added at once, or not at all.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn judge(&self) -> PyResult<Judgement> {
        judge(&self.study, &self.trials).map_err(value_error)
    }
}

impl Ran {
    fn trial(self, task: Task, study: &Study) -> Trial {
        let scores = self.scores.map(|values| Scores {
            samples: (0..values.len() as u32).collect(),
            values,
            predicted: None,
        });
        let outcome = self.metric.map(|test| Outcome {
            epoch: None,
            train: self.train,
            validation: self.validation,
            validation_error: None,
            test,
            epochs_to_95: epochs_to_95(&self.epochs),
            scores,
        });
        Trial {
            schema: SCHEMA.into(),
            written_by: concat!("relume ", env!("CARGO_PKG_VERSION")).into(),
            panel: Panel::Main,
            arm: Arm {
                // A treatment leaves the activations as they are, or changes some of them.
                activation: study.controls.is_empty().then(|| self.arm.clone()),
                name: self.arm,
                chosen: BTreeMap::new(),
            },
            seed: self.seed,
            task,
            settings: study.settings.clone(),
            outcome,
            failure: self.failure,
            epochs: self.epochs,
            record: self.record,
            findings: self.findings,
            seconds: self.seconds,
            watching: self.watching,
            samples_per_second: None,
        }
    }
}
