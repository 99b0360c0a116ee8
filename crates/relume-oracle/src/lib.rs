//! The exact values of activation functions and of their derivatives, to hold computed ones against.
//!
//! ```
//! use relume_oracle::{Parameters, oracle, ulp};
//!
//! let computed = -1.0_f32 * 0.158_655; // somebody's gelu(-1)
//! let exact = oracle("gelu").unwrap().value.exact(-1.0, Parameters::NONE);
//! assert!(ulp::error(computed, exact) > 10.0);
//! ```
//!
//! - [`oracle`]: each function of relume's catalogue, by a stable form written by hand or by its printed formula. None of
//!   it shares anything with relume's kernels.
//! - [`real`]: the multiprecision numbers that exact results are; [`bounded`]: f64 that knows a bound on its own error,
//!   a fast reference for sweeps.
//! - [`ulp`]: the error of a float in units in the last place.
//!
//! The forms and the texts are held against each other and against mpmath in the tests of this repository.

mod ball;
pub mod bounded;
mod forms;
mod lanes;
pub mod number;
mod oracle;
mod parameters;
pub mod real;
mod text;
pub mod ulp;

pub use oracle::{Oracle, Reference, oracle, oracles};
pub use parameters::Parameters;
