//! Activation functions, forward and backward, exact on every float and fast.
