//! Independent high-precision oracles, input domains and error sweeps for relume.
//!
//! - [`oracle`]: each function by its textbook formula, in multiprecision ([`real`]) and in f64 with an error
//!   bound ([`bounded`]).
//! - [`ulp`]: the error of a float in units in the last place.

pub mod bounded;
pub mod number;
pub mod oracle;
pub mod real;
pub mod ulp;
