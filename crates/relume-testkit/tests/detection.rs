//! The testkit notices what is wrong.

use relume::{Activation, InstructionSet};
use relume_oracle::oracle;
use relume_oracle::ulp::Float;
use relume_testkit::accuracy::Case;
use relume_testkit::domain;
use relume_testkit::sweep::Plan;
use relume_testkit::tolerance::Operation;

fn activation(text: &str) -> Activation {
    text.parse().expect("the activation exists")
}

fn case(text: &str) -> Case {
    Case::new(activation(text)).expect("every function has an oracle")
}

/// Each result in turn is moved by two floats; every judge must see at least one ULP more than half of one.
fn notices_two_floats<T: Float>(judge: impl Fn(&Case, Operation, &[T], &[T], &[T]) -> f64) {
    for name in ["relu", "leaky_relu", "gelu", "mish", "tanh", "sigmoid"] {
        let case = case(name);
        let x: Vec<T> = domain::linear(9.0, 60).collect();
        let dy = domain::gradients::<T>(x.len());
        for operation in [Operation::Value, Operation::Derivative, Operation::Backward] {
            let right = case
                .compute(operation, InstructionSet::best(), &x, &dy)
                .expect("the parameters are valid");
            for ((&x, &dy), &right) in x.iter().zip(&dy).zip(&right) {
                let wrong = T::from_ordinal(right.ordinal() + 2);
                let error = judge(&case, operation, &[x], &[dy], &[wrong]);
                assert!(error > 0.74, "{name} {operation} {} at {x:?}: {error}", T::NAME);
            }
        }
    }
}

#[test]
fn a_result_two_floats_off_is_noticed() {
    notices_two_floats::<f32>(|case, operation, x, dy, got| {
        case.judge_fast(operation, x, dy, got, 0.7)
            .worst()
            .expect("there are inputs")
            .error
    });
    notices_two_floats::<f64>(|case, operation, x, dy, got| {
        let exact = case.exact(operation, x);
        Case::judge(operation, x, dy, got, &exact)
            .worst()
            .expect("there are inputs")
            .error
    });
}

#[test]
fn wrong_zeros_and_nans_are_noticed() {
    let judge = |name: &str, x: f32, got: f32| {
        let case = case(name);
        let fast = case
            .judge_fast(Operation::Value, &[x], &[1.0], &[got], 0.7)
            .worst();
        let exact = Case::judge(
            Operation::Value,
            &[x],
            &[1.0],
            &[got],
            &case.exact(Operation::Value, &[x]),
        )
        .worst();
        let [fast, exact] = [fast, exact].map(|worst| worst.expect("there is an input").error);
        assert_eq!(fast, exact, "{name}({x}) = {got}");
        fast
    };
    assert_eq!(judge("relu", -2.0, f32::from_bits(1)), f64::INFINITY);
    assert_eq!(judge("relu", -2.0, 0.0), 0.0);
    assert_eq!(judge("tanh", -0.0, 0.0), f64::INFINITY);
    assert_eq!(judge("tanh", -0.0, -0.0), 0.0);
    assert_eq!(judge("tanh", f32::NAN, 1.0), f64::INFINITY);
    assert_eq!(judge("tanh", 1.0, f32::NAN), f64::INFINITY);
    assert_eq!(judge("relu", f32::INFINITY, f32::MAX), f64::INFINITY);
    assert!(judge("gelu", -10.0, 0.0) > 1e5, "gelu(-10) is -7.6e-23");
    assert!(
        judge("sigmoid", -100.0, 0.0) > 20.0,
        "sigmoid(-100) is 3.7e-44, not 0"
    );
}

fn plan(case: Case, operation: Operation, stride: u64, threads: usize) -> Plan {
    Plan {
        case,
        operation,
        isa: InstructionSet::best(),
        stride,
        threads,
    }
}

#[test]
fn a_sweep_counts_every_input_once_however_many_threads() {
    let one = plan(case("silu"), Operation::Derivative, 40_009, 1);
    let two = plan(case("silu"), Operation::Derivative, 40_009, 3);
    let [one, two] = [one, two].map(|plan| plan.run(|_| {}).expect("the parameters are valid"));
    assert_eq!(one.worst.count, (1_u64 << 32).div_ceil(40_009));
    assert_eq!(
        (one.worst.count, one.worst.above_half),
        (two.worst.count, two.worst.above_half)
    );
    let error = |outcome: &relume_testkit::sweep::Outcome| outcome.worst.worst().map(|worst| worst.error);
    assert_eq!(error(&one), error(&two));
}

#[test]
fn a_sweep_of_a_slightly_different_function_fails() {
    let wrong = Case::mismatched(activation("gelu"), oracle("gelu_tanh").expect("it exists"));
    for operation in [Operation::Value, Operation::Derivative] {
        let outcome = plan(wrong, operation, 400_009, 2)
            .run(|_| {})
            .expect("the parameters are valid");
        assert!(!outcome.holds(), "{operation}");
    }
}
