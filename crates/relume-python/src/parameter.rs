//! A copy of a parameter, kept over a step of the optimiser.

use crate::memory::Memory;

/// A parameter before a step of the optimiser.
pub(crate) enum Before {
    Unknown,
    Singles(Vec<f32>),
    Doubles(Vec<f64>),
}

impl Before {
    /// Copies a parameter, or a sample of a large one.
    ///
    /// # Safety
    /// As [`Memory::singles`].
    pub(crate) unsafe fn remember(&mut self, memory: Memory, scratch: &mut Vec<f32>) {
        if memory.is_double() {
            let mut kept = match std::mem::replace(self, Before::Unknown) {
                Before::Doubles(kept) => kept,
                _ => Vec::new(),
            };
            kept.clear();
            for (start, n) in sample(memory.elements) {
                // SAFETY: as promised by the caller.
                kept.extend_from_slice(unsafe { memory.doubles(start, n) });
            }
            *self = Before::Doubles(kept);
        } else {
            let mut kept = match std::mem::replace(self, Before::Unknown) {
                Before::Singles(kept) => kept,
                _ => Vec::new(),
            };
            kept.clear();
            for (start, n) in sample(memory.elements) {
                // SAFETY: as promised by the caller.
                kept.extend_from_slice(unsafe { memory.singles(start, n, scratch) });
            }
            *self = Before::Singles(kept);
        }
    }
}

/// Of a larger parameter a sample is looked at: copying all of it at each step would cost more than it tells.
const LARGE: usize = 1 << 20;

/// How much of a larger parameter is looked at, in blocks.
const BLOCKS: usize = 256;
const BLOCK: usize = 1 << 10;

/// The blocks to look at: all of a parameter, or evenly spread ones.
pub(crate) fn sample(n: usize) -> impl Iterator<Item = (usize, usize)> {
    let (blocks, block) = if n > LARGE { (BLOCKS, BLOCK) } else { (1, n) };
    (0..blocks).map(move |i| (i * (n - block) / (blocks - 1).max(1), block))
}
