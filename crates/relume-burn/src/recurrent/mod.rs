//! Recurrent layers with any activation of the catalogue at the state and at each gate, and how their weights begin.

mod backward;
mod blocks;
mod buffers;
mod cell;
mod composed;
mod forward;
mod gru;
mod initialisation;
mod layer;
mod lstm;
mod operation;
mod order;
mod parameters;
mod product;
mod rnn;
mod states;
mod vectors;

pub use gru::{Gru, GruProbes};
pub use initialisation::{forget_gate_bias, identity, orthogonal, side_by_side};
pub use lstm::{Lstm, LstmProbes};
pub use rnn::{Rnn, RnnProbes};
pub use states::States;
