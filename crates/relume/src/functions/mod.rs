//! One file per function: what is known of it, its formula, its edge tests. A line of the list below makes a file a
//! part of the crate and of the catalogue.

use crate::definition::Definition;
use crate::engine::elementwise::Kernels;
use crate::engine::rows::RowKernels;

/// A function: what is known of it, and the code that computes it.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) definition: &'static Definition,
    pub(crate) code: Code,
}

/// The code of a function, of the kind that the shape in its [`Definition`] states.
#[derive(Debug)]
pub(crate) enum Code {
    /// Of each element.
    Elementwise(Kernels),
    /// Of each row, to one as long.
    Rows(RowKernels),
    /// The loops of [`crelu`]: of each row, to one twice as long.
    BothSigns,
    /// A product with the gate, whose code is that of an elementwise function.
    Gated,
    /// The loops of [`prelu`].
    LearnedSlopes,
}

macro_rules! functions {
    ($($name:ident)*) => {
        $(pub(crate) mod $name;)*

        /// All functions.
        pub(crate) static FUNCTIONS: &[Function] = &[
            $(Function { definition: &$name::DEFINITION, code: $name::CODE },)*
        ];
    };
}

functions![
    identity
    relu
    relu6
    leaky_relu
    threshold
    thresholded_relu
    squared_relu
    elu
    selu
    celu
    isrlu
    gelu
    gelu_tanh
    quick_gelu
    silu
    mish
    logish
    softplus
    squareplus
    sparse_plus
    sigmoid
    log_sigmoid
    sparse_sigmoid
    tanh
    softsign
    hard_sigmoid
    hard_silu
    hard_tanh
    tanh_shrink
    soft_shrink
    hard_shrink
    prelu
    crelu
    glu
    reglu
    geglu
    swiglu
    softmax
    log_softmax
    sparsemax
];
