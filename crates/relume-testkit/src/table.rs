//! How the outcome of sweeps is shown.

use std::process::Command;

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use relume::Rung;
use relume_testkit::accuracy::Finding;
use relume_testkit::sweep::Outcome;

/// Sweeps that were run together.
pub(crate) struct Page<'a> {
    pub(crate) outcomes: &'a [Outcome],
    pub(crate) rung: Rung,
    pub(crate) threads: usize,
    pub(crate) stride: u64,
    pub(crate) commit: Option<&'a str>,
}

impl Page<'_> {
    /// For a terminal.
    pub(crate) fn terminal(&self) -> String {
        let mut table = self.table();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
        format!("{table}\n{}", self.circumstances())
    }

    /// For a file.
    pub(crate) fn markdown(&self) -> String {
        let mut table = self.table();
        table.load_style(presets::ASCII_MARKDOWN);
        format!(
            "# Largest errors of f32 results\n\n{}\n\n{table}",
            self.circumstances()
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.set_header([
            "function",
            "",
            "largest error",
            "at",
            "bits",
            "not nearest",
            "bound",
            "seconds",
        ]);
        for outcome in self.outcomes {
            let worst = outcome.worst.worst();
            let of_worst = |show: fn(Finding<f32>) -> String| worst.map_or_else(String::new, show);
            table.add_row([
                outcome.activation.to_string(),
                outcome.operation.to_string(),
                of_worst(|worst| format!("{:.6} ULP", worst.error)),
                of_worst(|worst| format!("{:e}", worst.x)),
                of_worst(|worst| format!("{:08x}", worst.x.to_bits())),
                share(outcome.worst.above_half, outcome.worst.count),
                format!(
                    "{}{}",
                    outcome.bound,
                    if outcome.holds() { "" } else { " broken" }
                ),
                format!("{:.1}", outcome.elapsed.as_secs_f64()),
            ]);
        }
        for column in [2, 3, 4, 5, 7] {
            if let Some(column) = table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }

    fn circumstances(&self) -> String {
        let inputs = match self.stride {
            1 => "all 2^32 f32 inputs".to_owned(),
            stride => format!("every {stride}{} of the 2^32 f32 inputs", ordinal_suffix(stride)),
        };
        let threads = if self.threads == 1 {
            "1 thread".to_owned()
        } else {
            format!("{} threads", self.threads)
        };
        let mut facts = vec![inputs, format!("rung {}", self.rung), threads];
        facts.extend(processor());
        facts.extend(self.commit.map(|commit| format!("kernels of commit {commit}")));
        facts.join("; ") + ". \"Not nearest\": the share of results that are off by more than half an ULP."
    }
}

/// What is wrong where a bound is broken.
pub(crate) fn broken(outcome: &Outcome) -> String {
    let Outcome {
        activation,
        operation,
        worst,
        bound,
        ..
    } = outcome;
    let lines = worst
        .inexcusable
        .into_iter()
        .chain(worst.finite)
        .filter(|finding| finding.error > *bound);
    lines
        .map(|finding| format!("{activation} {operation}: bound {bound}, {finding}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn ordinal_suffix(number: u64) -> &'static str {
    match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    }
}

fn share(part: u64, whole: u64) -> String {
    if part == 0 {
        "none".to_owned()
    } else {
        format!("{:.2e}", part as f64 / whole as f64)
    }
}

/// The processor's model name, where the system tells.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The last commit that touched the kernels, where this runs in a checkout. Ask before sweeping: it may move on.
pub(crate) fn commit() -> Option<String> {
    let git = |arguments: &[&str]| Command::new("git").args(arguments).output().ok();
    let log = git(&["log", "-1", "--format=%h of %cs", "--", ":/crates/relume"])
        .filter(|log| log.status.success())?;
    let clean = git(&["diff", "--quiet", "HEAD", "--", ":/crates/relume"])?
        .status
        .success();
    let commit = String::from_utf8_lossy(&log.stdout).trim().to_owned();
    (!commit.is_empty()).then(|| {
        if clean {
            commit
        } else {
            format!("{commit} with changes")
        }
    })
}
