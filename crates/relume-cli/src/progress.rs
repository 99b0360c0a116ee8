//! The progress of a study: bars on a terminal, a plain line now and then elsewhere.

use crate::interrupt;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use relume_report::trial::Trial;
use relume_study::{Observer, Progress as Standing, TrialSpec};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a line is printed where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the trials of a study.
pub(crate) struct Progress {
    total: ProgressBar,
    workers: Vec<ProgressBar>,
    plain: Option<Mutex<Plain>>,
}

/// What a log needs to know.
struct Plain {
    phase: String,
    done: u64,
    last: Instant,
}

impl Progress {
    /// For a study with so many trials at once. How many it has in all turns out on the way.
    pub(crate) fn new(jobs: usize) -> Self {
        let total = ProgressBar::new(0);
        if !std::io::stderr().is_terminal() {
            let now = Instant::now();
            let plain = Plain {
                phase: String::new(),
                done: 0,
                last: now,
            };
            total.set_draw_target(indicatif::ProgressDrawTarget::hidden());
            return Self {
                total,
                workers: Vec::new(),
                plain: Some(Mutex::new(plain)),
            };
        }
        let bars = MultiProgress::new();
        let style = ProgressStyle::with_template("{spinner} {pos} trials · {msg}");
        total.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let total = bars.add(total);
        total.enable_steady_tick(Duration::from_millis(200));
        let workers = (0..jobs).map(|_| bars.add(worker_bar())).collect();
        Self {
            total,
            workers,
            plain: None,
        }
    }

    /// Takes the bars off the terminal.
    pub(crate) fn finish(&self) {
        self.workers.iter().for_each(ProgressBar::finish_and_clear);
        self.total.finish_and_clear();
    }

    fn with_plain(&self, act: impl FnOnce(&mut Plain)) {
        if let Some(plain) = &self.plain {
            act(&mut plain.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

fn worker_bar() -> ProgressBar {
    let style = ProgressStyle::with_template("  {bar:12.dim} {msg}");
    ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Observer for Progress {
    fn batch(&self, phase: &str, trials: usize, kept: usize) {
        self.total.set_message(phase.to_string());
        self.total.inc(kept as u64);
        self.with_plain(|plain| {
            plain.done += kept as u64;
            if plain.phase != phase {
                plain.phase = phase.to_string();
                let resumed = if kept > 0 {
                    format!("; {kept} of the first {trials} trials are there already")
                } else {
                    String::new()
                };
                eprintln!("{phase}{resumed}");
            }
        });
    }

    fn progress(&self, progress: &Standing) {
        let left = progress.decided_in.map_or(String::new(), |time| {
            let seconds = [time.median, time.low, time.high].map(|time| time.as_secs().max(1));
            let [about, low, high] = seconds;
            format!(", decided in about {about} s more ({low} to {high})")
        });
        let words = format!(
            "comparison: {} seeds, {} activations running{left}",
            progress.seeds, progress.running
        );
        self.total.set_message(words.clone());
        self.with_plain(|plain| {
            if plain.last.elapsed() >= LINE_EVERY {
                plain.last = Instant::now();
                eprintln!("{words}");
            }
        });
    }

    fn trial_begins(&self, worker: usize, spec: &TrialSpec) {
        if let Some(bar) = self.workers.get(worker) {
            bar.set_length(spec.epochs as u64);
            bar.set_position(0);
            bar.set_message(format!(
                "{} · seed {} · rate {}",
                spec.activation, spec.seed, spec.learning_rate
            ));
        }
    }

    fn epoch(&self, worker: usize, epoch: usize) {
        if let Some(bar) = self.workers.get(worker) {
            bar.set_position(epoch as u64);
        }
    }

    fn trial_ends(&self, _worker: usize, _trial: &Trial) {
        self.total.inc(1);
        self.with_plain(|plain| {
            plain.done += 1;
            if plain.last.elapsed() >= LINE_EVERY {
                plain.last = Instant::now();
                eprintln!("{}: {} trials so far", plain.phase, plain.done);
            }
        });
    }

    fn interrupted(&self) -> bool {
        interrupt::interrupted()
    }
}
