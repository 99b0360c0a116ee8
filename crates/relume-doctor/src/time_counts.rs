//! What is counted of the gradient at the states of a recurrent layer, step in time by step in time.

use crate::setup::ThroughTime;

/// The counts of one layer over a pass, and what they came to in the passes before.
#[derive(Clone, Debug, Default)]
pub(crate) struct TimeCounts {
    /// For each step in time the sum of the squares of the gradient, over the present pass.
    squares: Vec<f64>,
    /// Of the passes before: the norm at the first step relative to the largest.
    ratios: Vec<f64>,
    /// The largest norm relative to that at the last step, in the first pass.
    growth: Option<f64>,
    /// The most steps of a pass before.
    steps: usize,
}

impl TimeCounts {
    /// Takes in the norms of one batch.
    pub(crate) fn add(&mut self, norms: impl ExactSizeIterator<Item = f64>) {
        self.squares.resize(self.squares.len().max(norms.len()), 0.0);
        for (sum, norm) in self.squares.iter_mut().zip(norms) {
            *sum += norm * norm;
        }
    }

    /// Adds what another worker counted in the present pass.
    pub(crate) fn merge(&mut self, other: &TimeCounts) {
        self.add(other.squares.iter().map(|square| square.sqrt()));
    }

    /// Ends a pass. One in which nothing came back, or what is not finite, says nothing.
    pub(crate) fn end_pass(&mut self) {
        let norms: Vec<f64> = self.squares.drain(..).map(f64::sqrt).collect();
        let largest = norms.iter().copied().fold(0.0, f64::max);
        let (Some(first), Some(last)) = (norms.first(), norms.last()) else {
            return;
        };
        if norms.iter().all(|norm| norm.is_finite()) && largest > 0.0 {
            self.ratios.push(first / largest);
            self.steps = self.steps.max(norms.len());
            self.growth = self.growth.or_else(|| (*last > 0.0).then(|| largest / last));
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
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(passes: &[&[&[f64]]]) -> Option<ThroughTime> {
        let mut counts = TimeCounts::default();
        for pass in passes {
            for batch in *pass {
                counts.add(batch.iter().copied());
            }
            counts.end_pass();
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
        one.end_pass();
        all.end_pass();
        let ratio = |counts: &TimeCounts| counts.facts("rnn").unwrap().first_over_largest.unwrap();
        assert!((ratio(&one) - ratio(&all)).abs() < 1e-12);
    }
}
