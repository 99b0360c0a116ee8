//! Activation functions, forward and backward, fast and within 1 unit in the last place in `f32` and 2 in `f64`.
//!
//! # Compute
//!
//! An [`Activation`] is read from text and applied to slices of `f32` or `f64`:
//!
//! ```
//! let relu: relume::Activation = "relu".parse()?;
//! let mut y = [0.0; 4];
//! relu.forward(&[-1.0, 0.0, 0.5, 2.0], &mut y)?;
//! assert_eq!(y, [0.0, 0.0, 0.5, 2.0]);
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! The backward pass multiplies an arriving gradient by the derivative, in one go:
//!
//! ```
//! # let relu: relume::Activation = "relu".parse()?;
//! let (x, dy) = ([-1.0, 0.0, 0.5, 2.0], [0.1, 0.2, 0.3, 0.4]);
//! let mut dx = [0.0; 4];
//! relu.backward(&x, &dy, &mut dx)?;
//! assert_eq!(dx, [0.0, 0.2, 0.3, 0.4]);
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! Both work in place too ([`Activation::forward_in_place`], [`Activation::backward_in_place`]). Parameters have
//! names, aliases are accepted, and a wrong name is answered with the nearest one:
//!
//! ```
//! use relume::Activation;
//! let leaky: Activation = "leaky_relu(slope=0.2)".parse()?;
//! assert_eq!(leaky, Activation::new("leaky_relu")?.with("slope", 0.2)?);
//! assert_eq!("swish".parse::<Activation>()?.to_string(), "silu(beta=1)");
//! let error = "gleu".parse::<Activation>().unwrap_err();
//! assert_eq!(error.to_string(), "unknown activation `gleu`, did you mean `gelu`?");
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! # More than one element at a time
//!
//! A [`RowFunction`] maps rows to rows: softmax, log_softmax, sparsemax, crelu, and the gated units glu, reglu, geglu
//! and swiglu, which a [`Gated`] applies to two slices, with any activation as the gate. [`Prelu`] is the rectifier with
//! learned slopes.
//!
//! ```
//! let softmax = relume::RowFunction::new("softmax")?;
//! let mut y = [0.0; 4];
//! softmax.forward(&[0.0, 0.0, 1000.0, 0.0], 2, &mut y)?;
//! assert_eq!(y, [0.5, 0.5, 1.0, 0.0]);
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! Arguments stand in one order everywhere: what the function is computed from, the arriving gradient, the length of a
//! row, what is written.
//!
//! # Look up
//!
//! The [`catalogue()`] lists all functions, [`activations()`] the elementwise ones with their parameters. A
//! [`Definition`] says everything about one: formula, derivative, who proposed it, how large its errors are; and by its
//! [`Shape`] what it works on, for an [`Elementwise`] function with range, limits, kinks and the initialisation that
//! suits it. A [`Convention`] says what PyTorch, Keras, JAX or ONNX call it and do otherwise.
//!
//! ```
//! let mish = relume::find("mish").unwrap();
//! println!("{} = {}, {}", mish.title, mish.formula, mish.origin);
//! ```
//!
//! # Less memory, more threads, other types
//!
//! - [`Activation::forward_with_bits`] keeps one bit per element for the backward of functions that need no more.
//! - A [`View`] computes on an instruction set of choice (`gelu.on(isa)`) or, with the feature `rayon`, on all threads of
//!   the caller's pool (`gelu.in_parallel()`).
//! - With the feature `half`, the types `half::f16` and `half::bf16` are elements too.
//! - [`integer`] holds relu for quantised networks.
//!
//! # What is promised
//!
//! - Values and derivatives are within 1 unit in the last place for `f32` and 2 for `f64`, on every finite input:
//!   in the tails, among the subnormal numbers and around the roots of derivatives too. f(±∞) are the limits.
//!   [`Elementwise::error_bound`] is tighter where a function is. What else there is states its own bound, by
//!   [`Definition::accuracy`].
//! - NaN in, NaN out, forward and backward. Where a function is constant on a piece, no gradient comes back
//!   whatever arrives. At a kink the derivative is that from the right.
//! - `f16` and `bf16` results are within 0.51 units, on every input.
//! - Parameters are rounded to the element type first, for `f16` and `bf16` to `f32`; one that is not finite is an
//!   error.
//! - On one [`InstructionSet`], an element gets the same bits wherever it stands and however long the slice is.
//! - Nothing panics on user input, and there is no `unsafe` code.
//!
//! # How it works
//!
//! A function is one file that holds its facts and its formula. The formula is written once, generic over the
//! instruction set and the precision of the result, and compiled for each instruction set; a call picks the best and
//! runs over the slice, the tail padded to a full block. Piecewise linear functions run in the element's own lanes, at
//! the speed of copying. The others run in wide lanes, of `f64`: for `f32` results that leaves digits and powers of two
//! to spare, and where that allows a shorter formula there is one of its own; for `f64` results the steps that matter
//! carry a second float. Where it is faster, `f32` results come from compensated lanes, of `f32`, which keep what
//! rounding loses.
//!
//! The rooms stand in this order, and each uses only rooms to the right of it: `activation`, `catalogue`, `functions`,
//! `math`, `engine`; all of them may use `definition`, which is data.
//!
//! # Features
//!
//! - `serde`: activations as text, costs as numbers.
//! - `half`: the element types `half::f16` and `half::bf16`.
//! - `rayon`: threads.
//! - `avx512`, on by default: code for processors with AVX-512. It adds half as much to the build time.

#![forbid(unsafe_code)]

mod activation;
mod catalogue;
pub mod cost;
mod definition;
mod engine;
mod error;
mod functions;
pub mod integer;
mod math;
#[cfg(test)]
mod testing;

pub use activation::{Activation, Gated, Prelu, RowFunction, View, activations};
pub use catalogue::{catalogue, find};
pub use definition::{
    Convention, Definition, Domain, Elementwise, ErrorBound, Framework, Gain, Growth, Initialisation, Kink,
    Needs, Origin, Parameter, Place, RowErrorBound, Rows, Shape, Side,
};
pub use engine::element::Element;
pub use engine::instruction_set::InstructionSet;
pub use error::Error;
