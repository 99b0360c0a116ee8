//! Properties that every function of the catalogue has: monotonicity, symmetry, range, limits, kinks, NaN.

use relume::InstructionSet;
use relume_oracle::Parameters;
use relume_oracle::bounded::LANES;
use relume_oracle::ulp::Float;
use relume_testkit::accuracy::Case;
use relume_testkit::domain;
use relume_testkit::tolerance::Operation;

fn cases() -> impl Iterator<Item = Case> {
    relume::activations().map(|activation| Case::new(activation).expect("every function has an oracle"))
}

/// Checks every case, then fails with all messages.
fn assert_each(cases: impl Iterator<Item = Case>, check: impl Fn(&Case) -> Result<(), String>) {
    let failure = |case: Case| {
        check(&case)
            .err()
            .map(|failure| format!("{}: {failure}", case.activation))
    };
    let failures: Vec<String> = cases.filter_map(failure).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn ensure(holds: bool, failure: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(failure()) }
}

fn compute<T: Float>(case: &Case, operation: Operation, isa: InstructionSet, x: &[T]) -> Vec<T> {
    let dy = vec![T::from_f64(1.0); x.len()];
    case.compute(operation, isa, x, &dy)
        .expect("the parameters are valid")
}

/// Runs of consecutive floats around landmarks and powers of two, and a stride, in ascending order.
fn ascending<T: Float>(case: &Case) -> Vec<T> {
    const RUN: i64 = 300;
    let powers =
        (-20..8).flat_map(|exponent| [1.0, -1.0].map(|sign| T::from_f64(sign * 2f64.powi(exponent))));
    let centres = domain::landmarks::<T>(case).into_iter().chain(powers);
    let runs =
        centres.flat_map(|x| (-RUN..=RUN).map(move |distance| T::from_ordinal(x.ordinal() + distance)));
    let infinity = T::INFINITY_BITS as i64;
    let stride = domain::between::<T>(-infinity, infinity, 200_000);
    let mut ordinals: Vec<i64> = runs.chain(stride).map(T::ordinal).collect();
    ordinals.sort_unstable();
    ordinals.dedup();
    ordinals.into_iter().map(T::from_ordinal).collect()
}

/// The places where a function decreases from one float to the next.
#[derive(Default)]
struct Falls {
    count: usize,
    /// The largest decrease, in floats.
    deepest: i64,
    first: String,
}

impl Falls {
    /// Adds those between neighbours of `x`, which is sorted.
    fn add<T: Float>(&mut self, case: &Case, isa: InstructionSet, x: &[T]) {
        let y = compute(case, Operation::Value, isa, x);
        for (x, y) in x.windows(2).zip(y.windows(2)).filter(|(_, y)| y[0] > y[1]) {
            if self.count == 0 {
                self.first = format!("{x:?} to {y:?}");
            }
            self.count += 1;
            self.deepest = self.deepest.max(y[0].ordinal() - y[1].ordinal());
        }
    }

    /// At most `allowed`, each by one float.
    fn ensure_few(self, case: &Case, isa: InstructionSet, allowed: usize) -> Result<(), String> {
        let Self {
            count,
            deepest,
            first,
        } = self;
        println!("{} on {isa} falls {count} times {first}", case.activation);
        ensure(count <= allowed && deepest <= 1, || {
            format!("falls {count} times on {isa}, by up to {deepest} floats, first {first}")
        })
    }
}

fn falls<T: Float>(case: &Case, isa: InstructionSet) -> Falls {
    let mut falls = Falls::default();
    falls.add(case, isa, &ascending::<T>(case));
    falls
}

fn monotone() -> impl Iterator<Item = Case> {
    cases().filter(|case| case.activation.elementwise().monotone)
}

/// Among the sorted inputs, on each instruction set.
fn ensure_few_falls<T: Float>(case: &Case, allowed: usize) -> Result<(), String> {
    InstructionSet::available()
        .into_iter()
        .try_for_each(|isa| falls::<T>(case, isa).ensure_few(case, isa, allowed))
}

/// Their last bit may be wrong in f32 too.
fn may_fall(case: &Case) -> bool {
    ["softplus", "log_sigmoid"].contains(&case.activation.definition().name)
}

#[test]
fn monotone_functions_do_not_decrease_from_one_f32_to_the_next() {
    assert_each(monotone(), |case| {
        ensure_few_falls::<f32>(case, if may_fall(case) { 60 } else { 0 })
    });
}

#[test]
#[ignore = "goes through all f32, which takes half an hour"]
fn monotone_functions_hardly_ever_decrease_over_all_f32() {
    const CHUNK: i64 = 1 << 20;
    let infinity = f32::INFINITY.ordinal();
    assert_each(monotone(), |case| {
        let mut falls = Falls::default();
        let starts = (-infinity..infinity).step_by(CHUNK as usize);
        for start in starts {
            let end = infinity.min(start + CHUNK);
            let x: Vec<f32> = (start..=end).map(f32::from_ordinal).collect();
            falls.add(case, InstructionSet::best(), &x);
        }
        falls.ensure_few(
            case,
            InstructionSet::best(),
            if may_fall(case) { usize::MAX } else { 0 },
        )
    });
}

