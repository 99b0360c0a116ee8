//! How the outcome of sweeps is shown, and kept in a file from which a later run takes what is done.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use relume_testkit::finding::{DOUBT, Finding};
use relume_testkit::sweep::{Outcome, Plan};

const HEADER: [&str; 12] = [
    "function",
    "",
    "largest error",
    "at",
    "bits",
    "not nearest",
    "bound",
    "seconds",
    "kernels of commit",
    "instruction set",
    "inputs",
    "machine",
];
const BOUND: usize = 6;
/// The columns of numbers.
const NUMBERS: [usize; 5] = [2, 3, 4, 5, 7];
/// From here on columns say the same in all rows, mostly, and are shown once.
const CIRCUMSTANCES: usize = 9;

/// What one sweep found, as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row([String; HEADER.len()]);

impl Row {
    pub(crate) fn new(plan: &Plan, outcome: &Outcome, machine: Option<&str>) -> Self {
        let worst = outcome.worst.worst();
        let of_worst = |show: fn(Finding<f32>) -> String| worst.map_or_else(String::new, show);
        let broken = if outcome.holds() { "" } else { " broken" };
        let threads = if plan.threads == 1 { "thread" } else { "threads" };
        let machine = machine.map(str::to_owned).or_else(processor);
        let machine = machine.as_deref().unwrap_or("unknown");
        let [function, operation, isa, inputs] = key(plan);
        Self([
            function,
            operation,
            of_worst(|worst| format!("{:.6} ULP", worst.error)),
            of_worst(|worst| format!("{:e}", worst.x)),
            of_worst(|worst| format!("{:08x}", worst.x.to_bits())),
            share(outcome.worst.above_half, outcome.worst.count),
            format!("{}{broken}", outcome.bound),
            format!("{:.1}", outcome.elapsed.as_secs_f64()),
            option_env!("RELUME_COMMIT").unwrap_or("unknown").to_owned(),
            isa,
            inputs,
            format!("{machine}, {} {threads}", plan.threads),
        ])
    }

    /// Whether the bound was kept.
    pub(crate) fn holds(&self) -> bool {
        !self.0[BOUND].ends_with("broken")
    }

    /// Whether this is the outcome of that sweep.
    pub(crate) fn is_of(&self, plan: &Plan) -> bool {
        [0, 1, 9, 10].map(|column| self.0[column].clone()) == key(plan)
    }
}

/// What a sweep is known by: function, operation, instruction set and inputs.
fn key(plan: &Plan) -> [String; 4] {
    let inputs = match plan.stride {
        1 => "all 2^32 f32".to_owned(),
        stride => format!("every {stride}{} of the 2^32 f32", ordinal_suffix(stride)),
    };
    let (function, operation) = (plan.case.activation.to_string(), plan.operation.to_string());
    [function, operation, plan.isa.to_string(), inputs]
}

/// The rows of the file, one a line; none if there is no file.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Row>> {
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let row = |(number, line): (usize, &str)| {
        let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let found = cells.len();
        cells.try_into().map(Row).map_err(|_| {
            let expected = HEADER.len();
            let said = format!("line {}: {found} columns instead of {expected}", number + 1);
            io::Error::new(ErrorKind::InvalidData, said)
        })
    };
    text.lines().enumerate().map(row).collect()
}

/// Adds a row to the file.
pub(crate) fn append(path: &Path, row: &Row) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all((row.0.join("\t") + "\n").as_bytes())
}

/// For a terminal.
pub(crate) fn terminal(rows: &[Row]) -> String {
    let mut table = table(rows);
    table.load_style(presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    format!("{table}\n{}", circumstances(rows))
}

/// For a file.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut table = table(rows);
    table.load_style(presets::ASCII_MARKDOWN);
    format!(
        "# Largest errors of f32 results\n\n{}\n\n{table}",
        circumstances(rows)
    )
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new();
    table.set_header(&HEADER[..CIRCUMSTANCES]);
    for row in rows {
        table.add_row(&row.0[..CIRCUMSTANCES]);
    }
    for column in NUMBERS {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn circumstances(rows: &[Row]) -> String {
    let columns = (CIRCUMSTANCES..HEADER.len()).map(|column| {
        let mut said: Vec<&str> = rows.iter().map(|row| row.0[column].as_str()).collect();
        said.sort_unstable();
        said.dedup();
        format!("{}: {}", HEADER[column], said.join(", "))
    });
    columns.collect::<Vec<_>>().join("; ")
        + &format!(
            ". \"Not nearest\": the share of results that are off by more than {} ULP.",
            0.5 + DOUBT
        )
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
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
