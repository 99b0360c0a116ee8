//! ReGLU: a gated linear unit with ReLU as its gate.

use super::Code;
use crate::definition::{Definition, Needs, Origin, Shape};

pub(super) static DEFINITION: Definition = Definition {
    name: "reglu",
    aliases: &[],
    title: "ReGLU",
    summary: "A gated linear unit with a rectifier as its gate.",
    formula: "a·relu(b)",
    derivative: "da = dy·relu(b), db = dy·a for b ≥ 0, else 0",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Shazeer: GLU Variants Improve Transformer",
        year: 2020,
    },
    conventions: &[],
    shape: Shape::Gated { gate: "relu" },
};

pub(super) const CODE: Code = Code::Gated;
