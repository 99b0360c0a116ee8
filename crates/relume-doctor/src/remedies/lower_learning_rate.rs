//! A lower learning rate.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::rate;
use super::remedy::{Changes, Remedy};
use crate::thresholds::TENFOLD;

pub(crate) static LOWER_LEARNING_RATE: RemedyDefinition = RemedyDefinition {
    changes: Changes::Steps,
    value: Some(1.0 / TENFOLD),
    here,
    pytorch,
    keras,
    ..RemedyDefinition::new("lower_learning_rate", "Lower the learning rate.")
};

fn here(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    rate::here(remedy, network)
}

fn pytorch(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    rate::pytorch(remedy, network)
}

fn keras(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    rate::keras(remedy, network)
}
