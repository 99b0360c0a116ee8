//! The few elements at the end of a slice, which do not fill a pack.

/// Room for such elements. Its alignment makes the compiler align the whole frame, and so the vectors that it puts on the
/// stack, which otherwise lie across two cache lines in some processes and not in others.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Room<T, const N: usize>(pub(crate) [T; N]);

/// Copies fewer than 64 elements, as two blocks of a fixed length that may overlap: calls of `memcpy` took a third of
/// the time that a row of ten elements takes.
#[inline(always)]
pub(crate) fn copy_short<T: Copy>(from: &[T], to: &mut [T]) {
    let _ = blocks::<32, T>(from, to)
        || blocks::<16, T>(from, to)
        || blocks::<8, T>(from, to)
        || blocks::<4, T>(from, to)
        || blocks::<2, T>(from, to)
        || blocks::<1, T>(from, to);
}

/// Copies the first and the last `N` elements; `false` if there are fewer.
#[inline(always)]
fn blocks<const N: usize, T: Copy>(from: &[T], to: &mut [T]) -> bool {
    let Some(last) = from.len().checked_sub(N) else {
        return false;
    };
    for start in [0, last] {
        to[start..start + N].copy_from_slice(&from[start..start + N]);
    }
    true
}
