//! Trains a task with each activation function over several seeds.
//!
//! [`Session`] runs a whole study: the choice of learning rates, the race, the stress panel. [`run_trial`]
//! runs one trial from its [`TrialSpec`]. What comes out is judged and shown by `relume-report`.

mod error;
mod goal;
mod initialise;
mod ladder;
mod network;
mod parameters;
mod patches;
mod plan;
mod random;
mod runner;
mod settings;
mod spec;
mod study;
mod trainer;
mod trial;

pub use error::Error;
pub use ladder::{BURN_IN, STEP};
pub use runner::{Observer, Progress};
pub use settings::Settings;
pub use spec::{
    DataSpec, Initialisation, NetworkKind, NetworkSpec, Optimizer, SPEC_SCHEMA, Schedule, TrialSpec,
};
pub use study::{POOR_BIAS, Session};
pub use trial::{Companion, run_trial};
