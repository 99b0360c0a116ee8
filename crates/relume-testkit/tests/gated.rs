//! Gated units, PReLU and CReLU against the oracle's formulas, on every instruction set.

use relume::{Gated, InstructionSet, Prelu, RowFunction, Shape, catalogue};
use relume_oracle::real::Real;
use relume_oracle::ulp::{Float, error};
use relume_oracle::{Parameters, Reference, oracle};
use relume_testkit::domain;

/// Arriving gradients, factors and gate inputs: every pair of interesting numbers once.
fn inputs<T: Float>() -> [Vec<T>; 3] {
    let b: Vec<T> = domain::linear::<T>(9.0, 600)
        .chain(domain::linear::<T>(30.0, 200))
        .chain([0.0, -0.0, 6.5].map(T::from_f64))
        .collect();
    let mut a = domain::gradients::<T>(2 * b.len());
    let dy = a.split_off(b.len());
    [a, b, dy]
}

/// Where the gate is subnormal, its rounding error shows multiplied by the other factor.
fn excess<T: Float>(got: T, gate: Real, factor: Real) -> f64 {
    let exact = gate * factor;
    let off = error(got, exact);
    let subnormal = gate.binade().is_some_and(|binade| binade < T::LEAST_NORMAL);
    let distance = (Real::from(got.to_f64()) - exact).abs();
    let least = Real::power_of_two(T::LEAST_NORMAL - T::FRACTION_BITS);
    // Its own rounding, and half of the smallest number besides, both in the element type.
    if subnormal && distance < ((factor.abs() + Real::from(1.0)) * least).to_f64() {
        0.0
    } else {
        off
    }
}

fn gated_units_are_within_their_bound<T: Float>(gate_error: f64) {
    let [a, b, dy] = inputs::<T>();
    let reals =
        |numbers: &[T]| -> Vec<Real> { numbers.iter().map(|number| Real::from(number.to_f64())).collect() };
    let (exact_a, exact_dy) = (reals(&a), reals(&dy));
    for unit in catalogue() {
        let Shape::Gated { gate } = unit.shape else {
            continue;
        };
        let gated = Gated::new(unit.name).unwrap();
        let formula = oracle(gate).expect("every gate has an oracle");
        let parameters: Vec<_> = gated.gate().parameters().collect();
        let at = |reference: &Reference| -> Vec<Real> {
            let exact = |b: &T| reference.exact(b.to_f64(), Parameters(&parameters));
            b.iter().map(exact).collect()
        };
        let (values, slopes) = (at(&formula.value), at(&formula.derivative));
        for isa in InstructionSet::available() {
            let [mut y, mut da, mut db] = [a.clone(), a.clone(), a.clone()];
            gated.on(isa).forward(&a, &b, &mut y).unwrap();
            gated.on(isa).backward(&a, &b, &dy, &mut da, &mut db).unwrap();
            let mut worst = [0_f64; 3];
            for i in 0..a.len() {
                let errors = [
                    excess(y[i], values[i], exact_a[i]),
                    excess(da[i], values[i], exact_dy[i]),
                    error(db[i], exact_dy[i] * exact_a[i] * slopes[i]),
                ];
                for (worst, error) in worst.iter_mut().zip(errors) {
                    *worst = worst.max(error);
                }
            }
            println!("{} of {} on {isa}: y, da, db {worst:.3?} ULP", unit.name, T::NAME);
            let bound = 0.5 + 2.0 * gate_error;
            assert!(worst[0] <= bound && worst[1] <= bound, "{} {worst:?}", unit.name);
            assert!(worst[2] <= bound + 1.0, "{} {worst:?}", unit.name);
        }
    }
}

#[test]
fn gated_units_of_f32_are_within_their_bound() {
    gated_units_are_within_their_bound::<f32>(0.53);
}

#[test]
fn gated_units_of_f64_are_within_their_bound() {
    gated_units_are_within_their_bound::<f64>(1.5);
}

/// Shapes (outer, channels, inner), among them wider than a block and narrower than a vector.
const SHAPES: [[usize; 3]; 11] = [
    [0, 3, 2],
    [1, 1, 1],
    [700, 1, 1],
    [3, 5, 1],
    [999, 3, 1],
    [4, 7, 5],
    [9, 2, 49],
    [2, 3, 1300],
    [3, 1500, 1],
    [2, 130, 9],
    [5, 1, 300],
];

