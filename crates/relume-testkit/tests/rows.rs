//! The functions of rows against their oracles, on every instruction set.

use relume::{Element, Growth, InstructionSet, RowErrorBound, RowFunction, Shape};
use relume_oracle::real::Real;
use relume_oracle::ulp::{Float, error};
use relume_testkit::domain;
use relume_testkit::rows::{RowOracle, row_oracle};

/// The share of the magnitude of its terms by which a gradient may be off besides, after cancellation.
fn cancelled<T: Element>() -> f64 {
    if T::NAME == "f32" {
        2f64.powi(-27)
    } else {
        2f64.powi(-54)
    }
}

/// A function whose rows of results are as long as those of its input, and how it should be.
struct Case {
    name: &'static str,
    function: RowFunction,
    error_bound: RowErrorBound,
    oracle: &'static RowOracle,
}

fn cases() -> impl Iterator<Item = Case> {
    relume::catalogue().filter_map(|definition| match &definition.shape {
        Shape::Rows(rows) if rows.outputs == 1 => Some(Case {
            name: definition.name,
            function: RowFunction::new(definition.name).expect("it works on rows"),
            error_bound: rows.error_bound,
            oracle: row_oracle(definition.name).expect("every function has an oracle"),
        }),
        _ => None,
    })
}

fn named(name: &str) -> RowFunction {
    RowFunction::new(name).expect("a function of rows")
}

fn wide<T: Element>(numbers: &[T]) -> Vec<f64> {
    numbers.iter().map(|number| number.to_f64()).collect()
}

fn narrow<T: Element>(numbers: impl IntoIterator<Item = f64>) -> Vec<T> {
    numbers.into_iter().map(T::from_f64).collect()
}

/// Numbers from −1 to 1 that look random, the same ones each time.
fn noise(count: usize, seed: usize) -> impl Iterator<Item = f64> {
    domain::gradients::<f64>(count + seed)
        .into_iter()
        .skip(seed)
        .map(|number| number.to_bits() as u32 as f64 / 2f64.powi(31) - 1.0)
}

/// Rows of all sorts of lengths and spreads, with ties, −∞ and numbers that dominate.
fn samples<T: Float>() -> Vec<Vec<T>> {
    let mut samples: Vec<Vec<T>> = Vec::new();
    let mut seed = 0;
    for len in (1..=9).chain([15, 16, 17, 33, 64, 130, 1025]) {
        for spread in [1e-3, 0.7, 5.0, 90.0, 800.0, 1e4] {
            seed += 1;
            samples.push(narrow(noise(len, seed).map(|x| x * spread)));
        }
        samples.push(narrow(noise(len, seed).map(|x| (x * 4.0).round())));
        samples.push(narrow((0..len).map(|i| {
            if i % 3 == 1 {
                f64::NEG_INFINITY
            } else {
                i as f64 * -0.1
            }
        })));
    }
    for tail in [
        20.0, 40.0, 87.0, 88.5, 95.0, 103.2, 104.0, 300.0, 708.0, 709.5, 740.0, 744.9, 746.0, 1e30,
    ] {
        samples.push(narrow([0.0, -tail]));
        samples.push(narrow([3.25, 3.25 - tail, 2.0 - tail, -tail]));
        samples.push(narrow([tail, tail, 0.0]));
    }
    for x in domain::edges::<T>() {
        if x.to_f64().is_finite() {
            samples.push(vec![x, T::from_f64(0.0), T::from_f64(1.0)]);
            samples.push(vec![x]);
        }
    }
    samples.retain(|x| x.iter().all(|x| x.to_f64() < f64::INFINITY));
    samples
}

/// What is wrong, and the largest error in ULP where no other is allowed.
struct Judge {
    worst: f64,
    complaints: Vec<String>,
}

