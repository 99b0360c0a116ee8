//! The ends of a network: what stands between its last layer and the loss, and what outputs are compared with.

use crate::record::{LayerInfo, Record};
use crate::setup::{LossFacts, LossTerm, TensorFacts};
use crate::thresholds::FALL;

/// Losses that compare values, whose size is then that of the targets.
const OF_VALUES: [&str; 4] = ["mse", "l1", "smooth_l1", "huber"];

/// Operations whose results are above 0.
const POSITIVE: [&str; 8] = [
    "softmax",
    "log_softmax",
    "sigmoid",
    "log_sigmoid",
    "exp",
    "softplus",
    "hardsigmoid",
    "logsumexp",
];

/// What is known of both ends of a loss.
pub(super) struct Ends<'a> {
    pub(super) loss: &'a LossFacts,
    pub(super) outputs: &'a TensorFacts,
    pub(super) targets: Option<&'a TensorFacts>,
}

impl<'a> Ends<'a> {
    /// Those of a record, if they were seen.
    pub(super) fn of(record: &'a Record) -> Option<Ends<'a>> {
        Some(Ends {
            loss: record.setup.loss.as_ref()?,
            outputs: &record.setup.outputs.as_ref()?.values,
            targets: record.setup.targets.as_ref(),
        })
    }

    /// Whether an operation stands between the last layer and the loss.
    pub(super) fn has(&self, operation: &str) -> bool {
        self.loss.operations.iter().any(|other| other == operation)
    }

    /// Whether anything there makes outputs positive.
    pub(super) fn are_made_positive(&self) -> bool {
        POSITIVE.iter().any(|operation| self.has(operation))
    }

    /// The term of this kind, if the loss has one.
    pub(super) fn term(&self, kind: &str) -> Option<&'a LossTerm> {
        self.loss.terms.iter().find(|term| term.kind == kind)
    }

    /// Whether the loss compares values, as that of a regression does.
    pub(super) fn compares_values(&self) -> bool {
        OF_VALUES.iter().any(|kind| self.term(kind).is_some())
    }

    /// Of several terms that compare outputs with targets, the smallest that stays where the best constant prediction has
    /// it: the term, its value, the constant's, and what the constant gives all of them.
    pub(super) fn not_learnt(&self) -> Option<(&'a LossTerm, f64, f64, f64)> {
        let terms = self.loss.terms.iter();
        let known = terms.filter(|term| term.known && term.factor > 0.0 && term.kind != "penalty");
        let known = known.filter_map(|term| {
            let constant = term.baseline.filter(|&constant| constant > 0.0)?;
            Some((term, term.value?, constant))
        });
        let known: Vec<_> = known.collect();
        let whole = known.iter().map(|(.., constant)| constant).sum();
        let stays =
            |(_, value, constant): &&(&LossTerm, f64, f64)| (1.0 - FALL..2.0).contains(&(value / constant));
        let staying = known.iter().filter(|_| known.len() > 1).filter(stays);
        let (term, value, constant) = *staying.min_by(|(.., a), (.., b)| a.total_cmp(b))?;
        Some((term, value, constant, whole))
    }

    /// Whether the network has one output.
    pub(super) fn single(&self) -> bool {
        match self.outputs.shape.as_slice() {
            [_] => true,
            shape => shape.len() > 1 && shape[1..].iter().all(|&n| n == 1),
        }
    }

    /// The activation behind the last layer: the first operation behind it.
    pub(super) fn activation(&self) -> Option<&'a str> {
        self.loss.operations.first().map(String::as_str)
    }
}

/// The layer of the activation behind the last layer, if that is `activation`.
pub(super) fn last_layer<'a>(record: &'a Record, activation: &str) -> Option<(usize, &'a LayerInfo)> {
    let last = record.layers.iter().enumerate().next_back();
    last.filter(|(_, info)| info.activation == activation)
}
