//! A whole study: what is stored, what a resumption runs, what it refuses.

use relume_report::trial::{Panel, Trial};
use relume_study::{Error, NetworkKind, Observer, Session, Settings, TrialSpec};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Two activations, two seeds, three epochs of a small network.
fn settings() -> Settings {
    let mut settings = Settings::new(NetworkKind::Mlp, "digits");
    settings.activations = vec!["relu".parse().unwrap(), "tanh".parse().unwrap()];
    settings.network.depth = 1;
    settings.network.width = 16;
    settings.seeds = 2;
    settings.epochs = 2;
    settings.jobs = 2;
    settings
}

fn study(
    settings: &Settings,
    folder: &Path,
    resume: bool,
    observer: &dyn Observer,
) -> Result<Vec<Trial>, Error> {
    let data = relume_data::digits();
    let session = Session::open(settings, &data, folder, resume, "relume study")?;
    Ok(session.run(observer)?.1)
}

/// Counts the trials that run, and interrupts after `limit` of them.
struct Counter {
    begun: AtomicUsize,
    ended: AtomicUsize,
    limit: usize,
}

impl Counter {
    fn new(limit: usize) -> Self {
        Self {
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            limit,
        }
    }
}

impl Observer for Counter {
    fn trial_begins(&self, _: usize, _: &TrialSpec) {
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    fn trial_ends(&self, _: usize, _: &Trial) {
        self.ended.fetch_add(1, Ordering::SeqCst);
    }

    fn interrupted(&self) -> bool {
        self.ended.load(Ordering::SeqCst) >= self.limit
    }
}

/// What came out of trials, without the time it took.
fn results(trials: &[Trial]) -> Vec<(Panel, String, u64, Option<f64>)> {
    let result = |trial: &Trial| trial.outcome.as_ref().map(|outcome| outcome.test);
    trials
        .iter()
        .map(|trial| (trial.panel, trial.activation.clone(), trial.seed, result(trial)))
        .collect()
}

#[test]
fn an_interrupted_study_is_resumed_to_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let whole = study(&settings(), &folder.path().join("whole"), false, &()).unwrap();
    let panels = |panel| whole.iter().filter(|trial| trial.panel == panel).count();
    assert_eq!(
        [
            Panel::Search,
            Panel::Main,
            Panel::RaisedLearningRate,
            Panel::PoorInitialisation
        ]
        .map(panels),
        [16, 4, 4, 4]
    );

    let broken = folder.path().join("broken");
    let counter = Counter::new(7);
    assert!(matches!(
        study(&settings(), &broken, false, &counter),
        Err(Error::Interrupted)
    ));
    let files = fs::read_dir(broken.join("trials")).unwrap().count();
    assert_eq!(
        files,
        counter.ended.load(Ordering::SeqCst),
        "every finished trial has its file"
    );

    let counter = Counter::new(usize::MAX);
    let resumed = study(&settings(), &broken, true, &counter).unwrap();
    assert_eq!(results(&resumed), results(&whole));
    let all = 2 * (4 * 2 + 2 + 2 * 2);
    assert_eq!(
        counter.begun.load(Ordering::SeqCst),
        all - files,
        "nothing was run twice"
    );
}

#[test]
fn each_activation_is_trained_on_the_same_splits() {
    let folder = tempfile::tempdir().unwrap();
    let trials = study(&settings(), &folder.path().join("study"), false, &()).unwrap();
    let samples = |activation: &str, seed| {
        let mut found = trials
            .iter()
            .filter(|t| t.panel == Panel::Main && t.activation == activation && t.seed == seed);
        found
            .next()
            .unwrap()
            .outcome
            .clone()
            .unwrap()
            .scores
            .unwrap()
            .samples
    };
    assert_eq!(samples("relu", 0), samples("tanh", 0));
    assert_ne!(samples("relu", 0), samples("relu", 1));
}

#[test]
fn a_study_is_not_written_over_nor_mixed_with_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study");
    let mut settings = settings();
    settings.stress = false;
    settings.learning_rate = Some(0.03);
    study(&settings, &path, false, &()).unwrap();
    assert!(matches!(
        study(&settings, &path, false, &()),
        Err(Error::Occupied(_))
    ));
    settings.network.width = 17;
    let message = study(&settings, &path, true, &()).unwrap_err().to_string();
    assert!(
        message.contains("`width` is 16") && message.contains("but 17"),
        "{message}"
    );
    let nothing = study(&settings, &folder.path().join("nowhere"), true, &());
    assert!(matches!(nothing, Err(Error::NothingToResume(_))));
}

#[test]
fn more_seeds_extend_a_study() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("study");
    let mut settings = settings();
    settings.stress = false;
    settings.learning_rate = Some(0.03);
    study(&settings, &path, false, &()).unwrap();
    settings.seeds = 3;
    let counter = Counter::new(usize::MAX);
    assert_eq!(study(&settings, &path, true, &counter).unwrap().len(), 6);
    assert_eq!(counter.begun.load(Ordering::SeqCst), 2);
}

#[test]
fn studies_that_say_nothing_are_refused() {
    let refused = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        settings.check().unwrap_err().to_string()
    };
    assert!(refused(&|s| s.seeds = 1).contains("seeds"));
    assert!(refused(&|s| s.activations.clear()).contains("activations"));
    assert!(refused(&|s| s.activations.push("relu".parse().unwrap())).contains("once"));
    assert!(refused(&|s| s.margin = f64::NAN).contains("margin"));
    assert!(refused(&|s| s.learning_rate = Some(-1.0)).contains("learning rate"));
    assert!(refused(&|s| s.network.depth = 100_000).contains("depth"));
}