impl Judge {
    /// Allows `units` ULP and `slack` in absolute terms; zero of either sign.
    fn see<T: Float>(&mut self, got: T, exact: Real, [units, slack]: [f64; 2], place: impl Fn() -> String) {
        let off = error(got, exact);
        let fine = off <= units || {
            got.to_f64().is_finite() && {
                let distance = (Real::from(got.to_f64()) - exact).abs().to_f64();
                let unit = exact
                    .binade()
                    .map_or(0.0, |binade| 2f64.powi(T::unit_exponent(binade)));
                distance <= units * unit + slack
            }
        };
        if fine {
            self.worst = self
                .worst
                .max(if slack == 0.0 && off.is_finite() { off } else { 0.0 });
        } else {
            self.complaints.push(format!(
                "{}: {:e}, expected {:e}, {off:.3} ULP",
                place(),
                got.to_f64(),
                exact.to_f64()
            ));
        }
    }

    fn verdict(self, what: &str) {
        if self.worst > 0.0 {
            println!("{what}: at most {:.4} ULP", self.worst);
        }
        let some = &self.complaints[..self.complaints.len().min(5)];
        assert!(
            some.is_empty(),
            "{what}: {} wrong, such as\n{}",
            self.complaints.len(),
            some.join("\n")
        );
    }
}

fn values_are_within_the_bound<T: Float>(samples: &[Vec<T>]) {
    for Case {
        name,
        function,
        error_bound,
        oracle,
    } in cases()
    {
        let growth = match T::NAME {
            "f64" => error_bound.f64,
            "f32" => error_bound.f32,
            // Rounded from f32.
            _ => Growth {
                units: 0.501,
                ..error_bound.f32
            },
        };
        let exact: Vec<Vec<Real>> = samples.iter().map(|x| (oracle.values)(&wide(x))).collect();
        for isa in InstructionSet::available() {
            let mut judge = Judge {
                worst: 0.0,
                complaints: Vec::new(),
            };
            for (x, exact) in samples.iter().zip(&exact) {
                let mut y = x.clone();
                function.on(isa).forward(x, x.len(), &mut y).unwrap();
                for (i, (got, exact)) in y.iter().zip(exact).enumerate() {
                    let far = exact.binade().is_some_and(|binade| binade > 1500);
                    if far {
                        assert_eq!(got.to_f64(), f64::NEG_INFINITY);
                        continue;
                    }
                    judge.see(*got, *exact, growth.of(x.len()), || {
                        format!("{i} of {:?}", &x[..x.len().min(4)])
                    });
                }
            }
            judge.verdict(&format!("{} of {} on {isa}", name, T::NAME));
        }
    }
}

#[test]
fn values_of_f32_are_within_the_bound() {
    values_are_within_the_bound::<f32>(&samples());
}

#[test]
fn values_of_f64_are_within_the_bound() {
    values_are_within_the_bound::<f64>(&samples());
}

#[test]
fn values_of_half_types_are_within_the_bound() {
    values_are_within_the_bound::<half::f16>(&samples());
    values_are_within_the_bound::<half::bf16>(&samples());
}

#[test]
fn long_rows_are_within_the_bound() {
    let long = |len: usize| noise(len, 7).map(|x| x * 9.0);
    values_are_within_the_bound::<f32>(&[narrow(long(100_003))]);
    values_are_within_the_bound::<f64>(&[narrow(long(10_007))]);
}

fn gradients_are_within_the_bound<T: Float>() {
    for Case {
        name,
        function,
        oracle,
        ..
    } in cases()
    {
        for isa in InstructionSet::available() {
            let mut judge = Judge {
                worst: 0.0,
                complaints: Vec::new(),
            };
            for (seed, x) in samples::<T>().iter().enumerate() {
                let mut y = x.clone();
                function.on(isa).forward(x, x.len(), &mut y).unwrap();
                let dy: Vec<T> = narrow(noise(x.len(), seed).map(|dy| dy * 3.0));
                let mut dx = dy.clone();
                function.on(isa).backward(&y, &dy, x.len(), &mut dx).unwrap();
                let exact = (oracle.gradients)(&wide(&y), &wide(&dy));
                for (i, (got, [exact, size])) in dx.iter().zip(exact).enumerate() {
                    let slack = size.to_f64() * cancelled::<T>();
                    let small = exact.binade().is_some_and(|binade| binade < T::LEAST_NORMAL + 4);
                    let units = if small { 1.5 } else { 0.51 };
                    judge.see(*got, exact, [units, slack], || {
                        format!("{i} of y = {:?}", &y[..y.len().min(4)])
                    });
                }
            }
            judge.verdict(&format!("gradient of {} of {} on {isa}", name, T::NAME));
        }
    }
}

