//! The network that a remedy is meant for: its modules and its optimiser, as far as the record names them.

use super::remedy::{Changes, Remedy};
use crate::record::{LayerInfo, Record};

/// Optimisers that adapt their steps, besides Adam and its like, which are known by their betas.
const ADAPTIVE: [&str; 5] = ["Adadelta", "Adafactor", "Adagrad", "RMSprop", "Rprop"];

/// What is known of a network when its remedies are worded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network<'a> {
    pub(crate) record: &'a Record,
    /// The learning rate of the last step.
    pub(crate) learning_rate: Option<f64>,
    /// How many units are to be revived.
    pub(crate) units: usize,
}

impl<'a> Network<'a> {
    /// That of a record.
    pub(crate) fn of(record: &'a Record) -> Network<'a> {
        let rates = record
            .setup
            .optimizers
            .iter()
            .filter_map(|optimizer| optimizer.learning_rate);
        Network {
            record,
            learning_rate: rates.map(|rate| rate.last).reduce(f64::max),
            units: 0,
        }
    }

    /// Whether an optimiser that adapts its steps trains it.
    pub(crate) fn is_adaptive(&self) -> bool {
        let mut optimizers = self.record.setup.optimizers.iter();
        optimizers.any(|optimizer| optimizer.betas.is_some() || ADAPTIVE.contains(&optimizer.name.as_str()))
    }

    /// The layers that are to be changed: those that the remedy names, or all.
    pub(crate) fn layers(&self, remedy: &Remedy) -> Vec<&'a LayerInfo> {
        let layers = self.record.layers.iter();
        layers
            .filter(|info| remedy.layers.is_empty() || remedy.layers.contains(&info.name))
            .collect()
    }

    /// The module of a layer that such a change is made to, where it is known.
    pub(crate) fn module(&self, changes: Changes, info: &'a LayerInfo) -> Option<&'a str> {
        match changes {
            Changes::Steps | Changes::Inputs | Changes::Outputs | Changes::Program => None,
            Changes::Weights | Changes::Units => self.weights_of(info),
            Changes::InitialWeights => self.weights_of(info).or_else(|| self.recurrent(info)),
            Changes::Activations => self.activation_module(info),
        }
    }

    /// The module that computes the pre-activations of a layer.
    pub(crate) fn weights_of(&self, info: &LayerInfo) -> Option<&'a str> {
        self.record.weights.get(&info.name)?.strip_suffix(".weight")
    }

    /// The module that is the activation of a layer; `None` for functions and what belongs to a recurrent layer.
    fn activation_module(&self, info: &'a LayerInfo) -> Option<&'a str> {
        (!info.name.contains('#') && self.recurrent(info).is_none()).then_some(info.name.as_str())
    }

    /// The recurrent layer that it is or whose gate it is; the functions of these are fixed.
    pub(crate) fn recurrent(&self, info: &LayerInfo) -> Option<&'a str> {
        let part_of = |name: &str| {
            let rest = info.name.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let kinds = ["lstm", "gru", "rnn_tanh", "rnn_relu"];
        let recurrent = self.record.layers.iter();
        let mut recurrent = recurrent.filter(|layer| kinds.contains(&layer.activation.as_str()));
        recurrent
            .find(|layer| part_of(&layer.name))
            .map(|layer| layer.name.as_str())
    }

    /// The names of the layers that a remedy concerns.
    pub(super) fn names(&self, remedy: &Remedy) -> String {
        let names: Vec<&str> = self
            .layers(remedy)
            .iter()
            .map(|info| info.name.as_str())
            .collect();
        names.join(", ")
    }

    /// Where something is done before layers.
    pub(super) fn before(&self, remedy: &Remedy) -> Option<String> {
        let names = self.names(remedy);
        (!names.is_empty()).then(|| format!("before {names}"))
    }

    /// Names of these layers' modules, as Python's list of strings; `None` where none is known.
    pub(super) fn python_list<'b>(names: impl IntoIterator<Item = &'b str>) -> Option<String> {
        let quoted: Vec<String> = names.into_iter().map(|name| format!("{name:?}")).collect();
        (!quoted.is_empty()).then(|| format!("[{}]", quoted.join(", ")))
    }
}

/// Whether Glorot's rule of initial weights is made for an activation.
pub(crate) fn saturating(activation: &str) -> bool {
    ["tanh", "sigmoid", "softsign"]
        .iter()
        .any(|name| activation.contains(name))
}
