//! The half-precision types on every one of their inputs.

use half::{bf16, f16};
use relume::InstructionSet;
use relume_oracle::ulp::Float;
use relume_testkit::accuracy::Case;
use relume_testkit::domain;
use relume_testkit::tolerance::{Operation, tolerance};

/// All 65,536 inputs of every function, on every instruction set, at default parameters. The fast reference, which knows its
/// own error, is some 2^-29 units in the last place from the truth here; multiprecision decides near the bound and
/// where the reference knows too little.
fn every_input<T: Float>() {
    let x: Vec<T> = (0..=u16::MAX).map(|bits| T::from_bits(bits.into())).collect();
    let dy = domain::gradients(x.len());
    let mut failures = Vec::new();
    for activation in relume::activations() {
        let case = Case::new(activation).expect("every function has an oracle");
        for operation in [Operation::Value, Operation::Derivative, Operation::Backward] {
            let allowed = tolerance::<T>(activation.name(), operation);
            for isa in InstructionSet::available() {
                let got = case
                    .compute(operation, isa, &x, &dy)
                    .expect("the parameters are valid");
                let worst = case.judge_fast(operation, &x, &dy, &got, allowed);
                assert_eq!(worst.count, 1 << 16);
                let worst = worst.worst().expect("there are inputs");
                let line = format!("{} {operation} {} on {isa}: {worst}", activation.name(), T::NAME);
                println!("{line}");
                if worst.error > allowed {
                    failures.push(line);
                }
            }
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
fn f16_is_right_on_every_input() {
    every_input::<f16>();
}

#[test]
fn bf16_is_right_on_every_input() {
    every_input::<bf16>();
}

/// That the test above can fail: results that are off by one float are noticed wherever they are not zero.
#[test]
fn a_float_too_much_is_noticed() {
    let x: Vec<f16> = (0x3000..0x4c00).map(f16::from_bits).collect();
    let case = Case::new("silu".parse().expect("an activation")).expect("an oracle");
    let mut got = case
        .compute(Operation::Value, InstructionSet::best(), &x, &x)
        .expect("the parameters are valid");
    for place in [0, 1_000, x.len() - 1] {
        let right = got[place];
        got[place] = f16::from_ordinal(right.ordinal() + 1);
        let worst = case
            .judge_fast(Operation::Value, &x, &x, &got, 0.5)
            .worst()
            .expect("there are inputs");
        assert!(worst.x == x[place] && worst.error >= 0.5, "{worst}");
        got[place] = right;
    }
}
