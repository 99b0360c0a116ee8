//! What [`activate`](crate::activate) does on a backend whose memory relume's kernels cannot reach.

use burn::tensor::{Tensor, TensorData, activation as burn_activation};
use relume::Activation;

/// Burn's own operation of the same name, where Burn has one. A function that is not listed is computed on
/// the host, so that adding one to relume needs no line here.
const IN_BURN: &[(&str, Composition)] = &[
    ("identity", |x, _| x),
    ("relu", |x, _| burn_activation::relu(x)),
    ("relu6", |x, _| burn_activation::relu6(x)),
    ("leaky_relu", |x, activation| {
        burn_activation::leaky_relu(x, parameter(activation, "slope"))
    }),
    ("elu", |x, activation| {
        burn_activation::elu(x, parameter(activation, "alpha"))
    }),
    ("selu", |x, _| burn_activation::selu(x)),
    ("celu", |x, activation| {
        burn_activation::celu(x, parameter(activation, "alpha"))
    }),
    ("gelu", |x, _| burn_activation::gelu(x)),
    ("gelu_tanh", |x, _| burn_activation::gelu_approximate(x)),
    ("silu", |x, activation| {
        let gate = burn_activation::sigmoid(x.clone() * parameter(activation, "beta"));
        x * gate
    }),
    ("mish", |x, _| burn_activation::mish(x)),
    ("softplus", |x, activation| {
        burn_activation::softplus(x, parameter(activation, "beta"))
    }),
    ("sigmoid", |x, _| burn_activation::sigmoid(x)),
    ("tanh", |x, _| burn_activation::tanh(x)),
    ("hard_silu", |x, _| burn_activation::hard_swish(x)),
];

type Composition = fn(Tensor<1>, &Activation) -> Tensor<1>;

pub(crate) fn activate<const D: usize>(x: Tensor<D>, activation: &Activation) -> Tensor<D> {
    let shape = x.dims();
    let x = x.reshape([-1]);
    let y = match IN_BURN
        .iter()
        .find(|(name, _)| *name == activation.definition().name)
    {
        Some((_, composition)) => composition(x, activation),
        None => on_the_host(x, activation),
    };
    y.reshape(shape)
}

/// `f(x) + f'(x)·(x - c)`, where `c` has the values of `x` but no gradient: the value of `f` and the derivative
/// of `f`, both computed by relume, put together by operations that every backend can differentiate.
fn on_the_host(x: Tensor<1>, activation: &Activation) -> Tensor<1> {
    let (device, dtype) = (x.device(), x.dtype());
    let elements: Vec<f64> = x.to_data().iter::<f64>().collect();
    let mut value = elements.clone();
    activation.forward_in_place(&mut value);
    let mut derivative = vec![0.0; elements.len()];
    activation
        .derivatives(&elements, &mut derivative)
        .expect("made with the length of x");
    let constant = |values: Vec<f64>| {
        let length = values.len();
        Tensor::<1>::from_data(TensorData::new(values, [length]).convert_dtype(dtype), &device)
    };
    // inf - inf is NaN, yet nothing is to be added there.
    let step = (x.clone() - x.clone().detach()).mask_fill(x.is_finite().bool_not(), 0.0);
    constant(value) + constant(derivative) * step
}

fn parameter(activation: &Activation, name: &str) -> f64 {
    activation
        .parameters()
        .find_map(|(found, value)| (found == name).then_some(value))
        .expect("the function that this line is for has the parameter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const POINTS: [f32; 9] = [-20.0, -3.5, -1.0, -0.25, 0.125, 0.75, 2.0, 5.0, 30.0];

    fn value_and_gradient(f: impl Fn(Tensor<1>) -> Tensor<1>) -> (Vec<f32>, Vec<f32>) {
        let x = Tensor::<1>::from_data(POINTS, &Device::flex().autodiff()).require_grad();
        let y = f(x.clone());
        let value = y.to_data().try_to_vec::<f32>().unwrap();
        let gradients = y.sum().backward();
        (
            value,
            x.grad(&gradients).unwrap().to_data().try_to_vec::<f32>().unwrap(),
        )
    }

    fn expected(activation: &Activation) -> (Vec<f32>, Vec<f32>) {
        let (mut value, mut derivative) = (vec![0.0; POINTS.len()], vec![0.0; POINTS.len()]);
        activation.forward(&POINTS, &mut value).unwrap();
        activation.derivatives(&POINTS, &mut derivative).unwrap();
        (value, derivative)
    }

    fn assert_close(name: &str, found: &[f32], expected: &[f32], tolerance: f32) {
        for ((x, found), expected) in POINTS.iter().zip(found).zip(expected) {
            assert!(
                (found - expected).abs() <= tolerance,
                "{name}({x}): {found} instead of {expected}"
            );
        }
    }

    #[test]
    fn every_function_of_the_catalogue_has_its_value_and_gradient() {
        for activation in relume::activations() {
            let (value, gradient) = value_and_gradient(|x| activate(x, &activation));
            let (exact_value, exact_gradient) = expected(&activation);
            assert_close(activation.name(), &value, &exact_value, 2e-5);
            assert_close(activation.name(), &gradient, &exact_gradient, 2e-5);
        }
    }

    #[test]
    fn the_host_gives_relume_s_own_numbers_at_infinity_too() {
        let gelu = Activation::new("gelu").unwrap();
        let (value, gradient) = value_and_gradient(|x| on_the_host(x, &gelu));
        assert_eq!((value, gradient), expected(&gelu));
        let x = Tensor::<1>::from_data([f32::NEG_INFINITY, f32::INFINITY], &Device::flex());
        let y = on_the_host(x, &gelu).to_data().try_to_vec::<f32>().unwrap();
        assert_eq!(y, [0.0, f32::INFINITY]);
    }

    #[test]
    fn parameters_arrive() {
        for activation in relume::activations() {
            for parameter in activation.definition().parameters {
                let other = 1.5 * parameter.default + 0.125;
                let activation = activation.with(parameter.name, other).unwrap();
                let (value, gradient) = value_and_gradient(|x| activate(x, &activation));
                let (exact_value, exact_gradient) = expected(&activation);
                assert_close(&activation.to_string(), &value, &exact_value, 5e-5);
                assert_close(&activation.to_string(), &gradient, &exact_gradient, 5e-5);
            }
        }
    }
}
