//! What the doctor says about one run: for a terminal, as JSON, and as a file of counts that can be added up.

use crate::store::{self, StoreError};
use crate::terminal::{Column, Terminal, bold, fitted, printable, wrap};
use comfy_table::{Cell, Color};
use relume_doctor::words::{number, percent};
use relume_doctor::{
    Finding, LayerInfo, LayerSnapshot, Overhead, Record, Run, Severity, Snapshot, UnitCourse, diagnose,
};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The version of the schema of counts that this program reads and writes.
pub const SCHEMA: &str = "relume-run/1";

/// A run, looked over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checkup {
    /// What was seen.
    pub record: Record,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What watching cost.
    pub cost: Overhead,
    /// What else the reader should know, in sentences.
    pub notes: Vec<String>,
    /// By layer, the history of each unit. It is drawn, and not part of the JSON form.
    #[serde(skip)]
    pub courses: Vec<Vec<UnitCourse>>,
}

/// A run as it is written to a file.
#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    written_by: String,
    run: Run,
}

/// Writes a run's counts, to be read again and added up with others.
pub fn save(run: &Run, path: &Path) -> Result<(), StoreError> {
    let file = File {
        schema: SCHEMA.into(),
        written_by: concat!("relume ", env!("CARGO_PKG_VERSION")).into(),
        run: run.clone(),
    };
    let text = serde_json::to_string(&file).expect("a run has only text and numbers for keys");
    store::write(path, &text)
}

/// Reads a run's counts.
pub fn load(path: &Path) -> Result<Run, StoreError> {
    Ok(store::read::<File>(path, SCHEMA)?.run)
}

impl Checkup {
    /// Looks over a run.
    pub fn of(run: &Run) -> Checkup {
        let record = run.record();
        Checkup {
            findings: diagnose(&record),
            record,
            cost: run.cost(),
            notes: run.notes().to_vec(),
            courses: run.courses(),
        }
    }

    /// As JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("a record has only text for keys")
    }

    /// For a terminal; the text does not end with a line break.
    pub fn terminal(&self, terminal: Terminal) -> String {
        let paragraph = |text: &str| wrap(text, "", terminal.width);
        let mut lines = paragraph(&self.seen());
        if !self.record.snapshots.is_empty() && !self.record.layers.is_empty() {
            lines.push(String::new());
            lines.extend(self.table(terminal));
        }
        for unseen in &self.record.unseen {
            let text = format!("{}: not observed: {}", unseen.name, unseen.reason);
            lines.extend(paragraph(&text));
        }
        for note in &self.notes {
            lines.extend(paragraph(note));
        }
        lines.push(String::new());
        lines.extend(
            paragraph(&self.headline())
                .into_iter()
                .map(|line| bold(line, terminal)),
        );
        for finding in &self.findings {
            lines.push(String::new());
            let head = format!("{}: {}", severity(finding), finding.summary);
            lines.extend(wrap(&head, "* ", terminal.width));
            lines.extend(wrap(&format!("{}.", finding.certainty), "  ", terminal.width));
            for (i, step) in finding.prescription.iter().enumerate() {
                lines.extend(wrap(step, &format!("  {}. ", i + 1), terminal.width));
            }
        }
        lines.join("\n")
    }

    /// How many findings there are, in a sentence.
    pub fn headline(&self) -> String {
        let faults = self
            .findings
            .iter()
            .filter(|f| f.severity == Severity::Fault)
            .count();
        match (faults, self.findings.len() - faults) {
            _ if self.record.snapshots.is_empty() => "Nothing was seen, so nothing can be said.".into(),
            (0, 0) => "Nothing wrong was found.".into(),
            (faults, 0) => format!("Found: {}.", counted(faults, "fault")),
            (0, warnings) => format!("Found: {}.", counted(warnings, "warning")),
            (faults, warnings) => {
                format!(
                    "Found: {} and {}.",
                    counted(faults, "fault"),
                    counted(warnings, "warning")
                )
            }
        }
    }

    /// How much was seen, how the loss changed, and what watching cost.
    pub fn seen(&self) -> String {
        let Overhead { steps, watched, .. } = self.cost;
        if watched == 0 {
            return "No step of training was seen.".into();
        }
        let samples: u64 = self.record.snapshots.iter().map(|s| s.samples).sum();
        let losses = || self.record.snapshots.iter().map(|s| s.loss);
        let loss = match (losses().next().flatten(), losses().next_back().flatten()) {
            (Some(first), Some(last)) => {
                format!(" The loss went from {} to {}.", number(first), number(last))
            }
            (Some(first), None) => format!(" The loss began with {} and is no longer finite.", number(first)),
            _ => " The loss was not seen.".into(),
        };
        let cost = self.overhead().map_or(String::new(), |share| {
            format!(" Watching added {} to the time of training.", percent(share))
        });
        format!("{watched} of {steps} steps were watched, {samples} samples.{loss}{cost}")
    }

    /// The time that watching took, relative to the training without it; `None` where it was not measured.
    pub fn overhead(&self) -> Option<f64> {
        (self.cost.training > 0.0).then(|| self.cost.watching / self.cost.training)
    }

    /// One row per layer.
    pub fn layers(&self) -> Vec<LayerRow<'_>> {
        let Some(last) = self.record.snapshots.last() else {
            return Vec::new();
        };
        let layers = self.record.layers.iter().enumerate();
        layers.map(|(i, info)| self.layer(i, info, last)).collect()
    }

    /// The number of the parameter that computes a layer's pre-activations, where it is known.
    pub(crate) fn weight_of(&self, layer: &LayerInfo) -> Option<usize> {
        let name = self.record.weights.get(&layer.name)?;
        self.record.parameters.iter().position(|p| &p.name == name)
    }

    fn layer<'a>(&'a self, i: usize, info: &'a LayerInfo, last: &'a Snapshot) -> LayerRow<'a> {
        let seen = last.layers.get(i).filter(|layer| layer.observed());
        let revived = self.record.snapshots.iter().filter_map(|s| s.layers.get(i));
        let findings = self.findings.iter().filter(|f| f.layers.contains(&info.name));
        LayerRow {
            info,
            seen,
            revived: revived.map(|layer| layer.revived).sum(),
            update: self
                .weight_of(info)
                .and_then(|p| last.parameters.get(p)?.update_ratio),
            findings: findings.collect(),
        }
    }

    fn table(&self, terminal: Terminal) -> Vec<String> {
        let columns: Vec<Column<'_, LayerRow<'_>>> = COLUMNS
            .iter()
            .map(|&(head, left, text)| Column {
                key: head,
                head: head.into(),
                left,
                cell: Box::new(move |row: &LayerRow<'_>| {
                    let cell = Cell::new(printable(&text(row)));
                    match head {
                        "verdict" if terminal.colour => cell.fg(tint(row)),
                        _ => cell,
                    }
                }),
            })
            .collect();
        let layers = self.layers();
        let rows: Vec<&LayerRow<'_>> = layers.iter().collect();
        let (mut lines, _, left_out) = fitted(&columns, &rows, &EXPENDABLE, terminal);
        let legend = "alive to zeros, gradient: in the last stretch that was watched; gradient: its root mean square at the \
            pre-activations; update: of the weights, relative to them";
        let legend = match left_out.as_slice() {
            [] => legend.to_owned(),
            left_out => format!("{legend}; no room here for {}", left_out.join(", ")),
        };
        lines.push(String::new());
        lines.extend(wrap(&legend, "", terminal.width));
        lines
    }
}

