//! Why trials cannot be judged.

use crate::trial::Mismatch;

/// Why trials cannot be judged: they are too few or do not belong together.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// There is no trial of the main panel.
    #[error("there are no trials of the main panel to judge")]
    NoTrials,
    /// Two trials of one panel differ in their data, metric or settings.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A trial is there twice.
    #[error("there are two trials of {trial}")]
    Duplicate {
        /// Its panel, activation and seed.
        trial: String,
    },
    /// What a trial says came out cannot be.
    #[error("the outcome of {trial} is wrong: {what}")]
    Outcome {
        /// Its panel, activation and seed.
        trial: String,
        /// What is wrong.
        what: String,
    },
    /// Trials of one seed were tested on different samples, so they are no pairs.
    #[error("{one} and {two} were tested on different samples; trials of one seed must share their split")]
    TestSets {
        /// The panel, activation and seed of one.
        one: String,
        /// And of the other.
        two: String,
    },
    /// The margin is not a number above zero.
    #[error("the margin of equivalence is {0}; it must be above 0 and finite")]
    Margin(f64),
}
