//! How the gradient changes on its way from the last layer to the first: what vanishing and exploding share.

use crate::record::{Record, Snapshot};

/// The gradient's way through the network in one pass.
#[derive(Clone, Debug)]
pub(super) struct Flow<'a> {
    /// The pass.
    pub(super) snapshot: &'a Snapshot,
    /// Root mean square of the gradient in the first layer over that in the last.
    pub(super) ratio: f64,
    /// The factor per layer that makes this ratio.
    pub(super) per_layer: f64,
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
        let layers = || record.layers.iter().zip(&snapshot.layers);
        if layers().any(|(info, layer)| layer.silent >= info.units) {
            return None;
        }
        // Where nothing but NaN arrived there is no size; where the layer is frozen, no gradient.
        if layers().any(|(_, layer)| layer.gradient_rms.is_none() && layer.non_finite > 0) {
            return None;
        }
        let mut seen = layers().filter_map(|(info, layer)| Some((info.name.as_str(), layer.gradient_rms?)));
        let (first_name, first) = seen.next()?;
        let steps = seen.clone().count();
        let (last_name, last) = seen.next_back()?;
        if last <= 0.0 || !(first / last).is_finite() {
            return None;
        }
        let ratio = first / last;
        Some(Flow {
            snapshot,
            ratio,
            per_layer: ratio.powf(1.0 / steps as f64),
            ends: [first_name, last_name],
        })
    }
}