/// What the table says of one layer.
#[derive(Clone, Debug)]
pub struct LayerRow<'a> {
    /// Which layer.
    pub info: &'a LayerInfo,
    /// The last that was seen of it.
    pub seen: Option<&'a LayerSnapshot>,
    /// Units that were dead and came back, over the whole run.
    pub revived: usize,
    /// The median step of the weights before it, relative to them.
    pub update: Option<f64>,
    /// What concerns it.
    pub findings: Vec<&'a Finding>,
}

impl LayerRow<'_> {
    /// The findings by name, or that there are none.
    pub fn verdict(&self) -> String {
        match (self.seen, self.findings.as_slice()) {
            (None, _) => "not observed".into(),
            (Some(_), []) => "fine".into(),
            (Some(_), findings) => {
                let names: Vec<String> = findings.iter().map(|f| f.check.replace('_', " ")).collect();
                names.join(", ")
            }
        }
    }
}

/// Head, whether text stands left, and what a row shows.
type Text = fn(&LayerRow<'_>) -> String;

const COLUMNS: [(&str, bool, Text); 12] = [
    ("layer", true, |row| row.info.name.clone()),
    ("activation", true, |row| row.info.activation.clone()),
    ("units", false, |row| row.info.units.to_string()),
    ("alive", false, |row| {
        of(row, |l| row.info.units.saturating_sub(l.silent).to_string())
    }),
    ("silent", false, |row| {
        of(row, |l| l.silent.saturating_sub(l.dead).to_string())
    }),
    ("dead", false, |row| of(row, |l| l.dead.to_string())),
    ("revived", false, |row| row.revived.to_string()),
    ("saturated", false, |row| of(row, |l| l.saturated.to_string())),
    ("zeros", false, |row| of(row, |l| percent(l.zeros))),
    ("gradient", false, |row| {
        of(row, |l| l.gradient_rms.map_or("-".into(), number))
    }),
    ("update", false, |row| row.update.map_or("-".into(), number)),
    ("verdict", true, |row| row.verdict()),
];

/// Columns that go first where there is little room.
const EXPENDABLE: [&str; 6] = ["revived", "update", "activation", "saturated", "zeros", "silent"];

fn of(row: &LayerRow<'_>, text: impl Fn(&LayerSnapshot) -> String) -> String {
    row.seen.map_or("-".into(), text)
}

fn tint(row: &LayerRow<'_>) -> Color {
    match row.findings.iter().map(|f| f.severity).max() {
        _ if row.seen.is_none() => Color::Yellow,
        None => Color::Green,
        Some(Severity::Warning) => Color::Yellow,
        Some(Severity::Fault) => Color::Red,
    }
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Fault => "fault",
        Severity::Warning => "warning",
    }
}

fn counted(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}
