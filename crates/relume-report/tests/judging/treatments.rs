//! Whether treatments help, compared with controls.

use crate::fixture;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use relume_report::judge::{Help, judge, running};
use relume_report::store::Store;
use relume_report::study::Study;
use relume_report::table;
use relume_report::trial::{Arm, Trial};

const NAMES: [&str; 4] = ["unchanged", "learning rate × 0.1", "initialise", "clip at 1"];

fn study() -> Study {
    Study {
        controls: vec![NAMES[0].into(), NAMES[1].into()],
        current: Some(NAMES[0].into()),
        ..Study::default()
    }
}

/// The trials of a seed: an arm's mean and some noise.
fn block(seed: u64, means: [f64; 4], arms: &[&str]) -> Vec<Trial> {
    let trial = |(arm, name): (usize, &&str)| {
        let mut rng = StdRng::seed_from_u64(100 * seed + arm as u64);
        let mut trial = fixture::trial(name, seed, means[arm] + 0.002 * rng.random::<f64>());
        trial.arm = Arm {
            name: (*name).into(),
            ..Arm::default()
        };
        arms.contains(name).then_some(trial)
    };
    NAMES.iter().enumerate().filter_map(trial).collect()
}

/// Runs what is asked for until nothing is.
fn run(means: [f64; 4], most: u64) -> Vec<Trial> {
    let mut trials = Vec::new();
    for seed in 0..most {
        let going = running(&study(), &trials, &NAMES).unwrap();
        if going.is_empty() {
            break;
        }
        trials.extend(block(seed, means, &going));
    }
    trials
}

fn verdict(trials: &[Trial], arm: &str) -> Help {
    let judgement = judge(&study(), trials).unwrap();
    let found = judgement.treatments.iter().find(|t| t.arm == arm);
    found.expect("it was tried").verdict
}

#[test]
fn what_beats_both_controls_helps_and_what_beats_one_does_not() {
    // The learning rate alone does what clipping does, and initialising does more.
    let trials = run([0.5, 0.7, 0.9, 0.7], 30);
    assert_eq!(verdict(&trials, NAMES[1]), Help::Helps);
    assert_eq!(verdict(&trials, NAMES[2]), Help::Helps);
    assert_eq!(verdict(&trials, NAMES[3]), Help::DoesNotHelp);
    let judgement = judge(&study(), &trials).unwrap();
    assert!(judgement.finished && judgement.treatments.len() == 3);
    assert_eq!(judgement.recommendation.activation.as_deref(), Some(NAMES[2]));
    let text = table::markdown(&judgement);
    assert!(
        text.contains("initialise: helps") && text.contains("clip at 1: does not help"),
        "{text}"
    );
}

#[test]
fn controls_run_until_every_treatment_is_decided() {
    // The controls are equal and beaten by far; whether the rate alone helps must still be told.
    let trials = run([0.5, 0.5, 0.9, 0.5], 60);
    assert_eq!(verdict(&trials, NAMES[1]), Help::DoesNotHelp);
    assert_eq!(verdict(&trials, NAMES[3]), Help::DoesNotHelp);
    let of = |name: &str| trials.iter().filter(|t| t.arm.name == name).count();
    assert!(
        of(NAMES[2]) < of(NAMES[0]) && of(NAMES[0]) == of(NAMES[1]),
        "what is decided stops"
    );
}

#[test]
fn where_nothing_helps_the_training_stays_as_it_is() {
    let trials = run([0.9, 0.5, 0.9, 0.9], 60);
    let judgement = judge(&study(), &trials).unwrap();
    assert_eq!(judgement.recommendation.activation, None);
    assert_eq!(
        judgement.recommendation.headline,
        "Nothing that was tried helps, compared with unchanged and learning rate × 0.1."
    );
}

#[test]
fn a_folder_of_treatments_says_so_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    store.write_study(&study()).unwrap();
    for trial in run([0.5, 0.5, 0.9, 0.5], 60) {
        store.write_trial(&trial).unwrap();
    }
    let (study, trials) = (store.read_study().unwrap().unwrap(), store.read_trials().unwrap());
    assert!(trials.iter().all(|t| t.arm.activation.is_none()));
    let judgement = judge(&study, &trials).unwrap();
    assert!(judgement.recommendation.headline.starts_with("initialise helps"));
}
