//! How accuracy depends on the length of a sample.

use super::{is_wrong, judged};
use crate::trial::Trial;
use std::collections::BTreeMap;

/// The most groups of lengths.
const MOST_BINS: usize = 6;
/// The fewest samples of a group, roughly.
const FEWEST_SAMPLES: usize = 25;

/// Samples of similar length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bin {
    /// The steps of the shortest.
    pub(crate) shortest: u32,
    /// The steps of the longest.
    pub(crate) longest: u32,
    /// The steps of the one in the middle.
    pub(crate) median: u32,
    /// How many samples there are.
    pub(crate) samples: usize,
}

/// How many answers there were, and how many of them were right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) answers: usize,
    pub(crate) right: usize,
}

impl Counted {
    /// The share of right answers; `None` without answers.
    pub(crate) fn share(self) -> Option<f64> {
        (self.answers > 0).then(|| self.right as f64 / self.answers as f64)
    }
}

/// Groups of as equal a number of samples as can be, no length in two of them; none where there would be fewer than two.
pub(crate) fn bins(steps: &[u32]) -> Vec<Bin> {
    let mut sorted = steps.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    let count = MOST_BINS.min(n / FEWEST_SAMPLES);
    // The first sample of each group, at the nearer end of the run of its length.
    let start = |group: usize| {
        let wanted = group * n / count;
        let length = sorted[wanted];
        let (before, after) = (
            sorted.partition_point(|steps| *steps < length),
            sorted.partition_point(|steps| *steps <= length),
        );
        if wanted - before <= after - wanted {
            before
        } else {
            after
        }
    };
    let mut starts: Vec<usize> = (0..count).map(start).chain([n]).collect();
    starts.dedup();
    if starts.len() < 3 {
        return Vec::new();
    }
    let bin = |range: &[usize]| {
        let group = &sorted[range[0]..range[1]];
        Bin {
            shortest: group[0],
            longest: group[group.len() - 1],
            median: group[group.len() / 2],
            samples: group.len(),
        }
    };
    starts.windows(2).map(bin).collect()
}

/// The answers of networks in each group, for samples whose length is known.
pub(crate) fn accuracies<'a>(
    trials: impl IntoIterator<Item = &'a Trial>,
    steps: &BTreeMap<u32, u32>,
    bins: &[Bin],
) -> Vec<Counted> {
    let mut counted = vec![Counted::default(); bins.len()];
    for scores in trials.into_iter().filter_map(judged) {
        for (sample, &score) in scores.samples.iter().zip(&scores.values) {
            let bin = steps
                .get(sample)
                .map(|steps| bins.partition_point(|bin| bin.longest < *steps));
            if let Some(counted) = bin.and_then(|bin| counted.get_mut(bin)) {
                counted.answers += 1;
                counted.right += usize::from(!is_wrong(score));
            }
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_lengths_make_groups_of_equal_size() {
        let steps: Vec<u32> = (0..300).map(|i| (i * 7) % 300).collect();
        let bins = bins(&steps);
        assert_eq!(bins.len(), MOST_BINS);
        assert!(
            bins.iter()
                .all(|bin| bin.samples == 50 && bin.longest == bin.shortest + 49)
        );
        assert_eq!((bins[0].shortest, bins[0].median, bins[5].longest), (0, 25, 299));
    }

    #[test]
    fn every_sample_is_in_one_group_and_no_length_in_two() {
        for seed in 0..200_u32 {
            let n = (seed * 3) as usize;
            let spread = 1 + seed % 17;
            let steps: Vec<u32> = (0..n as u32)
                .map(|i| i.wrapping_mul(2_654_435_761).wrapping_add(seed) % spread / (1 + seed % 3))
                .collect();
            let bins = bins(&steps);
            if bins.is_empty() {
                continue;
            }
            assert!(bins.len() >= 2 && bins.len() <= MOST_BINS);
            assert_eq!(bins.iter().map(|bin| bin.samples).sum::<usize>(), n);
            assert!(bins.windows(2).all(|pair| pair[0].longest < pair[1].shortest));
            for bin in bins {
                let inside = steps.iter().filter(|s| (bin.shortest..=bin.longest).contains(s));
                assert_eq!(inside.count(), bin.samples);
                assert!(bin.shortest <= bin.median && bin.median <= bin.longest);
            }
        }
    }

    #[test]
    fn one_length_and_few_samples_make_no_groups() {
        assert_eq!(bins(&[7; 1000]), []);
        assert_eq!(bins(&(0..2 * FEWEST_SAMPLES as u32 - 1).collect::<Vec<_>>()), []);
        assert_eq!(bins(&(0..2 * FEWEST_SAMPLES as u32).collect::<Vec<_>>()).len(), 2);
        assert_eq!(bins(&[]), []);
    }

    #[test]
    fn a_length_that_half_of_the_samples_have_is_a_group_of_its_own() {
        let steps: Vec<u32> = (0..300).map(|i| if i < 150 { 12 } else { i }).collect();
        let bins = bins(&steps);
        assert_eq!(
            (bins[0].shortest, bins[0].longest, bins[0].samples),
            (12, 12, 150)
        );
        assert_eq!(bins.len(), 4);
    }
}
