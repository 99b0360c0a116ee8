//! The program as a person meets it: what it prints, what it writes, how it fails.

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use std::fs;
use std::path::Path;

fn relume() -> Command {
    Command::new(assert_cmd::cargo::cargo_bin!("relume"))
}

/// A study of seconds.
const SMALL: [&str; 15] = [
    "study",
    "digits",
    "--activations",
    "relu,tanh,identity",
    "--max-seeds",
    "2",
    "--epochs",
    "2",
    "--depth",
    "1",
    "--width",
    "16",
    "--lr",
    "0.03",
    "--no-stress",
];

fn small_study(folder: &Path) -> Command {
    let mut command = relume();
    command.current_dir(folder).args(SMALL).arg("--out").arg("study");
    command
}

#[test]
fn a_study_prints_a_table_and_writes_a_report() {
    let folder = tempfile::tempdir().unwrap();
    small_study(folder.path())
        .assert()
        .success()
        .stdout(
            contains("relu")
                .and(contains("tanh"))
                .and(contains("verdict"))
                .and(contains("report.html")),
        )
        .stderr(contains("1,797").and(contains("at most 2 seeds")));
    let page = fs::read_to_string(folder.path().join("study/report.html")).unwrap();
    assert!(page.contains("</html>"));
    assert_eq!(
        fs::read_dir(folder.path().join("study/trials")).unwrap().count(),
        6
    );

    // The folder can be judged again, and is not written over.
    relume()
        .current_dir(folder.path())
        .args(["report", "study", "--format", "json"])
        .assert()
        .success()
        .stdout(predicate::function(|text: &str| {
            let judgement: serde_json::Value = serde_json::from_str(text).unwrap();
            judgement["schema"] == "relume-judgement/2"
                && judgement["standings"].as_array().unwrap().len() == 3
        }));
    small_study(folder.path())
        .assert()
        .code(1)
        .stderr(contains("--resume"));
    small_study(folder.path()).arg("--resume").assert().success();
}

#[test]
fn mistakes_are_shown_where_the_samples_are_known() {
    let folder = tempfile::tempdir().unwrap();
    small_study(folder.path()).assert().success();
    let report = || {
        let mut command = relume();
        command.current_dir(folder.path()).args(["report", "study"]);
        command.assert()
    };
    let shown = || {
        let page = fs::read_to_string(folder.path().join("study/report.html")).unwrap();
        page.contains("<section id=\"mistakes\"")
    };
    assert!(shown());
    let samples = folder.path().join("study/samples.json");
    let text = fs::read_to_string(&samples).unwrap();
    for (wrong, said) in [
        (text[..text.len() / 2].to_owned(), "samples.json"),
        (
            text.replace("relume-samples/1", "relume-samples/9"),
            "relume-samples/9",
        ),
        (
            text.replace("\"fingerprint\":\"", "\"fingerprint\":\"other"),
            "fingerprint",
        ),
    ] {
        fs::write(&samples, wrong).unwrap();
        report().code(1).stderr(contains(said));
    }
    // A folder from before there was such a file.
    fs::remove_file(&samples).unwrap();
    report().success();
    assert!(!shown());
}

#[test]
fn trials_can_be_farmed_out() {
    let folder = tempfile::tempdir().unwrap();
    let example = relume().args(["trial", "--example"]).assert().success();
    let text = String::from_utf8(example.get_output().stdout.clone()).unwrap();
    for seed in ["0", "1"] {
        let spec = text
            .replace("\"epochs\": 25", "\"epochs\": 1")
            .replace("\"depth\": 6", "\"depth\": 1")
            .replace("\"seed\": 0", &format!("\"seed\": {seed}"));
        fs::write(folder.path().join("spec.json"), spec).unwrap();
        relume()
            .current_dir(folder.path())
            .args(["trial", "spec.json", "--out", "farm"])
            .assert()
            .success()
            .stdout(contains(format!("relu-seed{seed}.json")));
    }
    relume()
        .current_dir(folder.path())
        .args(["report", "farm", "--format", "markdown"])
        .assert()
        .success()
        .stdout(contains("| relu"));
}

