//! The networks that a study trains: dense ones and small convolutional ones, the same for every activation.

use crate::initialise::Weights;
use crate::patches::{Window, patches};
use crate::{Error, NetworkKind, NetworkSpec};
use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use relume::Activation;
use relume_burn::{Monitor, Probe, activate, activate_watched};
use relume_data::Shape;
use relume_doctor::LayerInfo;

/// Layers with an activation after each but the last. A convolution is a linear layer over the patches of pictures.
#[derive(Module, Debug)]
pub(crate) struct Network {
    layers: Vec<Linear>,
    /// Of each layer, how it cuts its input into patches; `None` for a dense one.
    #[module(skip)]
    windows: Vec<Option<Window>>,
}

/// The sizes of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    /// How many values each unit sums over.
    pub(crate) fan_in: usize,
    pub(crate) units: usize,
    /// How a convolution cuts its input into patches.
    pub(crate) window: Option<Window>,
}

/// The layers that a specification means for samples of a shape.
pub(crate) fn plan(network: &NetworkSpec, shape: &Shape, outputs: usize) -> Result<Vec<Layer>, Error> {
    network.check()?;
    match network.kind {
        NetworkKind::Mlp => Ok(mlp(network, shape.len(), outputs)),
        NetworkKind::Cnn => cnn(network, shape, outputs),
    }
}

fn mlp(network: &NetworkSpec, inputs: usize, outputs: usize) -> Vec<Layer> {
    let width = network.width;
    let mut layers = vec![Layer::dense(inputs, width)];
    layers.extend(std::iter::repeat_n(Layer::dense(width, width), network.depth - 1));
    layers.push(Layer::dense(width, outputs));
    layers
}

/// All layers but the last hidden one are convolutions. Each halves the picture, as long as it is at least 4 × 4, by
/// moving its window by two pixels (Springenberg et al., 2015), and doubles the channels.
fn cnn(network: &NetworkSpec, shape: &Shape, outputs: usize) -> Result<Vec<Layer>, Error> {
    let Shape::Image {
        mut channels,
        mut height,
        mut width,
    } = *shape
    else {
        return Err(Error::Shape(format!(
            "a convolutional network needs pictures, but each sample is {} numbers; use the network mlp",
            shape.len()
        )));
    };
    if height.min(width) < 4 {
        return Err(Error::Shape(format!(
            "a convolutional network needs pictures of at least 4 × 4 pixels, these have {height} × {width}"
        )));
    }
    if network.depth < 2 {
        return Err(Error::setting(
            "depth",
            network.depth,
            "at least 2 for a convolutional network",
        ));
    }
    let mut layers = Vec::new();
    let mut units = network.width;
    for _ in 1..network.depth {
        let stride = if height.min(width) >= 4 { 2 } else { 1 };
        layers.push(Layer::convolution(
            Window {
                height,
                width,
                channels,
                stride,
            },
            units,
        ));
        (height, width) = (height.div_ceil(stride), width.div_ceil(stride));
        channels = units;
        units = (stride * units).min(NetworkSpec::WIDEST);
    }
    let hidden = Layer::dense(channels * height * width, 4 * network.width);
    layers.extend([hidden, Layer::dense(hidden.units, outputs)]);
    Ok(layers)
}

impl Layer {
    fn dense(inputs: usize, units: usize) -> Self {
        Self {
            fan_in: inputs,
            units,
            window: None,
        }
    }

    fn convolution(window: Window, units: usize) -> Self {
        Self {
            fan_in: window.patch(),
            units,
            window: Some(window),
        }
    }

    /// How many units of this layer each of its inputs goes to.
    pub(crate) fn fan_out(&self) -> usize {
        self.window
            .map_or(self.units, |window| self.units * window.patch() / window.channels)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: NetworkKind, depth: usize, width: usize) -> NetworkSpec {
        NetworkSpec { kind, depth, width }
    }

    fn image(height: usize, width: usize) -> Shape {
        Shape::Image {
            channels: 1,
            height,
            width,
        }
    }

    #[test]
    fn a_dense_plan_has_depth_hidden_layers_of_the_width() {
        let plan = plan(&spec(NetworkKind::Mlp, 2, 7), &image(8, 8), 10).unwrap();
        let sizes: Vec<_> = plan.iter().map(|layer| (layer.fan_in, layer.units)).collect();
        assert_eq!(sizes, [(64, 7), (7, 7), (7, 10)]);
    }

    #[test]
    fn a_convolutional_plan_halves_the_picture_while_it_can() {
        let plan = plan(&spec(NetworkKind::Cnn, 5, 8), &image(28, 20), 10).unwrap();
        let sizes: Vec<_> = plan.iter().map(|layer| (layer.fan_in, layer.units)).collect();
        assert_eq!(
            sizes,
            [(9, 8), (72, 16), (144, 32), (288, 64), (64 * 4 * 3, 32), (32, 10)]
        );
        let strides: Vec<_> = plan
            .iter()
            .flat_map(|layer| layer.window)
            .map(|window| window.stride)
            .collect();
        assert_eq!(strides, [2, 2, 2, 1]);
        assert_eq!(plan[1].fan_out(), 9 * 16);
    }

    #[test]
    fn what_cannot_be_built_is_refused_with_a_reason() {
        let message = |kind, depth, width, shape: &Shape| {
            plan(&spec(kind, depth, width), shape, 2).unwrap_err().to_string()
        };
        assert!(message(NetworkKind::Mlp, 0, 8, &image(8, 8)).contains("depth"));
        assert!(message(NetworkKind::Mlp, 2, 99_999_999, &image(8, 8)).contains("width"));
        assert!(message(NetworkKind::Cnn, 3, 8, &image(3, 9)).contains("at least 4 × 4"));
        let features = Shape::Features {
            names: vec!["a".into(), "b".into()],
        };
        assert!(message(NetworkKind::Cnn, 3, 8, &features).contains("2 numbers"));
    }
}