/// The last bit of any function may be wrong in f64.
#[test]
fn monotone_functions_hardly_ever_decrease_from_one_f64_to_the_next() {
    assert_each(monotone(), |case| ensure_few_falls::<f64>(case, 400));
}

#[test]
fn functions_said_not_to_be_monotone_are_not() {
    assert_each(
        cases().filter(|case| !case.activation.elementwise().monotone),
        |case| {
            ensure(falls::<f32>(case, InstructionSet::best()).count > 0, || {
                "never decreases".to_owned()
            })
        },
    );
}

/// 1 for even, -1 for odd, by the oracle.
fn symmetry(case: &Case, operation: Operation) -> Option<f64> {
    let reference = if operation == Operation::Value {
        &case.oracle().value
    } else {
        &case.oracle().derivative
    };
    let parameters = case.parameters::<f64>();
    let exact = |x: f64| reference.exact(x, Parameters(&parameters));
    let points = [0.3, 0.7, 1.9, 4.4, 7.0];
    let even = points.iter().all(|&x| exact(x) == exact(-x));
    let odd = points.iter().all(|&x| exact(x) == -exact(-x));
    even.then_some(1.0).or(odd.then_some(-1.0))
}

/// The functions that are odd or even, each with what is.
fn symmetric<T: Float>() -> Vec<(&'static str, Operation)> {
    let mut symmetric = Vec::new();
    for case in cases() {
        for operation in [Operation::Value, Operation::Derivative] {
            let Some(sign) = symmetry(&case, operation) else {
                continue;
            };
            symmetric.push((case.activation.definition().name, operation));
            let mirrored = |x: &T, sign: f64| T::from_f64(sign * x.to_f64());
            // At a kink the derivative is that from the right, which has no symmetry.
            let at_a_kink = |x: &T| {
                let kinks = case.activation.elementwise().kinks;
                kinks.iter().any(|kink| x.to_f64().abs() == kink.at.abs())
            };
            let mut x: Vec<T> = ascending(&case);
            x.retain(|x| operation == Operation::Value || !at_a_kink(x));
            let opposite: Vec<T> = x.iter().map(|x| mirrored(x, -1.0)).collect();
            for isa in InstructionSet::available() {
                let y = compute(&case, operation, isa, &x);
                let of_opposite = compute(&case, operation, isa, &opposite);
                for ((x, y), of_opposite) in x.iter().zip(&y).zip(&of_opposite) {
                    let expected = mirrored(y, sign);
                    assert_eq!(
                        of_opposite.bits(),
                        expected.bits(),
                        "{} {operation} on {isa} at {x:?}",
                        case.activation
                    );
                }
            }
        }
    }
    symmetric
}

#[test]
fn odd_and_even_functions_are_so_to_the_bit() {
    for found in [symmetric::<f32>(), symmetric::<f64>()] {
        for odd in [
            "identity",
            "tanh",
            "softsign",
            "hard_tanh",
            "tanh_shrink",
            "soft_shrink",
            "hard_shrink",
        ] {
            assert!(found.contains(&(odd, Operation::Value)), "{odd} was not tested");
            assert!(
                found.contains(&(odd, Operation::Derivative)),
                "{odd} was not tested"
            );
        }
        for with_centre in ["sigmoid", "sparse_sigmoid", "hard_sigmoid"] {
            assert!(
                found.contains(&(with_centre, Operation::Derivative)),
                "{with_centre} was not tested"
            );
        }
    }
}

fn stays_in_range<T: Float>(case: &Case) -> Result<(), String> {
    let [low, high] = case.activation.elementwise().range;
    // A bound that is not a multiple of 1/8 may be rounded outwards.
    let slack = |bound: f64| i64::from((8.0 * bound).fract() != 0.0 && bound.is_finite());
    let least = T::from_ordinal(T::from_f64(low).ordinal() - slack(low));
    let most = T::from_ordinal(T::from_f64(high).ordinal() + slack(high));
    let x = ascending::<T>(case);
    for isa in InstructionSet::available() {
        let y = compute(case, Operation::Value, isa, &x);
        for (x, y) in x.iter().zip(&y) {
            ensure(*y >= least && *y <= most, || format!("f({x:?}) = {y:?} on {isa}"))?;
        }
        let close = |bound: f64| {
            y.iter()
                .any(|y| y.to_f64() == bound || (y.to_f64() - bound).abs() < 1e-6)
        };
        ensure(close(low) && close(high), || {
            format!("the range [{low}, {high}] is too wide")
        })?;
    }
    Ok(())
}

