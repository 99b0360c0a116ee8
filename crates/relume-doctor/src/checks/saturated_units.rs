//! Saturated units.
//!
//! # What it measures
//! The units of each layer whose pre-activation lay, on at least 85 % of the samples, in a tail where the
//! function's slope is below 1 % of its largest (sigmoid beyond about ±6, tanh beyond ±3); on at least 95 % where
//! the function is flat on one side only. An output of exactly zero from a function that has a branch for it, such
//! as relu, is silence instead (see dead units).
//!
//! # Why it hurts
//! The gradient through a saturated unit is multiplied by next to nothing, so neither the unit nor anything before
//! it can be corrected, however wrong it is.
//!
//! # Threshold and its source
//! Found if at least half of a layer's units are saturated in the last pass, or a quarter of them then and before any
//! training, or if before any training a third of a layer's values lie in both tails, and the network does not learn
//! (where that is unknown, a warning; and where it learns slowly, if it was so from the start, or if it has come less
//! than a quarter of the way). Gates that stand open, such as forget gates near 1, do not count. Source: our choice; Glorot and Bengio (2010) show how saturated layers stop deep sigmoid
//! networks. Units of a network that has learnt may well be saturated: they have decided.
//!
//! # What to do
//! - Lower the learning rate.
//! - Initialise the weights by the rule that fits the activation (He for ReLU and its relatives, Glorot for tanh
//!   and sigmoid), and the biases, also those of gates, at zero.
//! - Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data,
//!   and divide by its standard deviation.
//! - Normalise the pre-activations (batch or layer normalisation).
//! - Use an activation that has a slope near 1 where it works, and some slope on the negative side: gelu,
//!   leaky_relu, elu or silu.

use super::afflicted::Afflicted;
use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::flat_tails::FlatTails;
use crate::learning::Learning;
use crate::record::{LayerInfo, LayerSnapshot, Record, Snapshot};
use crate::remedies::{
    ACTIVATION, INITIALISE, LOWER_LEARNING_RATE, NORMALISE, RemedyDefinition, STANDARDISE,
};
use crate::thresholds::{BORN_SATURATED, FLAT_VALUES, MANY_UNITS, MOST};
use crate::words::{percent, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &INITIALISE,
    &STANDARDISE,
    &NORMALISE,
    &ACTIVATION,
];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some((severity, last)) = learning.severity_of_disorder().zip(record.snapshots.last()) else {
        return Vec::new();
    };
    if learning.is_shown() && !learning.has_hardly_learnt() && !born(record) {
        return Vec::new();
    }
    let count = |info: &LayerInfo, layer: &LayerSnapshot| saturated(record, info, layer);
    let mut sick = Afflicted::of(record, last, MANY_UNITS, count);
    if sick.is_empty() && born(record) {
        sick = Afflicted::of(record, last, BORN_SATURATED, count);
    }
    if sick.is_empty() {
        return by_values(record, &learning).into_iter().collect();
    }
    let since = if born(record) {
        0
    } else {
        Afflicted::since(record, MANY_UNITS, count)
    };
    let mut evidence = sick.evidence("saturated");
    evidence.extend(learning.evidence());
    let layers = sick.names();
    let plan = Plan::of(REMEDIES, &layers).led_by((since == 0).then_some(&INITIALISE));
    vec![Finding {
        check: "saturated_units".into(),
        severity,
        summary: format!(
            "{} of the {} units of {} are saturated in {}{}",
            sick.count(),
            sick.units(),
            short_list(&layers),
            last.when(),
            learning.words()
        ),
        layers,
        remedies: plan.remedies(),
        since,
        evidence,
        samples: last.samples,
        certainty: format!(
            "each had a slope near zero on at least {} of {} samples",
            percent(MOST),
            last.samples
        ),
        follows_from: None,
        prescription: Vec::new(),
    }]
}

/// The saturated units of a layer; none of a gate that stands open, as one of a long memory has to.
fn saturated(record: &Record, info: &LayerInfo, layer: &LayerSnapshot) -> usize {
    if is_open(record, info, layer) {
        0
    } else {
        layer.saturated
    }
}

