//! How the weights of a network are drawn.

use crate::plan::Layer;
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
    pub(crate) fn hidden(&mut self, layer: &Layer) -> Linear {
        self.layer(layer, self.bias)
    }

    /// The last layer of a network: it feeds no activation, so its biases are zero whatever the others are.
    pub(crate) fn output(&mut self, layer: &Layer) -> Linear {
        self.layer(layer, 0.0)
    }

    fn layer(&mut self, layer: &Layer, bias: f64) -> Linear {
        let deviation = deviation(
            self.initialisation,
            &self.activation,
            layer.fan_in,
            layer.fan_out(),
        );
        let shape = [layer.fan_in, layer.units];
        let values: Vec<f32> = (0..shape[0] * shape[1])
            .map(|_| {
                let normal: f64 = StandardNormal.sample(&mut self.generator);
                (deviation * normal) as f32
            })
            .collect();
        let weight = Tensor::<2>::from_data(TensorData::new(values, shape), &self.device);
        let bias = Tensor::<1>::full([layer.units], bias, &self.device);
        Linear {
            weight: Param::from_tensor(weight),
            bias: Some(Param::from_tensor(bias)),
        }
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
            .hidden(&Layer {
                fan_in: 300,
                units: 100,
                window: None,
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
