//! The binned pre-activations of a layer: for the eye, so a sample of them is enough.

use crate::record::Histogram;

/// Bins span `[-EDGE, EDGE)`, where activation functions bend.
const EDGE: f32 = 8.0;

/// Bins per unit of the axis; a power of two, so that the bin of a value is found exactly.
const FINENESS: f32 = 4.0;

/// At most about this many values of each batch are binned, evenly spaced: the whole batch would cost more
/// than everything else that is counted.
const SAMPLED: usize = 128;

impl Histogram {
    /// All bins at zero.
    pub(crate) fn empty() -> Histogram {
        Histogram {
            low: f64::from(-EDGE),
            high: f64::from(EDGE),
            counts: vec![0; (2.0 * EDGE * FINENESS) as usize],
            below: 0,
            above: 0,
        }
    }

    /// Whether it has the bins of all others.
    pub(crate) fn fits(&self) -> bool {
        let Histogram {
            low, high, counts, ..
        } = Histogram::empty();
        (self.low, self.high, self.counts.len()) == (low, high, counts.len())
    }

    /// Bins a sample of the values; NaN is in no bin.
    pub(crate) fn sample(&mut self, values: &[f32]) {
        // An odd stride visits all columns of a tensor whose width is a power of two.
        let stride = (values.len() / SAMPLED) | 1;
        for &v in values.iter().step_by(stride) {
            if v < -EDGE {
                self.below += 1;
            } else if v >= EDGE {
                self.above += 1;
            } else if v >= -EDGE {
                self.counts[((v * FINENESS).floor() + EDGE * FINENESS) as usize] += 1;
            }
        }
    }

    /// Adds the counts of another with the same bins.
    pub(crate) fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.below += other.below;
        self.above += other.above;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_fall_where_they_should() {
        let mut h = Histogram::empty();
        let just_below_edge = f32::from_bits(EDGE.to_bits() - 1);
        h.sample(&[
            -8.0,
            -7.76,
            -7.75,
            7.75,
            just_below_edge,
            8.0,
            -8.001,
            f32::INFINITY,
            f32::NAN,
        ]);
        h.sample(&[f32::NEG_INFINITY, -f32::from_bits(1)]);
        let last = h.counts.len() - 1;
        assert_eq!(
            (h.counts[0], h.counts[1], h.counts[last], h.below, h.above),
            (2, 1, 2, 2, 2)
        );
        assert_eq!(h.counts.iter().sum::<u64>(), 6);
    }

    #[test]
    fn a_large_batch_is_sampled_from_all_columns() {
        // Column c of 128 holds only the value of bin c mod 64.
        let values: Vec<f32> = (0..64 * 128).map(|i| (i % 64) as f32 / FINENESS - EDGE).collect();
        let mut h = Histogram::empty();
        h.sample(&values);
        assert!(h.counts.iter().all(|&n| n > 0), "{:?}", h.counts);
        assert!(h.counts.iter().sum::<u64>() <= 2 * SAMPLED as u64);
    }
}
