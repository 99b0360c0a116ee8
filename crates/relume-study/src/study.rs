//! A study in a folder: begun, gone on with, run to its end.

use crate::network::plan;
use crate::procedure::{Source, follow};
use crate::runner::{Observer, run_trials};
use crate::samples;
use crate::{Error, Settings, TrialSpec};
use relume_data::Dataset;
use relume_report::machine;
use relume_report::store::Store;
use relume_report::study::{STUDY_SCHEMA, Study};
use relume_report::trial::Trial;
use std::path::Path;
use std::time::Instant;

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
        plan(&settings.network, &data.inputs, 1, 1, false)?;
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
            controls: Vec::new(),
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
        let (settings, data) = (self.settings, self.data);
        let mut source = Trained {
            session: &mut self,
            observer,
        };
        let trials = follow(settings, data, &mut source, observer)?;
        self.store.write_study(&self.study)?;
        if let Some(samples) = samples::of(data, Path::new(&settings.data.source), &trials) {
            self.store.write_samples(&samples)?;
        }
        Ok((self.study, trials))
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
        let (settings, arm) = (spec.settings(), spec.arm());
        self.kept
            .iter()
            .find(|trial| {
                trial.panel == spec.panel
                    && trial.arm == arm
                    && trial.seed == spec.seed
                    && trial.settings == settings
            })
            .cloned()
    }
}

/// Trials that are trained, unless they are there.
struct Trained<'s, 'a> {
    session: &'s mut Session<'a>,
    observer: &'s dyn Observer,
}

impl Source for Trained<'_, '_> {
    fn trials(
        &mut self,
        phase: &str,
        specs: &[TrialSpec],
        deadline: Option<Instant>,
    ) -> Result<Vec<Option<Trial>>, Error> {
        self.session.phase(phase, specs, deadline, self.observer)
    }
}
