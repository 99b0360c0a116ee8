//! What can go wrong in a study.

use relume_report::trial::Mismatch;
use std::fmt::Display;

/// An error of the study: what was wrong with which input, and what would be right.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting has a value that it cannot have.
    #[error("{setting}: `{found}` will not do; expected {expected}")]
    Setting {
        /// The setting.
        setting: String,
        /// What was given.
        found: String,
        /// What would be right.
        expected: String,
    },
    /// A trial specification could not be read.
    #[error("{name} is not a trial specification: {reason}")]
    Spec {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The network cannot take data of this shape.
    #[error("this network cannot take the data: {0}")]
    Shape(String),
    /// There is no such activation, or its parameters are wrong.
    #[error(transparent)]
    Activation(#[from] relume::Error),
    /// The data could not be read.
    #[error(transparent)]
    Data(#[from] relume_data::Error),
    /// Trials could not be stored, read or used.
    #[error(transparent)]
    Store(#[from] relume_report::store::StoreError),
    /// The folder holds a study of other settings.
    #[error(
        "{folder} holds another study: {difference}. Resume with the same settings, or give another folder"
    )]
    OtherStudy {
        /// The folder.
        folder: String,
        /// The first setting that differs.
        difference: Box<Mismatch>,
    },
    /// The folder holds a study and resuming was not asked for.
    #[error("{0} holds a study already; resume it with --resume, or give another folder with --out")]
    Occupied(String),
    /// There is nothing to resume.
    #[error("{0} holds no study that could be resumed")]
    NothingToResume(String),
    /// A library broke down in the middle of a trial.
    #[error("training {trial} broke down: {reason}")]
    Broken {
        /// Which trial.
        trial: String,
        /// What the library said.
        reason: String,
    },
    /// The person at the keyboard stopped it.
    #[error("interrupted")]
    Interrupted,
}

impl Error {
    pub(crate) fn setting(setting: &str, found: impl Display, expected: &str) -> Self {
        Self::Setting {
            setting: setting.to_string(),
            found: found.to_string(),
            expected: expected.to_string(),
        }
    }
}
