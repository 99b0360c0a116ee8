//! What [`activate`](crate::activate) does on a backend whose memory relume's kernels cannot reach: it composes the
//! catalogue's text of Burn's operations.

use std::collections::HashMap;
use std::sync::LazyLock;

use burn::tensor::{DType, Tensor};
use relume::Activation;
use relume_formula::Formula;

use crate::composition::{Number, Operations};

/// What is composed, by name, in the form that suits tensors.
static FORMULAS: LazyLock<HashMap<&str, Formula>> = LazyLock::new(|| {
    let definitions = relume::activations().map(|activation| activation.definition());
    let read = definitions.map(|definition| {
        let parameters = definition.parameters.iter().map(|parameter| parameter.name);
        let formula = Formula::parse(definition.composed(), &parameters.collect::<Vec<_>>());
        let formula = formula.expect("a test reads the texts of the catalogue");
        (definition.name, formula.stable().guarded())
    });
    read.collect()
});

pub(crate) fn activate<const D: usize>(x: Tensor<D>, activation: &Activation) -> Tensor<D> {
    composed(x, activation, &FORMULAS[activation.name()])
}

/// Half precision is computed in single, and rounded once.
fn composed<const D: usize>(x: Tensor<D>, activation: &Activation, formula: &Formula) -> Tensor<D> {
    let (shape, dtype) = (x.dims(), x.dtype());
    let x = x.reshape([-1]);
    let x = match dtype {
        DType::F32 | DType::F64 => x,
        _ => x.cast(DType::F32),
    };
    let operations = Operations::new(x.clone());
    let parameters: Vec<_> = activation
        .parameters()
        .map(|(_, value)| Number::Constant(value))
        .collect();
    match formula.evaluate(&operations, Number::Tensor(x.clone()), &parameters) {
        Number::Tensor(y) => y,
        Number::Constant(value) => x.full_like(value),
    }
    .cast(dtype)
    .reshape(shape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Far out, where something could be 0·∞, and around 0, but not at kinks.
    fn points() -> Vec<f32> {
        let far = [f32::INFINITY, f32::MAX, 1e20, 1e4, 800.0, 90.0, 30.0, 12.0];
        let near = (0..90).map(|i| 0.0137 + 0.11 * i as f32);
        let right: Vec<f32> = far.into_iter().chain(near).chain([1e-3, 1e-10]).collect();
        right.iter().map(|x| -x).chain(right.iter().copied()).collect()
    }

    fn value_and_gradient(x: &[f32], f: impl Fn(Tensor<1>) -> Tensor<1>) -> [Vec<f32>; 2] {
        let x = Tensor::<1>::from_data(x, &Device::flex().autodiff()).require_grad();
        let y = f(x.clone());
        let value = y.to_data();
        let gradients = y.sum().backward();
        let gradient = x.grad(&gradients).expect("x takes part").to_data();
        [value, gradient].map(|data| data.try_to_vec::<f32>().expect("x is of f32"))
    }

    /// The first place where the composition is wrong, in words. Burn has no erfc: what is left of Φ far out is right to
    /// within the unit of 1 only.
    fn fault(activation: &Activation, formula: &Formula, points: &[f32]) -> Option<String> {
        let [value, gradient] = value_and_gradient(points, |x| composed(x, activation, formula));
        let (mut exact, mut slope) = (points.to_vec(), points.to_vec());
        activation.forward(points, &mut exact).expect("as many as points");
        activation
            .derivatives(points, &mut slope)
            .expect("as many as points");
        let close = |found: f32, exact: f32| {
            found == exact || (found - exact).abs() <= 2e-6 * exact.abs().clamp(0.5, f32::MAX)
        };
        let all = points
            .iter()
            .zip(value.iter().zip(&exact).zip(gradient.iter().zip(&slope)));
        let mut wrong =
            all.filter(|(_, ((y, exact), (dx, slope)))| !close(**y, **exact) || !close(**dx, **slope));
        let wrong = wrong.next();
        wrong.map(|(x, ((y, exact), (dx, slope)))| {
            format!("{activation} at {x:e}: {y:e} for {exact:e}, derivative {dx:e} for {slope:e}")
        })
    }

    /// Each function, and each of its parameters at another value.
    fn activations() -> impl Iterator<Item = Activation> {
        relume::activations().flat_map(|activation| {
            let parameters = activation.definition().parameters.iter();
            let others = parameters.map(move |parameter| {
                let other = 1.5 * parameter.default + 0.125;
                activation
                    .with(parameter.name, other)
                    .expect("it is in every domain")
            });
            std::iter::once(activation).chain(others)
        })
    }

    #[test]
    fn every_function_has_its_value_and_gradient_everywhere() {
        let faults: Vec<_> = activations()
            .filter_map(|activation| fault(&activation, &FORMULAS[activation.name()], &points()))
            .collect();
        assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
    }

    #[test]
    fn a_fault_is_found() {
        for (name, text) in [
            ("silu", "x·σ(beta·x)"),
            ("softsign", "x/(1 + |x|)"),
            ("relu", "max(0, 1.00001·x)"),
        ] {
            let activation = Activation::new(name).expect("the catalogue has it");
            let parameters = activation.definition().parameters.iter();
            let parameters: Vec<_> = parameters.map(|parameter| parameter.name).collect();
            let formula = Formula::parse(text, &parameters).expect("it is a formula");
            assert!(
                fault(&activation, &formula, &points()).is_some(),
                "{name} as {text}"
            );
        }
    }

    #[test]
    fn derivatives_at_kinks_are_those_of_one_side() {
        for activation in relume::activations() {
            let kinks = activation.elementwise().kinks.iter();
            let kinks: Vec<f32> = kinks.map(|kink| kink.at as f32).collect();
            let [_, gradient] = value_and_gradient(&kinks, |x| activate(x, &activation));
            for (x, dx) in kinks.into_iter().zip(gradient) {
                let mut sides = [x.next_down(), x];
                activation
                    .derivatives(&sides.clone(), &mut sides)
                    .expect("as many");
                let of_a_side = sides.iter().any(|side| (dx - side).abs() <= 1e-6);
                assert!(of_a_side, "{activation} at {x}: {dx}, beside it {sides:?}");
            }
        }
    }

    #[test]
    fn nan_stays_nan() {
        for activation in activations() {
            let x = Tensor::<2>::from_data([[f32::NAN, 1.0]], &Device::flex());
            let y = activate(x, &activation)
                .to_data()
                .try_to_vec::<f32>()
                .expect("x is of f32");
            assert!(y[0].is_nan() && !y[1].is_nan(), "{activation}: {y:?}");
        }
    }

    #[test]
    fn half_precision_is_rounded_once() {
        let x = Tensor::<1>::from_data(points().as_slice(), &Device::flex()).cast(DType::F16);
        let silu = Activation::new("silu").expect("the catalogue has it");
        let [narrow, wide] = [x.clone(), x.cast(DType::F32)].map(|x| activate(x, &silu));
        assert_eq!(narrow.dtype(), DType::F16);
        assert_eq!(narrow.to_data(), wide.cast(DType::F16).to_data());
    }
}
