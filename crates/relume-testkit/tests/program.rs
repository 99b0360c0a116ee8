//! The program as it is run from a shell.

use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_relume-testkit"))
        .args(arguments)
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_sweep_prints_a_table() {
    let output = run(&[
        "sweep",
        "relu",
        "elu(alpha=0.3)",
        "--both",
        "--stride",
        "1000003",
        "--threads",
        "1",
    ]);
    let table = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(table.matches("relu ").count(), 2, "{table}");
    assert_eq!(table.matches("elu(alpha=0.3)").count(), 2, "{table}");
    assert!(
        table.contains("every 1000003rd") && table.contains("1 thread"),
        "{table}"
    );
}

#[test]
fn markdown_is_a_page() {
    let output = run(&[
        "sweep",
        "tanh",
        "--stride",
        "1000003",
        "--markdown",
        "--machine",
        "abacus",
    ]);
    let page = text(&output.stdout);
    assert!(
        page.starts_with("# ") && page.contains("| tanh") && page.contains("machine: abacus"),
        "{page}"
    );
}

#[test]
fn an_interrupted_sweep_goes_on() {
    let directory = std::env::temp_dir().join(format!("relume-sweep-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a temporary folder");
    let file = directory.join("record.tsv");
    let path = file.to_str().expect("a plain name");
    let sweep = |names: &[&str]| {
        let options = ["--stride", "1000003", "--record", path];
        let output = run(&[&["sweep"], names, &options].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let lines = || {
        std::fs::read_to_string(&file)
            .expect("the record")
            .lines()
            .count()
    };
    sweep(&["relu"]);
    assert_eq!(lines(), 1);
    // What is found in the file is believed, not computed again.
    let told = std::fs::read_to_string(&file)
        .expect("the record")
        .replace("0.000000", "0.123456");
    std::fs::write(&file, told).expect("the record is replaced");
    let table = sweep(&["relu", "tanh"]);
    assert_eq!(lines(), 2);
    assert!(table.contains("0.123456") && table.contains("tanh"), "{table}");

    std::fs::write(&file, "relu\n").expect("the record is replaced");
    let output = run(&["sweep", "relu", "--record", path]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("record.tsv: line 1"),
        "{}",
        text(&output.stderr)
    );
    std::fs::remove_dir_all(&directory).expect("the folder is ours");
}

#[test]
fn wrong_usage_is_said_and_exits_with_2() {
    let cases: [(&[&str], &str); 5] = [
        (&["sweep", "gellu"], "did you mean `gelu`"),
        (&["sweep"], "required"),
        (&["sweep", "elu(alpha=nan)"], "alpha"),
        (
            &["sweep", "relu", "--instruction-set", "abacus"],
            "this machine runs",
        ),
        (&["sweep", "relu", "--stride", "0"], "stride"),
    ];
    for (arguments, said) in cases {
        let output = run(arguments);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(said), "{arguments:?}: {message}");
    }
}

#[test]
fn help_shows_examples() {
    for arguments in [&["--help"][..], &["sweep", "--help"]] {
        let help = text(&run(arguments).stdout);
        assert!(
            help.contains("Examples:") && help.contains("relume-testkit sweep gelu"),
            "{help}"
        );
    }
}
