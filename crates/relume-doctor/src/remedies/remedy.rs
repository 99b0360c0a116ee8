//! A remedy as a finding carries it: data.

use serde::{Deserialize, Serialize};

/// One thing to do about a finding, as data: the words and the code for it are made by its definition.
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
    /// What the network is called with.
    Inputs,
    /// The activation behind the last layer.
    Outputs,
    /// The user's program, or the data: what takes a person.
    Program,
}
