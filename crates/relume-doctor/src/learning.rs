//! Whether a network learns: the question that every other check asks before it raises an alarm.
//!
//! # Learns
//! A network learns if its loss at the end (the mean over the last tenth of the steps, at least 8) is clearly below that
//! of the best constant prediction: by 5 %, and by two standard errors of its noise. Where the constant's loss is not
//! known, below the loss of the first steps. A network that learns is not sick, whatever its zeros and gradients look
//! like; but as long as it is less than 50 % below, it learns slowly, and what is known to slow learning down is worth a
//! warning. It does not learn if after at least 60 steps it is no better than the constant and no longer comes down; where the
//! constant is not known, if its loss is within 2 % of where it began (0.5 %, if it has surely come down) after at least 100 steps; if it has lost what it
//! had learnt; or if the loss is no longer finite. Everything else is not known yet, and so are the
//! losses of an adversarial training, of which each has one target for all samples, and what weighs the logarithms of
//! probabilities by what actions were worth: neither need come down. Source: our choice; a network that
//! has broken down stays within 1 % of the constant prediction, and one that has found anything at all on a task worth
//! training for is soon more than 5 % better.
//!
//! # Sparsity
//! The share of a layer's outputs that are exactly zero. It is reported and never a fault by itself: many
//! healthy ReLU networks have more than 80 % zeros.

use crate::finding::{Evidence, Severity};
use crate::loss_stretches::{Level, Stretches};
use crate::record::{Record, Snapshot};
use crate::thresholds::{
    ABOVE_CONSTANT, BARELY_MOVED, COLLAPSE, FALL, GOOD_FALL, JUDGED_STEPS, LONG_RUN, QUARTER,
    STANDARD_ERRORS, UNMOVED,
};
use serde::Serialize;

/// Whether a network learns, as far as its record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LearningState {
    /// It does: its loss shows it.
    Learns,
    /// It does, but most of the loss is left.
    LearnsSlowly,
    /// It does not, or its loss is no longer finite.
    DoesNotLearn,
    /// There was too little to judge by.
    NotKnownYet,
}

/// Why a network is said not to learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// Its loss is no longer finite.
    NotFinite,
    /// It had learnt something, and has lost it again.
    Collapsed,
    /// Its loss is no lower than that of the best constant prediction.
    NoBetterThanConstant,
    /// Its loss has not moved.
    Unmoved,
}

/// The verdict with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Learning {
    /// The verdict.
    pub state: LearningState,
    /// Why, where it does not learn.
    pub failure: Option<Failure>,
    /// The loss of the first steps, if it was finite.
    pub first_loss: Option<f64>,
    /// The loss at the end, if it is finite.
    pub loss: Option<f64>,
    /// The loss that it is compared with: the constant's, or that of the first steps.
    pub reference: Option<f64>,
    /// Whether that is the loss of the best constant prediction.
    pub baseline_known: bool,
    /// What is missing, where nothing is known yet.
    pub missing: Option<&'static str>,
    /// How many steps have stated a loss.
    pub steps: u64,
}

impl Learning {
    /// Judges a record.
    pub fn of(record: &Record) -> Learning {
        let stretches = Stretches::of(record);
        let baseline = record
            .baseline_loss
            .filter(|loss| loss.is_finite() && *loss != 0.0 && !tells_nothing(record));
        let broken = trained(record).any(|s| non_finite(s) > 0) && stretches.is_empty();
        let mut learning = Learning {
            state: LearningState::NotKnownYet,
            failure: None,
            first_loss: stretches.early().map(|early| early.mean),
            loss: stretches.late().map(|late| late.mean),
            reference: baseline.or(stretches.early().map(|early| early.mean)),
            baseline_known: baseline.is_some(),
            missing: None,
            steps: stretches.steps(),
        };
        if stretches.ends_lost() || broken {
            learning.loss = None;
            return learning.failed(Failure::NotFinite);
        }
        if trained(record).next().is_none() {
            return learning.unknown("a step of training");
        }
        let (Some(early), Some(late)) = (stretches.early(), stretches.late()) else {
            return learning.unknown("the loss, which was not seen");
        };
        if tells_nothing(record) {
            let by_course = learning.clone().by_course(early, late, &stretches);
            return if by_course.is_shown() {
                by_course
            } else if adversarial(record) {
                learning.unknown("a measure of its own: the losses of an adversarial training do not tell")
            } else {
                learning.unknown("a measure of its own, such as the reward: this loss need not come down")
            };
        }
        match baseline {
            Some(baseline) => learning.against_constant(baseline, late, &stretches),
            None => learning.by_course(early, late, &stretches),
        }
    }

