//! Input domains, accuracy tests and error sweeps for relume, by the references of [`relume_oracle`].
//!
//! - [`tolerance`]: how large an error may be.
//! - [`domain`]: inputs worth testing: edges of the type, landmarks of the function, strides.
//! - [`accuracy`]: relume's results held against the oracle; [`finding`]: what comes of it; [`sweep`]: at all 2^32 f32 inputs.
//! - [`reference`]: what mpmath and the frameworks computed.
//! - [`page`]: the page of all functions.
//!
//! The tests of this crate go over the whole catalogue. The program sweeps:
//! `cargo run --release -p relume-testkit -- sweep gelu`.

pub mod accuracy;
pub mod domain;
pub mod finding;
pub mod page;
pub mod reference;
pub mod rows;
pub mod sweep;
pub mod tolerance;
