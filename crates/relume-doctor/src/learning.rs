//! Whether a network learns: the question that every other check asks before it raises an alarm.
//!
//! # Learns
//! A network learns if the mean training loss of its last pass is at least 5 % below that of the best constant
//! prediction; where that is not known, below the loss of the first pass observed. A network that learns is not
//! sick, whatever its zeros and gradients look like; but as long as it is less than 50 % below, it learns slowly, and
//! what is known to slow learning down is worth a warning. Source: our choice; a network that has broken down stays
//! within 1 % of the constant prediction, and one that has found anything at all on a task worth training for
//! is soon more than 5 % better.
//!
//! # Sparsity
//! The share of a layer's outputs that are exactly zero. It is reported and never a fault by itself: many
//! healthy ReLU networks have more than 80 % zeros.

use crate::finding::{Evidence, Severity};
use crate::record::{Record, Snapshot};
use crate::thresholds::{FALL, GOOD_FALL};

/// Whether a network learns, as far as its record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It does.
    Learns,
    /// It does, but most of the loss is left.
    Slowly,
    /// It does not, or its loss is no longer finite.
    Stalls,
    /// No loss, or no trained pass to judge by.
    Unknown,
}

/// The verdict with its numbers.
#[derive(Clone, Debug)]
pub(crate) struct Learning {
    pub(crate) verdict: Verdict,
    /// The loss of the last pass, if it was finite.
    loss: Option<f64>,
    /// The loss below which it would learn.
    bar: Option<f64>,
}

impl Learning {
    /// Judges a record.
    pub(crate) fn of(record: &Record) -> Learning {
        let last = trained(record).last();
        let loss = last.and_then(|s| s.loss);
        let baseline = record.baseline_loss.filter(|loss| loss.is_finite());
        let first = record.snapshots.iter().find(|s| s.loss.is_some());
        let comparable = baseline.is_some() || first.map(|s| s.pass) < last.map(|s| s.pass);
        let reference = baseline.or(first.and_then(|s| s.loss));
        let below = |fall: f64| reference.map(|from| from - fall * from.abs());
        let (bar, good) = (below(FALL), below(GOOD_FALL));
        let lost = first.is_some() || trained(record).any(|s| non_finite(s) > 0);
        let verdict = match (last, loss, bar) {
            (Some(_), None, _) if lost => Verdict::Stalls,
            (Some(_), Some(loss), _) if comparable && good.is_some_and(|good| loss <= good) => {
                Verdict::Learns
            }
            (Some(_), Some(loss), Some(bar)) if comparable && loss <= bar => Verdict::Slowly,
            (Some(_), Some(_), Some(_)) if comparable => Verdict::Stalls,
            _ => Verdict::Unknown,
        };
        Learning { verdict, loss, bar }
    }

    /// How bad a disorder is in a network of which this is known; `None` if it is none at all.
    pub(crate) fn severity(&self) -> Option<Severity> {
        match self.verdict {
            Verdict::Learns | Verdict::Slowly => None,
            Verdict::Stalls => Some(Severity::Fault),
            Verdict::Unknown => Some(Severity::Warning),
        }
    }

    /// The same for a disorder that is known to slow learning down.
    pub(crate) fn severity_of_disorder(&self) -> Option<Severity> {
        match self.verdict {
            Verdict::Slowly => Some(Severity::Warning),
            _ => self.severity(),
        }
    }

    /// The loss and the bar; nothing where there is no loss to judge by.
    pub(crate) fn evidence(&self) -> Option<Evidence> {
        (self.verdict != Verdict::Unknown).then(|| Evidence {
            quantity: "training loss of the last pass".into(),
            value: self.loss,
            threshold: self.bar,
            unit: "loss".into(),
        })
    }

    /// A clause for the end of a summary.
    pub(crate) fn words(&self) -> &'static str {
        match self.verdict {
            Verdict::Learns => "; the network learns all the same",
            Verdict::Slowly => "; the network learns, but slowly",
            Verdict::Stalls => "; the network does not learn",
            Verdict::Unknown => "",
        }
    }
}

/// How many samples were seen in all.
pub(crate) fn samples(record: &Record) -> u64 {
    let passes = record.snapshots.iter().map(|snapshot| snapshot.samples);
    passes.fold(0, u64::saturating_add)
}

/// The passes in which the network was trained.
pub(crate) fn trained(record: &Record) -> impl DoubleEndedIterator<Item = &Snapshot> {
    record.snapshots.iter().filter(|s| s.pass > 0)
}

/// How many values of a pass were not finite.
pub(crate) fn non_finite(snapshot: &Snapshot) -> u64 {
    let layers = snapshot.layers.iter().map(|layer| layer.non_finite);
    let parameters = snapshot.parameters.iter().map(|parameter| parameter.non_finite);
    layers.chain(parameters).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        documentation::assert_states(
            include_str!("learning.rs"),
            "Learns",
            &[FALL, GOOD_FALL].map(|fall| format!("{} %", 100.0 * fall)),
        );
    }

    /// The verdict on a record with these losses, from pass `first` on.
    fn verdict(baseline: Option<f64>, first: usize, losses: &[Option<f64>]) -> Verdict {
        let snapshot = |(i, &loss)| Snapshot {
            pass: first + i,
            steps: None,
            loss,
            samples: 9,
            layers: vec![],
            parameters: vec![],
        };
        let snapshots = losses.iter().enumerate().map(snapshot).collect();
        Learning::of(&Record {
            snapshots,
            baseline_loss: baseline,
            ..Record::default()
        })
        .verdict
    }

    #[test]
    fn learning_is_judged_by_the_baseline_or_by_the_first_loss() {
        use Verdict::{Learns, Slowly, Stalls, Unknown};
        for (baseline, first, losses, expected) in [
            (Some(2.0), 1, &[Some(1.0)][..], Learns),
            (Some(2.0), 1, &[Some(1.5)], Slowly),
            (Some(2.0), 1, &[Some(1.95)], Stalls),
            // A loss that comes down from far above to what a constant gives has learnt nothing.
            (Some(2.0), 0, &[Some(50.0), Some(2.0)], Stalls),
            (None, 0, &[Some(2.0), Some(1.0)], Learns),
            (None, 1, &[Some(2.0), Some(1.99)], Stalls),
            (None, 0, &[Some(-2.0), Some(-3.0)], Learns),
            (None, 1, &[Some(2.0)], Unknown),
            (Some(2.0), 0, &[Some(2.0)], Unknown),
            (None, 1, &[None, None], Unknown),
            (None, 0, &[Some(2.0), None], Stalls),
            (Some(f64::NAN), 0, &[], Unknown),
        ] {
            assert_eq!(
                verdict(baseline, first, losses),
                expected,
                "{baseline:?} {losses:?}"
            );
        }
    }
}
