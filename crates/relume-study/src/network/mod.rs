//! The networks that a study trains, the same for every activation.

mod batch;
mod encoder;
mod initialise;
mod kinds;
mod layer;
mod linear_map;
mod patches;
mod plan;
mod pooling;
mod recurrent;
mod rows;

pub(crate) use batch::Batch;
pub(crate) use initialise::Weights;
pub(crate) use kinds::plan;
pub(crate) use plan::Plan;

use crate::function::Function;
use burn::module::Module;
use burn::tensor::Tensor;
use layer::Layer;
use relume::Activation;
use relume_burn::{Monitor, Probe};
use relume_doctor::{Inner, LayerInfo};

/// Layers, each fed by the one before.
#[derive(Module, Debug)]
pub(crate) struct Network {
    layers: Vec<Layer>,
}

impl Network {
    /// The network of a plan with freshly drawn weights.
    pub(crate) fn new(plan: &[Plan], weights: &mut Weights) -> Self {
        let layers = plan.iter().map(|layer| Layer::new(layer, weights)).collect();
        Self { layers }
    }

    /// Takes the network out and leaves one without layers.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self { layers: Vec::new() })
    }

    /// The layers with parameters and their names, input first.
    fn named(&self) -> impl Iterator<Item = (String, &Layer)> {
        let mut last = ("", 0);
        self.layers.iter().filter_map(move |layer| {
            let (word, is_numbered) = layer.word()?;
            last = (word, if word == last.0 { last.1 + 1 } else { 1 });
            let number = if is_numbered {
                last.1.to_string()
            } else {
                String::new()
            };
            Some((format!("{word}{number}"), layer))
        })
    }

    /// The names of the parameters, in the order in which a visitor sees them.
    pub(crate) fn parameter_names(&self) -> Vec<String> {
        let names = self.named().flat_map(|(name, layer)| {
            let parameters = layer.parameters().into_iter();
            parameters.map(move |parameter| format!("{name}.{parameter}"))
        });
        names.collect()
    }

    /// Announces the activation layers to a monitor, input first, and returns a probe for each. The activations are those
    /// of states and of gates; where there are no gates, the first is that of all layers.
    pub(crate) fn probes(&self, [state, gates]: [Activation; 2], monitor: &Monitor) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (name, layer) in self.named() {
            for (part, [fan_in, units]) in layer.activated() {
                let (name, inner) = part.named(&name);
                if let Some((of, kind)) = inner {
                    monitor.set_inner(&name, Inner { of, kind });
                }
                let activation = if part.is_gate() { gates } else { state };
                probes.push(monitor.layer(LayerInfo {
                    name,
                    activation: activation.to_string(),
                    units,
                    fan_in,
                }));
            }
        }
        probes
    }

    /// The outputs for a batch of samples, one row each. What passes is reported to the probes, of which there is one per
    /// activation layer or none at all.
    pub(crate) fn forward(&self, batch: Batch, function: &Function, probes: &[Probe]) -> Tensor<2> {
        let mut probes = probes.iter();
        let mut batch = batch;
        for layer in &self.layers {
            batch = layer.forward(batch, function, &mut probes);
        }
        batch.rows
    }
}
