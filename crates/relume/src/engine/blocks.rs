//! Slices in blocks that stay in the cache.

use crate::engine::element::Element;

/// How many elements make a block, when they are replaced or multiplied by ones; a multiple of 64, so that only the
/// last block ends within a word of bits.
pub(crate) const BLOCK: usize = 256;

/// Calls `f` for each block of `elements` with its place, a copy of it and the block itself, which it replaces.
///
/// No kernel reads what it writes: the compiler would turn the selections of relu and similar functions into masked stores,
/// which on some processors (AMD's Zen 3) take five times as long as the copy and the whole of relu together.
pub(crate) fn in_place<T: Element>(elements: &mut [T], mut f: impl FnMut(usize, &[T], &mut [T])) {
    let mut copy = [T::from_f64(0.0); BLOCK];
    for (i, block) in elements.chunks_mut(BLOCK).enumerate() {
        let copy = &mut copy[..block.len()];
        copy.copy_from_slice(block);
        f(i * BLOCK, copy, block);
    }
}
