//! SwiGLU: a gated linear unit with SiLU as its gate.

use super::Code;
use crate::definition::{Definition, Needs, Origin, Shape};

pub(super) static DEFINITION: Definition = Definition {
    name: "swiglu",
    aliases: &[],
    title: "SwiGLU",
    summary: "A gated linear unit with SiLU as its gate; usual in large language models.",
    formula: "a·silu(b)",
    derivative: "da = dy·silu(b), db = dy·a·silu′(b)",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Shazeer: GLU Variants Improve Transformer",
        year: 2020,
    },
    conventions: &[],
    shape: Shape::Gated { gate: "silu" },
};

pub(super) const CODE: Code = Code::Gated;
