//! What the doctor says about one run: for a terminal, as JSON, and as a file of counts that can be added up.

use crate::store::{self, StoreError};
use crate::terminal::{Column, Terminal, bold, fitted, printable, wrap};
use comfy_table::{Cell, Color};
use relume_doctor::words::{number, percent};
use relume_doctor::{
    Finding, LayerInfo, LayerSnapshot, Learning, LearningState, Overhead, Record, Run, Severity, Snapshot,
    UnitCourse, diagnose,
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
    /// Whether the network learns.
    pub learning: Learning,
    /// What is wrong: the likeliest cause first.
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
            learning: Learning::of(&record),
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
        if let Some((headline, others)) = self.findings.split_first() {
            lines.extend(self.explained(headline, terminal));
            for finding in others {
                lines.push(String::new());
                lines.extend(briefly(finding, terminal));
            }
        }
        lines.join("\n")
    }

    /// What it comes to, in a sentence: the likeliest cause, or that there is none, and whether learning was shown.
    pub fn headline(&self) -> String {
        if self.record.snapshots.is_empty() && self.findings.is_empty() {
            return "Nothing was seen, so nothing can be said.".into();
        }
        if let Some(first) = self.findings.first() {
            return format!("{}: {}.", capital(severity(first)), first.summary);
        }
        let passes = &self.record.snapshots;
        let layers = passes.iter().flat_map(|pass| &pass.layers);
        let nothing = if layers.into_iter().any(LayerSnapshot::observed) {
            "Nothing wrong was found"
        } else {
            "No activation layer was observed; the loss, the gradients and the updates show nothing wrong"
        };
        match self.learning.state {
            LearningState::Learns => format!("{nothing}. The network learns."),
            LearningState::LearnsSlowly => format!("{nothing}. The network learns, but slowly."),
            LearningState::DoesNotLearn => format!("{nothing}, but the network does not learn."),
            LearningState::NotKnownYet => format!(
                "{nothing}. Whether the network learns is not known yet; what is missing: {}.",
                self.learning.missing.unwrap_or("the loss")
            ),
        }
    }

    /// The first finding: what bounds it, the first thing to try with its code, and what else can be tried.
    fn explained(&self, finding: &Finding, terminal: Terminal) -> Vec<String> {
        let mut lines = wrap(&format!("{}.", finding.certainty), "", terminal.width);
        let mut steps = finding.prescription.iter();
        if let Some(first) = steps.next() {
            lines.push(String::new());
            lines.extend(wrap(&format!("Try first: {first}"), "", terminal.width));
            let code = finding
                .remedies
                .first()
                .and_then(|remedy| remedy.pytorch(&self.record));
            let code = code.iter().flat_map(|code| code.lines());
            lines.extend(code.map(|line| format!("    {line}")));
        }
        let others: Vec<&String> = steps.collect();
        if !others.is_empty() {
            lines.push(String::new());
            lines.push("If that does not help:".into());
            for step in others {
                lines.extend(wrap(step, "- ", terminal.width));
            }
        }
        lines
    }

    /// How much was seen, how the loss changed, and what watching cost.
    pub fn seen(&self) -> String {
        let Overhead { steps, watched, .. } = self.cost;
        if watched == 0 {
            return "No step of training was seen.".into();
        }
        let samples: u64 = self.record.snapshots.iter().map(|s| s.samples).sum();
        let loss = match (self.learning.first_loss, self.learning.loss) {
            (Some(first), Some(last)) => {
                format!(" The loss went from {} to {}.", number(first), number(last))
            }
            (Some(first), None) => format!(" The loss began with {} and is no longer finite.", number(first)),
            _ if self.learning.steps > 0 => " The loss was never finite.".into(),
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
        let needed: Vec<&str> = self.findings.iter().filter_map(|f| column_of(&f.check)).collect();
        let mut expendable = EXPENDABLE;
        expendable.sort_by_key(|column| needed.contains(column));
        let (mut lines, _, left_out) = fitted(&columns, &rows, &expendable, terminal);
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
            (Some(seen), []) if seen.dead > 0 => format!("fine: {} dead of {}", seen.dead, self.info.units),
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
const EXPENDABLE: [&str; 6] = ["revived", "silent", "zeros", "update", "saturated", "activation"];

/// The column that a check's findings rest on, which goes last.
fn column_of(check: &str) -> Option<&'static str> {
    match check {
        "saturated_units" => Some("saturated"),
        "update_size" => Some("update"),
        _ => None,
    }
}

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

/// A finding beside the first: from what it follows, or what to try about it.
fn briefly(finding: &Finding, terminal: Terminal) -> Vec<String> {
    let follows = finding.follows_from.as_ref();
    let head = match follows {
        Some(cause) => format!("follows from {}: {}", cause.replace('_', " "), finding.summary),
        None => format!("{}: {}", severity(finding), finding.summary),
    };
    let mut lines = wrap(&head, "* ", terminal.width);
    lines.extend(wrap(&format!("{}.", finding.certainty), "  ", terminal.width));
    if let Some(step) = finding.prescription.first() {
        lines.extend(wrap(step, "  - ", terminal.width));
    }
    lines
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity {
        Severity::Fault => "fault",
        Severity::Warning => "warning",
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
