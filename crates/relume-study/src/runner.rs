//! Many trials at once, one thread each.

use crate::{Companion, Error, TrialSpec, run_trial};
use relume_data::Dataset;
use relume_report::store::Store;
use relume_report::trial::Trial;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a study tells while it runs, and what it is told. Workers are numbered from 0.
pub trait Observer: Sync {
    /// A batch of trials of a phase begins: the phase's name, how many trials it has, and how many of them are there
    /// already.
    fn batch(&self, _phase: &str, _trials: usize, _kept: usize) {}

    /// The comparison has come so far.
    fn progress(&self, _progress: &Progress) {}

    /// A worker begins a trial.
    fn trial_begins(&self, _worker: usize, _spec: &TrialSpec) {}

    /// A worker has completed an epoch of its trial.
    fn epoch(&self, _worker: usize, _epoch: usize) {}

    /// A worker has completed and stored its trial.
    fn trial_ends(&self, _worker: usize, _trial: &Trial) {}

    /// Whether to stop; trials that are running are given up, finished ones are kept.
    fn interrupted(&self) -> bool {
        false
    }
}

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// How many seeds were judged.
    pub seeds: usize,
    /// How many activations are still running.
    pub running: usize,
    /// In how much time all will be decided; `None` if rather not within the budget.
    pub decided_in: Option<Expected>,
}

/// How much time something will take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// With a probability of 10 % less than this.
    pub low: Duration,
    /// As likely more as less.
    pub median: Duration,
    /// With a probability of 10 % more than this.
    pub high: Duration,
}

/// Reports nothing and never interrupts.
impl Observer for () {}

/// Runs the trials, `jobs` at once, each written to the store as soon as it is done. The result is in the order
/// of the specifications; after the deadline no trial is begun, and those left out are missing. The first error stops
/// all.
pub(crate) fn run_trials(
    specs: &[TrialSpec],
    data: &Dataset,
    store: &Store,
    jobs: usize,
    deadline: Option<Instant>,
    observer: &dyn Observer,
) -> Result<Vec<Option<Trial>>, Error> {
    let late = || deadline.is_some_and(|deadline| Instant::now() >= deadline);
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let results: Mutex<Vec<Option<Result<Trial, Error>>>> = Mutex::new(specs.iter().map(|_| None).collect());
    let work = |worker: usize| {
        while !stopped.load(Ordering::Relaxed) && !late() {
            let position = next.fetch_add(1, Ordering::Relaxed);
            let Some(spec) = specs.get(position) else { return };
            observer.trial_begins(worker, spec);
            let companion = Worker {
                worker,
                observer,
                stopped: &stopped,
            };
            let result = guarded(spec, data, &companion).and_then(|trial| {
                store.write_trial(&trial)?;
                Ok(trial)
            });
            match &result {
                Ok(trial) => observer.trial_ends(worker, trial),
                Err(_) => stopped.store(true, Ordering::Relaxed),
            }
            results.lock().unwrap_or_else(PoisonError::into_inner)[position] = Some(result);
        }
    };
    thread::scope(|scope| {
        for worker in 0..jobs.clamp(1, specs.len().max(1)) {
            let work = &work;
            scope.spawn(move || work(worker));
        }
    });
    let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    // Trials given up because another one failed say `interrupted`; the reason is the other one's.
    let (mut trials, mut interrupted) = (Vec::with_capacity(specs.len()), false);
    for result in results {
        match result {
            Some(Ok(trial)) => trials.push(Some(trial)),
            Some(Err(Error::Interrupted)) => interrupted = true,
            Some(Err(reason)) => return Err(reason),
            None => trials.push(None),
        }
    }
    if interrupted {
        Err(Error::Interrupted)
    } else {
        Ok(trials)
    }
}

/// A panic in a library below must not take the other trials with it.
fn guarded(spec: &TrialSpec, data: &Dataset, companion: &Worker<'_>) -> Result<Trial, Error> {
    catch_unwind(AssertUnwindSafe(|| run_trial(spec, data, companion))).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let reason = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no reason given");
        Err(Error::Broken {
            trial: format!("{} with seed {}", spec.activation, spec.seed),
            reason: reason.to_string(),
        })
    })
}

struct Worker<'a> {
    worker: usize,
    observer: &'a dyn Observer,
    stopped: &'a AtomicBool,
}

impl Companion for Worker<'_> {
    fn epoch(&self, epoch: usize) {
        self.observer.epoch(self.worker, epoch);
    }

    fn interrupted(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || self.observer.interrupted()
    }
}
