//! Notes which commit of the kernels is built in, for the tables of sweeps.

use std::process::Command;

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

fn main() {
    println!("cargo:rerun-if-changed=../relume");
    // Grows with every commit and checkout.
    if let Some(log) = git(&["rev-parse", "--git-path", "logs/HEAD"]) {
        println!("cargo:rerun-if-changed={log}");
    }
    if let Some(commit) = git(&["log", "-1", "--format=%h of %cs", "--", "../relume"]) {
        let changed = git(&["status", "--porcelain", "--", "../relume"]).is_some();
        let changed = if changed { " with changes" } else { "" };
        println!("cargo:rustc-env=RELUME_COMMIT={commit}{changed}");
    }
}