/// Whether it is a gate, and open.
fn is_open(record: &Record, info: &LayerInfo, layer: &LayerSnapshot) -> bool {
    let gate = record.inner.get(&info.name);
    gate.zip(layer.input_mean)
        .is_some_and(|(gate, mean)| gate.kind.is_open(mean))
}

/// Whether a quarter of a layer's units were saturated before any training, or a third of its values were flat.
pub(super) fn born(record: &Record) -> bool {
    let untrained = record.snapshots.first().filter(|s| s.pass == 0);
    untrained.is_some_and(|s| {
        let units = Afflicted::of(record, s, BORN_SATURATED, |info, layer| {
            saturated(record, info, layer)
        });
        !units.is_empty() || !flat_layers(record, s).is_empty()
    })
}

/// The layers of which a third of the values are flat, if they are distributed as normal ones, and what share is.
fn flat_layers<'a>(record: &'a Record, snapshot: &Snapshot) -> Vec<(&'a str, f64)> {
    let layers = record.layers.iter().zip(&snapshot.layers);
    let layers = layers.filter(|(info, layer)| !is_open(record, info, layer));
    let shares = layers.filter_map(|(info, layer)| Some((info.name.as_str(), flat_share(info, layer)?)));
    shares.filter(|&(_, share)| share >= FLAT_VALUES).collect()
}

/// The share of values in both tails of a bounded function, by the mean and the deviation of its inputs.
fn flat_share(info: &LayerInfo, layer: &LayerSnapshot) -> Option<f64> {
    let tails = FlatTails::named(&info.activation);
    let (mean, std) = layer.input_mean.zip(layer.input_std.filter(|&std| std > 0.0))?;
    let beyond = |bound: f64| 0.5 * (1.0 - erf(bound / std / std::f64::consts::SQRT_2));
    tails
        .both()
        .then(|| beyond(f64::from(tails.high) - mean) + beyond(mean - f64::from(tails.low)))
}

/// The error function, within 2e-7 (Abramowitz and Stegun 7.1.26).
fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let terms = [
        1.061_405_429,
        -1.453_152_027,
        1.421_413_741,
        -0.284_496_736,
        0.254_829_592,
    ];
    let sum = terms.iter().fold(0.0, |sum, term| (sum + term) * t);
    (1.0 - sum * (-x * x).exp()).copysign(x)
}

/// Values that were flat before any training, in layers of which no many units are saturated by themselves.
fn by_values(record: &Record, learning: &Learning) -> Option<Finding> {
    let severity = learning.severity_of_disorder()?;
    let untrained = record.snapshots.first().filter(|s| s.pass == 0)?;
    let flat = flat_layers(record, untrained);
    let worst = flat.iter().map(|&(_, share)| share).reduce(f64::max)?;
    let layers: Vec<String> = flat.iter().map(|&(name, _)| name.to_owned()).collect();
    let mut evidence = vec![Evidence::of(
        "share of values that are flat",
        worst,
        Some(FLAT_VALUES),
        "share",
    )];
    evidence.extend(learning.evidence());
    Some(Finding {
        layers: layers.clone(),
        evidence,
        samples: untrained.samples,
        certainty: "by the mean and the deviation of the pre-activations, before any training".into(),
        remedies: Plan::of(REMEDIES, &layers).led_by(Some(&INITIALISE)).remedies(),
        ..Finding::of_network(
            "saturated_units",
            severity,
            format!(
                "before any training up to {} of the values of {} lie where the slope is near zero{}",
                percent(worst),
                short_list(&layers),
                learning.words()
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;
    use crate::thresholds::{ALMOST_ALL, FLAT};

    #[test]
    fn the_text_states_the_constants() {
        let numbers = [MOST, ALMOST_ALL, FLAT].map(|percent| format!("{} %", 100.0 * percent));
        documentation::assert_states(include_str!("saturated_units.rs"), "What it measures", &numbers);
        assert_eq!(MANY_UNITS, 0.5, "the text says half");
        assert_eq!(BORN_SATURATED, 0.25, "the text says a quarter");
        assert_eq!(FLAT_VALUES, 1.0 / 3.0, "the text says a third");
        documentation::assert_states(include_str!("dead_units.rs"), "What it measures", &numbers[2..]);
    }
}
