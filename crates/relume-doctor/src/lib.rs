//! Diagnosis of neural networks in training: dead units, saturation, vanishing and exploding gradients.

mod finding;
mod record;

pub use finding::{Evidence, Finding, Severity};
pub use record::{Histogram, LayerInfo, LayerSnapshot, ParameterInfo, ParameterSnapshot, Record, Snapshot};
