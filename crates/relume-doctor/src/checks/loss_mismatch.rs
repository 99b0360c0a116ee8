//! Loss that does not fit the outputs.
//!
//! # What it measures
//! The operations between the last layer and the loss, against what the loss function expects: logits,
//! log-probabilities or probabilities; the values of outputs and targets against the range for which it is defined;
//! and its sign.
//!
//! # Why it hurts
//! A loss that is given the wrong thing is minimised by the wrong thing. The negative log-likelihood of raw logits
//! falls without bound while nothing is learnt; a softmax over one unit is 1 whatever the input; a cross-entropy
//! over one output is 0. Where a probability is compared with a class by their difference, the gradient is the
//! smaller the more certain the error is.
//!
//! # Threshold and its source
//! Found if a negative log-likelihood is given anything but log-probabilities; if a softmax runs over the samples, or
//! over another axis than the classes; if a divergence is given logarithms as its target; if a cross-entropy has
//! targets that are several classes at once; if a softmax stands before a cross-entropy or a binary one whose targets
//! are not a distribution; if a loss inside of which a softmax or sigmoid is applied is given the results of one; if
//! softmax or cross-entropy has a single output; if a binary cross-entropy has outputs or targets outside 0 to 1; if
//! the loss is multiplied by a negative number, or has come down to less than minus a million, and a million times what
//! it was. Some networks learn in spite of it, which then makes it a warning. In a
//! network that does not learn well also: if a logarithm is taken of outputs that nothing makes positive; if
//! probabilities are compared with classes by their difference; and if a single output is compared with whole numbers
//! from 0 of which all are about as frequent (mean and standard deviation within 15 % of that), as numbers of classes
//! are. Source: the definitions of the functions; 15 % is our choice.
//!
//! # What to do
//! - Use the loss that the outputs are meant for: cross_entropy and binary_cross_entropy_with_logits take logits,
//!   nll_loss takes log_softmax, binary_cross_entropy takes a sigmoid.
//! - With a single output use a sigmoid and a binary cross-entropy, or as many outputs as there are classes:
//!   softmax over one unit is 1 whatever the input.
//! - Bring the targets into the form that the loss expects: 0 to 1 for a binary cross-entropy, whole numbers from 0
//!   for classes.
//! - If the targets are the numbers of classes, give the network an output for each class, and use a cross-entropy.
//! - Take the softmax over the classes, not over the samples: dim=1 where samples come first.
//! - Turn the sign of the loss: an optimiser makes it smaller.

use super::ends::Ends;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{
    AXIS_OF_CLASSES, CLASSES_AS_CLASSES, MATCH_LOSS, MINIMISE, RemedyDefinition, TWO_SIDED_OUTPUT,
    VALID_TARGETS,
};
use crate::setup::TensorFacts;
use crate::thresholds::{AS_FREQUENT, INPUT_SCALE, LARGE_NUMBER};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &MATCH_LOSS,
    &TWO_SIDED_OUTPUT,
    &VALID_TARGETS,
    &CLASSES_AS_CLASSES,
    &AXIS_OF_CLASSES,
    &MINIMISE,
];

