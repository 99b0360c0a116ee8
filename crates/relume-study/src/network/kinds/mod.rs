//! The kinds of network: which layers each has. One kind, one file.

mod cnn;
mod cnn1d;
mod mlp;
mod over_steps;
mod recurrent;
mod transformer;

use super::plan::Plan;
use crate::Error;
use crate::spec::{Cell, NetworkKind, NetworkSpec};
use relume_data::Inputs;

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
        NetworkKind::Mlp => mlp::plan(network, inputs, tokens, outputs),
        NetworkKind::Cnn => cnn::plan(network, &inputs.shape, outputs),
        NetworkKind::Cnn1d => cnn1d::plan(network, inputs, tokens, outputs),
        NetworkKind::Rnn => recurrent::plan(Cell::Rnn, network, inputs, tokens, outputs),
        NetworkKind::Gru => recurrent::plan(Cell::Gru, network, inputs, tokens, outputs),
        NetworkKind::Lstm => recurrent::plan(Cell::Lstm, network, inputs, tokens, outputs),
        NetworkKind::Transformer => transformer::plan(network, inputs, tokens, outputs, is_gated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::patches::Window;
    use crate::spec::Pooling;
    use relume_data::Shape;

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
