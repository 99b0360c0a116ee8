//! What the edge tests of the functions share. Every check runs in both element types and on every instruction set.

use crate::{Activation, Element, InstructionSet};

fn parse(text: &str) -> Activation {
    text.parse().expect("an activation")
}

/// f at some points, in `f64`.
pub(crate) fn values(text: &str, x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| parse(text).value(*x)).collect()
}

/// f′ at some points, in `f64`.
pub(crate) fn slopes(text: &str, x: &[f64]) -> Vec<f64> {
    x.iter().map(|x| parse(text).derivative(*x)).collect()
}

/// Calls `check(result, isa)` with f(x) or f′(x), computed with elements of type T.
fn on_every_isa<T: Element>(text: &str, x: f64, derivative: bool, check: impl Fn(T, InstructionSet)) {
    for isa in InstructionSet::available() {
        let (x, mut y) = ([T::from_f64(x)], [T::from_f64(0.0)]);
        let activation = parse(text);
        let done = if derivative {
            activation.on(isa).derivatives(&x, &mut y)
        } else {
            activation.on(isa).forward(&x, &mut y)
        };
        done.expect("equal lengths");
        check(y[0], isa);
    }
}

/// The value has exactly the bits that are expected.
pub(crate) fn same(text: &str, points: &[f64], expected: impl Fn(f64) -> f64) {
    for &x in points {
        let y = expected(x);
        on_every_isa::<f64>(text, x, false, |found, isa| {
            assert_eq!(found, y, "{text} at {x} on {isa}");
            assert_eq!(
                found.is_sign_negative(),
                y.is_sign_negative(),
                "sign of {text} at {x} on {isa}"
            );
        });
        on_every_isa::<f32>(text, x, false, |found, isa| {
            let y = expected(f64::from(x as f32)) as f32;
            assert_eq!(found, y, "{text} at {x} as f32 on {isa}");
        });
    }
}

/// The values lie within 2 and, for `f32`, 1 unit in the last place of the expected ones.
pub(crate) fn near(text: &str, points: &[(f64, f64)]) {
    compare(text, points, false);
}

/// The same for the derivative.
pub(crate) fn near_slope(text: &str, points: &[(f64, f64)]) {
    compare(text, points, true);
}

fn compare(text: &str, points: &[(f64, f64)], derivative: bool) {
    for &(x, y) in points {
        on_every_isa::<f64>(text, x, derivative, |found, isa| {
            let apart = found.to_bits().abs_diff(y.to_bits());
            assert!(apart <= 2, "{text} at {x} on {isa}: {found:e}, expected {y:e}");
        });
        // Only points that are the same number in both types.
        if f64::from(x as f32) == x {
            on_every_isa::<f32>(text, x, derivative, |found, isa| {
                let apart = found.to_bits().abs_diff((y as f32).to_bits());
                assert!(
                    apart <= 1,
                    "{text} at {x} as f32 on {isa}: {found:e}, expected {y:e}"
                );
            });
        }
    }
}

/// NaN in, NaN out, forward and backward.
pub(crate) fn nan_stays_nan(text: &str) {
    for derivative in [false, true] {
        on_every_isa::<f64>(text, f64::NAN, derivative, |found, _| {
            assert!(found.is_nan(), "{text}: {found}")
        });
        on_every_isa::<f32>(text, f64::NAN, derivative, |found, _| {
            assert!(found.is_nan(), "{text}: {found}")
        });
    }
}

/// The gradient is 0 at these points, whatever arrives.
pub(crate) fn flat(text: &str, points: &[f64]) {
    for &x in points {
        for dy in [1.0, -3.0, f64::INFINITY, f64::NAN] {
            let mut dx = [dy];
            parse(text)
                .backward_in_place(&[x], &mut dx)
                .expect("equal lengths");
            assert_eq!(dx, [0.0], "{text} at {x} with dy = {dy}");
        }
    }
}
