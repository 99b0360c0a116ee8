//! What a prescription changes, and by how much.

use crate::checks::RATE_FACTOR;
use crate::finding::Finding;
use serde::Serialize;

/// By what a learning rate is divided or multiplied where no finding says.
const TENFOLD: f64 = 10.0;

/// The norm that gradients are clipped to.
pub(crate) const MAX_NORM: f64 = 1.0;

/// What is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A lower learning rate.
    LowerLearningRate,
    /// A higher learning rate.
    RaiseLearningRate,
    /// A learning rate that rises slowly over the first steps.
    WarmUp,
    /// A bound on the norm of the gradient.
    Clip,
    /// New weights by the rule that fits the activation, biases at zero.
    Initialise,
    /// New incoming weights for dead units, outgoing ones at zero.
    Revive,
    /// Another activation that has a slope on both sides, or one that is bounded.
    Activation,
    /// A normalisation of the pre-activations.
    Normalise,
    /// Inputs of mean 0 and variance 1.
    Standardise,
    /// Another optimiser.
    Optimiser,
    /// What takes a person: another architecture.
    Other,
}

impl Change {
    /// What a step of a finding's prescription asks for first.
    pub(crate) fn of(step: &str) -> Change {
        const WORDS: [(&str, Change); 13] = [
            ("Lower the learning rate", Change::LowerLearningRate),
            ("Raise the learning rate", Change::RaiseLearningRate),
            ("Raise it slowly", Change::WarmUp),
            ("Clip the norm", Change::Clip),
            ("Start biases", Change::Initialise),
            ("Initialise the weights", Change::Initialise),
            ("Draw the initial weights", Change::Initialise),
            ("Revive", Change::Revive),
            ("Use an activation", Change::Activation),
            ("Use a bounded activation", Change::Activation),
            ("Normalise the pre-activations", Change::Normalise),
            ("Standardise the inputs", Change::Standardise),
            ("Use an optimiser", Change::Optimiser),
        ];
        let known = WORDS.iter().find(|(words, _)| step.starts_with(words));
        known.map_or(Change::Other, |&(_, kind)| kind)
    }

    /// The number that it turns on: what the learning rate is multiplied by, or what the norm is clipped to.
    pub(crate) fn value(self, factor: Option<f64>) -> Option<f64> {
        match self {
            Change::LowerLearningRate => Some(factor.filter(|&f| f < 1.0).unwrap_or(1.0 / TENFOLD)),
            Change::RaiseLearningRate => Some(factor.filter(|&f| f > 1.0).unwrap_or(TENFOLD)),
            Change::Clip => Some(MAX_NORM),
            _ => None,
        }
    }
}

/// What the findings say that the learning rate is to be multiplied by.
pub(crate) fn rate_factor(findings: &[Finding]) -> Option<f64> {
    let mut evidence = findings.iter().flat_map(|finding| &finding.evidence);
    evidence.find(|item| item.quantity == RATE_FACTOR)?.value
}

/// The class in PyTorch of the activation that a step asks for.
pub(crate) fn replacement(step: &str) -> &'static str {
    if step.contains("bounded") { "Tanh" } else { "GELU" }
}