#[test]
fn gradients_are_within_the_bound_of_their_terms() {
    gradients_are_within_the_bound::<f32>();
    gradients_are_within_the_bound::<f64>();
}

/// The oracle's own formulas: gradients are the differences of values, in multiprecision.
#[test]
fn gradients_of_the_oracle_are_differences_of_its_values() {
    const STEP: f64 = 1.0 / (1_u64 << 40) as f64;
    let x = [0.25, -0.5, 1.0, 0.75, -3.0, 0.875];
    let dy = [0.5, -1.0, 0.25, 2.0, 1.5, -0.75];
    for Case { name, oracle, .. } in cases() {
        let y: Vec<f64> = (oracle.values)(&x).into_iter().map(Real::to_f64).collect();
        let loss = |x: &[f64]| {
            let terms = (oracle.values)(x).into_iter().zip(dy);
            terms.fold(Real::ZERO, |loss, (y, dy)| loss + y * Real::from(dy))
        };
        for (i, [gradient, _]) in (oracle.gradients)(&y, &dy).into_iter().enumerate() {
            let moved = |step: f64| {
                let mut moved = x;
                moved[i] += step;
                loss(&moved)
            };
            let slope = (moved(STEP) - moved(-STEP)) / Real::from(2.0 * STEP);
            let off = (slope - gradient).abs().to_f64();
            assert!(off < 1e-14, "{} at {i}: off by {off:e}", name);
        }
    }
}

/// Bits, with all NaN alike.
fn bits<T: Float>(numbers: &[T]) -> Vec<Option<u64>> {
    numbers
        .iter()
        .map(|number| (!number.to_f64().is_nan()).then_some(number.bits()))
        .collect()
}

fn rows_do_not_depend_on_each_other<T: Float>() {
    for Case { name, function, .. } in cases() {
        for (isa, len) in InstructionSet::available()
            .into_iter()
            .flat_map(|isa| (1..70).map(move |len| (isa, len)))
        {
            let x: Vec<T> = narrow(noise(5 * len, len).map(|x| x * 4.0));
            let dy: Vec<T> = narrow(noise(5 * len, 2 * len));
            let (mut y, mut dx) = (x.clone(), x.clone());
            function.on(isa).forward(&x, len, &mut y).unwrap();
            function.on(isa).backward(&y, &dy, len, &mut dx).unwrap();
            let (mut y_in_place, mut dx_in_place) = (x.clone(), dy.clone());
            function.on(isa).forward_in_place(&mut y_in_place, len).unwrap();
            function
                .on(isa)
                .backward_in_place(&y, &mut dx_in_place, len)
                .unwrap();
            assert_eq!((bits(&y), bits(&dx)), (bits(&y_in_place), bits(&dx_in_place)));
            for start in (0..x.len()).step_by(len) {
                let row = start..start + len;
                let (mut alone, mut gradient) = (x[row.clone()].to_vec(), dy[row.clone()].to_vec());
                function.on(isa).forward_in_place(&mut alone, len).unwrap();
                function
                    .on(isa)
                    .backward_in_place(&alone, &mut gradient, len)
                    .unwrap();
                assert_eq!(bits(&alone), bits(&y[row.clone()]), "{} on {isa}", name);
                assert_eq!(bits(&gradient), bits(&dx[row]), "{} on {isa}", name);
            }
        }
    }
}

#[test]
fn a_row_gets_the_same_bits_wherever_it_stands() {
    rows_do_not_depend_on_each_other::<f32>();
    rows_do_not_depend_on_each_other::<f64>();
    rows_do_not_depend_on_each_other::<half::bf16>();
}

