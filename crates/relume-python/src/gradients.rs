//! What is looked at of the parameters at each step: little enough that no training notices.

use relume_doctor::GradientNorm;

use crate::memory::Memory;

/// Of a larger gradient a sample is looked at, another one at each step.
const BLOCKS: usize = 16;
const BLOCK: usize = 1 << 10;

/// The norm of a gradient, and how many of the elements looked at were not finite. Whether it is exactly zero is decided by
/// all of its elements.
///
/// # Safety
/// As [`Memory::singles`].
pub(crate) unsafe fn measured(memory: Memory, step: u64, scratch: &mut Vec<f32>) -> (f64, u64) {
    let n = memory.elements;
    let mut norm = GradientNorm::default();
    if n <= BLOCKS * BLOCK {
        // SAFETY: as promised by the caller.
        norm.add(unsafe { memory.singles(0, n, scratch) });
        return (norm.of(n), norm.non_finite());
    }
    for start in sample(n, step) {
        // SAFETY: as promised by the caller.
        norm.add(unsafe { memory.singles(start, BLOCK, scratch) });
    }
    if norm.of(n) == 0.0 {
        let mut start = 0;
        while start < n {
            let length = BLOCK.min(n - start);
            // SAFETY: as promised by the caller.
            let block = unsafe { memory.singles(start, length, scratch) };
            if block.iter().any(|&g| g != 0.0) {
                norm = GradientNorm::default();
                // SAFETY: as promised by the caller.
                norm.add(unsafe { memory.singles(0, n, scratch) });
                break;
            }
            start += length;
        }
    }
    (norm.of(n), norm.non_finite())
}

/// Where the blocks begin that are looked at in a step: evenly spread, so that in time all are.
fn sample(n: usize, step: u64) -> impl Iterator<Item = usize> {
    let apart = n / BLOCKS;
    let places = (apart - BLOCK).div_ceil(BLOCK) + 1;
    let shift = (step as usize % places * BLOCK).min(apart - BLOCK);
    (0..BLOCKS).map(move |i| i * apart + shift)
}

/// Whether all units have the same weights: all rows of a parameter are the same, or all columns of a matrix, as in
/// products that are written by hand; `None` of one that has fewer than two rows, or rows of one number.
///
/// # Safety
/// As [`Memory::singles`].
pub(crate) unsafe fn all_units_equal(
    memory: Memory,
    shape: &[usize],
    scratch: &mut Vec<f32>,
) -> Option<bool> {
    let &[rows, ..] = shape else { return None };
    let width = memory.elements.checked_div(rows)?;
    if rows < 2 || width == 0 || shape.len() < 2 {
        return None;
    }
    // SAFETY: as promised by the caller.
    let first = unsafe { memory.singles(0, width, scratch) }.to_vec();
    let (mut rows_equal, mut columns_equal) = (true, shape.len() == 2 && width > 1);
    for row in 0..rows {
        // SAFETY: as promised by the caller.
        let values = unsafe { memory.singles(row * width, width, scratch) };
        rows_equal &= values == first;
        columns_equal &= values.iter().all(|value| *value == values[0]);
        if !(rows_equal || columns_equal) {
            return Some(false);
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::ElementType;

    fn memory(values: &[f32]) -> Memory {
        Memory::new(ElementType::F32 as usize, values.as_ptr() as usize, values.len()).expect("f32 is a type")
    }

    #[test]
    fn a_sample_reaches_every_element_in_time() {
        for n in [BLOCKS * BLOCK + 1, 3 * BLOCKS * BLOCK, 100_003] {
            let mut seen = vec![false; n / BLOCKS * BLOCKS];
            for step in 0..(n / BLOCK) as u64 + 2 {
                for start in sample(n, step) {
                    seen[start..start + BLOCK].fill(true);
                }
            }
            assert!(seen.into_iter().all(|seen| seen), "{n}");
        }
    }

    #[test]
    fn a_norm_is_that_of_all_elements() {
        let mut scratch = Vec::new();
        for n in [1, 1000, 50_000] {
            let values = vec![0.5; n];
            // SAFETY: the values live, and are left alone.
            let (norm, non_finite) = unsafe { measured(memory(&values), 3, &mut scratch) };
            assert!((norm - 0.5 * (n as f64).sqrt()).abs() < 1e-4 * norm);
            assert_eq!(non_finite, 0);
        }
    }

    #[test]
    fn one_element_keeps_a_large_gradient_from_being_zero() {
        let mut values = vec![0.0; 50_000];
        // SAFETY: the values live, and are left alone.
        let norm = |values: &[f32]| unsafe { measured(memory(values), 0, &mut Vec::new()).0 };
        assert_eq!(norm(&values), 0.0);
        values[2_500] = 2.0;
        assert_eq!(norm(&values), 2.0);
    }

    #[test]
    fn rows_that_are_equal() {
        let mut scratch = Vec::new();
        // SAFETY: the values live, and are left alone.
        let mut equal =
            |values: &[f32], shape: &[usize]| unsafe { all_units_equal(memory(values), shape, &mut scratch) };
        assert_eq!(equal(&[1.0, 2.0, 1.0, 2.0], &[2, 2]), Some(true));
        assert_eq!(equal(&[1.0, 2.0, 1.0, 3.0], &[2, 2]), Some(false));
        assert_eq!(equal(&[1.0, 1.0], &[2]), None);
        assert_eq!(equal(&[1.0, 1.0], &[1, 2]), None);
        assert_eq!(equal(&[], &[0, 2]), None);
    }
}
