//! Which layers a network has, and their sizes, before any weight is drawn.

use super::patches::Window;
use crate::Error;
use crate::spec::{Cell, NetworkKind, NetworkSpec, Pooling};
use relume_data::{Inputs, Shape};

/// The kind and the sizes of one layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// A vector for each token.
    Embedding { tokens: usize, width: usize },
    /// Each unit sums over all inputs.
    Dense(Sizes),
    /// Each unit sums over patches of a picture.
    Picture { window: Window, units: usize },
    /// Each unit sums over windows of a sequence.
    Steps { kernel: Kernel, units: usize },
    /// Each unit sums over a step and what the layer made of the steps before it.
    Recurrent(Recurrence),
    /// Weighted sums of each step, without an activation, and where in the sample it is.
    Place(Sizes),
    /// Attention and a feed-forward part.
    Encoder(Block),
    /// Each step with mean 0 and variance 1.
    Norm { width: usize },
    /// The steps of a sample become one row.
    Pool(Pooling),
    /// Sums without an activation: what the network says.
    Output(Sizes),
}

/// The sizes of weighted sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// How many values each unit sums over.
    pub(crate) fan_in: usize,
    /// How many units each value goes to.
    pub(crate) fan_out: usize,
    /// How many sums there are.
    pub(crate) units: usize,
}

/// How windows are cut from sequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kernel {
    /// The steps of a window.
    pub(crate) steps: usize,
    /// From one window to the next, in steps.
    pub(crate) stride: usize,
    /// Numbers per step.
    pub(crate) channels: usize,
}

/// A recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Recurrence {
    pub(crate) cell: Cell,
    /// Numbers per step.
    pub(crate) inputs: usize,
    /// Units of each direction.
    pub(crate) units: usize,
    /// 1 or 2: from the first step to the last, and from the last to the first.
    pub(crate) directions: usize,
}

/// A block of a transformer's encoder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) width: usize,
    pub(crate) heads: usize,
    /// Units of the feed-forward part.
    pub(crate) inner: usize,
    pub(crate) is_gated: bool,
}

/// The steps of the windows of the first convolution over a sequence, and of the others.
const KERNELS: [usize; 2] = [5, 3];

/// Each convolution over numbers leaves half of the steps, which lie close in what they say; of a text every token counts.
const STRIDES: [usize; 2] = [2, 1];

/// The layers that a specification means for samples like these, of whose tokens a network knows so many. Where the
/// function that is compared is a gated unit, layers that hold it have as many parameters as with any other.
pub(crate) fn plan(
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    outputs: usize,
    is_gated: bool,
) -> Result<Vec<Plan>, Error> {
    network.check()?;
    match network.kind {
        NetworkKind::Mlp => mlp(network, inputs, tokens, outputs),
        NetworkKind::Cnn => cnn(network, &inputs.shape, outputs),
        NetworkKind::Cnn1d => cnn1d(network, inputs, tokens, outputs),
        NetworkKind::Rnn => recurrent(Cell::Rnn, network, inputs, tokens, outputs),
        NetworkKind::Gru => recurrent(Cell::Gru, network, inputs, tokens, outputs),
        NetworkKind::Lstm => recurrent(Cell::Lstm, network, inputs, tokens, outputs),
        NetworkKind::Transformer => transformer(network, inputs, tokens, outputs, is_gated),
    }
}

/// Dense layers over all values of a sample, if every sample has as many; else over the mean of its steps.
fn mlp(network: &NetworkSpec, inputs: &Inputs, tokens: usize, outputs: usize) -> Result<Vec<Plan>, Error> {
    let mut layers = Vec::new();
    let mut features = inputs.shape.len();
    if inputs.shape.step().is_some() {
        let pooling = network.pooling.unwrap_or(match inputs.steps_of_all() {
            Some(_) if !is_text(inputs) => Pooling::Flat,
            _ => Pooling::Mean,
        });
        let channels = channels(network, inputs, tokens, &mut layers)?;
        features = pool(pooling, inputs.steps_of_all(), channels, &mut layers)?;
    }
    for _ in 0..network.depth {
        layers.push(Plan::Dense(Sizes::dense(features, network.width)));
        features = network.width;
    }
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}