fn prelu_is_its_formula<T: Float>() {
    for ([outer, channels, inner], isa) in SHAPES.into_iter().flat_map(|shape| {
        InstructionSet::available()
            .into_iter()
            .map(move |isa| (shape, isa))
    }) {
        let len = outer * channels * inner;
        let [x, dy] = [0, 1].map(|seed| domain::gradients::<T>(len + seed)[seed..].to_vec());
        let slopes: Vec<T> = domain::linear::<T>(2.0, channels).collect();
        let prelu = Prelu::new(&slopes, inner).unwrap();
        let (mut y, mut dx, mut dslopes) = (x.clone(), x.clone(), slopes.clone());
        prelu.on(isa).forward(&x, &mut y).unwrap();
        prelu.on(isa).backward(&x, &dy, &mut dx, &mut dslopes).unwrap();
        let mut exact = vec![[Real::ZERO; 2]; channels];
        for i in 0..len {
            let channel = i / inner % channels;
            let [x, dy, slope] = [x[i], dy[i], slopes[channel]].map(|number| Real::from(number.to_f64()));
            let negative = x.is_negative();
            let factor = if negative { slope } else { Real::from(1.0) };
            assert!(error(y[i], x * factor) <= 0.5 && error(dx[i], dy * factor) <= 0.5);
            if negative {
                let [sum, size] = exact[channel];
                exact[channel] = [sum + dy * x, size + (dy * x).abs()];
            }
        }
        for (dslope, [exact, size]) in dslopes.iter().zip(exact) {
            let unit = exact
                .binade()
                .map_or(0.0, |binade| 2f64.powi(T::unit_exponent(binade)));
            let terms = (outer * inner) as f64 + 1.0;
            let bound = 0.5 * unit + terms * 2f64.powi(-53) * size.to_f64();
            let off = (Real::from(dslope.to_f64()) - exact).abs().to_f64();
            assert!(
                off <= bound,
                "{channels} x {inner} on {isa}: off by {off:e}, {bound:e} allowed"
            );
        }
    }
}

#[test]
fn prelu_is_its_formula_for_every_shape() {
    prelu_is_its_formula::<f32>();
    prelu_is_its_formula::<f64>();
}

#[test]
fn one_slope_is_leaky_relu() {
    let leaky: relume::Activation = "leaky_relu(slope=0.2)".parse().unwrap();
    let x: Vec<f32> = domain::edges();
    let (mut y, mut expected) = (x.clone(), x.clone());
    Prelu::new(&[0.2], 1).unwrap().forward(&x, &mut y).unwrap();
    leaky.forward_in_place(&mut expected);
    let bits =
        |y: &[f32]| -> Vec<Option<u32>> { y.iter().map(|y| (!y.is_nan()).then(|| y.to_bits())).collect() };
    assert_eq!(bits(&y), bits(&expected));
}

#[test]
fn crelu_is_relu_of_both_signs() {
    let relu: relume::Activation = "relu".parse().unwrap();
    let crelu = RowFunction::new("crelu").unwrap();
    for (isa, n) in InstructionSet::available()
        .into_iter()
        .flat_map(|isa| (1..40).map(move |n| (isa, n)))
    {
        let x: Vec<f32> = domain::gradients(3 * n);
        let mut y = vec![0.0; 6 * n];
        crelu.on(isa).forward(&x, n, &mut y).unwrap();
        for (x, y) in x.chunks(n).zip(y.chunks(2 * n)) {
            let mut expected: Vec<f32> = x.iter().chain(x).copied().collect();
            for x in &mut expected[n..] {
                *x = -*x;
            }
            relu.on(isa).forward_in_place(&mut expected);
            assert_eq!(y, expected);
        }
        let dy: Vec<f32> = domain::gradients(6 * n);
        let mut dx = vec![0.0; 3 * n];
        crelu.on(isa).backward(&x, &dy, n, &mut dx).unwrap();
        for (i, (x, dx)) in x.iter().zip(dx).enumerate() {
            let first = dy[i / n * 2 * n + i % n];
            let second = dy[i / n * 2 * n + n + i % n];
            assert_eq!(dx, if *x > 0.0 { first } else { -second });
        }
    }
}
