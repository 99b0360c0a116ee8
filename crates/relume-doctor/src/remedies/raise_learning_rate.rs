//! A higher learning rate.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::rate;
use super::remedy::{Changes, Remedy};
use crate::thresholds::TENFOLD;

pub(crate) static RAISE_LEARNING_RATE: RemedyDefinition = RemedyDefinition {
    changes: Changes::Steps,
    value: Some(TENFOLD),
    here,
    pytorch,
    keras,
    ..RemedyDefinition::new("raise_learning_rate", "Raise the learning rate.")
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
