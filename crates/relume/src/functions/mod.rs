//! One file per function: its facts, its formula, its edge tests.

pub(crate) mod celu;
pub(crate) mod elu;
pub(crate) mod gelu;
pub(crate) mod gelu_tanh;
pub(crate) mod hard_silu;
pub(crate) mod identity;
pub(crate) mod leaky_relu;
pub(crate) mod mish;
pub(crate) mod relu;
pub(crate) mod relu6;
pub(crate) mod selu;
pub(crate) mod sigmoid;
pub(crate) mod silu;
pub(crate) mod softplus;
pub(crate) mod tanh;