/// What does not fit, and what helps.
type Mismatch = (String, &'static RemedyDefinition);

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let Some(ends) = Ends::of(record) else {
        return Vec::new();
    };
    let learning = Learning::of(record);
    let by_definition = [
        over_one,
        over_samples,
        from_logarithms,
        several_classes,
        not_logarithms,
        maximised,
        unbounded,
        outside,
        twice,
        several,
        targets,
    ];
    let by_result = [not_positive, differences, class_numbers];
    let mut found = by_definition.iter().find_map(|rule| rule(record, &ends));
    if learning.state != LearningState::Learns {
        found = found.or_else(|| by_result.iter().find_map(|rule| rule(record, &ends)));
    }
    let Some((summary, lead)) = found else {
        return Vec::new();
    };
    let range = ends.outputs.min.zip(ends.outputs.max);
    let evidence = range.map_or(Vec::new(), |(low, high)| {
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

/// A softmax over one unit.
fn over_one(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let over = ends.has("softmax") || ends.has("log_softmax") || ends.term("cross_entropy").is_some();
    let several = ends.outputs.shape.len() > 1;
    (several && ends.single() && over && !ends.has("sigmoid")).then(|| {
        let what = "a softmax over a single output gives 1 whatever the input: the loss has no gradient";
        (what.into(), &TWO_SIDED_OUTPUT)
    })
}

/// A softmax over another axis than that of the classes.
fn over_samples(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let what = if ends.term("cross_entropy_over_samples").is_some() {
        "the softmax before the loss runs over the samples of the batch, not over the classes"
    } else {
        ends.term("cross_entropy_over_another_axis")?;
        "the softmax before the loss runs over another axis than that of which a class is chosen"
    };
    Some((what.into(), &AXIS_OF_CLASSES))
}

/// A divergence whose targets are logarithms.
fn from_logarithms(_: &Record, ends: &Ends) -> Option<Mismatch> {
    ends.term("divergence_from_logarithms")?;
    let what = "kl_div is given logarithms of probabilities as its target: it expects them of the outputs, which come \
                first, and probabilities as the target (or log_target=True)";
    Some((what.into(), &MATCH_LOSS))
}

/// A cross-entropy whose targets are several classes at once.
fn several_classes(_: &Record, ends: &Ends) -> Option<Mismatch> {
    ends.term("cross_entropy_of_several")?;
    let what = "a cross-entropy is given targets that are several classes at once, not equally many in each sample: the \
                probabilities of its softmax cannot come to more than 1 together";
    Some((what.into(), &MATCH_LOSS))
}

/// A negative log-likelihood of something else.
fn not_logarithms(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let term = ends.term("nll").filter(|_| !ends.has("log_softmax"))?;
    let given = match () {
        () if ends.has("log") || ends.has("log_sigmoid") => {
            "the logarithms of what are no probabilities: those of a sample do not come to 1"
        }
        () if ends.has("softmax") || ends.has("sigmoid") => {
            "probabilities, and expects their logarithms (log_softmax)"
        }
        () => "logits, and expects the logarithms of probabilities (log_softmax)",
    };
    let value = term.value.map_or(String::new(), |value| {
        format!("; its value, {} on average, means nothing", number(value))
    });
    Some((
        format!("a negative log-likelihood is given {given}{value}"),
        &MATCH_LOSS,
    ))
}

/// A loss that has no smallest value.
fn unbounded(record: &Record, _: &Ends) -> Option<Mismatch> {
    let learning = Learning::of(record);
    let (first, last) = learning.first_loss.zip(learning.loss)?;
    (last < -LARGE_NUMBER * first.abs().max(1.0)).then(|| {
        let what = format!(
            "the loss has come down from {} to {}: it has no smallest value, as where something is made smaller that should \
             be made larger",
            number(first),
            number(last)
        );
        (what, &MINIMISE)
    })
}

/// A loss with the wrong sign.
fn maximised(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let mut terms = ends
        .loss
        .terms
        .iter()
        .filter(|term| !["penalty", "constant"].contains(&term.kind.as_str()));
    let (only, None) = (terms.next()?, terms.next()) else {
        return None;
    };
    (only.known && only.factor < 0.0).then(|| {
        let what = format!(
            "the {} is multiplied by {}: training makes it larger and larger",
            only.kind.replace('_', " "),
            number(only.factor)
        );
        (what, &MINIMISE)
    })
}

/// A binary cross-entropy of outputs that are no probabilities.
fn outside(_: &Record, ends: &Ends) -> Option<Mismatch> {
    ends.term("binary_cross_entropy")?;
    let (low, high) = ends.outputs.min.zip(ends.outputs.max)?;
    let bounded = ends.has("sigmoid") || ends.has("softmax") || ends.has("hardsigmoid");
    (!bounded && (low < 0.0 || high > 1.0)).then(|| {
        let what = format!(
            "a binary cross-entropy is given outputs from {} to {}, and is defined for 0 to 1",
            number(low),
            number(high)
        );
        (what, &MATCH_LOSS)
    })
}

/// A softmax before another one, or a sigmoid.
fn twice(record: &Record, ends: &Ends) -> Option<Mismatch> {
    let at = |name: &str| {
        ends.loss
            .operations
            .iter()
            .position(|operation| operation == name)
    };
    let again = ends
        .loss
        .operations
        .iter()
        .rposition(|operation| operation == "log_softmax");
    // Where the smallest loss is known, the range of the output says the same, with its number.
    let measured = record.loss_floor.is_some() && record.baseline_loss.is_some();
    let in_order = at("softmax")
        .zip(again)
        .is_some_and(|(first, again)| first < again);
    let given = ends.loss.activated_twice.as_deref();
    let what = match given.or(in_order.then_some("softmax")).filter(|_| !measured)? {
        "sigmoid" => {
            "a sigmoid stands before a binary cross-entropy that applies its own (with_logits): no answer can become sure"
        }
        _ => "a softmax stands before a cross-entropy, which applies its own: no class can become likely",
    };
    Some((what.into(), &MATCH_LOSS))
}

/// A softmax where several labels may hold at once.
fn several(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let distribution = ends.targets?.sums_to_one;
    (binary(ends) && ends.has("softmax") && !distribution).then(|| {
        let what = "a softmax stands before a binary cross-entropy whose targets may be several at once: their \
                    probabilities cannot come to more than 1 together";
        (what.into(), &MATCH_LOSS)
    })
}

fn binary(ends: &Ends) -> bool {
    ends.term("binary_cross_entropy").is_some() || ends.term("binary_cross_entropy_with_logits").is_some()
}

/// Terms of a loss that compare nothing with targets.
const BESIDE: [&str; 3] = ["penalty", "constant", "kl_divergence"];

/// Targets that a binary cross-entropy has no meaning for.
fn targets(record: &Record, ends: &Ends) -> Option<Mismatch> {
    let (low, high) = ends.targets.and_then(|targets| targets.min.zip(targets.max))?;
    // Where the inputs are the targets, it is they that are out of scale.
    let of_inputs = record.input_rms.is_some_and(|rms| rms > INPUT_SCALE);
    // Where there are other terms, the targets are theirs.
    let mut known = ends.loss.terms.iter().filter(|term| term.known);
    let alone = known
        .all(|term| BESIDE.contains(&term.kind.as_str()) || term.kind.starts_with("binary_cross_entropy"));
    (binary(ends) && alone && !of_inputs && (low < 0.0 || high > 1.0)).then(|| {
        let what = format!(
            "a binary cross-entropy is given targets from {} to {}, and is defined for 0 to 1",
            number(low),
            number(high)
        );
        (what, &VALID_TARGETS)
    })
}

/// A logarithm of outputs that may be zero or below.
fn not_positive(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let by_hand = ends.term("cross_entropy").or(ends.term("binary_cross_entropy"));
    let logarithm = ends.has("log") && by_hand.is_some();
    (logarithm && !ends.are_made_positive()).then(|| {
        let what =
            "a cross-entropy is given outputs that nothing makes probabilities: no softmax or sigmoid stands before it";
        (what.into(), &MATCH_LOSS)
    })
}

/// Probabilities that are compared with classes by their difference.
fn differences(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let targets = ends.targets?;
    let activation = ends
        .activation()
        .filter(|name| ["softmax", "sigmoid"].contains(name))?;
    (ends.compares_values() && targets.integral && targets.sums_to_one).then(|| {
        let what = format!(
            "the outputs of a {activation} are compared with classes by their difference: where an output is wrong and \
             sure of it, no gradient is left"
        );
        (what, &MATCH_LOSS)
    })
}

/// Numbers of classes as values of a regression.
fn class_numbers(_: &Record, ends: &Ends) -> Option<Mismatch> {
    let targets = ends.targets?;
    let high = targets.max?;
    (ends.compares_values() && ends.single() && as_frequent(targets)).then(|| {
        let what = format!(
            "a single output is compared with whole numbers from 0 to {}, all about as frequent, as the numbers of \
             classes are: a class is no nearer to the next number than to others",
            number(high)
        );
        (what, &CLASSES_AS_CLASSES)
    })
}

/// Whether targets are whole numbers from 0, three at least, all of which are about as frequent.
fn as_frequent(targets: &TensorFacts) -> bool {
    let (Some(0.0), Some(high), Some(mean), Some(std)) =
        (targets.min, targets.max, targets.mean, targets.std)
    else {
        return false;
    };
    let deviation = ((high + 1.0) * (high + 1.0) - 1.0).sqrt() / 12f64.sqrt();
    let near = |a: f64, b: f64| (a / b - 1.0).abs() < AS_FREQUENT;
    targets.integral && high >= 2.0 && near(mean, high / 2.0) && near(std, deviation)
}
