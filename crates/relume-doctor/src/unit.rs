//! The history of single units, to be drawn.

use serde::{Deserialize, Serialize};

/// How one unit fared over one stretch of a run. Of several states that hold the worst is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing was seen of it.
    Unseen,
    /// It fired.
    Alive,
    /// Its slope was near zero on almost every sample.
    Saturated,
    /// It was silent on every sample, but a gradient reached it, or it is not known whether one did.
    Silent,
    /// It was silent on every sample, and no gradient reached it.
    Dead,
}

/// The course of one unit through a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitCourse {
    /// Which unit of its layer, counted from 0.
    pub unit: usize,
    /// Its state in each snapshot of the record.
    pub states: Vec<State>,
}
