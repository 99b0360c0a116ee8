//! What is known of a kind of remedy: its words, its code, and what it changes.

use super::network::Network;
use super::remedy::{Changes, Remedy};

/// A kind of remedy: what it is in words, as code, and what it changes. Each has a file of its own.
#[derive(Clone, Copy, Debug)]
pub struct RemedyDefinition {
    /// The key, as in [`Remedy::kind`].
    pub name: &'static str,
    /// What to do, as a check's documentation lists it.
    pub text: &'static str,
    /// What it changes, which says whether a program can carry it out.
    pub changes: Changes,
    /// The number that it turns on where no finding says another.
    pub(crate) value: Option<f64>,
    /// The activation that it puts in.
    pub(crate) activation: Option<&'static str>,
    /// Whether it is anything new to a network, or is done there already.
    pub(crate) fits: fn(&Remedy, &Network<'_>) -> bool,
    /// What it comes to in one network, in words.
    pub(crate) here: fn(&Remedy, &Network<'_>) -> Option<String>,
    /// As PyTorch code, for a script that has a `model` and an `optimizer`; `None` where no few lines can do it.
    pub(crate) pytorch: fn(&Remedy, &Network<'_>) -> Option<String>,
    /// The same in Keras, for a script that has a compiled `model`.
    pub(crate) keras: fn(&Remedy, &Network<'_>) -> Option<String>,
}

impl RemedyDefinition {
    /// A change of the user's program that fits every network, in words alone: what most remedies start from.
    pub(super) const fn new(name: &'static str, text: &'static str) -> Self {
        Self {
            name,
            text,
            changes: Changes::Program,
            value: None,
            activation: None,
            fits: always,
            here: nothing,
            pytorch: nothing,
            keras: nothing,
        }
    }

    /// The remedy for these layers.
    pub(crate) fn of(&self, layers: &[String]) -> Remedy {
        Remedy {
            kind: self.name.to_owned(),
            layers: layers.to_vec(),
            value: self.value,
            activation: self.activation.map(str::to_owned),
        }
    }

    /// Whether a remedy is of this kind.
    pub(crate) fn is(&self, remedy: &Remedy) -> bool {
        remedy.kind == self.name
    }
}

/// Nothing to say or to show.
pub(super) fn nothing(_: &Remedy, _: &Network<'_>) -> Option<String> {
    None
}

/// It helps whatever the network is.
pub(super) fn always(_: &Remedy, _: &Network<'_>) -> bool {
    true
}
