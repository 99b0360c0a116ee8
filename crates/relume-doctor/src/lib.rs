//! Diagnosis of neural networks in training: dead units, saturation, vanishing and exploding gradients.
pub mod checks;
mod count;
mod error;
mod finding;
mod flats;
mod histogram;
mod record;
mod steps;
mod tally;
pub mod theory;
mod watch;
pub use checks::{Check, Term, checks, diagnose, terms};
pub use count::Layout;
pub use error::Error;
pub use finding::{Evidence, Finding, Severity};
pub use record::{Histogram, LayerInfo, LayerSnapshot, ParameterInfo, ParameterSnapshot, Record, Snapshot};
pub use watch::{LayerId, ParameterId, Watch};
