//! The networks that a study trains: dense ones and small convolutional ones, the same for every activation.

use crate::initialise::Weights;
use crate::patches::{Window, patches};
use crate::plan::Layer;
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use relume::Activation;
use relume_burn::{Monitor, Probe, activate, activate_watched};
use relume_doctor::LayerInfo;

/// Layers with an activation after each but the last. A convolution is a linear layer over the patches of pictures.
#[derive(Module, Debug)]
pub(crate) struct Network {
    layers: Vec<Linear>,
    /// Of each layer, how it cuts its input into patches; `None` for a dense one.
    #[module(skip)]
    windows: Vec<Option<Window>>,
}

impl Network {
    /// The network of a plan with freshly drawn weights.
    pub(crate) fn new(plan: &[Layer], weights: &mut Weights) -> Self {
        let (output, hidden) = plan.split_last().expect("a plan has an output layer");
        let mut layers: Vec<Linear> = hidden.iter().map(|layer| weights.hidden(layer)).collect();
        layers.push(weights.output(output));
        Self {
            layers,
            windows: plan.iter().map(|layer| layer.window).collect(),
        }
    }

    /// Takes the network out and leaves one without layers.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(
            self,
            Self {
                layers: Vec::new(),
                windows: Vec::new(),
            },
        )
    }

    /// The names of the layers, input first.
    pub(crate) fn layer_names(&self) -> Vec<String> {
        let convolutions = self.windows.iter().flatten().count();
        let name = |i: usize| match i {
            i if i < convolutions => format!("conv{}", i + 1),
            i if i + 1 < self.layers.len() => format!("hidden{}", i + 1 - convolutions),
            _ => "output".to_string(),
        };
        (0..self.layers.len()).map(name).collect()
    }

    /// Announces the activation layers to a monitor, input first, and returns a probe for each.
    pub(crate) fn probes(&self, activation: &Activation, monitor: &Monitor) -> Vec<Probe> {
        let hidden = self.layers.len() - 1;
        self.layer_names()
            .into_iter()
            .zip(&self.layers)
            .take(hidden)
            .map(|(name, layer)| {
                let [fan_in, units] = layer.weight.dims();
                monitor.layer(LayerInfo {
                    name,
                    activation: activation.to_string(),
                    units,
                    fan_in,
                })
            })
            .collect()
    }

    /// The outputs for a batch of samples, one row each; pictures are stored channels last. What passes is reported to
    /// the probes, of which there is one per activation layer or none at all.
    pub(crate) fn forward(&self, x: Tensor<2>, activation: &Activation, probes: &[Probe]) -> Tensor<2> {
        let [batch, _] = x.dims();
        let (output, hidden) = self
            .layers
            .split_last()
            .expect("every network has an output layer");
        let mut probes = probes.iter();
        let mut x = x;
        for (layer, window) in hidden.iter().zip(&self.windows) {
            x = match *window {
                None => apply(layer.forward(x), activation, probes.next()),
                Some(window) => {
                    let y = layer.forward(patches(x, window));
                    let [_, units] = y.dims();
                    // Three axes tell the probe which positions belong to one sample.
                    let y = y.reshape([batch, window.positions(), units]);
                    apply(y, activation, probes.next()).flatten(1, 2)
                }
            };
        }
        output.forward(x)
    }
}

fn apply<const D: usize>(x: Tensor<D>, activation: &Activation, probe: Option<&Probe>) -> Tensor<D> {
    match probe {
        Some(probe) => activate_watched(x, activation, probe),
        None => activate(x, activation),
    }
}
