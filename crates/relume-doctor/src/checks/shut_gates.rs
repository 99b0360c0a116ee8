//! Shut gates.
//!
//! # What it measures
//! How much the gates of recurrent layers let through, before any training and in the last pass: the root mean square of
//! the values of an LSTM's input, forget and output gates, and how far a GRU's update gate, which keeps the state where
//! it is 1, is from 1.
//!
//! # Why it hurts
//! What a shut input gate does not let in, a shut forget gate does not let stay and a shut output gate does not let out
//! is not there for the layers behind; an update gate at 1 leaves the state as it began. The slope of a shut gate is next
//! to nothing, so that training hardly opens it. It comes of biases, or of weights and inputs that are too large.
//!
//! # Threshold and its source
//! Found if a gate lets through less than 1 % from the start to the end, and the network does not learn (where it learns
//! slowly, or that is unknown, a warning). Source: our choice, below all initialisations in use: the forget gates of
//! Jozefowicz, Zaremba and Sutskever (2015) begin at 0.73, and those input gates of Tallec and Ollivier (2018) that
//! are made for memories of T steps let through 1/√(2T), which is 2 % for a thousand. A network that learns is not sick.
//!
//! # What to do
//! - Set the biases of the gates to 0, and that of an LSTM's forget gate to 1.
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data,
//!   and divide by its standard deviation.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::inner::InnerKind;
use crate::learning::{Learning, samples};
use crate::record::{LayerInfo, LayerSnapshot, Record, Snapshot};
use crate::remedies::{INITIALISE, OPEN_GATES, RemedyDefinition, STANDARDISE};
use crate::thresholds::SHUT;
use crate::words::{percent, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&OPEN_GATES, &INITIALISE, &STANDARDISE];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some(severity) = learning.severity_of_disorder() else {
        return Vec::new();
    };
    let shut: Vec<Shut> = (0..record.layers.len())
        .filter_map(|layer| Shut::of(record, layer))
        .collect();
    let Some(most) = shut.iter().map(|gate| gate.first.max(gate.last)).reduce(f64::max) else {
        return Vec::new();
    };
    let layers: Vec<String> = shut.iter().map(|gate| gate.info.name.clone()).collect();
    let mut evidence: Vec<Evidence> = shut.iter().map(Shut::evidence).collect();
    evidence.extend(learning.evidence());
    vec![Finding {
        layers: layers.clone(),
        evidence,
        samples: samples(record),
        certainty: "in the first pass and in the last".into(),
        remedies: Plan::of(REMEDIES, &layers).remedies(),
        ..Finding::of_network(
            "shut_gates",
            severity,
            format!(
                "from the start {} {} shut, letting through {} at most{}",
                short_list(&layers),
                if layers.len() == 1 { "is" } else { "are" },
                percent(most),
                learning.words()
            ),
        )
    }]
}

/// A gate that is shut.
struct Shut<'a> {
    info: &'a LayerInfo,
    /// What it let through at first.
    first: f64,
    /// And in the end.
    last: f64,
}

impl<'a> Shut<'a> {
    /// A layer of the record, if it is a gate that was shut when it was first seen, in the first passes, and last.
    fn of(record: &'a Record, layer: usize) -> Option<Shut<'a>> {
        let info = &record.layers[layer];
        let kind = record.inner.get(&info.name)?.kind;
        let seen = |snapshot: &Snapshot| let_through(kind, snapshot.layers.get(layer)?);
        let mut passes = record.snapshots.iter();
        let first = passes.next().filter(|s| s.pass <= 1).and_then(seen)?;
        let last = passes.next_back().and_then(seen).unwrap_or(first);
        (first < SHUT && last < SHUT).then_some(Shut { info, first, last })
    }

    fn evidence(&self) -> Evidence {
        let quantity = format!("let through by {} in the last pass", self.info.name);
        Evidence::of(&quantity, self.last, Some(SHUT), "share")
    }
}

/// What a gate lets through of what a layer needs, by the size of its values; `None` for what is no such gate.
fn let_through(kind: InnerKind, layer: &LayerSnapshot) -> Option<f64> {
    let size = layer.output_rms?;
    match kind {
        InnerKind::InputGate | InnerKind::ForgetGate | InnerKind::OutputGate => Some(size),
        // Values of at most 1 are at least as large as their squares.
        InnerKind::UpdateGate => Some((1.0 - size * size).max(0.0)),
        InnerKind::ResetGate
        | InnerKind::Candidate
        | InnerKind::Step
        | InnerKind::Backwards
        | InnerKind::Sibling => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("shut_gates.rs"),
            "Threshold and its source",
            &[format!("less than {} %", 100.0 * SHUT)],
        );
    }
}