    /// Judges the end against what a constant gives.
    fn against_constant(self, baseline: f64, late: Level, stretches: &Stretches) -> Learning {
        let fall = |level: Level, errors: f64| {
            (baseline - level.mean - errors * level.error) / baseline.abs().max(f64::MIN_POSITIVE)
        };
        let sure = fall(late, STANDARD_ERRORS);
        let best = stretches.best().map_or(sure, |best| fall(best, STANDARD_ERRORS));
        if sure >= GOOD_FALL {
            self.learns()
        } else if best >= COLLAPSE * 2.0 && fall(late, 0.0) < best / 4.0 && fall(late, 0.0) < COLLAPSE {
            self.failed(Failure::Collapsed)
        } else if sure >= FALL {
            self.slowly()
        } else if self.steps < JUDGED_STEPS {
            self.unknown("more steps: there were too few to judge by")
        } else if fall(late, 0.0) >= FALL {
            self.unknown("more steps: the loss is so noisy that its fall may be chance")
        } else if stretches.comes_down() && !(self.steps >= LONG_RUN && fall(late, 0.0) < -ABOVE_CONSTANT) {
            self.unknown("more steps: the loss is still coming down")
        } else {
            self.failed(Failure::NoBetterThanConstant)
        }
    }

    /// Judges by the course of the loss alone.
    fn by_course(self, early: Level, late: Level, stretches: &Stretches) -> Learning {
        let size = early.mean.abs().max(f64::MIN_POSITIVE);
        let error = early.error.hypot(late.error);
        let fall = (early.mean - late.mean) / size;
        // While it falls from step to step that is no noise: below all of the first losses is surely below them.
        let below_all = early.lowest - late.mean - STANDARD_ERRORS * late.error;
        let sure = (fall - STANDARD_ERRORS * error / size).max(below_all / size);
        let best = stretches
            .best()
            .map_or(fall, |best| (early.mean - best.mean) / size);
        if !stretches.has_course() {
            return self.unknown("more steps: the course of the loss is too short");
        }
        let thin = self.steps < JUDGED_STEPS;
        let unmoved = if sure > 0.0 { BARELY_MOVED } else { UNMOVED };
        if sure >= GOOD_FALL {
            self.learns()
        } else if !thin && late.mean > 0.0 && best >= GOOD_FALL && fall < FALL {
            self.failed(Failure::Collapsed)
        } else if sure >= FALL {
            self.slowly()
        } else if self.steps < LONG_RUN {
            self.unknown("more steps, or the loss that the best constant prediction gives (baseline_loss)")
        } else if fall.abs() <= unmoved && error <= UNMOVED * size && best <= FALL {
            self.failed(Failure::Unmoved)
        } else {
            self.unknown("the loss that the best constant prediction gives (baseline_loss)")
        }
    }

    fn learns(self) -> Learning {
        Learning {
            state: LearningState::Learns,
            ..self
        }
    }

    fn slowly(self) -> Learning {
        Learning {
            state: LearningState::LearnsSlowly,
            ..self
        }
    }

    fn failed(self, failure: Failure) -> Learning {
        Learning {
            state: LearningState::DoesNotLearn,
            failure: Some(failure),
            ..self
        }
    }

    fn unknown(self, missing: &'static str) -> Learning {
        Learning {
            state: LearningState::NotKnownYet,
            missing: Some(missing),
            ..self
        }
    }

    /// Whether learning was shown, be it slow.
    pub fn is_shown(&self) -> bool {
        matches!(self.state, LearningState::Learns | LearningState::LearnsSlowly)
    }

    /// The loss of the best constant prediction, where it is known.
    pub(crate) fn constant(&self) -> Option<f64> {
        self.reference.filter(|_| self.baseline_known)
    }

    /// Whether its loss has come down by less than a quarter of the constant's.
    pub(crate) fn has_hardly_learnt(&self) -> bool {
        let ends = self.loss.zip(self.reference);
        ends.is_some_and(|(loss, reference)| loss > reference - QUARTER * reference.abs())
    }

