//! From pointers to slices: the kernels for memory that Python owns, in one thread or many.

use relume::{Activation, Element};

use crate::threads::with_threads;

/// Why no kernel can fail here.
const LENGTHS: &str = "all slices are made with one length";

/// `y = f(x)` for `n` elements.
///
/// # Safety
/// `x` is readable and `y` writable for `n` aligned elements. The two are the same or do not overlap, and nobody else
/// writes to them meanwhile.
pub(crate) unsafe fn forward<T: Element>(activation: &Activation, x: *const T, y: *mut T, n: usize) {
    // SAFETY: as promised by the caller.
    let (input, y) = unsafe { (other(x, y, n), slice_mut(y, n)) };
    with_threads(n >= activation.par_from(), |share| match (input, share) {
        (None, false) => activation.forward_in_place(y),
        (None, true) => activation.par_forward_in_place(y),
        (Some(x), false) => activation.forward(x, y).expect(LENGTHS),
        (Some(x), true) => activation.par_forward(x, y).expect(LENGTHS),
    });
}

/// `d = f′(x)` for `n` elements.
///
/// # Safety
/// As [`forward`], but `x` and `d` do not overlap.
pub(crate) unsafe fn derivative<T: Element>(activation: &Activation, x: *const T, d: *mut T, n: usize) {
    // SAFETY: as promised by the caller.
    let (x, d) = unsafe { (slice(x, n), slice_mut(d, n)) };
    with_threads(n >= activation.par_from(), |share| match share {
        false => activation.derivatives(x, d),
        true => activation.par_derivatives(x, d),
    })
    .expect(LENGTHS);
}

/// `dx = dy · f′(x)` for `n` elements.
///
/// # Safety
/// `x` and `dy` are readable and `dx` writable for `n` aligned elements. `dx` may be the same as `dy`, and overlaps
/// with nothing else. Nobody else writes to them meanwhile.
pub(crate) unsafe fn backward<T: Element>(
    activation: &Activation,
    x: *const T,
    dy: *const T,
    dx: *mut T,
    n: usize,
) {
    // SAFETY: as promised by the caller.
    let (x, dy, dx) = unsafe { (slice(x, n), other(dy, dx, n), slice_mut(dx, n)) };
    with_threads(n >= activation.par_from(), |share| match (dy, share) {
        (None, false) => activation.backward_in_place(x, dx),
        (None, true) => activation.par_backward_in_place(x, dx),
        (Some(dy), false) => activation.backward(x, dy, dx),
        (Some(dy), true) => activation.par_backward(x, dy, dx),
    })
    .expect(LENGTHS);
}

/// The slice, unless it is the one that is written to.
///
/// # Safety
/// As [`slice`].
pub(crate) unsafe fn other<'a, T>(from: *const T, to: *const T, n: usize) -> Option<&'a [T]> {
    // SAFETY: as promised by the caller.
    (from != to).then(|| unsafe { slice(from, n) })
}

/// # Safety
/// `n` aligned elements can be read from `start` on, and nobody writes to them meanwhile.
pub(crate) unsafe fn slice<'a, T>(start: *const T, n: usize) -> &'a [T] {
    if n == 0 {
        return &[];
    }
    // SAFETY: as promised by the caller.
    unsafe { std::slice::from_raw_parts(start, n) }
}

/// # Safety
/// `n` aligned elements can be written from `start` on, and nobody else touches them meanwhile.
pub(crate) unsafe fn slice_mut<'a, T>(start: *mut T, n: usize) -> &'a mut [T] {
    if n == 0 {
        return &mut [];
    }
    // SAFETY: as promised by the caller.
    unsafe { std::slice::from_raw_parts_mut(start, n) }
}
