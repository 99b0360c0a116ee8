//! GLU: the gated linear unit, with the logistic function as its gate.

use super::Code;
use crate::definition::{Convention, Definition, Needs, Origin, Shape};

pub(super) static DEFINITION: Definition = Definition {
    name: "glu",
    aliases: &[],
    title: "GLU",
    summary: "One half of the features, each let through as far as the logistic function of the other half says.",
    formula: "a·σ(b)",
    derivative: "da = dy·σ(b), db = dy·a·σ′(b)",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Dauphin, Fan, Auli and Grangier: Language Modeling with Gated Convolutional Networks",
        year: 2017,
    },
    conventions: &[
        Convention::pytorch("nn.GLU"),
        Convention::keras("activations.glu"),
        Convention::jax("nn.glu"),
    ],
    shape: Shape::Gated { gate: "sigmoid" },
};

pub(super) const CODE: Code = Code::Gated;