#[test]
fn ranges_hold_and_are_tight() {
    assert_each(cases(), stays_in_range::<f32>);
    assert_each(cases(), stays_in_range::<f64>);
}

#[test]
fn limits_are_what_the_oracle_says() {
    assert_each(cases(), |case| {
        for (x, limit) in [f64::NEG_INFINITY, f64::INFINITY]
            .into_iter()
            .zip(case.activation.elementwise().limits)
        {
            let exact = case.exact(Operation::Value, &[x])[0]
                .expect("x is a number")
                .to_f64();
            ensure(exact == limit, || {
                format!("the limit at {x} is {exact:?}, not {limit:?}")
            })?;
        }
        Ok(())
    });
}

#[test]
fn kinks_are_where_the_derivative_jumps_and_nowhere_else() {
    const STEP: f64 = 1.0 / 1024.0;
    assert_each(cases(), |case| {
        let kinks = case.activation.elementwise().kinks;
        let parameters = case.parameters::<f64>();
        let slope = |x: f64| {
            let derivative = case.oracle().derivative.fast([x; LANES], Parameters(&parameters));
            derivative.lane(0).0
        };
        for kink in kinks {
            let before = f64::from_ordinal(kink.at.ordinal() - 1);
            ensure(slope(kink.at) == kink.derivative, || {
                format!("the slope at {} is {}", kink.at, slope(kink.at))
            })?;
            ensure((slope(before) - kink.derivative).abs() > 1e-3, || {
                format!("there is no kink at {}", kink.at)
            })?;
        }
        for x in (-12 * 1024..12 * 1024).map(|n| f64::from(n) * STEP) {
            let jumps = (slope(x) - slope(x + STEP)).abs() > 0.02;
            let known = kinks.iter().any(|kink| (x..=x + STEP).contains(&kink.at));
            ensure(!jumps || known, || format!("there is a kink near {x}"))?;
        }
        Ok(())
    });
}

fn passes_nan_on<T: Float>(case: &Case) -> Result<(), String> {
    let dy = [1.0, 0.0, -3.5, f64::INFINITY, f64::NAN].map(T::from_f64);
    let x = [T::from_f64(f64::NAN); 5];
    for isa in InstructionSet::available() {
        for operation in [Operation::Value, Operation::Derivative, Operation::Backward] {
            let got = case
                .compute(operation, isa, &x, &dy)
                .expect("the parameters are valid");
            ensure(got.iter().all(|got| got.to_f64().is_nan()), || {
                format!("{operation} of NaN on {isa}: {got:?}")
            })?;
        }
    }
    Ok(())
}

#[test]
fn nan_in_is_nan_out() {
    let others = || {
        cases()
            .flat_map(|case| domain::parametrised(&case.activation))
            .filter_map(Case::new)
    };
    assert_each(cases().chain(others()), passes_nan_on::<f32>);
    assert_each(cases().chain(others()), passes_nan_on::<f64>);
}

/// Where the derivative is exactly zero, the gradient is zero whatever arrives; elsewhere infinity and NaN pass.
fn stops_or_passes<T: Float>(case: &Case) -> Result<(), String> {
    let finite = |x: &T| x.to_f64().is_finite();
    let x: Vec<T> = domain::linear(9.0, 1_000)
        .chain(domain::edges())
        .filter(finite)
        .collect();
    let slopes = case.exact(Operation::Derivative, &x);
    // Far out, where a text has no sign any more, a derivative is zero if it already is so nearer to 0.
    let near: Vec<T> = x
        .iter()
        .map(|x| T::from_f64(x.to_f64().clamp(-600.0, 600.0)))
        .collect();
    let near = case.exact(Operation::Derivative, &near);
    for isa in InstructionSet::available() {
        for arriving in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let dy = vec![T::from_f64(arriving); x.len()];
            let dx = case
                .compute(Operation::Backward, isa, &x, &dy)
                .expect("the parameters are valid");
            for ((x, dx), (slope, near)) in x.iter().zip(&dx).zip(slopes.iter().zip(&near)) {
                let [slope, near] = [slope, near].map(|slope| slope.expect("x is a number"));
                let is_flat = slope.is_zero() && near.is_zero();
                // Where the slope underflows, a product with infinity may be either.
                let representable = T::from_f64(slope.to_f64()).to_f64() != 0.0;
                let right = match dx.to_f64() {
                    dx if is_flat => dx == 0.0,
                    dx if arriving.is_nan() => dx.is_nan(),
                    dx => !representable || dx == if slope.is_negative() { -arriving } else { arriving },
                };
                ensure(right, || {
                    format!("{} on {isa} at x = {x:?}: dy = {arriving}, dx = {dx:?}", T::NAME)
                })?;
            }
        }
    }
    Ok(())
}

#[test]
fn flat_pieces_stop_any_gradient_and_others_none() {
    assert_each(cases(), stops_or_passes::<f32>);
    assert_each(cases(), stops_or_passes::<f64>);
}
