//! Test inputs, accuracy tests and error sweeps for relume, against the references of [`relume_oracle`].
//!
//! - [`domain`]: test inputs: edges of the float type, landmarks of a function, evenly spaced numbers.
//! - [`tolerance`]: how large an error may be.
//! - [`accuracy`]: compares relume's results with the oracle; [`finding`]: reports the errors; [`sweep`]: does so at all
//!   2^32 f32 inputs.
//! - [`rows`]: the same for functions over rows.
//! - [`reference`](mod@reference): the recorded values of mpmath and of the frameworks.
//! - [`page`]: writes docs/functions.md.
//!
//! The tests cover the whole catalogue. The program runs sweeps: `cargo run --release -p relume-testkit -- sweep gelu`.

pub mod accuracy;
pub mod domain;
pub mod finding;
pub mod page;
pub mod reference;
pub mod rows;
pub mod sweep;
pub mod tolerance;
