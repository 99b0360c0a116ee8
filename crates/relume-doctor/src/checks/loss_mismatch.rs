//! Loss that does not fit the outputs.
//!
//! # What it measures
//! The operations between the last layer and the loss, against what the loss function expects: logits,
//! log-probabilities or probabilities; and the values of outputs and targets against the range for which it is
//! defined.
//!
//! # Why it hurts
//! A loss that is given the wrong thing is minimised by the wrong thing. The negative log-likelihood of raw logits
//! falls without bound while nothing is learnt; a softmax over one unit is 1 whatever the input; a cross-entropy
//! over one output is 0.
//!
//! # Threshold and its source
//! Found if nll_loss is given anything but log-probabilities; if a softmax stands before a cross-entropy or a
//! binary one whose targets are not a distribution; if softmax or cross-entropy has a single output; if a binary
//! cross-entropy has targets outside 0 to 1. Some networks learn in spite of it, which then makes it a warning.
//! Source: the definitions of the functions.
//!
//! # What to do
//! - Use the loss that the outputs are meant for: cross_entropy and binary_cross_entropy_with_logits take logits,
//!   nll_loss takes log_softmax, binary_cross_entropy takes a sigmoid.
//! - With a single output use a sigmoid and a binary cross-entropy, or as many outputs as there are classes:
//!   softmax over one unit is 1 whatever the input.
//! - Bring the targets into the form that the loss expects: 0 to 1 for a binary cross-entropy, whole numbers from 0
//!   for classes.

use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{MATCH_LOSS, RemedyDefinition, TWO_SIDED_OUTPUT, VALID_TARGETS};
use crate::setup::LossFacts;
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&MATCH_LOSS, &TWO_SIDED_OUTPUT, &VALID_TARGETS];

/// What it may be a consequence of.
pub(super) const FOLLOWS_FROM: &[&str] = &[];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some(loss) = &record.setup.loss else {
        return Vec::new();
    };
    let Some((summary, lead)) = mismatch(record, loss) else {
        return Vec::new();
    };
    let learning = Learning::of(record);
    let values = record.setup.outputs.as_ref().map(|outputs| &outputs.values);
    let range = values.and_then(|v| Some([v.min?, v.max?]));
    let evidence = range.map_or(Vec::new(), |[low, high]| {
        vec![
            Evidence::of("smallest output", low, None, "value"),
            Evidence::of("largest output", high, None, "value"),
        ]
    });
    vec![Finding {
        evidence,
        samples: samples(record),
        certainty: "follows from the definition of the loss".into(),
        remedies: vec![lead.of(&[])],
        ..Finding::of_network(
            "loss_mismatch",
            learning.severity_of_mistake(),
            format!("{summary}{}", learning.words()),
        )
    }]
}

/// What does not fit, and what helps.
fn mismatch(record: &Record, loss: &LossFacts) -> Option<(String, &'static RemedyDefinition)> {
    let has = |name: &str| loss.operations.iter().any(|operation| operation == name);
    let is = |kind: &str| loss.terms.iter().any(|term| term.kind == kind);
    let outputs = record.setup.outputs.as_ref().map(|outputs| &outputs.values)?;
    let single = outputs.shape.len() > 1 && outputs.shape.get(1) == Some(&1);
    let targets = record.setup.targets.as_ref();
    if single && (has("softmax") || has("log_softmax") || is("cross_entropy")) && !has("sigmoid") {
        let what = "a softmax over a single output gives 1 whatever the input: the loss has no gradient";
        return Some((what.into(), &TWO_SIDED_OUTPUT));
    }
    if is("nll") && !has("log_softmax") && !has("log") && !has("log_sigmoid") {
        let given = if has("softmax") { "probabilities" } else { "logits" };
        let value = loss
            .terms
            .iter()
            .find(|term| term.kind == "nll")
            .and_then(|term| term.value);
        let value = value.map_or(String::new(), |value| {
            format!("; its value, {} on average, means nothing", number(value))
        });
        return Some((
            format!("nll_loss is given {given}, and expects their logarithms (log_softmax){value}"),
            &MATCH_LOSS,
        ));
    }
    let softmax = loss
        .operations
        .iter()
        .position(|operation| operation == "softmax");
    let again = loss
        .operations
        .iter()
        .rposition(|operation| operation == "log_softmax");
    // Where the smallest loss is known, the range of the output says the same, with its number.
    let measured = record.loss_floor.is_some() && record.baseline_loss.is_some();
    if !measured && softmax.zip(again).is_some_and(|(softmax, again)| softmax < again) {
        let what =
            "a softmax stands before a cross-entropy, which applies its own: no class can become likely";
        return Some((what.into(), &MATCH_LOSS));
    }
    let binary = is("binary_cross_entropy") || is("binary_cross_entropy_with_logits");
    if binary && softmax.is_some() && targets.is_some_and(|targets| !targets.sums_to_one) {
        let what = "a softmax stands before a binary cross-entropy whose targets may be several at once: their \
                    probabilities cannot come to more than 1 together";
        return Some((what.into(), &MATCH_LOSS));
    }
    let (low, high) = targets.and_then(|targets| targets.min.zip(targets.max))?;
    if binary && (low < 0.0 || high > 1.0) {
        let what = format!(
            "a binary cross-entropy is given targets from {} to {}, and is defined for 0 to 1",
            number(low),
            number(high)
        );
        return Some((what, &VALID_TARGETS));
    }
    None
}