/// Equal numbers get equal shares, and adding a power of two that leaves all digits changes no bit.
#[test]
fn shifts_that_round_nothing_change_nothing() {
    for Case { name, function, .. } in cases() {
        let x: Vec<f64> = noise(37, 3).map(|x| (x * 64.0).round() / 16.0).collect();
        let shifted: Vec<f64> = x.iter().map(|x| x + 1024.0).collect();
        let (mut y, mut z) = (x.clone(), x.clone());
        function.forward(&x, x.len(), &mut y).unwrap();
        function.forward(&shifted, x.len(), &mut z).unwrap();
        assert_eq!(y, z, "{}", name);
    }
}

#[test]
fn shares_sum_to_one() {
    for name in ["softmax", "sparsemax"] {
        let function = named(name);
        for x in samples::<f64>() {
            let mut y = x.clone();
            function.forward(&x, x.len(), &mut y).unwrap();
            let sum = y.iter().fold(Real::ZERO, |sum, y| sum + Real::from(*y));
            let off = (sum - Real::from(1.0)).abs().to_f64();
            // Each is off by about half a unit in its last place, which is 2⁻⁵³ of it at most.
            assert!(off <= 0.52 * f64::EPSILON, "{} of {x:?}: off by {off:e}", name);
        }
    }
}

#[test]
fn sparsemax_has_exactly_the_zeros_of_the_oracle() {
    let mut zeros = 0;
    for x in samples::<f64>() {
        let mut y = x.clone();
        // The oracle cannot tell 1 + 1e-300 from 1.
        if x.iter().any(|x| x.abs() < 1e-30 && *x != 0.0) {
            continue;
        }
        named("sparsemax").forward(&x, x.len(), &mut y).unwrap();
        let exact = (row_oracle("sparsemax").unwrap().values)(&x);
        for (y, exact) in y.iter().zip(exact) {
            assert_eq!(*y == 0.0, exact.is_zero(), "{y} in {x:?}");
            zeros += usize::from(exact.is_zero());
        }
    }
    assert!(zeros > 5_000);
}

fn has_limits<T: Float>() {
    let [inf, nan] = [f64::INFINITY, f64::NAN];
    for (name, limits) in [
        ("softmax", [1.0, 0.0]),
        ("log_softmax", [0.0, -inf]),
        ("sparsemax", [1.0, 0.0]),
    ] {
        let function = named(name);
        let [top, rest] = limits;
        for (x, expected) in [
            (vec![inf, 1.0, -inf], vec![top, rest, rest]),
            (vec![0.5, -inf], vec![top, rest]),
            (vec![-7.0], vec![top]),
            (vec![inf], vec![top]),
            (vec![inf, inf, 0.0], vec![nan; 3]),
            (vec![-inf; 5], vec![nan; 5]),
            (vec![inf, nan], vec![nan; 2]),
            (vec![nan, -inf], vec![nan; 2]),
            (vec![nan; 40], vec![nan; 40]),
            ([vec![1.0; 39], vec![nan]].concat(), vec![nan; 40]),
        ] {
            let expected = narrow::<T>(expected);
            for isa in InstructionSet::available() {
                let mut y = narrow::<T>(x.clone());
                function.on(isa).forward_in_place(&mut y, x.len()).unwrap();
                assert_eq!(bits(&y), bits(&expected), "{} of {x:?} on {isa}", name);
            }
        }
        assert_eq!(function.forward::<T>(&[], 0, &mut []), Ok(()));
        assert_eq!(function.forward::<T>(&[], 3, &mut []), Ok(()));
        let mut y = narrow::<T>([0.0; 4]);
        assert!(function.forward_in_place(&mut y, 0).is_err());
        assert!(function.forward_in_place(&mut y, 3).is_err());
        assert!(function.forward(&y.clone(), 2, &mut y[..2]).is_err());
        assert!(function.backward(&y.clone(), &y.clone(), 2, &mut y[..2]).is_err());
        assert!(function.backward(&y.clone(), &y.clone()[..2], 2, &mut y).is_err());
    }
}

#[test]
fn infinities_nan_and_short_rows() {
    has_limits::<f32>();
    has_limits::<f64>();
    has_limits::<half::f16>();
}
