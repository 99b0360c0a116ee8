//! The inner loops of the gated units.

use std::ffi::{c_char, c_void};

use numpy::npyffi::npy_intp;
use relume::{Element, Gated};

use crate::flags::Flags;
use crate::operand::operands;
use crate::slices::FIT;

/// How many elements are computed together.
const BLOCK: usize = 1024;

/// `y = a·f(b)`: a loop with two inputs and one output.
///
/// # Safety
/// As NumPy calls it: `data` is a [`Gated`], the others describe its operands, which are aligned, are not changed by
/// others, and where inputs overlap with outputs they are the same.
pub(crate) unsafe extern "C" fn forward<T: Element>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
    data: *mut c_void,
) {
    let _flags = Flags::keep();
    let mut blocks = [[T::from_f64(0.0); BLOCK]; 3];
    // SAFETY: as promised by the caller.
    unsafe {
        let gated = &*data.cast::<Gated>();
        let ([a, b, y], n) = operands(arguments, dimensions, steps);
        // A reduction reads what the element before wrote.
        let block = if a.feeds(y, n) { 1 } else { BLOCK };
        for start in (0..n).step_by(block) {
            let [from_a, from_b, to] = blocks.each_mut().map(|part| &mut part[..block.min(n - start)]);
            a.from(start).gather(from_a);
            b.from(start).gather(from_b);
            gated.forward(from_a, from_b, to).expect(FIT);
            y.from(start).scatter(to);
        }
    }
}

/// `da = dy·f(b)` and `db = dy·a·f′(b)`: a loop with the inputs a, b and dy and two outputs.
///
/// # Safety
/// As [`forward`].
pub(crate) unsafe extern "C" fn backward<T: Element>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
    data: *mut c_void,
) {
    let _flags = Flags::keep();
    let mut blocks = [[T::from_f64(0.0); BLOCK]; 5];
    // SAFETY: as promised by the caller.
    unsafe {
        let gated = &*data.cast::<Gated>();
        let ([a, b, dy, da, db], n) = operands(arguments, dimensions, steps);
        for start in (0..n).step_by(BLOCK) {
            let [from_a, from_b, from_dy, to_a, to_b] =
                blocks.each_mut().map(|part| &mut part[..BLOCK.min(n - start)]);
            a.from(start).gather(from_a);
            b.from(start).gather(from_b);
            dy.from(start).gather(from_dy);
            gated.backward(from_a, from_b, from_dy, to_a, to_b).expect(FIT);
            da.from(start).scatter(to_a);
            db.from(start).scatter(to_b);
        }
    }
}
