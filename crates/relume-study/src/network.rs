//! The networks that a study trains: dense ones and small convolutional ones, the same for every activation.

use crate::initialise::Weights;
use crate::{Error, NetworkKind, NetworkSpec};
use burn::module::Module;
use burn::nn::Linear;
use burn::nn::conv::Conv2d;
use burn::tensor::Tensor;
use relume::Activation;
use relume_burn::{Monitor, Probe, activate, activate_watched};
use relume_data::Shape;
use relume_doctor::LayerInfo;

/// Convolutions (none in a dense network) followed by dense layers, the last of which is the output.
#[derive(Module, Debug)]
pub(crate) struct Network {
    pub(crate) convolutions: Vec<Conv2d>,
    pub(crate) dense: Vec<Linear>,
    /// Channels, height and width of the input, where there are convolutions.
    #[module(skip)]
    image: [usize; 3],
}

/// The sizes of one layer: `inputs` channels or features, `units` of them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) inputs: usize,
    pub(crate) units: usize,
    /// Of a convolution, by how many pixels its window moves; 1 elsewhere.
    pub(crate) stride: usize,
}

/// The sizes of all layers of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    convolutions: Vec<Layer>,
    hidden: Vec<Layer>,
    output: Layer,
    image: [usize; 3],
}

impl Plan {
    /// The layers that a specification means for samples of a shape.
    pub(crate) fn new(network: &NetworkSpec, shape: &Shape, outputs: usize) -> Result<Self, Error> {
        network.check()?;
        match network.kind {
            NetworkKind::Mlp => Ok(Self::mlp(network, shape.len(), outputs)),
            NetworkKind::Cnn => Self::cnn(network, shape, outputs),
        }
    }

    fn mlp(network: &NetworkSpec, inputs: usize, outputs: usize) -> Self {
        let width = network.width;
        let mut hidden = vec![Layer::dense(width, width); network.depth];
        hidden[0] = Layer::dense(inputs, width);
        Self {
            convolutions: Vec::new(),
            hidden,
            output: Layer::dense(width, outputs),
            image: [0; 3],
        }
    }

    /// All layers but the last hidden one are convolutions. Each halves the picture, as long as it is at least
    /// 4 × 4, by moving its window by two pixels (Springenberg et al., 2015), and doubles the channels.
    fn cnn(network: &NetworkSpec, shape: &Shape, outputs: usize) -> Result<Self, Error> {
        let Shape::Image {
            channels,
            height,
            width,
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
        let (mut inputs, mut units, mut size) = (channels, network.width, [height, width]);
        let mut convolutions = Vec::new();
        for _ in 1..network.depth {
            let stride = if size[0].min(size[1]) >= 4 { 2 } else { 1 };
            convolutions.push(Layer {
                inputs,
                units,
                stride,
            });
            inputs = units;
            size = size.map(|side| side.div_ceil(stride));
            units = (stride * units).min(NetworkSpec::WIDEST);
        }
        let hidden = Layer::dense(inputs * size[0] * size[1], 4 * network.width);
        let output = Layer::dense(hidden.units, outputs);
        Ok(Self {
            convolutions,
            hidden: vec![hidden],
            output,
            image: [channels, height, width],
        })
    }
}

impl Layer {
    fn dense(inputs: usize, units: usize) -> Self {
        Self {
            inputs,
            units,
            stride: 1,
        }
    }
}

impl Network {
    /// The network of a plan with freshly drawn weights.
    pub(crate) fn new(plan: &Plan, weights: &mut Weights) -> Self {
        let convolutions = plan
            .convolutions
            .iter()
            .map(|&layer| weights.convolution(layer))
            .collect();
        let mut dense: Vec<Linear> = plan.hidden.iter().map(|&layer| weights.dense(layer)).collect();
        dense.push(weights.output(plan.output));
        Self {
            convolutions,
            dense,
            image: plan.image,
        }
    }

    /// Takes the network out and leaves one without layers.
    pub(crate) fn take(&mut self) -> Self {
        let nothing = Self {
            convolutions: Vec::new(),
            dense: Vec::new(),
            image: [0; 3],
        };
        std::mem::replace(self, nothing)
    }

    /// The names of the layers, input first.
    pub(crate) fn layer_names(&self) -> Vec<String> {
        let convolutions = (1..=self.convolutions.len()).map(|i| format!("conv{i}"));
        let hidden = (1..self.dense.len()).map(|i| format!("hidden{i}"));
        convolutions.chain(hidden).chain(["output".to_string()]).collect()
    }

    /// Announces the activation layers to a monitor, input first, and returns a probe for each.
    pub(crate) fn probes(&self, activation: &Activation, monitor: &Monitor) -> Vec<Probe> {
        let convolutions = self.convolutions.iter().map(|layer| {
            let [units, channels, height, width] = layer.weight.dims();
            (units, channels * height * width)
        });
        let dense = self.dense.iter().map(|layer| {
            let [fan_in, units] = layer.weight.dims();
            (units, fan_in)
        });
        let activated = self.convolutions.len() + self.dense.len() - 1;
        self.layer_names()
            .into_iter()
            .zip(convolutions.chain(dense))
            .take(activated)
            .map(|(name, (units, fan_in))| {
                monitor.layer(LayerInfo {
                    name,
                    activation: activation.to_string(),
                    units,
                    fan_in,
                })
            })
            .collect()
    }

    /// The outputs for a batch of samples, one row each. What passes is reported to the probes, of which there
    /// is one per activation layer or none at all.
    pub(crate) fn forward(&self, x: Tensor<2>, activation: &Activation, probes: &[Probe]) -> Tensor<2> {
        let mut probes = probes.iter();
        let mut x = x;
        if !self.convolutions.is_empty() {
            let [batch, _] = x.dims();
            let [channels, height, width] = self.image;
            let mut image = x.reshape([batch, channels, height, width]);
            for convolution in &self.convolutions {
                image = apply(convolution.forward(image), activation, probes.next());
            }
            x = image.flatten(1, 3);
        }
        let (output, hidden) = self
            .dense
            .split_last()
            .expect("every network has an output layer");
        for layer in hidden {
            x = apply(layer.forward(x), activation, probes.next());
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
        let plan = Plan::new(&spec(NetworkKind::Mlp, 2, 7), &image(8, 8), 10).unwrap();
        let sizes: Vec<_> = plan
            .hidden
            .iter()
            .map(|layer| (layer.inputs, layer.units))
            .collect();
        assert_eq!(sizes, [(64, 7), (7, 7)]);
        assert_eq!((plan.output.inputs, plan.output.units), (7, 10));
    }

    #[test]
    fn a_convolutional_plan_halves_the_picture_while_it_can() {
        let plan = Plan::new(&spec(NetworkKind::Cnn, 5, 8), &image(28, 20), 10).unwrap();
        let channels: Vec<_> = plan
            .convolutions
            .iter()
            .map(|layer| (layer.inputs, layer.units))
            .collect();
        assert_eq!(channels, [(1, 8), (8, 16), (16, 32), (32, 64)]);
        let strides: Vec<_> = plan.convolutions.iter().map(|layer| layer.stride).collect();
        assert_eq!(strides, [2, 2, 2, 1]);
        assert_eq!(plan.hidden[0].inputs, 64 * 4 * 3);
    }

    #[test]
    fn what_cannot_be_built_is_refused_with_a_reason() {
        let message = |kind, depth, width, shape: &Shape| {
            Plan::new(&spec(kind, depth, width), shape, 2)
                .unwrap_err()
                .to_string()
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
