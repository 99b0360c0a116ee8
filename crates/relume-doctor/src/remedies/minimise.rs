//! A loss that is minimised, not maximised.

use super::definition::{RemedyDefinition, always, nothing};
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static MINIMISE: RemedyDefinition = RemedyDefinition {
    name: "minimise",
    text: "Turn the sign of the loss: an optimiser makes it smaller.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch,
    keras: nothing,
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some("loss = -loss   # before loss.backward()\n".into())
}