#[test]
fn wrong_usage_is_told_in_a_line_and_exits_with_2() {
    for (arguments, expected) in [
        (vec!["describe", "rellu"], "relu"),
        (vec!["study", "--activations", "gelo"], "gelu"),
        (vec!["study", "--activations", "elu(alpha=nan)"], "alpha"),
        (vec!["study", "--depth", "0"], "depth"),
        (vec!["study", "--width", "1000000000"], "width"),
        (vec!["study", "--lr", "fast"], "--lr"),
        (vec!["study", "--lr", "-1"], "learning rate"),
        (vec!["study", "--max-seeds", "1"], "max-seeds"),
        (vec!["study", "--margin", "0"], "margin"),
        (vec!["study", "--time", "3"], "--time"),
        (vec!["study", "--held-out", "1"], "held-out"),
        (vec!["study", "--current", "rellu"], "relu"),
        (vec!["study", "--net", "perceiver"], "mlp"),
        (vec!["study", "--resume"], "--out"),
        (vec!["plot", "relu", "--from", "3", "--to", "1"], "--from"),
        (vec!["bench", "relu", "--elements", "0"], "--elements"),
        (vec!["bench", "sofplus"], "softplus"),
        (vec!["nonsense"], "nonsense"),
    ] {
        relume()
            .args(&arguments)
            .assert()
            .code(2)
            .stderr(contains(expected));
    }
}

#[test]
fn bad_input_is_told_in_a_line_and_exits_with_1() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("ragged.csv", "a,b,y\n1,2,x\n1,2\n");
    write("good.csv", "a,y\n1,p\n2,q\n3,p\n4,q\n5,p\n6,q\n");
    write("one.csv", "a,y\n1,x\n2,x\n3,x\n");
    write("empty.csv", "");
    write("broken.npz", "PK not really");
    write("spec.json", "{\"schema\": ");
    fs::create_dir_all(folder.path().join("old/trials")).unwrap();
    write(
        "old/trials/main-relu-seed0.json",
        "{\"schema\": \"relume-trial/99\"}",
    );
    fs::create_dir(folder.path().join("pictures")).unwrap();
    for (arguments, expected) in [
        (vec!["study", "nowhere/"], "nowhere"),
        (vec!["study", "ragged.csv"], "ragged.csv"),
        (vec!["study", "one.csv"], "at least two classes"),
        (vec!["study", "empty.csv"], "empty.csv"),
        (vec!["study", "broken.npz"], "broken.npz"),
        (vec!["study", "pictures"], "pictures"),
        (vec!["study", "good.csv", "--label", "why"], "why"),
        (vec!["study", "--net", "cnn", "--depth", "1"], "depth"),
        (vec!["trial", "spec.json"], "spec.json"),
        (vec!["trial", "nowhere.json"], "nowhere.json"),
        (vec!["report", "nowhere"], "nowhere"),
        (vec!["report", "pictures"], "pictures"),
        (vec!["report", "old"], "relume-trial/99"),
        (
            vec!["study", "--out", "one.csv/study", "--max-seeds", "2"],
            "one.csv",
        ),
    ] {
        let output = relume()
            .current_dir(folder.path())
            .args(&arguments)
            .output()
            .unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code();
        assert!(
            matches!(code, Some(1 | 2)),
            "{arguments:?}: exit status {code:?}: {message}"
        );
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert!(!message.contains("panicked"), "{arguments:?}: {message}");
        assert_eq!(
            message.lines().filter(|line| line.starts_with("error:")).count(),
            1,
            "{message}"
        );
    }
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().starts_with("relume-study")),
        "{left:?}"
    );
}

