//! Which layers a network has, and their sizes, before any weight is drawn.

use crate::patches::Window;
use crate::{Error, NetworkKind, NetworkSpec};
use relume_data::Shape;

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
