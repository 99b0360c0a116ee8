//! What holds for every function of the catalogue, whatever its formula.

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

/// Checks every case, then fails with the complaints of all.
fn assert_each(cases: impl Iterator<Item = Case>, check: impl Fn(&Case) -> Result<(), String>) {
    let complaint = |case: Case| {
        check(&case)
            .err()
            .map(|complaint| format!("{}: {complaint}", case.activation))
    };
    let complaints: Vec<String> = cases.filter_map(complaint).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn demand(holds: bool, complaint: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(complaint()) }
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

/// Where a function falls from one float to the next.
#[derive(Default)]
struct Falls {
    count: usize,
    /// By how many floats at most.
    deepest: i64,
    first: String,
}

impl Falls {
    /// Counts those between ascending inputs too.
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

    /// No more than so many, and by one float only.
    fn demand_few(self, case: &Case, isa: InstructionSet, allowed: usize) -> Result<(), String> {
        let Self {
            count,
            deepest,
            first,
        } = self;
        println!("{} on {isa} falls {count} times {first}", case.activation);
        demand(count <= allowed && deepest <= 1, || {
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

/// Of the 35,000 pairs of neighbours: counted on all instruction sets.
fn demand_few_falls<T: Float>(case: &Case, allowed: usize) -> Result<(), String> {
    InstructionSet::available()
        .into_iter()
        .try_for_each(|isa| falls::<T>(case, isa).demand_few(case, isa, allowed))
}

/// In f32 too the last bit of these may be wrong.
fn may_fall(case: &Case) -> bool {
    ["softplus", "log_sigmoid"].contains(&case.activation.definition().name)
}

#[test]
fn monotone_functions_do_not_decrease_from_one_f32_to_the_next() {
    assert_each(monotone(), |case| {
        demand_few_falls::<f32>(case, if may_fall(case) { 60 } else { 0 })
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
        falls.demand_few(
            case,
            InstructionSet::best(),
            if may_fall(case) { usize::MAX } else { 0 },
        )
    });
}

/// In f64 the last bit may be wrong in all of them.
#[test]
fn monotone_functions_hardly_ever_decrease_from_one_f64_to_the_next() {
    assert_each(monotone(), |case| demand_few_falls::<f64>(case, 400));
}

#[test]
fn functions_said_not_to_be_monotone_are_not() {
    assert_each(
        cases().filter(|case| !case.activation.elementwise().monotone),
        |case| {
            demand(falls::<f32>(case, InstructionSet::best()).count > 0, || {
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

fn is_symmetric<T: Float>() -> usize {
    let mut symmetric = 0;
    for case in cases() {
        for operation in [Operation::Value, Operation::Derivative] {
            let Some(sign) = symmetry(&case, operation) else {
                continue;
            };
            symmetric += 1;
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
    // Values and derivatives of identity, tanh, softsign, hard_tanh and the three shrinkages; derivatives of sigmoid,
    // sparse_sigmoid and hard_sigmoid.
    assert_eq!(is_symmetric::<f32>(), 17);
    assert_eq!(is_symmetric::<f64>(), 17);
}

fn stays_in_range<T: Float>(case: &Case) -> Result<(), String> {
    let [low, high] = case.activation.elementwise().range;
    // A bound that is no simple number may round past itself.
    let slack = |bound: f64| i64::from((8.0 * bound).fract() != 0.0 && bound.is_finite());
    let least = T::from_ordinal(T::from_f64(low).ordinal() - slack(low));
    let most = T::from_ordinal(T::from_f64(high).ordinal() + slack(high));
    let x = ascending::<T>(case);
    for isa in InstructionSet::available() {
        let y = compute(case, Operation::Value, isa, &x);
        for (x, y) in x.iter().zip(&y) {
            demand(*y >= least && *y <= most, || format!("f({x:?}) = {y:?} on {isa}"))?;
        }
        let close = |bound: f64| {
            y.iter()
                .any(|y| y.to_f64() == bound || (y.to_f64() - bound).abs() < 1e-6)
        };
        demand(close(low) && close(high), || {
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
            demand(exact == limit, || {
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
            demand(slope(kink.at) == kink.derivative, || {
                format!("the slope at {} is {}", kink.at, slope(kink.at))
            })?;
            demand((slope(before) - kink.derivative).abs() > 1e-3, || {
                format!("there is no kink at {}", kink.at)
            })?;
        }
        for x in (-12 * 1024..12 * 1024).map(|n| f64::from(n) * STEP) {
            let jumps = (slope(x) - slope(x + STEP)).abs() > 0.02;
            let known = kinks.iter().any(|kink| (x..=x + STEP).contains(&kink.at));
            demand(!jumps || known, || format!("there is a kink near {x}"))?;
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
            demand(got.iter().all(|got| got.to_f64().is_nan()), || {
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

/// Where the derivative is exactly zero, nothing that arrives gets through; where it is not, infinity and NaN do.
fn stops_or_passes<T: Float>(case: &Case) -> Result<(), String> {
    let finite = |x: &T| x.to_f64().is_finite();
    let x: Vec<T> = domain::linear(9.0, 1_000)
        .chain(domain::edges())
        .filter(finite)
        .collect();
    let slopes = case.exact(Operation::Derivative, &x);
    for isa in InstructionSet::available() {
        for arriving in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let dy = vec![T::from_f64(arriving); x.len()];
            let dx = case
                .compute(Operation::Backward, isa, &x, &dy)
                .expect("the parameters are valid");
            for ((x, dx), slope) in x.iter().zip(&dx).zip(&slopes) {
                let slope = slope.expect("x is a number");
                // Where the slope underflows, a product with infinity may be either.
                let representable = T::from_f64(slope.to_f64()).to_f64() != 0.0;
                let right = match dx.to_f64() {
                    dx if slope.is_zero() => dx == 0.0,
                    dx if arriving.is_nan() => dx.is_nan(),
                    dx => !representable || dx == if slope.is_negative() { -arriving } else { arriving },
                };
                demand(right, || {
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