#[test]
fn the_catalogue_is_listed_and_each_function_described() {
    let names: Vec<&str> = relume::catalogue().map(|definition| definition.name).collect();
    relume()
        .args(["list", "--names"])
        .assert()
        .success()
        .stdout(names.join("\n") + "\n");
    relume().arg("list").assert().success().stdout(
        contains("leaky_relu(slope=0.01)")
            .and(contains("softmax"))
            .and(contains("swiglu")),
    );
    for name in names {
        relume()
            .args(["describe", name])
            .assert()
            .success()
            .stdout(contains("origin").and(contains("ULP")));
    }
    relume()
        .args(["describe", "swish"])
        .assert()
        .success()
        .stdout(contains("silu"));
}

#[test]
fn costs_are_measured() {
    for element in ["f32", "f64"] {
        let output = relume()
            .args([
                "bench",
                "relu",
                "elu(alpha=0.5)",
                "--elements",
                "1000",
                "--type",
                element,
            ])
            .assert()
            .success();
        let printed = String::from_utf8(output.get_output().stdout.clone()).unwrap();
        let nanoseconds = |name: &str| -> f64 {
            let row = printed.lines().find(|line| line.starts_with(name)).unwrap();
            row[name.len()..]
                .split_whitespace()
                .next()
                .unwrap()
                .parse()
                .unwrap()
        };
        assert!(nanoseconds("copy") > 0.0, "{printed}");
        assert!(nanoseconds("elu(alpha=0.5)") > nanoseconds("relu"), "{printed}");
    }
}

#[test]
fn functions_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    relume()
        .current_dir(folder.path())
        .args(["plot", "relu", "elu", "--derivative", "--out", "relu.svg"])
        .assert()
        .success();
    let picture = fs::read_to_string(folder.path().join("relu.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("elu"));
}

#[test]
fn what_has_no_curve_is_not_drawn() {
    for (name, works_on) in [
        ("softmax", "whole rows"),
        ("swiglu", "two halves"),
        ("prelu", "learned slopes"),
    ] {
        relume()
            .args(["plot", name])
            .assert()
            .failure()
            .stderr(contains(works_on).and(contains("what can be drawn: identity, relu, ")));
    }
    relume()
        .args(["plot", "sofmax"])
        .assert()
        .failure()
        .stderr(contains("did you mean `softmax`?"));
}

#[test]
fn help_shows_examples_and_shells_get_completions() {
    for command in [
        "study",
        "trial",
        "report",
        "list",
        "describe",
        "plot",
        "completions",
    ] {
        relume()
            .args([command, "--help"])
            .assert()
            .success()
            .stdout(contains("Examples:"));
    }
    for shell in ["bash", "zsh", "fish"] {
        relume()
            .args(["completions", shell])
            .assert()
            .success()
            .stdout(contains("relume"));
    }
}

#[test]
fn a_study_whose_time_ends_before_a_comparison_says_so_and_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let small = [
        "--activations",
        "relu,gelu",
        "--width",
        "4",
        "--depth",
        "1",
        "--epochs",
        "1",
    ];
    relume()
        .current_dir(folder.path())
        .args(["study", "--time", "0.001s", "--no-stress"])
        .args(small)
        .assert()
        .code(1)
        .stderr(contains("before anything was compared").and(contains("--resume --out relume-study")));
    relume()
        .current_dir(folder.path())
        .args([
            "study",
            "--resume",
            "--out",
            "relume-study",
            "--max-seeds",
            "5",
            "--no-stress",
        ])
        .args(small)
        .assert()
        .success();
}

/// Ctrl-C keeps what is finished and says how to go on.
#[cfg(unix)]
#[test]
fn an_interrupted_study_says_how_to_go_on() {
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let child = Command::new(assert_cmd::cargo::cargo_bin!("relume"))
        .current_dir(folder.path())
        .args(["study", "--out", "study"])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let trials = folder.path().join("study/trials");
    while fs::read_dir(&trials).map_or(0, Iterator::count) == 0 {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("--resume"), "{message}");
    for entry in fs::read_dir(&trials).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).expect("no trial is half written");
    }
}
