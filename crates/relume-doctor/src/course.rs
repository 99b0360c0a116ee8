//! What is seen of every step, whether it is watched in full or not.

use crate::loss_course::{LossCourse, either};
use crate::sums::Sums;
use serde::{Deserialize, Serialize};

/// What was seen of all steps: the loss, whether it and the gradients were finite, and how large the gradients were.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Course {
    /// The loss.
    #[serde(skip_serializing_if = "LossCourse::is_empty")]
    pub losses: LossCourse,
    /// The first number that was NaN or infinite, if any was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_non_finite: Option<NonFinite>,
    /// All parameters of the network, in its own order; those that have no gradient too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<ParameterCourse>,
}

/// The first number that was NaN or infinite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonFinite {
    /// The step in which it appeared.
    pub step: u64,
    /// What it was a number of.
    pub what: Quantity,
    /// Its name: of the layer, of the parameter, or of the operation behind the model; empty where it has none.
    pub name: String,
    /// How many numbers were not finite; 0 where they were not counted.
    #[serde(default)]
    pub count: u64,
    /// Which samples of the batch, at most 16 of them, from 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub samples: Vec<u64>,
    /// How many samples of the batch.
    #[serde(default)]
    pub affected: u64,
    /// How many samples the batch had; 0 where it is not known.
    #[serde(default)]
    pub batch: u64,
}

/// What a number belongs to, in the order of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// What enters the network.
    Input,
    /// A parameter, before the step.
    Parameter,
    /// What enters or leaves an activation.
    Activation,
    /// What leaves the network, or is computed from it on the way to the loss.
    Output,
    /// What the network is compared with.
    Target,
    /// The loss.
    Loss,
    /// The gradient of a parameter.
    Gradient,
}

/// One parameter through all steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParameterCourse {
    /// Its name, such as `hidden3.weight`.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether it is left as it is (`requires_grad` is false).
    pub frozen: bool,
    /// Whether an optimiser holds it, of those that took a step or were named to the doctor.
    pub held: bool,
    /// Steps at whose end it had a gradient.
    pub steps: u64,
    /// Of these, the steps with a gradient that was exactly zero.
    pub zero: u64,
    /// Of these, the steps with a gradient that was not finite.
    pub non_finite: u64,
    /// Steps at whose end it had none.
    pub missing: u64,
    /// The mean over the steps of ‖g‖², of gradients that were finite. Of large gradients a sample is looked at,
    /// another one at each step.
    pub mean_square: Option<f64>,
    /// The largest ‖g‖.
    pub max: Option<f64>,
    /// The first ‖g‖.
    pub first: Option<f64>,
    /// The last ‖g‖.
    pub last: Option<f64>,
    /// Whether, when last looked at, all its rows (the weights of its units) were the same, or all columns of a matrix (where
    /// these are); `None` where it has one row, or was not looked at.
    pub rows_equal: Option<bool>,
    /// The same when first looked at, before the first step.
    pub rows_equal_at_first: Option<bool>,
}

/// A gradient at the end of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gradient {
    /// There is none.
    Missing,
    /// Its norm ‖g‖; not a finite number where the gradient is not finite.
    Norm(f64),
}

/// Measures a gradient, or a sample of it.
#[derive(Clone, Debug, Default)]
pub struct GradientNorm(Sums);

impl GradientNorm {
    /// Takes in some of its elements.
    pub fn add(&mut self, elements: &[f32]) {
        self.0.add(elements);
    }

    /// How many elements were not finite.
    pub fn non_finite(&self) -> u64 {
        self.0.non_finite
    }

    /// The norm of a gradient of this many elements, of which those taken in are a sample.
    pub fn of(&self, elements: usize) -> f64 {
        match self.0.rms() {
            _ if self.0.non_finite > 0 => f64::NAN,
            Some(rms) => rms * (elements as f64).sqrt(),
            None => 0.0,
        }
    }
}

impl ParameterCourse {
    /// Takes in the gradient of a step.
    pub fn take(&mut self, gradient: Gradient) {
        match gradient {
            Gradient::Missing => self.missing += 1,
            Gradient::Norm(norm) => {
                self.steps += 1;
                if !norm.is_finite() {
                    self.non_finite += 1;
                    return;
                }
                self.zero += u64::from(norm == 0.0);
                let finite = (self.steps - self.non_finite) as f64;
                let (square, before) = ((norm * norm).min(f64::MAX), self.mean_square.unwrap_or(0.0));
                self.mean_square = Some(before * (1.0 - 1.0 / finite) + square / finite);
                self.max = either(self.max, Some(norm), f64::max);
                self.first = self.first.or(Some(norm));
                self.last = Some(norm);
            }
        }
    }

