//! How the gradient changes on its way from the last layer to the first: what vanishing and exploding share.

use crate::record::{LayerInfo, LayerSnapshot, Record, Snapshot};

/// The gradient's way through the network in one pass.
///
/// Layers are compared by the norm of the gradient that one sample has in all units of a layer together, which is the
/// same in layers of any size under He's rule; and the factor per layer is the median over all pairs of layers
/// (Theil and Sen), so that one layer beside the others, such as a pooler, does not decide. Gates and later steps in time
/// of a layer are inside of it and left out.
#[derive(Clone, Debug)]
pub(super) struct Flow<'a> {
    /// The pass.
    pub(super) snapshot: &'a Snapshot,
    /// Norm of the gradient in the first layer over that in the last.
    pub(super) ratio: f64,
    /// The factor per layer.
    pub(super) per_layer: f64,
    /// What that makes of all layers together.
    pub(super) trend: f64,
    /// The names of the first layer and the last that a gradient was seen in.
    pub(super) ends: [&'a str; 2],
}

impl<'a> Flow<'a> {
    /// The flow in every pass in which it can be judged, the smallest ratio first: a gradient was seen in two layers
    /// or more, the last receives one, and no layer is dead, which would stop the gradient for another reason.
    pub(super) fn of(record: &'a Record) -> Vec<Flow<'a>> {
        let mut flows: Vec<Flow> = record
            .snapshots
            .iter()
            .filter_map(|s| Flow::in_pass(record, s))
            .collect();
        flows.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
        flows
    }

    fn in_pass(record: &'a Record, snapshot: &'a Snapshot) -> Option<Flow<'a>> {
        let part = largest_part(record);
        let layers = || {
            let all = record.layers.iter().zip(&snapshot.layers);
            let in_series = all.filter(|(info, _)| record.is_in_series(info));
            in_series.filter(|(info, _)| part.is_none_or(|part| is_in(&info.name, part)))
        };
        if layers().any(|(info, layer)| layer.silent >= info.units) {
            return None;
        }
        // Where nothing but NaN arrived there is no size; where the layer is frozen, no gradient.
        if layers().any(|(_, layer)| layer.gradient_rms.is_none() && layer.non_finite > 0) {
            return None;
        }
        let seen: Vec<(&str, f64)> = layers()
            .filter_map(|(info, layer)| Some((info.name.as_str(), norm(info, layer)?)))
            .collect();
        let (&(first_name, first), &(last_name, last)) = (seen.first()?, seen.last()?);
        let ratio = first / last;
        if seen.len() < 2 || last <= 0.0 || !ratio.is_finite() {
            return None;
        }
        let sizes: Vec<f64> = seen
            .iter()
            .map(|&(_, norm)| norm.max(f64::MIN_POSITIVE).ln())
            .collect();
        let per_layer = (-median_slope(&sizes)).exp();
        Some(Flow {
            snapshot,
            ratio,
            per_layer,
            trend: per_layer.powf(sizes.len() as f64 - 1.0),
            ends: [first_name, last_name],
        })
    }
}

/// Of several parts that run by themselves, such as generator and discriminator, the one with the most layers: layers of
/// different ones do not follow each other. Where none has two, the parts are the layers of one network.
fn largest_part(record: &Record) -> Option<&str> {
    let layers = |part: &str| {
        let own = record.layers.iter().filter(|info| is_in(&info.name, part));
        own.filter(|info| record.is_in_series(info)).count()
    };
    let parts = record.setup.parts.iter().map(String::as_str);
    let largest = parts.rev().max_by_key(|part| layers(part))?;
    (layers(largest) > 1).then_some(largest)
}

fn is_in(layer: &str, part: &str) -> bool {
    let rest = layer.strip_prefix(part);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '#']))
}

/// The norm of the gradient of one sample in a layer.
fn norm(info: &LayerInfo, layer: &LayerSnapshot) -> Option<f64> {
    let by_units = layer.gradient_rms.map(|rms| rms * (info.units as f64).sqrt());
    layer.gradient_norm.or(by_units)
}

/// By how much the values grow from one to the next: the median over all pairs.
fn median_slope(values: &[f64]) -> f64 {
    let mut slopes = Vec::new();
    for (i, a) in values.iter().enumerate() {
        for (steps, b) in values[i + 1..].iter().enumerate() {
            slopes.push((b - a) / (steps + 1) as f64);
        }
    }
    slopes.sort_by(f64::total_cmp);
    slopes.get(slopes.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_layer_apart_does_not_decide() {
        assert_eq!(median_slope(&[0.0, 1.0, 2.0, 3.0, 4.0]), 1.0);
        assert_eq!(median_slope(&[0.0, 0.0, 0.0, 0.0, 9.0]), 0.0);
        assert_eq!(median_slope(&[5.0, 7.0]), 2.0);
    }
}
