//! Diagnosis of neural networks in training: dead units, saturation, vanishing and exploding gradients.
//!
//! The crate knows no framework. A training loop hands what it computes anyway to a [`Watch`]: pre-activations
//! and outputs of each activation layer, the gradients that arrive there, and the updates of the parameters.
//! Everything is counted per unit as it streams by, in memory that does not grow with the number of steps, and
//! the counts of several workers add up. What remains is a [`Record`], small and serialisable, from which
//! [`diagnose`] makes [`Finding`]s: what is wrong, where, by which numbers, and what to do.
//!
//! ```
//! use relume_doctor::{LayerInfo, Layout, Watch, diagnose};
//! # fn main() -> Result<(), relume_doctor::Error> {
//! let mut watch = Watch::new();
//! let hidden = watch.add_layer(LayerInfo {
//!     name: "hidden".into(),
//!     activation: "relu".into(),
//!     units: 2,
//!     fan_in: 3,
//! });
//! // In the training loop: one batch of 100 samples. Here the biases were far too low.
//! let layout = Layout { outer: 100, units: 2, inner: 1, positions: 1 };
//! let (x, y, dx) = ([-5.0; 200], [0.0; 200], [0.0; 200]);
//! watch.forward(hidden, &x, &y, layout)?;
//! watch.backward(hidden, &dx, layout)?;
//! // After each pass over the training data. The first saw no update: it is the untrained network.
//! let snapshot = watch.end_pass(Some(0.69));
//! assert_eq!((snapshot.pass, snapshot.layers[0].zeros, snapshot.layers[0].dead), (0, 1.0, 2));
//!
//! let findings = diagnose(&watch.record());
//! assert_eq!(findings[0].check, "born_dead");
//! assert_eq!(findings[0].certainty, "silent on all 100 samples: 95 % upper bound on the firing rate 3.0 %");
//! # Ok(()) }
//! ```
//!
//! # What is found, and what is not
//! Each [`Check`] carries its definition, its threshold with the source, and the remedy, from the documentation
//! of its own file. False alarms are the enemy: a network that learns is not sick, and zeros alone are never a
//! finding. A layer of which nothing was seen is named by [`Record::not_observed`].

mod checks;
mod course;
mod diagnosis;
mod documentation;
mod error;
mod finding;
mod flat_tails;
mod histogram;
mod inner;
mod layer_counts;
mod layout;
mod learning;
mod loss_course;
mod loss_stretches;
mod parameter_counts;
mod pass;
mod prescription;
mod record;
mod remedies;
mod run;
mod run_record;
mod same_network;
mod saved;
mod setup;
mod sums;
pub mod theory;
mod thresholds;
mod time_counts;
mod unit;
mod watch;
mod windows;
pub mod words;

pub use checks::{Check, Role, checks};
pub use course::{Course, Gradient, GradientNorm, NonFinite, ParameterCourse, Quantity};
pub use diagnosis::{Term, diagnose, terms};
pub use error::Error;
pub use finding::{Evidence, Finding, Severity};
pub use inner::{Inner, InnerKind};
pub use layout::Layout;
pub use learning::{Failure, Learning, LearningState};
pub use loss_course::{LossCourse, LossWindow, StepLoss};
pub use prescription::{Prescription, Target, prescribe};
pub use record::{
    Histogram, LayerInfo, LayerSnapshot, LossFloor, ParameterInfo, ParameterSnapshot, Record, Snapshot,
    Unseen,
};
pub use remedies::{Changes, Remedy, RemedyDefinition, remedies};
pub use run::{Overhead, Run};
pub use setup::{
    AlongFirst, AlongKind, Calls, Columns, Dropout, InputFacts, LossFacts, LossTerm, OptimizerFacts,
    OutputFacts, Range, Setup, TensorFacts, ThroughTime, TimeNorms,
};
pub use unit::{State, UnitCourse};
pub use watch::{LayerId, ParameterId, Watch};
