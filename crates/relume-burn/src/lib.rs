//! relume's activation functions as [Burn](burn) operations, and the senses of its doctor.
//!
//! On Burn's CPU backend Flex, with or without autodiff, [`activate`] runs relume's kernels forward and
//! backward. On any other backend it is composed of Burn's own operations, so a network runs everywhere.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use relume::Activation;
//!
//! let device = Device::flex().autodiff();
//! let gelu: Activation = "gelu".parse()?;
//! let x = Tensor::<2>::from_data([[-10.0, 0.0, 1.0]], &device).require_grad();
//! let y = relume_burn::activate(x.clone(), &gelu);
//! let gradients = y.sum().backward();
//! println!("{}", x.grad(&gradients).unwrap());
//! # Ok::<(), relume::Error>(())
//! ```
//!
//! As a module: `Activate::new(gelu)` has a `forward` and can be a field of a `#[derive(Module)]` struct.
//!
//! # Recurrent layers
//!
//! [`Rnn`], [`Gru`] and [`Lstm`] take any activation of the catalogue at the state and at each gate, and sequences of
//! different lengths in one batch. On Flex, in f32, a layer is one operation with one backward for the whole sequence, in
//! kernels of its own; elsewhere it is composed of Burn's operations. How weights begin is in [`recurrent`].
//!
//! A layer works on all threads of the caller's `rayon` pool: that on which `rayon::ThreadPool::install` was called, else the
//! global one. Results are the same bits on any number of threads. Where threads are busy already, because several networks are
//! trained side by side, a layer is better made with `on_one_thread`.
//!
//! # Watching
//!
//! [`activate_watched`] does the same, bit for bit, and tells a [`Probe`] every pre-activation, output and
//! arriving gradient. The probe belongs to a [`Monitor`], which also takes each parameter's gradient and
//! update and hands everything to [`relume_doctor::Watch`].

mod composition;
#[cfg(doctest)]
mod documents;
mod fallback;
mod flex;
mod module;
mod monitor;
mod operation;
pub mod recurrent;

pub use module::Activate;
pub use monitor::{Monitor, Probe};
pub use operation::{activate, activate_watched};
pub use recurrent::{Gru, Lstm, Rnn};
