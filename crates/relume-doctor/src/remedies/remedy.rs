//! What a remedy is: data that a finding carries, and the definition from which its words and its code are made.

use super::network::Network;
use serde::{Deserialize, Serialize};

/// One thing to do about a finding, as data: the words and the code for it are made by its [`RemedyDefinition`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remedy {
    /// Which remedy it is, such as `lower_learning_rate`: the key to its definition.
    pub kind: String,
    /// The activation layers that it concerns; empty for all of them, or for the network as a whole.
    pub layers: Vec<String>,
    /// The number it turns on: what the learning rate is multiplied by, or what the norm of the gradient is clipped to.
    pub value: Option<f64>,
    /// The activation to use, by its name in the catalogue.
    pub activation: Option<String>,
}

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

/// What a remedy changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    /// The steps of the optimiser.
    Steps,
    /// The modules that compute the pre-activations of layers.
    Weights,
    /// The same, and modules that draw their own weights, such as recurrent layers.
    InitialWeights,
    /// Incoming and outgoing weights of single units.
    Units,
    /// The modules that are activations.
    Activations,
    /// The user's program, or the data: what takes a person.
    Program,
}

impl RemedyDefinition {
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
