//! One operand of a ufunc: elements at equal distances.

use std::ffi::c_char;

use numpy::npyffi::npy_intp;

use crate::slices::slice;

/// Where an operand begins, and the distance from one element to the next, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Operand<T> {
    start: *mut T,
    step: isize,
}

impl<T: Copy> Operand<T> {
    pub(crate) fn new(start: *mut c_char, step: isize) -> Self {
        Self {
            start: start.cast(),
            step,
        }
    }

    pub(crate) fn start(self) -> *mut T {
        self.start
    }

    pub(crate) fn address(self) -> usize {
        self.start.expose_provenance()
    }

    /// Whether the elements are adjacent in memory.
    pub(crate) fn contiguous(self) -> bool {
        self.step == size_of::<T>() as isize
    }

    /// Whether all elements are one.
    pub(crate) fn constant(self) -> bool {
        self.step == 0
    }

    fn at(self, i: usize) -> *mut T {
        self.start.wrapping_byte_offset(self.step * i as isize)
    }

    /// The operand without its first `n` elements.
    pub(crate) fn from(self, n: usize) -> Self {
        Self {
            start: self.at(n),
            step: self.step,
        }
    }

    /// # Safety
    /// The operand has more than `i` elements.
    pub(crate) unsafe fn get(self, i: usize) -> T {
        // SAFETY: as promised by the caller; NumPy aligns what it gives to a loop.
        unsafe { self.at(i).read() }
    }

    /// # Safety
    /// The operand has more than `i` elements, and may be written to.
    pub(crate) unsafe fn set(self, i: usize, value: T) {
        // SAFETY: as promised by the caller; NumPy aligns what it gives to a loop.
        unsafe { self.at(i).write(value) };
    }

    /// Copies the first elements.
    ///
    /// # Safety
    /// The operand has as many elements.
    pub(crate) unsafe fn gather(self, to: &mut [T]) {
        if self.contiguous() {
            // SAFETY: as promised by the caller; `to` is borrowed, so that nothing else overlaps with it.
            unsafe { self.start.copy_to_nonoverlapping(to.as_mut_ptr(), to.len()) };
            return;
        }
        for (i, to) in to.iter_mut().enumerate() {
            // SAFETY: as promised by the caller.
            *to = unsafe { self.get(i) };
        }
    }

    /// Replaces the first elements.
    ///
    /// # Safety
    /// The operand has as many elements, and may be written to.
    pub(crate) unsafe fn scatter(self, from: &[T]) {
        if self.contiguous() {
            // SAFETY: as promised by the caller; `from` is borrowed, so that nothing that is written to overlaps with it.
            unsafe { self.start.copy_from_nonoverlapping(from.as_ptr(), from.len()) };
            return;
        }
        for (i, from) in from.iter().enumerate() {
            // SAFETY: as promised by the caller.
            unsafe { self.set(i, *from) };
        }
    }

    /// Whether some of the `n` elements of this operand are elements of `other` at another place, so that the order
    /// in which they are written and read matters. NumPy gives loops such operands when it reduces or accumulates,
    /// and then they have one step.
    pub(crate) fn feeds(self, other: Self, n: usize) -> bool {
        let distance = other.start.addr().wrapping_sub(self.start.addr()) as isize;
        n > 1
            && self.step == other.step
            && if self.step == 0 {
                distance == 0
            } else {
                distance != 0 && distance % self.step == 0 && (distance / self.step).unsigned_abs() < n
            }
    }
}

/// The operands of a loop over single elements, and their number of elements.
///
/// # Safety
/// `arguments` and `steps` hold N addresses and distances, `dimensions` the number of elements.
pub(crate) unsafe fn operands<T: Copy, const N: usize>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
) -> ([Operand<T>; N], usize) {
    // SAFETY: as promised by the caller.
    let (arguments, steps, n) = unsafe { (slice(arguments, N), slice(steps, N), *dimensions as usize) };
    (std::array::from_fn(|i| Operand::new(arguments[i], steps[i])), n)
}