/// All layers but the last hidden one are convolutions. Each halves the picture, as long as it is at least 4 × 4, by
/// moving its window by two pixels (Springenberg et al., 2015), and doubles the channels.
fn cnn(network: &NetworkSpec, shape: &Shape, outputs: usize) -> Result<Vec<Plan>, Error> {
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

/// Convolutions over the steps, then a sum over what is left: all of it, if every sample has as many steps, else its
/// largest values (Kim, 2014).
fn cnn1d(network: &NetworkSpec, inputs: &Inputs, tokens: usize, outputs: usize) -> Result<Vec<Plan>, Error> {
    let mut layers = Vec::new();
    let mut channels = channels(network, inputs, tokens, &mut layers)?;
    let mut steps = inputs.steps_of_all();
    let stride = STRIDES[usize::from(is_text(inputs))];
    for layer in 0..network.depth {
        let kernel = Kernel {
            steps: KERNELS[layer.min(1)],
            stride,
            channels,
        };
        layers.push(Plan::Steps {
            kernel,
            units: network.width,
        });
        channels = network.width;
        steps = steps.map(|steps| steps.div_ceil(stride));
    }
    let pooling = network.pooling.unwrap_or(match steps {
        Some(_) if !is_text(inputs) => Pooling::Flat,
        _ => Pooling::Max,
    });
    let features = pool(pooling, steps, channels, &mut layers)?;
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}

/// Recurrent layers, then a sum over the last states.
fn recurrent(
    cell: Cell,
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    outputs: usize,
) -> Result<Vec<Plan>, Error> {
    let mut layers = Vec::new();
    let mut channels = channels(network, inputs, tokens, &mut layers)?;
    let directions = if network.bidirectional { 2 } else { 1 };
    for _ in 0..network.depth {
        layers.push(Plan::Recurrent(Recurrence {
            cell,
            inputs: channels,
            units: network.width,
            directions,
        }));
        channels = directions * network.width;
    }
    let pooling = network.pooling.unwrap_or(Pooling::Last);
    let features = pool(pooling, inputs.steps_of_all(), channels, &mut layers)?;
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}

/// The steps that a transformer takes at most: each looks at all others.
const MOST_ATTENDED: usize = 1024;

/// Parts of attention, each of which looks in its own way.
const HEADS: usize = 4;

/// A small encoder, then a sum over the mean of the steps.
fn transformer(
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    outputs: usize,
    is_gated: bool,
) -> Result<Vec<Plan>, Error> {
    let width = network.width;
    let longest = inputs.shape.len() / inputs.shape.step().unwrap_or(1);
    if longest > MOST_ATTENDED {
        return Err(Error::Shape(format!(
            "the longest sample has {longest} steps, and a transformer, in which each step looks at all others, takes at most \
             {MOST_ATTENDED}; use the network cnn1d or gru"
        )));
    }
    if !width.is_multiple_of(HEADS) {
        return Err(Error::setting(
            "width",
            width,
            &format!("a multiple of {HEADS} for a transformer"),
        ));
    }
    let mut layers = Vec::new();
    let channels = channels(network, inputs, tokens, &mut layers)?;
    layers.push(Plan::Place(Sizes::dense(channels, width)));
    // 2·4 times the square of the width, or 3·(8/3) times, is how many weights there are.
    let inner = if is_gated {
        (8 * width).div_ceil(3)
    } else {
        4 * width
    };
    layers.extend((0..network.depth).map(|_| {
        Plan::Encoder(Block {
            width,
            heads: HEADS,
            inner,
            is_gated,
        })
    }));
    layers.push(Plan::Norm { width });
    let pooling = network.pooling.unwrap_or(Pooling::Mean);
    let features = pool(pooling, inputs.steps_of_all(), width, &mut layers)?;
    layers.push(Plan::Output(Sizes::dense(features, outputs)));
    Ok(layers)
}

/// The numbers per step, after an embedding where the steps are tokens.
fn channels(
    network: &NetworkSpec,
    inputs: &Inputs,
    tokens: usize,
    layers: &mut Vec<Plan>,
) -> Result<usize, Error> {
    match inputs.shape {
        Shape::Sequence { channels, .. } => Ok(channels),
        Shape::Text { .. } => {
            let width = network.width;
            layers.push(Plan::Embedding { tokens, width });
            Ok(width)
        }
        Shape::Features { .. } | Shape::Image { .. } => Err(Error::Shape(format!(
            "the network {} needs steps in an order, but each sample is {} numbers; use the network mlp",
            network.kind,
            inputs.shape.len()
        ))),
    }
}

/// Adds what makes one row of the steps of a sample; returns its length.
fn pool(
    pooling: Pooling,
    steps: Option<usize>,
    channels: usize,
    layers: &mut Vec<Plan>,
) -> Result<usize, Error> {
    layers.push(Plan::Pool(pooling));
    match (pooling, steps) {
        (Pooling::Flat, Some(steps)) => Ok(steps * channels),
        (Pooling::Flat, None) => Err(Error::setting(
            "pool",
            pooling,
            "last, mean or max: the samples differ in length",
        )),
        (Pooling::Last | Pooling::Mean | Pooling::Max, _) => Ok(channels),
    }
}

fn is_text(inputs: &Inputs) -> bool {
    matches!(inputs.shape, Shape::Text { .. })
}

impl Sizes {
    fn dense(inputs: usize, units: usize) -> Self {
        Self {
            fan_in: inputs,
            fan_out: units,
            units,
        }
    }
}

impl Plan {
    /// The sizes of the sums of a layer that has some.
    pub(crate) fn sums(&self) -> Option<Sizes> {
        match *self {
            Self::Dense(sizes) | Self::Place(sizes) | Self::Output(sizes) => Some(sizes),
            Self::Picture { window, units } => Some(Sizes {
                fan_in: window.patch(),
                fan_out: units * window.patch() / window.channels,
                units,
            }),
            Self::Steps { kernel, units } => Some(Sizes {
                fan_in: kernel.steps * kernel.channels,
                fan_out: kernel.steps * units,
                units,
            }),
            Self::Embedding { .. }
            | Self::Recurrent(_)
            | Self::Encoder(_)
            | Self::Norm { .. }
            | Self::Pool(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(kind: NetworkKind, depth: usize, width: usize) -> NetworkSpec {
        NetworkSpec {
            depth,
            width,
            ..NetworkSpec::of(kind)
        }
    }

    fn image(height: usize, width: usize) -> Inputs {
        let shape = Shape::Image {
            channels: 1,
            height,
            width,
        };
        Inputs::new(vec![0.0; height * width], shape)
    }

    fn sizes(plan: &[Plan]) -> Vec<(usize, usize)> {
        plan.iter()
            .filter_map(Plan::sums)
            .map(|sums| (sums.fan_in, sums.units))
            .collect()
    }

    fn pooling(plan: &[Plan]) -> Vec<Pooling> {
        let poolings = plan.iter().filter_map(|layer| match layer {
            Plan::Pool(pooling) => Some(*pooling),
            _ => None,
        });
        poolings.collect()
    }

    #[test]
    fn a_dense_plan_has_depth_hidden_layers_of_the_width() {
        let plan = plan(&spec(NetworkKind::Mlp, 2, 7), &image(8, 8), 1, 10, false).unwrap();
        assert_eq!(sizes(&plan), [(64, 7), (7, 7), (7, 10)]);
    }

    #[test]
    fn a_convolutional_plan_halves_the_picture_while_it_can() {
        let plan = plan(&spec(NetworkKind::Cnn, 5, 8), &image(28, 20), 1, 10, false).unwrap();
        assert_eq!(
            sizes(&plan),
            [(9, 8), (72, 16), (144, 32), (288, 64), (64 * 4 * 3, 32), (32, 10)]
        );
        let windows: Vec<Window> = plan
            .iter()
            .filter_map(|layer| match layer {
                Plan::Picture { window, .. } => Some(*window),
                _ => None,
            })
            .collect();
        assert_eq!(
            windows.iter().map(|window| window.stride).collect::<Vec<_>>(),
            [2, 2, 2, 1]
        );
        assert_eq!(plan[1].sums().unwrap().fan_out, 9 * 16);
    }

    #[test]
    fn what_has_steps_becomes_one_row_before_the_output() {
        let even = Inputs::sequences(vec![0.0; 3 * 40], 1, &[40; 3]);
        let ragged = Inputs::sequences(vec![0.0; 3 * 12], 3, &[3, 4, 5]);
        let text = Inputs::texts(vec![0.0; 12], vec!["a".into(); 30], &[6, 6]);
        let of = |kind, inputs: &Inputs| {
            let plan = plan(&spec(kind, 3, 25), inputs, 31, 10, false).unwrap();
            (sizes(&plan), pooling(&plan))
        };
        // The convolutional network of Greydanus (2020): 25 channels, five steps left of 40.
        assert_eq!(
            of(NetworkKind::Cnn1d, &even),
            (vec![(5, 25), (75, 25), (75, 25), (125, 10)], vec![Pooling::Flat])
        );
        let (sums, pooled) = of(NetworkKind::Cnn1d, &ragged);
        assert_eq!(
            (sums[0], sums[3], pooled),
            ((15, 25), (25, 10), vec![Pooling::Max])
        );
        let (sums, pooled) = of(NetworkKind::Cnn1d, &text);
        assert_eq!((sums[0], pooled), ((125, 25), vec![Pooling::Max]));
        let (sums, pooled) = of(NetworkKind::Mlp, &even);
        assert_eq!((sums[0], pooled), ((40, 25), vec![Pooling::Flat]));
        assert_eq!(of(NetworkKind::Mlp, &ragged).1, [Pooling::Mean]);
        assert_eq!(of(NetworkKind::Mlp, &text).1, [Pooling::Mean]);
    }

    /// What people argue about is which function, not how many weights.
    #[test]
    fn a_gated_unit_has_as_many_parameters_as_an_activation() {
        let text = Inputs::texts(vec![0.0; 12], vec!["a".into(); 30], &[7, 5]);
        let weights = |is_gated| {
            let plan = plan(&spec(NetworkKind::Transformer, 2, 48), &text, 31, 10, is_gated).unwrap();
            let blocks = plan.iter().filter_map(|layer| match layer {
                Plan::Encoder(block) => Some(block.width * block.inner * if block.is_gated { 3 } else { 2 }),
                _ => None,
            });
            blocks.collect::<Vec<_>>()
        };
        assert_eq!(weights(false), [2 * 4 * 48 * 48; 2]);
        assert_eq!(weights(true), weights(false));
        let long = Inputs::sequences(vec![0.0; 2000], 1, &[1500, 500]);
        let message = plan(&spec(NetworkKind::Transformer, 2, 48), &long, 1, 2, false)
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("1500 steps") && message.contains("at most 1024"),
            "{message}"
        );
    }

    #[test]
    fn what_cannot_be_built_is_refused_with_a_reason() {
        let message = |kind, depth, width, inputs: &Inputs| {
            plan(&spec(kind, depth, width), inputs, 1, 2, false)
                .unwrap_err()
                .to_string()
        };
        assert!(message(NetworkKind::Mlp, 0, 8, &image(8, 8)).contains("depth"));
        assert!(message(NetworkKind::Mlp, 2, 99_999_999, &image(8, 8)).contains("width"));
        assert!(message(NetworkKind::Cnn, 3, 8, &image(3, 9)).contains("at least 4 × 4"));
        let names = vec!["a".into(), "b".into()];
        let features = Inputs::new(vec![0.0; 2], Shape::Features { names });
        assert!(message(NetworkKind::Cnn, 3, 8, &features).contains("2 numbers"));
        assert!(message(NetworkKind::Cnn1d, 3, 8, &features).contains("cnn1d needs steps"));
        let ragged = Inputs::sequences(vec![0.0; 3], 1, &[1, 2]);
        assert!(message(NetworkKind::Cnn, 3, 8, &ragged).contains("cnn1d"));
        let flat = NetworkSpec {
            pooling: Some(Pooling::Flat),
            ..spec(NetworkKind::Cnn1d, 3, 8)
        };
        let message = plan(&flat, &ragged, 1, 2, false).unwrap_err().to_string();
        assert!(message.contains("differ in length"), "{message}");
    }
}
