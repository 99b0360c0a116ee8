//! How the gradient changes on its way from the last layer to the first: what vanishing and exploding share.

use crate::record::{Record, Snapshot};

/// The gradient's way through the network in one pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// The pass.
    pub(super) pass: usize,
    /// Root mean square of the gradient in the first layer over that in the last.
    pub(super) ratio: f64,
    /// The factor per layer that makes this ratio.
    pub(super) per_layer: f64,
}

impl Flow {
    /// The flow in every pass in which it can be judged, the smallest ratio first: there are two layers or more,
    /// the last receives a gradient, and no layer is dead, which would stop the gradient for another reason.
    pub(super) fn of(record: &Record) -> Vec<Flow> {
        let mut flows: Vec<Flow> = record
            .snapshots
            .iter()
            .filter_map(|s| Flow::in_pass(record, s))
            .collect();
        flows.sort_by(|a, b| a.ratio.total_cmp(&b.ratio));
        flows
    }

    fn in_pass(record: &Record, snapshot: &Snapshot) -> Option<Flow> {
        let layers = || snapshot.layers.iter().zip(&record.layers);
        if layers().any(|(layer, info)| layer.silent >= info.units) {
            return None;
        }
        let gradients: Option<Vec<f64>> = layers().map(|(layer, _)| layer.gradient_rms).collect();
        let gradients = gradients?;
        let (&first, &last) = (gradients.first()?, gradients.last()?);
        let steps = gradients.len() - 1;
        if steps == 0 || last <= 0.0 || !(first / last).is_finite() {
            return None;
        }
        let ratio = first / last;
        Some(Flow {
            pass: snapshot.pass,
            ratio,
            per_layer: ratio.powf(1.0 / steps as f64),
        })
    }
}

/// The names of the first layer and the last.
pub(super) fn ends(record: &Record) -> Vec<String> {
    let ends = record.layers.first().into_iter().chain(record.layers.last());
    ends.map(|layer| layer.name.clone()).collect()
}

/// How many samples the flow in a pass rests on.
pub(super) fn samples(record: &Record, pass: usize) -> u64 {
    record
        .snapshots
        .iter()
        .find(|s| s.pass == pass)
        .map_or(0, |s| s.samples)
}
