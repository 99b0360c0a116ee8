//! The shape of what is counted, and the inner loop that counts it unit by unit.
//!
//! They run at each training step, so they are written for the compiler to vectorise: contiguous reads, no
//! branch per element, counters of fixed width in registers. `examples/watching.rs` measures them.

/// The shape of a tensor as the doctor sees it: `[outer, units, inner]`, row-major.
///
/// A dense layer is `(batch, features, 1)`, a convolution `(batch, channels, height * width)`. Where the units come
/// last, as in a convolution over channels-last pictures or a recurrent layer, it is `(batch * positions, units, 1)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How many rows: samples times [`positions`](Self::positions).
    pub outer: usize,
    /// How many units.
    pub units: usize,
    /// How many values each unit has in one row.
    pub inner: usize,
    /// How many rows make one sample: 1, the positions of a channels-last picture, the steps of a sequence.
    pub positions: usize,
}

impl Layout {
    /// The number of samples.
    pub(crate) fn samples(self) -> usize {
        self.outer / self.positions.max(1)
    }

    /// The number of elements, or `None` where it does not fit a `usize`.
    pub(crate) fn elements(self) -> Option<usize> {
        self.outer.checked_mul(self.units)?.checked_mul(self.inner)
    }
}

/// Columns counted side by side: one cache line of `f32`.
const COLUMNS: usize = 16;

/// Adds to `counts[u]` how many values of unit `u` fulfil `test`.
///
/// `values` has the elements of `layout`, `counts` one entry per unit.
pub(crate) fn count_units(values: &[f32], layout: Layout, counts: &mut [u64], test: impl Fn(f32) -> bool) {
    let Layout { units, inner, .. } = layout;
    if values.is_empty() {
        return;
    }
    if inner > 1 {
        for sample in values.chunks_exact(units * inner) {
            for (run, count) in sample.chunks_exact(inner).zip(counts.iter_mut()) {
                *count += u64::from(run.iter().map(|&v| u32::from(test(v))).sum::<u32>());
            }
        }
        return;
    }
    let (blocks, rest) = counts.as_chunks_mut::<COLUMNS>();
    let first_of_rest = blocks.len() * COLUMNS;
    for (block, counts) in blocks.iter_mut().enumerate() {
        let mut found = [0u32; COLUMNS];
        for row in values.chunks_exact(units) {
            if let Some(columns) = row[block * COLUMNS..].first_chunk::<COLUMNS>() {
                for (found, &v) in found.iter_mut().zip(columns) {
                    *found += u32::from(test(v));
                }
            }
        }
        for (count, found) in counts.iter_mut().zip(found) {
            *count += u64::from(found);
        }
    }
    let mut found = [0u32; COLUMNS];
    for row in values.chunks_exact(units) {
        for (found, &v) in found.iter_mut().zip(&row[first_of_rest..]) {
            *found += u32::from(test(v));
        }
    }
    for (count, found) in rest.iter_mut().zip(found) {
        *count += u64::from(found);
    }
}
