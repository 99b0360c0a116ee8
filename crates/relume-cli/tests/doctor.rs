//! `relume doctor`: shows and adds up the counts of watched training runs.

use assert_cmd::Command;
use predicates::str::contains;
use relume_doctor::{LayerInfo, Layout, Run};
use relume_report::checkup::{load, save};
use std::fs;
use std::path::Path;

const UNITS: usize = 2;

/// A run of 40 steps of 64 samples, saved; of the two units those fire that are said to.
fn saved(folder: &Path, file: &str, layer: &str, fires: [bool; UNITS]) {
    let mut run = Run::new();
    let id = run.add_layer(LayerInfo {
        name: layer.into(),
        activation: "relu".into(),
        units: UNITS,
        fan_in: 3,
    });
    let layout = Layout {
        outer: 64,
        units: UNITS,
        inner: 1,
        positions: 1,
    };
    let x = fires.map(|fires| if fires { 1.0 } else { -1.0 }).repeat(64);
    let y: Vec<f32> = x.iter().map(|x: &f32| x.max(0.0)).collect();
    for _ in 0..40 {
        run.step().forward(id, &x, &y, layout).unwrap();
        run.step().backward(id, &y, layout).unwrap();
        run.end_step(Some(0.5), true);
    }
    save(&run, &folder.join(file)).unwrap();
}

fn doctor(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut relume = Command::new(assert_cmd::cargo::cargo_bin!("relume"));
    relume.current_dir(folder).arg("doctor").args(arguments).assert()
}

#[test]
fn counts_are_shown_as_text_as_a_page_and_as_data() {
    let folder = tempfile::tempdir().unwrap();
    saved(folder.path(), "run.relume", "hidden", [false, false]);
    doctor(folder.path(), &["show", "run.relume", "--html", "run.html"])
        .success()
        .stdout(contains("hidden"))
        .stdout(contains("born dead"))
        .stdout(contains("40 of 40 steps were watched, 2560 samples."));
    let page = fs::read_to_string(folder.path().join("run.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("hidden"));

    let shown = doctor(folder.path(), &["show", "run.relume", "--json"]).success();
    let data: serde_json::Value = serde_json::from_slice(&shown.get_output().stdout).unwrap();
    assert_eq!(data["findings"][0]["check"], "born_dead");
    assert_eq!(data["record"]["layers"][0]["units"], UNITS);
}

#[test]
fn a_unit_is_dead_if_no_worker_saw_it_fire() {
    let folder = tempfile::tempdir().unwrap();
    saved(folder.path(), "0.relume", "hidden", [true, false]);
    saved(folder.path(), "1.relume", "hidden", [false, true]);
    doctor(
        folder.path(),
        &["merge", "0.relume", "1.relume", "-o", "all.relume"],
    )
    .success()
    .stdout(contains("Nothing wrong was found."));
    let dead = |file: &str| {
        let record = load(&folder.path().join(file)).unwrap().record();
        record.snapshots.last().unwrap().layers[0].dead
    };
    assert_eq!(
        [dead("0.relume"), dead("1.relume"), dead("all.relume")],
        [1, 1, 0]
    );
}

#[test]
fn files_that_do_not_fit_are_told_in_a_line() {
    let folder = tempfile::tempdir().unwrap();
    saved(folder.path(), "one.relume", "hidden", [true, true]);
    saved(folder.path(), "other.relume", "head", [true, true]);
    fs::write(folder.path().join("torn.relume"), "{\"schema\": \"relume-run/1\"").unwrap();
    fs::write(
        folder.path().join("new.relume"),
        "{\"schema\": \"relume-run/99\"}",
    )
    .unwrap();
    for (arguments, expected) in [
        (vec!["show", "nowhere.relume"], "nowhere.relume"),
        (vec!["show", "torn.relume"], "torn.relume"),
        (vec!["show", "new.relume"], "relume-run/99"),
        (
            vec!["merge", "one.relume", "other.relume", "-o", "sum"],
            "other.relume",
        ),
        (vec!["merge", "one.relume", "-o", "nowhere/sum"], "nowhere"),
    ] {
        let failed = doctor(folder.path(), &arguments)
            .code(1)
            .stderr(contains(expected));
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert_eq!(
            message.lines().filter(|line| line.starts_with("error:")).count(),
            1
        );
    }
    assert!(!folder.path().join("sum").exists());
}
