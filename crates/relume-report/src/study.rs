//! The file next to the trials that says what the study was: `study.json`.

use crate::trial::{Mismatch, first_difference};
use relume::cost::Timing;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of `study.json` that this program reads and writes.
pub const STUDY_SCHEMA: &str = "relume-study/1";

/// What is in use where nothing else is said.
pub const CURRENT: &str = "relu";

/// What a folder of trials was made for, and what is measured once for all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Always [`STUDY_SCHEMA`].
    pub schema: String,
    /// The command line that made it, for repeating it.
    pub command: String,
    /// Half-width of the band of practical equivalence, in the metric's own scale (0.005 is half a point).
    pub margin: f64,
    /// The activation in use now, which is kept unless another is shown to be better.
    #[serde(default)]
    pub current: Option<String>,
    /// Of a trial of treatments, the arms with which each treatment is compared: the training unchanged, first of all. Of a
    /// comparison of activations, none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<String>,
    /// Settings shared by all trials, as shown to people and compared by `--resume`.
    pub settings: BTreeMap<String, serde_json::Value>,
    /// Nanoseconds per element of each activation on this machine, by its text form.
    pub costs: BTreeMap<String, Timing>,
    /// The machine, in words: processor, instruction set, cores.
    pub machine: String,
    /// Seconds spent by phase (`learning-rate search`, `main`, `stress`, ...), in order.
    pub phases: Vec<(String, f64)>,
}

impl Default for Study {
    /// For a folder of trials that came without a `study.json`: a margin of half a point, nothing else known.
    fn default() -> Self {
        Study {
            schema: STUDY_SCHEMA.into(),
            command: String::new(),
            margin: 0.005,
            current: Some(CURRENT.into()),
            controls: Vec::new(),
            settings: BTreeMap::new(),
            costs: BTreeMap::new(),
            machine: String::new(),
            phases: Vec::new(),
        }
    }
}

impl Study {
    /// Whether a study that is to go on has the settings of the one that was begun.
    pub fn continues(&self, begun: &Study) -> Result<(), Mismatch> {
        match first_difference(&begun.settings, &self.settings) {
            None => Ok(()),
            Some((name, expected, found)) => Err(Mismatch {
                what: format!("setting `{name}`"),
                expected,
                expected_in: "the study begun here".into(),
                found,
                found_in: "this one".into(),
            }),
        }
    }
}
