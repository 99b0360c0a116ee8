//! Convolutions over pictures.

use crate::Error;
use crate::network::patches::Window;
use crate::network::plan::{Plan, Sizes};
use crate::spec::NetworkSpec;
use relume_data::Shape;

/// All layers but the last hidden one are convolutions. Each halves the picture, as long as it is at least 4 × 4, by
/// moving its window by two pixels (Springenberg et al., 2015), and doubles the channels.
pub(super) fn plan(network: &NetworkSpec, shape: &Shape, outputs: usize) -> Result<Vec<Plan>, Error> {
    let (mut channels, mut height, mut width) = match *shape {
        Shape::Image {
            channels,
            height,
            width,
        } => (channels, height, width),
        Shape::Features { .. } => {
            return Err(Error::Shape(format!(
                "a convolutional network needs pictures, but each sample is {} numbers; use the network mlp",
                shape.len()
            )));
        }
        Shape::Sequence { .. } | Shape::Text { .. } => {
            return Err(Error::Shape(
                "the network cnn needs pictures, but each sample is steps in the order of time; use the network cnn1d"
                    .to_string(),
            ));
        }
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
        let window = Window {
            height,
            width,
            channels,
            stride,
        };
        layers.push(Plan::Picture { window, units });
        (height, width) = (height.div_ceil(stride), width.div_ceil(stride));
        channels = units;
        units = (stride * units).min(NetworkSpec::WIDEST);
    }
    let hidden = Sizes::dense(channels * height * width, 4 * network.width);
    let output = Sizes::dense(hidden.units, outputs);
    layers.extend([Plan::Dense(hidden), Plan::Output(output)]);
    Ok(layers)
}
