//! Which layers and modules of a network a finding concerns.

use crate::finding::Finding;
use crate::record::{LayerInfo, Record};

/// The layers that are to be changed: those that the finding names, or all where the trouble lies between them.
pub(crate) fn concerned<'a>(finding: &Finding, record: &'a Record) -> Vec<&'a LayerInfo> {
    let between = finding.layers.is_empty() || finding.check.ends_with("_gradient");
    let layers = record.layers.iter();
    layers
        .filter(|info| between || finding.layers.contains(&info.name))
        .collect()
}

/// The module that computes the pre-activations of a layer, where it is known.
pub(crate) fn weighing<'a>(info: &LayerInfo, record: &'a Record) -> Option<&'a str> {
    record.weights.get(&info.name)?.strip_suffix(".weight")
}

/// The module that is the activation of a layer; `None` for functions and what belongs to a recurrent layer.
pub(crate) fn exchangeable<'a>(info: &'a LayerInfo, record: &Record) -> Option<&'a str> {
    (!info.name.contains('#') && recurrent(info, record).is_none()).then_some(info.name.as_str())
}

/// The module whose weights a layer's initial state depends on: a recurrent layer draws its own.
pub(crate) fn initial<'a>(info: &LayerInfo, record: &'a Record) -> Option<&'a str> {
    weighing(info, record).or_else(|| recurrent(info, record))
}

/// Whether Glorot's rule is made for it.
pub(crate) fn saturating(activation: &str) -> bool {
    ["tanh", "sigmoid", "softsign"]
        .iter()
        .any(|name| activation.contains(name))
}

/// The recurrent layer that it is or whose gate it is; the functions of these are fixed.
pub(crate) fn recurrent<'a>(info: &LayerInfo, record: &'a Record) -> Option<&'a str> {
    let parts_of = |name: &str| {
        info.name
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let kinds = ["lstm", "gru", "rnn_tanh", "rnn_relu"];
    let mut layers = record
        .layers
        .iter()
        .filter(|layer| kinds.contains(&layer.activation.as_str()));
    layers
        .find(|layer| parts_of(&layer.name))
        .map(|layer| layer.name.as_str())
}
