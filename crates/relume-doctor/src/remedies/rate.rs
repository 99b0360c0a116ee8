//! What remedies of the learning rate share.

use super::network::Network;
use super::remedy::Remedy;
use crate::words::round;

/// What the rate becomes, where it is known.
pub(super) fn here(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    let (from, factor) = network.learning_rate.zip(remedy.value)?;
    if from == 0.0 {
        return Some("it is 0".into());
    }
    Some(format!("from {} to {}", round(from), round(times(from, factor))))
}

pub(super) fn pytorch(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    Some(format!(
        "for group in optimizer.param_groups:\n    group[\"lr\"] {}\n",
        change(remedy.value?, network)
    ))
}

pub(super) fn keras(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    Some(format!(
        "model.optimizer.learning_rate {}\n",
        change(remedy.value?, network)
    ))
}

fn change(factor: f64, network: &Network<'_>) -> String {
    if network.learning_rate == Some(0.0) {
        "= 1e-3".into()
    } else if factor < 1.0 {
        format!("/= {}", (1.0 / factor).round())
    } else {
        format!("*= {factor}")
    }
}

/// A product by a power of ten without the error of 1/10, which would show.
fn times(rate: f64, factor: f64) -> f64 {
    if factor < 1.0 {
        rate / (1.0 / factor).round()
    } else {
        rate * factor
    }
}
