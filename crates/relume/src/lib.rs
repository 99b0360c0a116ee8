//! Activation functions, forward and backward, exact on every float and fast.
//!
//! ```
//! let relu: relume::Activation = "relu".parse()?;
//! let mut y = [0.0; 4];
//! relu.forward(&[-1.0, 0.0, 0.5, 2.0], &mut y)?;
//! assert_eq!(y, [0.0, 0.0, 0.5, 2.0]);
//! # Ok::<(), relume::Error>(())
//! ```

#![forbid(unsafe_code)]

mod activation;
mod catalogue;
pub mod cost;
mod definition;
mod element;
mod error;
mod functions;
mod group;
mod kernel;
mod lanes;
mod math;
mod rung;
mod simd;

pub use activation::Activation;
pub use catalogue::{catalogue, find};
pub use definition::{Definition, Domain, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter};
pub use element::Element;
pub use error::Error;
pub use rung::Rung;
