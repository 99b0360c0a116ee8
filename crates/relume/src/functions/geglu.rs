//! GeGLU: a gated linear unit with GELU as its gate.

use super::Code;
use crate::definition::{Definition, Needs, Origin, Shape};

pub(super) static DEFINITION: Definition = Definition {
    name: "geglu",
    aliases: &[],
    title: "GeGLU",
    summary: "A gated linear unit with GELU as its gate.",
    formula: "a·gelu(b)",
    derivative: "da = dy·gelu(b), db = dy·a·gelu′(b)",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Shazeer: GLU Variants Improve Transformer",
        year: 2020,
    },
    conventions: &[],
    shape: Shape::Gated { gate: "gelu" },
};

pub(super) const CODE: Code = Code::Gated;
