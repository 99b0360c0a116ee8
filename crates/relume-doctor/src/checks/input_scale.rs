//! Scale of the inputs.
//!
//! # What it measures
//! The root mean square of the numbers that enter the network, over the steps that were watched, as a whole and
//! column by column, and that of the targets of a regression. Inputs that are no numbers, such as the indices of
//! words, are left out, and so are inputs that pass a normalisation first.
//!
//! # Why it hurts
//! Initial weights are made for inputs of variance 1. Larger ones make the pre-activations of the first layer and
//! its gradients as many times larger: units saturate or die, and the steps throw the weights away. Inputs with a
//! large mean do the same in one direction. Much smaller ones leave next to no signal, constant ones none. Targets
//! far from 0 make the loss and its gradients as large as their square, and very small ones drown in what the fresh
//! network puts out.
//!
//! # Threshold and its source
//! Found if that of the inputs, of a single column or of the targets is above 10, or that of the inputs or targets
//! below 1/10, or if no column of the inputs varies, and the network does not learn (where its loss is no longer
//! finite, the targets if they are above 100); a warning where the inputs are too large (the targets, above 100) and
//! the network learns slowly, or where that is unknown (and they are below 1/100, if they are small), or where the loss
//! is undefined from the start, which no scale makes right, or where the inputs are above 100 and the network learns,
//! but more than 10 % of the loss is left. Source: LeCun, Bottou, Orr and Müller (1998) ask for a mean near 0 and a
//! variance near 1; ten times more or less is our choice, and leaves room for sparse inputs.
//!
//! # What to do
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data,
//!   and divide by its standard deviation.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Lower the learning rate.
//! - Use an optimiser that adapts its steps, such as Adam.

use super::ends::Ends;
use super::non_finite_loss;
use super::plan::Plan;
use crate::finding::{Evidence, Finding, Severity};
use crate::learning::{Failure, Learning, LearningState, samples};
use crate::record::Record;
use crate::remedies::{ADAPTIVE_OPTIMISER, LOWER_LEARNING_RATE, NORMALISE, RemedyDefinition, STANDARDISE};
use crate::thresholds::{INPUT_SCALE, MUCH_LEFT};
use crate::words::number;

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &STANDARDISE,
    &NORMALISE,
    &LOWER_LEARNING_RATE,
    &ADAPTIVE_OPTIMISER,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let of_inputs = inputs(record);
    let Some((what, size)) = of_inputs.clone().or_else(|| targets(record)) else {
        return Vec::new();
    };
    let severity = match learning.state {
        LearningState::DoesNotLearn if non_finite_loss::from_the_start(record) => Severity::Warning,
        LearningState::DoesNotLearn => Severity::Fault,
        LearningState::LearnsSlowly if of_inputs.is_none() && size < INPUT_SCALE * INPUT_SCALE => {
            return Vec::new();
        }
        LearningState::LearnsSlowly | LearningState::NotKnownYet if size > 1.0 => Severity::Warning,
        LearningState::NotKnownYet if size < 1.0 / (INPUT_SCALE * INPUT_SCALE) => Severity::Warning,
        LearningState::Learns
            if size > INPUT_SCALE * INPUT_SCALE && of_inputs.is_some() && much_left(&learning) =>
        {
            Severity::Warning
        }
        _ => return Vec::new(),
    };
    let bound = if size > 1.0 {
        INPUT_SCALE
    } else {
        1.0 / INPUT_SCALE
    };
    let mut evidence = vec![Evidence::of(
        &format!("root mean square of {what}"),
        size,
        Some(bound),
        "ratio",
    )];
    evidence.extend(learning.evidence());
    let summary = if size == 0.0 {
        format!("{what} are the same in every sample{}", learning.words())
    } else {
        format!(
            "{what} have a root mean square of {}, initial weights are made for 1{}",
            number(size),
            learning.words()
        )
    };
    vec![Finding {
        evidence,
        samples: samples(record),
        certainty: "counted, not estimated".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network("input_scale", severity, summary)
    }]
}

/// Whether a network that learns has not come all the way.
fn much_left(learning: &Learning) -> bool {
    let ends = learning.loss.zip(learning.constant());
    ends.is_some_and(|(loss, constant)| loss > MUCH_LEFT * constant)
}

/// Which inputs are out of scale, and by how much; 0 where none varies.
fn inputs(record: &Record) -> Option<(String, f64)> {
    let facts = record.setup.inputs.as_ref();
    if facts.is_some_and(|facts| facts.normalised_by.is_some()) {
        return None;
    }
    let columns = facts.and_then(|facts| facts.columns.as_ref());
    if columns.is_some_and(|columns| columns.count > 1 && columns.constant == columns.count) {
        return Some(("the inputs".into(), 0.0));
    }
    let whole = record
        .input_rms
        .filter(|rms| !(1.0 / INPUT_SCALE..=INPUT_SCALE).contains(rms));
    let wild = columns.filter(|columns| columns.wild > 0 && columns.largest_rms > INPUT_SCALE);
    match wild {
        Some(columns) => Some((
            format!(
                "column {} of the inputs and {} more",
                columns.largest,
                columns.wild - 1
            ),
            columns.largest_rms,
        ))
        .map(|(what, size)| (what.replace(" and 0 more", ""), size)),
        None => whole.map(|rms| ("the inputs".into(), rms)),
    }
}

/// The targets of a regression, where they are too large or too small.
fn targets(record: &Record) -> Option<(String, f64)> {
    let ends = Ends::of(record)?;
    let targets = ends.targets.filter(|_| ends.compares_values())?;
    let rms = targets.mean?.hypot(targets.std?);
    // By themselves they do not make a training diverge, unless they are very large.
    let lost = Learning::of(record).failure == Some(Failure::NotFinite);
    let bound = if lost {
        INPUT_SCALE * INPUT_SCALE
    } else {
        INPUT_SCALE
    };
    // Where they are very small, the noise of a fresh network is many times what is to be learnt.
    let small = rms > 0.0 && rms < 1.0 / INPUT_SCALE && !lost;
    (rms > bound || small).then(|| ("the targets".into(), rms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [
            format!("above {INPUT_SCALE}"),
            format!("below 1/{INPUT_SCALE}"),
            format!("more than {} % of the loss", 100.0 * MUCH_LEFT),
        ];
        documentation::assert_states(
            include_str!("input_scale.rs"),
            "Threshold and its source",
            &numbers,
        );
    }
}
