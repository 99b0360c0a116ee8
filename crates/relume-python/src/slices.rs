//! From addresses in memory that Python owns to slices.

use std::ops::Range;

/// Why no kernel can fail on slices that are made here.
pub(crate) const FIT: &str = "the slices have the lengths that the kernel asks for";

/// Elements at an address.
///
/// # Safety
/// There are `range.end` aligned elements, and those of the range are not written to while the slice lives.
pub(crate) unsafe fn part<'a, T>(address: usize, range: Range<usize>) -> &'a [T] {
    let start = (address as *const T).wrapping_add(range.start);
    // SAFETY: as promised by the caller.
    unsafe { slice(start, range.len()) }
}

/// Elements at an address, to be written to.
///
/// # Safety
/// There are `range.end` aligned elements, and those of the range are not used otherwise while the slice lives.
pub(crate) unsafe fn part_mut<'a, T>(address: usize, range: Range<usize>) -> &'a mut [T] {
    let start = (address as *mut T).wrapping_add(range.start);
    // SAFETY: as promised by the caller.
    unsafe { slice_mut(start, range.len()) }
}

/// # Safety
/// `n` aligned elements can be read from `start` on, and are not written to while the slice lives.
pub(crate) unsafe fn slice<'a, T>(start: *const T, n: usize) -> &'a [T] {
    if n == 0 {
        return &[];
    }
    // SAFETY: as promised by the caller.
    unsafe { std::slice::from_raw_parts(start, n) }
}

/// # Safety
/// `n` aligned elements can be written from `start` on, and are not used otherwise while the slice lives.
pub(crate) unsafe fn slice_mut<'a, T>(start: *mut T, n: usize) -> &'a mut [T] {
    if n == 0 {
        return &mut [];
    }
    // SAFETY: as promised by the caller.
    unsafe { std::slice::from_raw_parts_mut(start, n) }
}