    /// Adds what another worker saw of it.
    fn merge(&mut self, other: &ParameterCourse) {
        let finite = |course: &ParameterCourse| (course.steps - course.non_finite.min(course.steps)) as f64;
        let share = finite(other) / (finite(self) + finite(other)).max(1.0);
        self.mean_square = either(self.mean_square, other.mean_square, |a, b| {
            a * (1.0 - share) + b * share
        });
        self.max = either(self.max, other.max, f64::max);
        self.first = self.first.or(other.first);
        self.last = self.last.or(other.last);
        self.steps += other.steps;
        self.zero += other.zero;
        self.non_finite += other.non_finite;
        self.missing += other.missing;
        self.held |= other.held;
        let both = |a: Option<bool>, b: Option<bool>| a.zip(b).map(|(a, b)| a && b).or(a).or(b);
        self.rows_equal = both(self.rows_equal, other.rows_equal);
        self.rows_equal_at_first = both(self.rows_equal_at_first, other.rows_equal_at_first);
    }
}

impl Course {
    /// Remembers what was not finite, unless something was so before.
    pub fn not_finite(&mut self, found: NonFinite) {
        let known = self.first_non_finite.as_ref();
        if known.is_none_or(|known| (found.step, found.what) < (known.step, known.what)) {
            self.first_non_finite = Some(found);
        }
    }

    /// Whether optimisers hold parameters, all of which are frozen.
    pub(crate) fn holds_only_frozen(&self) -> bool {
        let held = || self.parameters.iter().filter(|p| p.held);
        held().next().is_some() && held().all(|p| p.frozen)
    }

    /// Adds what another worker saw in the same steps.
    pub(crate) fn merge(&mut self, other: &Course) {
        self.losses.merge(&other.losses);
        if let Some(theirs) = &other.first_non_finite {
            self.not_finite(theirs.clone());
        }
        for theirs in &other.parameters {
            match self.parameters.iter_mut().find(|mine| mine.name == theirs.name) {
                Some(mine) => mine.merge(theirs),
                None => self.parameters.push(theirs.clone()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_that_is_not_finite_is_kept() {
        let found = |step, what| NonFinite {
            step,
            what,
            name: String::new(),
            count: 1,
            samples: Vec::new(),
            affected: 0,
            batch: 0,
        };
        let mut course = Course::default();
        course.not_finite(found(3, Quantity::Loss));
        course.not_finite(found(4, Quantity::Input));
        course.not_finite(found(3, Quantity::Gradient));
        assert_eq!(course.first_non_finite, Some(found(3, Quantity::Loss)));
        course.not_finite(found(3, Quantity::Input));
        assert_eq!(course.first_non_finite, Some(found(3, Quantity::Input)));
    }

    proptest! {
        #[test]
        fn gradients_add_up(
            norms in prop::collection::vec(prop_oneof![Just(0.0), 1e-6..1e6f64, Just(f64::NAN)], 1..60),
            split in 0usize..60,
        ) {
            let taken = |norms: &[f64]| {
                let mut course = ParameterCourse::default();
                norms.iter().for_each(|&norm| course.take(Gradient::Norm(norm)));
                course
            };
            let finite: Vec<f64> = norms.iter().copied().filter(|n| n.is_finite()).collect();
            let split = split.min(norms.len());
            let mut halves = taken(&norms[..split]);
            halves.merge(&taken(&norms[split..]));
            for course in [taken(&norms), halves] {
                prop_assert_eq!(course.steps, norms.len() as u64);
                prop_assert_eq!(course.non_finite, (norms.len() - finite.len()) as u64);
                prop_assert_eq!(course.zero, finite.iter().filter(|&&n| n == 0.0).count() as u64);
                prop_assert_eq!(course.max, finite.iter().copied().reduce(f64::max));
                let square = finite.iter().map(|n| n * n).sum::<f64>() / finite.len().max(1) as f64;
                prop_assert!((course.mean_square.unwrap_or(0.0) - square).abs() <= 1e-9 * square);
            }
        }
    }
}
