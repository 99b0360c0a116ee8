//! What is counted of the gradient at the states of a recurrent layer, step in time by step in time.

use crate::setup::{ThroughTime, TimeNorms};

/// With more steps in time than this, neighbours are taken together.
const BINS: usize = 64;

/// With more passes than this, every second one is kept.
const PASSES: usize = 128;

/// The counts of one layer over a pass, and what they came to in the passes before.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeCounts {
    /// For each step in time the sum of the squares of the gradient, over the present pass.
    squares: Vec<f64>,
    /// Batches of the present pass.
    batches: u64,
    /// Of the passes before: the norm at the first step relative to the largest.
    ratios: Vec<f64>,
    /// The largest norm relative to that at the last step, in the first pass.
    growth: Option<f64>,
    /// The most steps of a pass before.
    steps: usize,
    /// The norms of passes before, those kept.
    passes: Vec<TimeNorms>,
    /// One in so many passes is kept, as a power of 2.
    thinned: u32,
}

impl TimeCounts {
    /// Takes in the norms of one batch.
    pub(crate) fn add(&mut self, norms: impl ExactSizeIterator<Item = f64>) {
        self.squares.resize(self.squares.len().max(norms.len()), 0.0);
        for (sum, norm) in self.squares.iter_mut().zip(norms) {
            *sum += norm * norm;
        }
        self.batches += 1;
    }

    /// Adds what another worker counted in the present pass.
    pub(crate) fn merge(&mut self, other: &TimeCounts) {
        let batches = self.batches + other.batches;
        self.add(other.squares.iter().map(|square| square.sqrt()));
        self.batches = batches;
    }

    /// Ends a pass. One in which nothing came back, or what is not finite, says nothing of ratios.
    pub(crate) fn end_pass(&mut self, pass: u64) {
        let batches = std::mem::take(&mut self.batches).max(1) as f64;
        let norms: Vec<f64> = self.squares.drain(..).map(f64::sqrt).collect();
        let (Some(first), Some(last)) = (norms.first(), norms.last()) else {
            return;
        };
        self.keep(pass, &norms, batches);
        let largest = norms.iter().copied().fold(0.0, f64::max);
        if norms.iter().all(|norm| norm.is_finite()) && largest > 0.0 {
            self.ratios.push(first / largest);
            self.steps = self.steps.max(norms.len());
            self.growth = self.growth.or_else(|| (*last > 0.0).then(|| largest / last));
        }
    }

    /// Keeps the norms of a pass for the picture.
    fn keep(&mut self, pass: u64, norms: &[f64], batches: f64) {
        if !pass.is_multiple_of(1 << self.thinned) {
            return;
        }
        self.passes.push(TimeNorms {
            at: pass,
            norms: binned(norms, batches),
        });
        if self.passes.len() > PASSES {
            self.thinned += 1;
            self.passes
                .retain(|kept| kept.at.is_multiple_of(1 << self.thinned));
        }
    }

    /// What the passes came to; `None` if none said anything.
    pub(crate) fn facts(&self, name: &str) -> Option<ThroughTime> {
        let mut ratios = self.ratios.clone();
        ratios.sort_by(f64::total_cmp);
        let median = *ratios.get(ratios.len() / 2)?;
        Some(ThroughTime {
            name: name.to_owned(),
            steps: self.steps as u64,
            first_over_largest: Some(median),
            largest_over_last: self.growth,
            passes: self.passes.clone(),
        })
    }
}

/// The norm of a batch in at most [`BINS`] bins of equally many steps, the last of which may hold fewer.
fn binned(norms: &[f64], batches: f64) -> Vec<Option<f64>> {
    let steps = norms.len().div_ceil(BINS).max(1);
    let bin = |norms: &[f64]| {
        let squares: f64 = norms.iter().map(|norm| norm * norm).sum();
        let norm = (squares / norms.len() as f64 / batches).sqrt();
        norm.is_finite().then_some(norm)
    };
    norms.chunks(steps).map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(passes: &[&[&[f64]]]) -> Option<ThroughTime> {
        let mut counts = TimeCounts::default();
        for (number, pass) in passes.iter().enumerate() {
            for batch in *pass {
                counts.add(batch.iter().copied());
            }
            counts.end_pass(number as u64);
        }
        counts.facts("rnn")
    }

    #[test]
    fn squares_add_up_over_a_pass_and_passes_have_a_median() {
        // 3 and 4 make 5; the second batch is shorter.
        let facts = counted(&[
            &[&[3.0, 0.0, 10.0], &[4.0, 1.0]],
            &[&[1.0, 1.0, 2.0]],
            &[&[4.0, 1.0, 1.0]],
        ])
        .unwrap();
        assert_eq!(facts.name, "rnn");
        assert_eq!(facts.steps, 3);
        assert_eq!(facts.first_over_largest, Some(0.5));
        assert_eq!(facts.largest_over_last, Some(1.0));
    }

    #[test]
    fn a_pass_without_a_gradient_says_nothing() {
        assert_eq!(counted(&[&[]]), None);
        assert_eq!(counted(&[&[&[0.0, 0.0]]]), None);
        assert_eq!(counted(&[&[&[f64::NAN, 1.0]]]), None);
        let facts = counted(&[&[&[0.0, 0.0]], &[&[1.0, 4.0]]]).unwrap();
        assert_eq!(facts.first_over_largest, Some(0.25));
    }

    #[test]
    fn workers_add_up_to_one() {
        let (mut one, mut other, mut all) = <(TimeCounts, TimeCounts, TimeCounts)>::default();
        one.add([3.0, 1.0].into_iter());
        other.add([4.0, 1.0, 6.0].into_iter());
        all.add([3.0, 1.0].into_iter());
        all.add([4.0, 1.0, 6.0].into_iter());
        one.merge(&other);
        one.end_pass(0);
        all.end_pass(0);
        let ratio = |counts: &TimeCounts| counts.facts("rnn").unwrap().first_over_largest.unwrap();
        assert!((ratio(&one) - ratio(&all)).abs() < 1e-12);
        let norms = |counts: &TimeCounts| counts.facts("rnn").unwrap().passes[0].norms[2].unwrap();
        assert!((norms(&one) - norms(&all)).abs() < 1e-12);
    }

    #[test]
    fn norms_are_kept_in_few_bins_and_few_passes() {
        let mut counts = TimeCounts::default();
        for pass in 0..1000 {
            // Two batches: each bin of 3 steps holds norms of 3, 4 and 5.
            for _ in 0..2 {
                counts.add((0..150).map(|step| 3.0 + f64::from(step % 3)));
            }
            counts.end_pass(pass);
        }
        let passes = counts.facts("rnn").unwrap().passes;
        assert!((PASSES / 2..=PASSES).contains(&passes.len()));
        assert!(passes.is_sorted_by_key(|pass| pass.at) && passes[0].at == 0);
        let expected = ((9.0 + 16.0 + 25.0) / 3.0_f64).sqrt();
        for pass in &passes {
            assert_eq!(pass.norms.len(), 50);
            assert!(
                pass.norms
                    .iter()
                    .all(|norm| (norm.unwrap() - expected).abs() < 1e-12)
            );
        }
        assert_eq!(binned(&[1.0; 64], 1.0).len(), 64);
        assert_eq!(binned(&[1.0; 65], 1.0).len(), 33);
        assert_eq!(binned(&[f64::INFINITY, 2.0], 1.0), [None, Some(2.0)]);
    }
}
