//! Recurrent layers against a naive reading of their definitions, finite differences, Burn's own layers and PyTorch's values.

mod layers;
mod lengths;
mod naive;
mod peers;
mod values;
mod watching;
