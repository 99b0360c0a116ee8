//! What a check says when it finds something.

use crate::remedies::Remedy;
use serde::{Deserialize, Serialize};

/// One thing that is wrong, where, how it is known, and what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The name of the check, such as `dead_units`: the key to its definition.
    pub check: String,
    /// How bad it is.
    pub severity: Severity,
    /// The layers it concerns, by name; empty for the network as a whole.
    pub layers: Vec<String>,
    /// The pass in which it was first seen: 0 if the untrained network had it.
    #[serde(default)]
    pub since: usize,
    /// One sentence a person understands, with its numbers.
    pub summary: String,
    /// The numbers behind it.
    pub evidence: Vec<Evidence>,
    /// How many samples it rests on.
    pub samples: u64,
    /// What bounds the claim statistically, in words, such as "95 % upper bound on its firing rate: 0.28 %".
    pub certainty: String,
    /// The check of the finding that it follows from. What follows from another is not treated by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows_from: Option<String>,
    /// What to do, as data, the first thing to try first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<Remedy>,
    /// The same in words.
    pub prescription: Vec<String>,
}

/// One number behind a finding, with the threshold that it was compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was measured, such as `dead units`.
    pub quantity: String,
    /// The value measured; `None` where it was not finite.
    pub value: Option<f64>,
    /// The threshold of the definition.
    pub threshold: Option<f64>,
    /// The unit of both: `share`, `ratio`, `units`, ...
    pub unit: String,
}

impl Finding {
    /// A finding that concerns the network as a whole, from its first step on; the rest is to be filled in.
    pub(crate) fn of_network(check: &str, severity: Severity, summary: String) -> Finding {
        Finding {
            check: check.to_owned(),
            severity,
            layers: Vec::new(),
            since: 0,
            summary,
            evidence: Vec::new(),
            samples: 0,
            certainty: String::new(),
            follows_from: None,
            remedies: Vec::new(),
            prescription: Vec::new(),
        }
    }
}

impl Evidence {
    /// One number.
    pub(crate) fn of(quantity: &str, value: f64, threshold: Option<f64>, unit: &str) -> Evidence {
        Evidence {
            quantity: quantity.to_owned(),
            value: Some(value).filter(|value| value.is_finite()),
            threshold,
            unit: unit.to_owned(),
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; the network may well learn.
    Warning,
    /// The network, or a part of it, cannot learn as it is.
    Fault,
}
