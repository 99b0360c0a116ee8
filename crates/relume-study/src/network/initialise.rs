//! How the weights of a network are drawn.

use super::plan::{Recurrence, Sizes};
use crate::random::{Stream, stream};
use crate::spec::Cell;
use crate::{Error, Initialisation, TrialSpec};
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use relume::Activation;
use relume_burn::recurrent::{identity, orthogonal, side_by_side};
use std::f64::consts::SQRT_2;
use std::iter::repeat_n;

/// The standard deviation of the weights of the inputs of an IRNN (Le, Jaitly and Hinton, 2015).
const IRNN_DEVIATION: f64 = 0.001;

/// Draws the weights of one network, layer by layer, from one seed. Burn has initialisers too, but they draw
/// from one generator for the whole process, so that trials side by side would disturb each other.
pub(crate) struct Weights {
    initialisation: Initialisation,
    activation: Activation,
    /// At the gates of recurrent layers.
    gates: Activation,
    bias: f64,
    generator: ChaCha8Rng,
    device: Device,
}

impl Weights {
    /// Weights for a network in which `activation` follows each layer, or stands where it is compared.
    pub(crate) fn new(spec: &TrialSpec, activation: &Activation, device: &Device) -> Result<Self, Error> {
        let [state, gates] = spec.network.state_and_gates(*activation)?;
        Ok(Self {
            initialisation: spec.initialisation,
            activation: state,
            gates,
            bias: spec.bias,
            generator: stream(spec.seed, Stream::Weights),
            device: device.clone(),
        })
    }

    /// Where they are made.
    pub(crate) fn device(&self) -> &Device {
        &self.device
    }

    /// Sums that no activation follows, of the variance of their inputs.
    pub(crate) fn linear(&mut self, inputs: usize, units: usize) -> Linear {
        self.drawn(1.0 / (inputs as f64).sqrt(), [inputs, units], 0.0)
    }

    /// The activation at the state of recurrent layers.
    pub(crate) fn state(&self) -> Activation {
        self.activation
    }

    /// The activation at their gates.
    pub(crate) fn gates(&self) -> Activation {
        self.gates
    }

    /// A layer that an activation follows.
    pub(crate) fn hidden(&mut self, sizes: Sizes) -> Linear {
        self.layer(sizes, self.bias)
    }

    /// The last layer of a network: it feeds no activation, so its biases are zero whatever the others are.
    pub(crate) fn output(&mut self, sizes: Sizes) -> Linear {
        self.layer(sizes, 0.0)
    }

    /// A vector for each token: like a standardised input, of variance 1. The first, which stands for what the network
    /// does not know, begins with zeros.
    pub(crate) fn embedding(&mut self, tokens: usize, width: usize) -> Param<Tensor<2>> {
        let mut values = vec![0.0; width];
        values.extend(self.normal(1.0, (tokens - 1) * width));
        Param::from_tensor(self.matrix(values, [tokens, width]))
    }

    /// The weights of the inputs, of the state, and the biases of one direction of a recurrent layer. From state to state,
    /// each gate has an orthogonal matrix of its own (Saxe et al., 2013), or the identity.
    pub(crate) fn recurrent(&mut self, plan: Recurrence) -> (Tensor<2>, Tensor<2>, Tensor<1>) {
        let Recurrence {
            cell, inputs, units, ..
        } = plan;
        let (gates, biases) = match cell {
            Cell::Rnn => (1, vec![self.bias]),
            // Reset gate, update gate, candidate, and the candidate's recurrent product.
            Cell::Gru => (3, vec![0.0, 0.0, self.bias, 0.0]),
            // Input gate, forget gate, candidate, output gate: at first, nothing is forgotten (Jozefowicz et al., 2015).
            Cell::Lstm => (4, vec![0.0, 1.0, self.bias, 0.0]),
        };
        let deviation = match self.initialisation {
            Initialisation::Identity => IRNN_DEVIATION,
            initialisation => deviation(initialisation, &self.activation, inputs, units),
        };
        let input = self.normal(deviation, inputs * gates * units);
        let of_gate = |weights: &mut Self| match weights.initialisation {
            Initialisation::Identity => identity(units, 1.0),
            _ => orthogonal(units, units, 1.0, || {
                StandardNormal.sample(&mut weights.generator)
            }),
        };
        let hidden: Vec<Vec<f32>> = (0..gates).map(|_| of_gate(self)).collect();
        let hidden = self.matrix(side_by_side(units, &hidden), [units, gates * units]);
        let biases: Vec<f32> = biases
            .into_iter()
            .flat_map(|bias| repeat_n(bias as f32, units))
            .collect();
        (
            self.matrix(input, [inputs, gates * units]),
            hidden,
            Tensor::from_data(biases.as_slice(), &self.device),
        )
    }

