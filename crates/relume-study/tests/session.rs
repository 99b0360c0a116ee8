//! A whole study: what is stored, what a resumption runs, what it refuses.

use relume_report::judge::FEWEST;
use relume_report::trial::{Panel, Trial};
use relume_study::{BURN_IN, Error, NetworkKind, Observer, Session, Settings, TrialSpec};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Two activations, six seeds, two epochs of a small network.
fn settings() -> Settings {
    let mut settings = Settings::new(NetworkKind::Mlp, "digits");
    settings.activations = vec!["relu".parse().unwrap(), "tanh".parse().unwrap()];
    settings.network.depth = 1;
    settings.network.width = 16;
    settings.max_seeds = 6;
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
        .map(|trial| (trial.panel, trial.arm.name.clone(), trial.seed, result(trial)))
        .collect()
}

#[test]
fn an_interrupted_study_is_resumed_to_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let whole = study(&settings(), &folder.path().join("whole"), false, &()).unwrap();
    let panels = |panel| whole.iter().filter(|trial| trial.panel == panel).count();
    let [searched, compared, poor] = [Panel::Search, Panel::Main, Panel::PoorInitialisation].map(panels);
    // Of two activations every rate with four seeds, and the two best with the others.
    let screened = searched - 2 * 2 * (BURN_IN - 4);
    assert!(
        screened >= 2 * 4 * 4 && screened.is_multiple_of(2 * 4),
        "{searched}"
    );
    assert!((2 * FEWEST..=2 * 6).contains(&compared), "{compared}");
    assert_eq!(poor, 2 * 3);

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
    assert_eq!(
        counter.begun.load(Ordering::SeqCst),
        whole.len() - files,
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
            .filter(|t| t.panel == Panel::Main && t.arm.name == activation && t.seed == seed);
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
    let first = BURN_IN as u64;
    assert_eq!(samples("relu", first), samples("tanh", first));
    assert_ne!(samples("relu", first), samples("relu", first + 1));
    // The seeds that chose the rates do not judge.
    let judged = |t: &&Trial| t.panel == Panel::Main;
    assert!(trials.iter().filter(judged).all(|t| t.seed >= first));
}

#[test]
fn workers_time_and_later_seeds_do_not_change_what_was_judged() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, change: &dyn Fn(&mut Settings)| {
        let mut settings = settings();
        settings.stress = false;
        change(&mut settings);
        results(&study(&settings, &folder.path().join(name), false, &()).unwrap())
    };
    let one = run("one", &|s| s.jobs = 1);
    assert_eq!(one, run("three", &|s| s.jobs = 3));
    let longer = run("longer", &|s| s.max_seeds = 8);
    assert!(one.iter().all(|trial| longer.contains(trial)));
    let other = run("other", &|s| s.seed = 1);
    assert!(
        one.iter()
            .all(|(_, _, seed, _)| other.iter().all(|(_, _, others, _)| seed != others))
    );
    // No time for a single seed: nothing is compared.
    let short = run("short", &|s| s.time = Some(Duration::from_nanos(1)));
    assert!(short.iter().all(|(panel, ..)| *panel == Panel::Search));
}

/// Is slow with the second seed of a search.
struct Slow;

impl Observer for Slow {
    fn trial_begins(&self, _: usize, spec: &TrialSpec) {
        if spec.panel == Panel::Search && spec.seed == 1 {
            std::thread::sleep(Duration::from_millis(1500));
        }
    }
}

#[test]
fn the_search_leaves_half_of_the_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.stress = false;
    // Eight trials of a seed, two at once, take six seconds, which is more than half of this.
    settings.time = Some(Duration::from_secs(6));
    let trials = study(&settings, folder.path(), false, &Slow).unwrap();
    let searched: Vec<u64> = of(&trials, Panel::Search).map(|trial| trial.seed).collect();
    assert_eq!(searched.iter().filter(|&&seed| seed == 0).count(), 8);
    assert!(searched.len() < 16, "{searched:?}");
    let judged = of(&trials, Panel::Main).count();
    assert!(judged >= 2 * FEWEST, "{judged}");
}

fn of(trials: &[Trial], panel: Panel) -> impl Iterator<Item = &Trial> {
    trials.iter().filter(move |trial| trial.panel == panel)
}

#[test]
fn what_diverges_is_stored_like_anything_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = "a,b,y\n".to_string();
    for i in 0..60 {
        writeln!(table, "{},{},{}", i % 7, i * i % 11, 1000 * i).unwrap();
    }
    let path = folder.path().join("table.csv");
    fs::write(&path, table).unwrap();
    let data = relume_data::open(path.to_str().unwrap(), &relume_data::Options::default()).unwrap();
    let mut settings = settings();
    settings.data.source = path.display().to_string();
    settings.network.depth = 4;
    settings.activations.push("squareplus".parse().unwrap());
    settings.activations.push("identity".parse().unwrap());
    let mut broken = 0;
    for (i, rate) in [0.5, 3.0, 100.0, 1e10].into_iter().enumerate() {
        settings.learning_rate = Some(rate);
        let out = folder.path().join(i.to_string());
        let session = Session::open(&settings, &data, &out, false, "relume study").unwrap();
        let (study, trials) = session.run(&()).unwrap();
        broken += trials.iter().filter(|trial| trial.broke_down()).count();
        assert!(trials.iter().all(|t| t.broke_down() == t.outcome.is_none()));
        // What was written can be read and judged.
        let read = relume_report::store::Store::open(&out)
            .unwrap()
            .read_trials()
            .unwrap();
        assert_eq!(read.len(), trials.len());
        relume_report::judge::judge(&study, &read).unwrap();
    }
    assert!(broken > 20, "{broken}");
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
    let before = fs::read_dir(path.join("trials")).unwrap().count();
    settings.max_seeds = 8;
    let counter = Counter::new(usize::MAX);
    let all = study(&settings, &path, true, &counter).unwrap().len();
    assert_eq!(counter.begun.load(Ordering::SeqCst), all - before);
}

#[test]
fn studies_that_say_nothing_are_refused() {
    let refused = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        settings.check().unwrap_err().to_string()
    };
    assert!(refused(&|s| s.max_seeds = 1).contains("max-seeds"));
    assert!(refused(&|s| s.activations.clear()).contains("activations"));
    assert!(refused(&|s| s.activations.push("relu".parse().unwrap())).contains("once"));
    assert!(refused(&|s| s.activations.push("swiglu".parse().unwrap())).contains("transformer"));
    assert!(refused(&|s| s.margin = f64::NAN).contains("margin"));
    assert!(refused(&|s| s.learning_rate = Some(-1.0)).contains("learning rate"));
    assert!(refused(&|s| s.held_out = 1.0).contains("held-out"));
    assert!(refused(&|s| s.network.depth = 100_000).contains("depth"));
}
