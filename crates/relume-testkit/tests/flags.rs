//! Floating-point flags: a caller that looks at them, as NumPy does, sees none that says something untrue.
#![cfg(target_arch = "x86_64")]

use std::arch::asm;
use std::hint::black_box;

use relume::{InstructionSet, activations};
use relume_oracle::ulp::Float;

const INVALID: u32 = 1;
const DIVIDE_BY_ZERO: u32 = 4;
const OVERFLOW: u32 = 8;
const WATCHED: u32 = INVALID | DIVIDE_BY_ZERO | OVERFLOW;

/// The control and status register of SSE.
fn status() -> u32 {
    let mut status = 0_u32;
    // SAFETY: stmxcsr writes four bytes to the address it is given, which is that of `status`.
    unsafe { asm!("stmxcsr [{}]", in(reg) &mut status, options(nostack, preserves_flags)) };
    status
}

fn clear() {
    let cleared = status() & !0x3f;
    // SAFETY: ldmxcsr reads four bytes; they are what the register held, with the flags cleared, so that no
    // exception is unmasked and the rounding mode stays.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &cleared, options(nostack, preserves_flags)) };
}

/// Which of the watched flags `run` sets.
fn raised(run: impl FnOnce()) -> u32 {
    clear();
    run();
    status() & WATCHED
}

fn names(flags: u32) -> String {
    let all = [
        (INVALID, "invalid"),
        (DIVIDE_BY_ZERO, "divide by zero"),
        (OVERFLOW, "overflow"),
    ];
    let set = all.iter().filter(|(flag, _)| flags & flag != 0);
    set.map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
}

/// Finite inputs of all sizes, in a full block and in a tail. An overflow may be reported where there is one.
fn complaints<T: Float>() -> Vec<String> {
    let far = if T::FRACTION_BITS == 52 { 300 } else { 36 };
    let sizes = [
        0.0,
        1e-30,
        1e-3,
        0.7,
        3.0,
        6.0,
        20.0,
        87.0,
        104.0,
        709.0,
        746.0,
        10f64.powi(far),
    ];
    let mut complaints = Vec::new();
    for activation in activations() {
        for isa in InstructionSet::available() {
            for x in sizes.iter().flat_map(|size| [*size, -size]).map(T::from_f64) {
                for len in [1, 67] {
                    let (x, dy) = (vec![x; len], vec![T::from_f64(0.5); len]);
                    let mut result = vec![T::from_f64(0.0); len];
                    for way in ["forward", "backward"] {
                        let flags = raised(|| {
                            let done = match way {
                                "forward" => activation.on(isa).forward(&x, &mut result),
                                _ => activation.on(isa).backward(&x, &dy, &mut result),
                            };
                            done.expect("equal lengths");
                        });
                        let excused = if result[0].to_f64().is_infinite() {
                            OVERFLOW
                        } else {
                            0
                        };
                        if flags & !excused != 0 {
                            let (at, name) = (x[0].to_f64(), T::NAME);
                            complaints.push(format!(
                                "{activation} {way} {name} on {isa} at {at:e}, length {len}: {}",
                                names(flags)
                            ));
                        }
                    }
                }
            }
        }
    }
    complaints
}

#[test]
fn no_flag_is_raised_without_reason() {
    let complaints = [complaints::<f32>(), complaints::<f64>()].concat();
    assert!(
        complaints.is_empty(),
        "{} complaints:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn a_flag_that_is_raised_is_seen() {
    let quotient = |a: f64, b: f64| {
        raised(|| {
            black_box(black_box(a) / black_box(b));
        })
    };
    assert_eq!(quotient(1e300, 1e-300), OVERFLOW);
    assert_eq!(quotient(1.0, 0.0), DIVIDE_BY_ZERO);
    assert_eq!(quotient(0.0, 0.0), INVALID);
    assert_eq!(quotient(1.0, 3.0), 0);
}
