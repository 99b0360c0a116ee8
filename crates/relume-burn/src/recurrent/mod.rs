//! Recurrent layers with any activation of the catalogue at the state and at each gate, and how their weights begin.

mod buffers;
mod cell;
mod composed;
mod gru;
mod initialisation;
mod lstm;
mod operation;
mod order;
mod product;
mod rnn;
mod sequence;
mod vectors;

pub use gru::{Gru, GruProbes};
pub use initialisation::{forget_gate_bias, identity, orthogonal, side_by_side};
pub use lstm::{Lstm, LstmProbes};
pub use operation::States;
pub use rnn::{Rnn, RnnProbes};