    fn layer(&mut self, sizes: Sizes, bias: f64) -> Linear {
        let deviation = deviation(self.initialisation, &self.activation, sizes.fan_in, sizes.fan_out);
        self.drawn(deviation, [sizes.fan_in, sizes.units], bias)
    }

    fn drawn(&mut self, deviation: f64, shape: [usize; 2], bias: f64) -> Linear {
        let values = self.normal(deviation, shape[0] * shape[1]);
        let bias = Tensor::<1>::full([shape[1]], bias, &self.device);
        Linear {
            weight: Param::from_tensor(self.matrix(values, shape)),
            bias: Some(Param::from_tensor(bias)),
        }
    }

    fn normal(&mut self, deviation: f64, n: usize) -> Vec<f32> {
        let draw = |_| {
            let normal: f64 = StandardNormal.sample(&mut self.generator);
            (deviation * normal) as f32
        };
        (0..n).map(draw).collect()
    }

    fn matrix(&self, values: Vec<f32>, shape: [usize; 2]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values, shape), &self.device)
    }
}

/// The standard deviation of a weight of a layer.
fn deviation(initialisation: Initialisation, activation: &Activation, fan_in: usize, fan_out: usize) -> f64 {
    use relume::Initialisation as Family;
    let (family, gain) = match initialisation {
        // What an IRNN does otherwise is said where its weights are drawn.
        Initialisation::Auto | Initialisation::Identity => {
            (activation.elementwise().initialisation, activation.gain())
        }
        Initialisation::He => (Family::He, SQRT_2),
        Initialisation::Glorot => (Family::Glorot, 1.0),
        Initialisation::Lecun => (Family::LeCun, 1.0),
    };
    let inputs = match family {
        Family::Glorot => (fan_in + fan_out) as f64 / 2.0,
        Family::He | Family::LeCun => fan_in as f64,
    };
    gain / inputs.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(initialisation: Initialisation, activation: &str, seed: u64) -> Vec<f32> {
        let mut weights = Weights {
            initialisation,
            activation: activation.parse().unwrap(),
            gates: "sigmoid".parse().unwrap(),
            bias: 0.0,
            generator: stream(seed, Stream::Weights),
            device: Device::flex(),
        };
        weights
            .hidden(Sizes {
                fan_in: 300,
                fan_out: 100,
                units: 100,
            })
            .weight
            .val()
            .to_data()
            .try_to_vec()
            .unwrap()
    }

    #[test]
    fn the_variance_is_the_one_of_the_scheme() {
        for (scheme, activation, expected) in [
            (Initialisation::He, "tanh", 2.0 / 300.0),
            (Initialisation::Glorot, "relu", 2.0 / 400.0),
            (Initialisation::Lecun, "relu", 1.0 / 300.0),
            (Initialisation::Auto, "relu", 2.0 / 300.0),
            (Initialisation::Auto, "selu", 1.0 / 300.0),
        ] {
            let values = weights(scheme, activation, 7);
            let variance = values.iter().map(|&w| f64::from(w).powi(2)).sum::<f64>() / values.len() as f64;
            // 30,000 draws: the relative standard error of a variance is sqrt(2/30000) = 0.8 %.
            assert!(
                (variance / expected - 1.0).abs() < 0.04,
                "{scheme}: {variance} instead of {expected}"
            );
        }
    }

    #[test]
    fn a_seed_draws_the_same_weights_again_and_another_does_not() {
        let draw = |seed| weights(Initialisation::He, "relu", seed);
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
