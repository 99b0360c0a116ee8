//! A lower learning rate.

use super::definition::{RemedyDefinition, always};
use super::network::Network;
use super::rate;
use super::remedy::{Changes, Remedy};
use crate::thresholds::TENFOLD;

pub(crate) static LOWER_LEARNING_RATE: RemedyDefinition = RemedyDefinition {
    name: "lower_learning_rate",
    text: "Lower the learning rate.",
    changes: Changes::Steps,
    value: Some(1.0 / TENFOLD),
    activation: None,
    fits: always,
    here,
    pytorch,
    keras,
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
