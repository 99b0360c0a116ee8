//! How the weights of a network are drawn.

use super::plan::Sizes;
use crate::random::{Stream, stream};
use crate::{Initialisation, TrialSpec};
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use relume::Activation;
use std::f64::consts::SQRT_2;

/// Draws the weights of one network, layer by layer, from one seed. Burn has initialisers too, but they draw
/// from one generator for the whole process, so that trials side by side would disturb each other.
pub(crate) struct Weights {
    initialisation: Initialisation,
    activation: Activation,
    bias: f64,
    generator: ChaCha8Rng,
    device: Device,
}

impl Weights {
    /// Weights for a network in which `activation` follows each layer.
    pub(crate) fn new(spec: &TrialSpec, activation: &Activation, device: &Device) -> Self {
        Self {
            initialisation: spec.initialisation,
            activation: *activation,
            bias: spec.bias,
            generator: stream(spec.seed, Stream::Weights),
            device: device.clone(),
        }
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

    fn layer(&mut self, sizes: Sizes, bias: f64) -> Linear {
        let deviation = deviation(self.initialisation, &self.activation, sizes.fan_in, sizes.fan_out);
        let shape = [sizes.fan_in, sizes.units];
        let values = self.normal(deviation, shape[0] * shape[1]);
        let bias = Tensor::<1>::full([sizes.units], bias, &self.device);
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
        Initialisation::Auto => (activation.elementwise().initialisation, activation.gain()),
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
