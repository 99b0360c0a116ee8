//! Independent high-precision oracles, input domains and error sweeps for relume.
//!
//! - [`oracle`]: each function by its textbook formula, in multiprecision ([`real`]) and in f64 with an error
//!   bound ([`bounded`]).
//! - [`ulp`]: the error of a float in units in the last place; [`tolerance`]: how large it may be.
//! - [`domain`]: inputs worth testing: edges of the type, landmarks of the function, strides.
//! - [`accuracy`]: relume's results held against the oracle; [`finding`]: what comes of it; [`sweep`]: at all 2^32 f32 inputs.
//! - [`page`]: the page of all functions.
//!
//! The tests of this crate go over the whole catalogue. The program sweeps:
//! `cargo run --release -p relume-testkit -- sweep gelu`.

pub mod accuracy;
pub mod bounded;
pub mod domain;
pub mod finding;
pub mod number;
pub mod oracle;
pub mod page;
pub mod real;
pub mod rows;
pub mod sweep;
pub mod tolerance;
pub mod ulp;