    /// How bad a disorder is in a network of which this is known; `None` if it is none at all.
    pub(crate) fn severity(&self) -> Option<Severity> {
        match self.state {
            LearningState::Learns | LearningState::LearnsSlowly => None,
            LearningState::DoesNotLearn => Some(Severity::Fault),
            LearningState::NotKnownYet => Some(Severity::Warning),
        }
    }

    /// The same for a disorder that is known to slow learning down.
    pub(crate) fn severity_of_disorder(&self) -> Option<Severity> {
        match self.state {
            LearningState::LearnsSlowly => Some(Severity::Warning),
            _ => self.severity(),
        }
    }

    /// The same for a mistake that is one whether or not the network learns all the same.
    pub(crate) fn severity_of_mistake(&self) -> Severity {
        self.severity().unwrap_or(Severity::Warning)
    }

    /// The loss and the bar; nothing where there is no loss to judge by.
    pub(crate) fn evidence(&self) -> Option<Evidence> {
        let bar = self.reference.map(|from| from - FALL * from.abs());
        (self.state != LearningState::NotKnownYet).then(|| Evidence {
            quantity: "training loss at the end".into(),
            value: self.loss,
            threshold: bar,
            unit: "loss".into(),
        })
    }

    /// A clause for the end of a summary.
    pub(crate) fn words(&self) -> &'static str {
        match self.state {
            LearningState::Learns => "; the network learns all the same",
            LearningState::LearnsSlowly => "; the network learns, but slowly",
            LearningState::DoesNotLearn => "; the network does not learn",
            LearningState::NotKnownYet => "",
        }
    }
}

/// Whether the loss need not come down where training goes well.
fn tells_nothing(record: &Record) -> bool {
    let terms = record.setup.loss.iter().flat_map(|loss| &loss.terms);
    adversarial(record) || terms.into_iter().any(|term| term.kind == "log_probability")
}

/// Whether most losses had one target for all their samples, and not always the same, as those of real and of made samples
/// in an adversarial training. Where that goes well no loss comes down.
fn adversarial(record: &Record) -> bool {
    record.setup.targets.as_ref().is_some_and(|targets| {
        let several = targets.shape.iter().product::<u64>() > 1;
        several && targets.steps > 1 && 2 * targets.uniform >= targets.steps && targets.min < targets.max
    })
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
        let mut numbers = [FALL, GOOD_FALL, UNMOVED, BARELY_MOVED]
            .map(|fall| format!("{} %", 100.0 * fall))
            .to_vec();
        numbers.extend([JUDGED_STEPS, LONG_RUN].map(|steps| format!("{steps} steps")));
        documentation::assert_states(include_str!("learning.rs"), "Learns", &numbers);
    }

    /// The verdict on a record of passes with these losses, from pass `first` on.
    fn verdict(baseline: Option<f64>, first: usize, losses: &[Option<f64>]) -> LearningState {
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
        .state
    }

    #[test]
    fn passes_are_judged_by_the_baseline_or_by_the_first_loss() {
        use LearningState::{DoesNotLearn, Learns, LearnsSlowly, NotKnownYet};
        for (baseline, first, losses, expected) in [
            (Some(2.0), 1, &[Some(1.0)][..], Learns),
            (Some(2.0), 1, &[Some(1.5)], LearnsSlowly),
            (Some(2.0), 1, &[Some(1.95)], DoesNotLearn),
            // A loss that comes down from far above to what a constant gives has learnt nothing.
            (Some(2.0), 0, &[Some(50.0), Some(2.0)], DoesNotLearn),
            (None, 0, &[Some(2.0), Some(1.0)], Learns),
            (None, 1, &[Some(2.0), Some(1.992)], DoesNotLearn),
            (None, 0, &[Some(-2.0), Some(-3.0)], Learns),
            (None, 1, &[Some(2.0)], NotKnownYet),
            (Some(2.0), 0, &[Some(2.0)], NotKnownYet),
            (None, 1, &[None, None], NotKnownYet),
            (None, 0, &[Some(2.0), None], DoesNotLearn),
            (Some(f64::NAN), 0, &[], NotKnownYet),
        ] {
            assert_eq!(
                verdict(baseline, first, losses),
                expected,
                "{baseline:?} {losses:?}"
            );
        }
    }
}
