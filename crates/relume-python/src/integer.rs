//! The inner loops of the rectifier on integers.

use std::ffi::{c_char, c_void};

use numpy::npyffi::npy_intp;
use relume::integer::{Integer, relu, relu_in_place};

use crate::operand::operands;
use crate::slices::{FIT, slice, slice_mut};

/// `y = max(0, x)` for signed integers.
///
/// # Safety
/// As NumPy calls it: `arguments` and `steps` describe two operands of aligned `T`, which are the same or do not
/// overlap, of the length in `dimensions`.
pub(crate) unsafe extern "C" fn rectify<T: Integer>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
    _: *mut c_void,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let ([x, y], n) = operands::<T, 2>(arguments, dimensions, steps);
        if !(x.contiguous() && y.contiguous()) {
            (0..n).for_each(|i| y.set(i, T::ZERO.max(x.get(i))));
        } else if x.start() == y.start() {
            relu_in_place(slice_mut(y.start(), n));
        } else {
            relu(slice(x.start(), n), slice_mut(y.start(), n)).expect(FIT);
        }
    }
}

/// `y = x`, which is the rectifier for integers without a sign.
///
/// # Safety
/// As [`rectify`].
pub(crate) unsafe extern "C" fn copy<T: Copy>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
    _: *mut c_void,
) {
    // SAFETY: as promised by the caller.
    unsafe {
        let ([x, y], n) = operands::<T, 2>(arguments, dimensions, steps);
        if x.contiguous() && y.contiguous() {
            x.start().copy_to(y.start(), n);
        } else {
            (0..n).for_each(|i| y.set(i, x.get(i)));
        }
    }
}
