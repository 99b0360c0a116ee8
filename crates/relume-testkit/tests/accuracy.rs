//! Every function of the catalogue against the oracle: both element types, value, derivative and backward, on
//! every instruction set of this machine.

use relume::InstructionSet;
use relume_oracle::ulp::Float;
use relume_testkit::accuracy::Case;
use relume_testkit::domain;
use relume_testkit::finding::Worst;
use relume_testkit::tolerance::{EXCEPTIONS, Exception, Operation, allowed, general};

const OPERATIONS: [Operation; 3] = [Operation::Value, Operation::Derivative, Operation::Backward];

/// How many inputs besides the edges.
struct Density {
    /// Around each landmark, the floats 2^k and 3·2^k away from it for k below this.
    neighbours: u32,
    /// Spread over all magnitudes.
    by_magnitude: usize,
    /// Spread over the binades where the functions bend.
    bending: usize,
    /// Spread evenly over where results are neither zero nor saturated.
    linear: usize,
}

/// Functions at their default parameters.
fn defaults() -> impl Iterator<Item = Case> {
    relume::activations().map(|activation| Case::new(activation).expect("every function has an oracle"))
}

/// Functions at other parameters.
fn parametrised() -> impl Iterator<Item = Case> {
    let activations = defaults().flat_map(|case| domain::parametrised(&case.activation));
    activations.map(|activation| Case::new(activation).expect("every function has an oracle"))
}

fn inputs<T: Float>(case: &Case, density: &Density) -> Vec<T> {
    let ordinal = |x: f64| T::from_f64(x).ordinal();
    let landmarks: Vec<T> = domain::landmarks(case);
    let reach = if T::FRACTION_BITS == 23 { 110.0 } else { 760.0 };
    let mut inputs = domain::edges();
    inputs.extend(
        landmarks
            .into_iter()
            .flat_map(|x| domain::neighbours(x, density.neighbours)),
    );
    inputs.extend(domain::by_magnitude::<T>(density.by_magnitude));
    inputs.extend(domain::between::<T>(
        ordinal(-1e3),
        ordinal(-1e-6),
        density.bending,
    ));
    inputs.extend(domain::between::<T>(ordinal(1e-6), ordinal(1e3), density.bending));
    inputs.extend(domain::linear::<T>(8.0, density.linear));
    inputs.extend(domain::linear::<T>(reach, density.linear));
    inputs
}

/// One function, operation and instruction set, and the largest error there.
struct Outcome<T> {
    case: Case,
    operation: Operation,
    isa: InstructionSet,
    worst: Worst<T>,
}

/// Runs every operation on every instruction set; `judge` is given operation, x, dy and results.
fn run<T: Float>(
    case: Case,
    x: &[T],
    judge: impl Fn(Operation, &[T], &[T], &[T]) -> Worst<T>,
) -> Vec<Outcome<T>> {
    let dy = domain::gradients(x.len());
    let isas = InstructionSet::available();
    let all = OPERATIONS
        .iter()
        .flat_map(|&operation| isas.iter().map(move |&isa| (operation, isa)));
    let outcome = |(operation, isa)| {
        let got = case
            .compute(operation, isa, x, &dy)
            .expect("the parameters are valid");
        Outcome {
            case,
            operation,
            isa,
            worst: judge(operation, x, &dy, &got),
        }
    };
    all.map(outcome).collect()
}

/// f32, by the fast reference where it is good enough.
fn single(case: Case, density: &Density) -> Vec<Outcome<f32>> {
    run(case, &inputs(&case, density), |operation, x, dy, got| {
        case.judge_fast(operation, x, dy, got, allowed::<f32>(&case.activation, operation))
    })
}

/// f64, in multiprecision.
fn double(case: Case, density: &Density) -> Vec<Outcome<f64>> {
    let x = inputs(&case, density);
    let [values, derivatives] =
        [Operation::Value, Operation::Derivative].map(|operation| case.exact(operation, &x));
    run(case, &x, |operation, x, dy, got| {
        let exact = if operation == Operation::Value {
            &values
        } else {
            &derivatives
        };
        Case::judge(operation, x, dy, got, exact)
    })
}

/// Prints what was found, and fails if any of it is not allowed.
fn assert_allowed<T: Float>(outcomes: impl Iterator<Item = Outcome<T>>) {
    let mut failures = Vec::new();
    for Outcome {
        case,
        operation,
        isa,
        worst,
    } in outcomes
    {
        let allowed = allowed::<T>(&case.activation, operation);
        for finding in worst.finite.iter().chain(&worst.inexcusable) {
            let line = format!("{} {operation} {} on {isa}: {finding}", case.activation, T::NAME);
            if finding.error > allowed {
                let exact = case.exact(operation, &[finding.x])[0].map_or(f64::NAN, |exact| exact.to_f64());
                failures.push(format!(
                    "{line}, allowed {allowed}; exact value or derivative {exact:e}"
                ));
            }
            println!("{line}");
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn f32_is_right_at_default_parameters() {
    let density = Density {
        neighbours: 14,
        by_magnitude: 200_000,
        bending: 100_000,
        linear: 50_000,
    };
    assert_allowed(defaults().flat_map(|case| single(case, &density)));
}

#[test]
fn f32_is_right_at_other_parameters() {
    let density = Density {
        neighbours: 8,
        by_magnitude: 5_000,
        bending: 5_000,
        linear: 5_000,
    };
    assert_allowed(parametrised().flat_map(|case| single(case, &density)));
}

#[test]
fn f64_is_right_at_default_parameters() {
    let density = Density {
        neighbours: 46,
        by_magnitude: 4_000,
        bending: 5_000,
        linear: 5_000,
    };
    assert_allowed(defaults().flat_map(|case| double(case, &density)));
}

#[test]
fn f64_is_right_at_other_parameters() {
    let density = Density {
        neighbours: 10,
        by_magnitude: 500,
        bending: 800,
        linear: 600,
    };
    assert_allowed(parametrised().flat_map(|case| double(case, &density)));
}

/// Whether a function still breaks the general tolerance as an exception says.
fn is_needed(exception: &Exception) -> bool {
    fn breaks<T: Float>(outcome: &Outcome<T>, exception: &Exception) -> bool {
        let allowed = general::<T>(exception.operation);
        outcome.operation == exception.operation
            && outcome.worst.worst().is_some_and(|worst| worst.error > allowed)
    }
    let density = Density {
        neighbours: 14,
        by_magnitude: 500,
        bending: 1_000,
        linear: 1_000,
    };
    let cases = defaults().chain(parametrised());
    let mut cases = cases.filter(|case| case.activation.name() == exception.function);
    match exception.element {
        "f32" => cases.any(|case| {
            single(case, &density)
                .iter()
                .any(|outcome| breaks(outcome, exception))
        }),
        "f64" => cases.any(|case| {
            double(case, &density)
                .iter()
                .any(|outcome| breaks(outcome, exception))
        }),
        other => panic!("an exception is for {other:?}, which is no element type"),
    }
}

#[test]
fn every_exception_is_needed() {
    for exception in EXCEPTIONS {
        assert!(is_needed(exception), "no longer needed: {exception:?}");
        assert!(!exception.reason.is_empty(), "without a reason: {exception:?}");
    }
    let needless = Exception {
        function: "identity",
        element: "f32",
        operation: Operation::Value,
        tolerance: 7.0,
        reason: "there is none",
    };
    assert!(!is_needed(&needless), "identity is exact");
}
