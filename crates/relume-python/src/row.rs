//! The inner loops of the functions of rows: softmax and similar ones.

use std::ffi::{c_char, c_void};

use numpy::npyffi::npy_intp;
use relume::{Element, RowFunction};

use crate::flags::Flags;
use crate::operand::Operand;
use crate::slices::{FIT, slice};

/// `y = f(x)`: a loop of the signature `(n)->(n)`.
///
/// # Safety
/// As NumPy calls it: `data` is a [`RowFunction`], the others describe its operands, which are aligned, are not changed
/// by others, and where the input overlaps with the output they are the same.
pub(crate) unsafe extern "C" fn forward<T: Element>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
    data: *mut c_void,
) {
    let _flags = Flags::keep();
    // SAFETY: as promised by the caller, for one input and one output.
    unsafe {
        let function = &*data.cast::<RowFunction>();
        let rows = Rows::<T, 2>::new(arguments, dimensions, steps);
        let mut row = vec![T::from_f64(0.0); rows.len];
        for [x, y] in rows.each() {
            x.gather(&mut row);
            function.forward_in_place(&mut row, rows.len).expect(FIT);
            y.scatter(&row);
        }
    }
}

/// The gradient from x and dy: a loop of the signature `(n),(n)->(n)`.
///
/// # Safety
/// As [`forward`], with two inputs.
pub(crate) unsafe extern "C" fn backward<T: Element>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
    data: *mut c_void,
) {
    let _flags = Flags::keep();
    // SAFETY: as promised by the caller, for two inputs and one output.
    unsafe {
        let function = &*data.cast::<RowFunction>();
        let rows = Rows::<T, 3>::new(arguments, dimensions, steps);
        let mut y = vec![T::from_f64(0.0); rows.len];
        let mut dx = y.clone();
        for [x, dy, out] in rows.each() {
            x.gather(&mut y);
            dy.gather(&mut dx);
            function.forward_in_place(&mut y, rows.len).expect(FIT);
            function.backward_in_place(&y, &mut dx, rows.len).expect(FIT);
            out.scatter(&dx);
        }
    }
}

/// `N` operands of rows of one length.
struct Rows<T, const N: usize> {
    /// The first elements of the first rows, and how to get to the next rows.
    first: [Operand<T>; N],
    /// From one element of a row to the next, in bytes.
    steps: [isize; N],
    rows: usize,
    len: usize,
}

impl<T: Copy, const N: usize> Rows<T, N> {
    /// # Safety
    /// `arguments` holds N addresses, `dimensions` the number of rows and their length, `steps` the distances from row
    /// to row and then those from element to element.
    unsafe fn new(arguments: *mut *mut c_char, dimensions: *mut npy_intp, steps: *mut npy_intp) -> Self {
        // SAFETY: as promised by the caller.
        let (arguments, dimensions, steps) =
            unsafe { (slice(arguments, N), slice(dimensions, 2), slice(steps, 2 * N)) };
        Self {
            first: std::array::from_fn(|i| Operand::new(arguments[i], steps[i])),
            steps: std::array::from_fn(|i| steps[N + i]),
            rows: dimensions[0] as usize,
            len: dimensions[1] as usize,
        }
    }

    /// The operands of each row.
    fn each(&self) -> impl Iterator<Item = [Operand<T>; N]> {
        (0..self.rows).map(|row| {
            std::array::from_fn(|i| Operand::new(self.first[i].from(row).start().cast(), self.steps[i]))
        })
    }
}
