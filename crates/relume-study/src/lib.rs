//! Trains a task with each activation function over several seeds.

mod error;
mod goal;
mod initialise;
mod network;
mod parameters;
mod random;
mod spec;
mod trainer;
mod trial;

pub use error::Error;
pub use spec::{DataSpec, Initialisation, NetworkKind, NetworkSpec, Optimizer, SPEC_SCHEMA, TrialSpec};
pub use trial::{Companion, run_trial};
