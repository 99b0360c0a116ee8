//! The gated units that have a name.

use crate::definition::{Convention, Facts, Origin};

/// A gated unit that has a name.
///
/// ```
/// let swiglu = relume::gated::find("swiglu").unwrap();
/// assert_eq!((swiglu.facts.formula, swiglu.gate), ("a·silu(b)", "silu"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct GatedUnit {
    /// What it is.
    pub facts: Facts,
    /// The name of its gate.
    pub gate: &'static str,
}

/// All gated units that have a name.
///
/// ```
/// for unit in relume::gated::catalogue() {
///     println!("{:12} {}", unit.facts.name, unit.facts.formula);
/// }
/// ```
pub fn catalogue() -> &'static [&'static GatedUnit] {
    CATALOGUE
}

/// The gated unit of this name.
///
/// ```
/// assert_eq!(relume::gated::find("glu").unwrap().gate, "sigmoid");
/// ```
pub fn find(name: &str) -> Option<&'static GatedUnit> {
    CATALOGUE.iter().copied().find(|unit| unit.facts.name == name)
}

static CATALOGUE: &[&GatedUnit] = &[&GLU, &REGLU, &GEGLU, &SWIGLU];

const ACCURACY: &str = "Products of rounded factors: y and da within 0.5 ULP plus twice the bound of the gate, db within 1.5 ULP plus twice that; where a factor is subnormal, half the smallest number times the other factor.";

const VARIANTS: Origin = Origin {
    paper: "Shazeer: GLU Variants Improve Transformer",
    year: 2020,
};

static GLU: GatedUnit = GatedUnit {
    facts: Facts {
        name: "glu",
        title: "GLU",
        summary: "One half of the features, each let through as far as the logistic function of the other half says.",
        formula: "a·σ(b)",
        backward: "da = dy·σ(b), db = dy·a·σ′(b)",
        accuracy: ACCURACY,
        conventions: &[
            Convention::pytorch("nn.GLU"),
            Convention::keras("activations.glu"),
            Convention::jax("nn.glu"),
        ],
        origin: Origin {
            paper: "Dauphin, Fan, Auli and Grangier: Language Modeling with Gated Convolutional Networks",
            year: 2017,
        },
    },
    gate: "sigmoid",
};

static REGLU: GatedUnit = GatedUnit {
    facts: Facts {
        name: "reglu",
        title: "ReGLU",
        summary: "A gated linear unit with a rectifier as its gate.",
        formula: "a·relu(b)",
        backward: "da = dy·relu(b), db = dy·a for b ≥ 0, else 0",
        accuracy: ACCURACY,
        conventions: &[],
        origin: VARIANTS,
    },
    gate: "relu",
};

static GEGLU: GatedUnit = GatedUnit {
    facts: Facts {
        name: "geglu",
        title: "GeGLU",
        summary: "A gated linear unit with GELU as its gate.",
        formula: "a·gelu(b)",
        backward: "da = dy·gelu(b), db = dy·a·gelu′(b)",
        accuracy: ACCURACY,
        conventions: &[],
        origin: VARIANTS,
    },
    gate: "gelu",
};

static SWIGLU: GatedUnit = GatedUnit {
    facts: Facts {
        name: "swiglu",
        title: "SwiGLU",
        summary: "A gated linear unit with SiLU as its gate; usual in large language models.",
        formula: "a·silu(b)",
        backward: "da = dy·silu(b), db = dy·a·silu′(b)",
        accuracy: ACCURACY,
        conventions: &[],
        origin: VARIANTS,
    },
    gate: "silu",
};
