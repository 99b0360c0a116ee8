//! A bound on the norm of the gradient.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::{Changes, Remedy};
use crate::thresholds::MAX_NORM;

pub(crate) static CLIP: RemedyDefinition = RemedyDefinition {
    changes: Changes::Steps,
    value: Some(MAX_NORM),
    here,
    pytorch,
    keras,
    ..RemedyDefinition::new("clip", "Clip the norm of the gradient.")
};

fn here(remedy: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(format!("to {}", norm(remedy)))
}

fn norm(remedy: &Remedy) -> f64 {
    remedy.value.unwrap_or(MAX_NORM)
}

fn pytorch(remedy: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(format!(
        "# between loss.backward() and optimizer.step():\n\
         torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm={:.1})\n",
        norm(remedy)
    ))
}

fn keras(remedy: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(format!(
        "model.compile(optimizer=keras.optimizers.Adam(1e-3, global_clipnorm={:.1}), loss=loss)\n",
        norm(remedy)
    ))
}
