//! What is counted of one parameter during one pass: its gradient, and the size of its updates.

use crate::record::ParameterSnapshot;
use crate::sums::Sums;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The counts of one parameter over one pass.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ParameterCounts {
    gradient: Sums,
    updates: Ratios,
}

impl ParameterCounts {
    pub(crate) fn gradient(&mut self, g: &[f32]) {
        self.gradient.add(g);
    }

    /// Takes in one optimiser step. A parameter that was zero (a fresh bias) has no size to compare with.
    pub(crate) fn update(&mut self, step: f64, weight: f64) {
        let ratio = step / weight;
        if ratio.is_finite() && ratio >= 0.0 {
            self.updates.add(ratio);
        }
    }

    pub(crate) fn merge(&mut self, other: &ParameterCounts) {
        self.gradient.merge(&other.gradient);
        self.updates.merge(&other.updates);
    }

    /// What the counts come to.
    pub(crate) fn snapshot(&self) -> ParameterSnapshot {
        ParameterSnapshot {
            gradient_rms: self.gradient.rms(),
            update_ratio: self.updates.median(),
            update_peak: self.updates.largest,
            non_finite: self.gradient.non_finite,
        }
    }
}

/// Ratios counted in bins an eighth of an octave wide: their median, within 5 %, in memory that does not grow
/// with the number of steps (there are no more bins than floating-point exponents times eight).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Ratios {
    zeros: u64,
    bins: BTreeMap<i32, u64>,
    largest: Option<f64>,
}

const BINS_PER_OCTAVE: f64 = 8.0;

impl Ratios {
    fn add(&mut self, ratio: f64) {
        if ratio == 0.0 {
            self.zeros += 1;
        } else {
            *self
                .bins
                .entry((ratio.log2() * BINS_PER_OCTAVE).floor() as i32)
                .or_default() += 1;
        }
        self.largest = Some(self.largest.map_or(ratio, |largest| largest.max(ratio)));
    }

    fn merge(&mut self, other: &Ratios) {
        self.zeros += other.zeros;
        for (&bin, &n) in &other.bins {
            *self.bins.entry(bin).or_default() += n;
        }
        self.largest = match (self.largest, other.largest) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
    }

    fn median(&self) -> Option<f64> {
        let n = self.zeros + self.bins.values().sum::<u64>();
        let half = n.div_ceil(2);
        if n == 0 {
            return None;
        }
        let mut seen = self.zeros;
        if seen >= half {
            return Some(0.0);
        }
        for (&bin, &count) in &self.bins {
            seen += count;
            if seen >= half {
                return Some(((f64::from(bin) + 0.5) / BINS_PER_OCTAVE).exp2());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_seen_is_not_a_zero() {
        let mut counts = ParameterCounts::default();
        counts.update(0.5, 0.0);
        counts.update(f64::NAN, 1.0);
        assert_eq!(counts.snapshot(), ParameterSnapshot::default());
        counts.update(0.0, 1.0);
        assert_eq!(counts.snapshot().update_ratio, Some(0.0));
    }

    proptest! {
        #[test]
        fn the_median_is_within_five_percent(
            mut ratios in prop::collection::vec(prop_oneof![Just(0.0), 1e-12..1e3f64, 1e-300..1e-290f64], 1..60),
            split in 0usize..60,
        ) {
            let split = split.min(ratios.len());
            let (mut first, mut second) = (Ratios::default(), Ratios::default());
            ratios[..split].iter().for_each(|&r| first.add(r));
            ratios[split..].iter().for_each(|&r| second.add(r));
            first.merge(&second);
            ratios.sort_by(f64::total_cmp);
            let exact = ratios[(ratios.len() - 1) / 2];
            let found = first.median().unwrap();
            prop_assert!((found - exact).abs() <= 0.05 * exact, "{found} for {exact}");
            prop_assert_eq!(first.largest, ratios.last().copied());
        }
    }
}
