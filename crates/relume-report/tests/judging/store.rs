//! A folder of trials survives what happens to folders.

use crate::fixture;
use relume_report::store::{Store, StoreError};
use relume_report::study::Study;
use relume_report::trial::Panel;
use std::fs;

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path().join("a/b")).unwrap();
    let mut stress = fixture::trial("relu", 1, 0.5);
    stress.panel = Panel::PoorInitialisation;
    let trials = [
        fixture::trial("leaky_relu(slope=0.01)", 3, 0.9),
        fixture::trial("relu", 2, 0.8),
        fixture::trial("relu", 10, 0.7),
        stress,
    ];
    for trial in trials.iter().rev() {
        store.write_trial(trial).unwrap();
    }
    let path = store.path(&trials[0]);
    assert_eq!(
        path.file_name().unwrap(),
        "main-leaky_relu(slope=0.01)-seed3.json"
    );
    // Sorted by panel, activation and seed as a number.
    assert_eq!(
        Store::open(store.folder()).unwrap().read_trials().unwrap(),
        trials
    );

    assert_eq!(store.read_study().unwrap(), None);
    let study = Study {
        command: "relume study".into(),
        ..Study::default()
    };
    store.write_study(&study).unwrap();
    assert_eq!(store.read_study().unwrap(), Some(study));
}

#[test]
fn trials_may_lie_in_the_folder_itself() {
    let folder = tempfile::tempdir().unwrap();
    let trial = fixture::trial("relu", 0, 0.9);
    fs::write(
        folder.path().join("whatever.json"),
        serde_json::to_string(&trial).unwrap(),
    )
    .unwrap();
    fs::write(folder.path().join("half.tmp"), "{").unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.write_study(&Study::default()).unwrap();
    assert_eq!(store.read_trials().unwrap(), [trial]);
}

#[test]
fn a_trial_replaces_its_own_file_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    store.write_trial(&fixture::trial("relu", 0, 0.1)).unwrap();
    store.write_trial(&fixture::trial("relu", 1, 0.2)).unwrap();
    store.write_trial(&fixture::trial("relu", 0, 0.3)).unwrap();
    let tests: Vec<f64> = store
        .read_trials()
        .unwrap()
        .iter()
        .map(|t| t.outcome.as_ref().unwrap().test)
        .collect();
    assert_eq!(tests, [0.3, 0.2]);
    // No temporary file is left.
    assert_eq!(fs::read_dir(folder.path().join("trials")).unwrap().count(), 2);
}

#[test]
fn a_hostile_name_stays_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let path = store
        .write_trial(&fixture::trial("../../x\n\"y", 0, 0.1))
        .unwrap();
    assert_eq!(path.parent().unwrap(), folder.path().join("trials"));
    assert_eq!(store.read_trials().unwrap()[0].arm.name, "../../x\n\"y");
}

#[test]
fn a_truncated_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let path = store.write_trial(&fixture::trial("relu", 0, 0.1)).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    for length in (0..text.len()).step_by(7) {
        fs::write(&path, &text[..length]).unwrap();
        let error = store.read_trials().unwrap_err();
        assert!(matches!(error, StoreError::Json { .. }), "{error}");
        let words = error.to_string();
        assert!(
            words.contains("main-relu-seed0.json") && words.contains("line 1"),
            "{words}"
        );
    }
    // As a person would cut it: in the middle of a line.
    fs::write(&path, "{\n  \"schema\": \"relume-trial/1\",\n  \"written_").unwrap();
    assert!(store.read_trials().unwrap_err().to_string().contains("line 3"));
}

#[test]
fn another_version_is_named_with_both() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    // A newer file may look quite different.
    fs::write(
        folder.path().join("trials/new.json"),
        r#"{"schema": "relume-trial/3", "panels": []}"#,
    )
    .unwrap();
    let words = store.read_trials().unwrap_err().to_string();
    for part in ["new.json", "relume-trial/3", "relume-trial/2"] {
        assert!(words.contains(part), "{words}");
    }
    fs::write(
        folder.path().join("study.json"),
        r#"{"schema": "relume-trial/1"}"#,
    )
    .unwrap();
    assert!(matches!(
        store.read_study().unwrap_err(),
        StoreError::Schema {
            expected: "relume-study/1",
            ..
        }
    ));
    fs::write(folder.path().join("trials/new.json"), "[1, 2]").unwrap();
    assert!(matches!(
        store.read_trials().unwrap_err(),
        StoreError::Json { .. }
    ));
}

#[test]
fn what_json_cannot_hold_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let words = store
        .write_trial(&fixture::trial("relu", 4, f64::NAN))
        .unwrap_err()
        .to_string();
    assert!(
        words.contains("relu, seed 4") && words.contains("not finite"),
        "{words}"
    );
    assert!(store.read_trials().unwrap().is_empty());
}

#[test]
fn a_folder_that_cannot_be_is_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for error in [
        Store::create(&file).unwrap_err(),
        Store::open(folder.path().join("missing")).unwrap_err(),
    ] {
        let words = error.to_string();
        assert!(
            words.starts_with("cannot ") && words.lines().count() == 1,
            "{words}"
        );
        assert!(words.contains(folder.path().to_str().unwrap()), "{words}");
    }
    // The folder goes away while trials run.
    let store = Store::create(folder.path().join("study")).unwrap();
    fs::remove_dir_all(store.folder()).unwrap();
    let words = store
        .write_trial(&fixture::trial("relu", 0, 0.1))
        .unwrap_err()
        .to_string();
    assert!(
        words.starts_with("cannot write ") && words.contains("main-relu-seed0.json"),
        "{words}"
    );
}

#[test]
fn a_study_goes_on_only_with_its_own_settings() {
    let study = |epochs: u64| {
        let mut study = Study::default();
        study.settings.insert("epochs".into(), epochs.into());
        study.settings.insert("width".into(), 64.into());
        study
    };
    assert_eq!(study(20).continues(&study(20)), Ok(()));
    let words = study(30).continues(&study(20)).unwrap_err().to_string();
    assert_eq!(
        words,
        "setting `epochs` is 20 in the study begun here, but 30 in this one; they cannot be compared"
    );
    let words = study(30).continues(&Study::default()).unwrap_err().to_string();
    assert!(words.starts_with("setting `epochs` is absent"), "{words}");
}
