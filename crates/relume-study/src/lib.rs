//! Trains a task with each activation function over several seeds.
//!
//! [`Session`] runs a whole study: the choice of learning rates, the race, the stress panel; [`follow`] does the same with
//! trials from elsewhere. [`run_trial`] runs one trial from its [`TrialSpec`]. What comes out is judged and shown by `relume-report`.

mod clip;
mod error;
mod feed;
mod function;
mod goal;
mod ladder;
mod network;
mod parameters;
mod procedure;
mod random;
mod rates;
mod runner;
mod samples;
mod settings;
mod spec;
mod study;
mod trainer;
mod trial;

pub use error::Error;
pub use function::Function;
pub use ladder::{BURN_IN, STEP};
pub use procedure::{POOR_BIAS, Source, follow};
pub use runner::{Expected, Observer, Progress};
pub use settings::Settings;
pub use spec::{
    Compared, DataSpec, Initialisation, NetworkKind, NetworkSpec, Optimizer, Pooling, SPEC_SCHEMA, Schedule,
    TrialSpec,
};
pub use study::Session;
pub use trial::{Companion, run_trial};
