//! Independent high-precision oracles, input domains and error sweeps for relume.
//!
//! - [`oracle`]: each function by its textbook formula, in multiprecision ([`real`]) and in f64 with an error
//!   bound ([`bounded`]).
//! - [`ulp`]: the error of a float in units in the last place.

pub mod accuracy;
pub mod bounded;
pub mod domain;
pub mod number;
pub mod oracle;
pub mod real;
pub mod sweep;
pub mod tolerance;
pub mod ulp;
