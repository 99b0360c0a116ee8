//! What the judge hands back: plain data, serialisable, the same for the table, the report and other programs.

use crate::trial::{Panel, Task};
use relume::cost::Timing;
use relume_doctor::{Finding, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of the serialised judgement.
pub const JUDGEMENT_SCHEMA: &str = "relume-judgement/2";

/// What a study shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Always [`JUDGEMENT_SCHEMA`].
    pub schema: String,
    /// The data and what was predicted.
    pub task: Task,
    /// Half-width of the band of practical equivalence, in the metric's own scale.
    pub margin: f64,
    /// The seeds of the main panel that were judged, ascending: those for which every arm that ran has a trial.
    pub seeds: Vec<u64>,
    /// Whether every comparison with the best is decided.
    pub finished: bool,
    /// What to use, in plain words.
    pub recommendation: Recommendation,
    /// One row per activation of the main panel, the highest mean test metric first.
    pub standings: Vec<Standing>,
    /// Of a trial of treatments, whether each helps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub treatments: Vec<Treatment>,
    /// What each activation reached by learning rate, where several were tried.
    pub rates: Vec<RateCurve>,
    /// How they did under stress, one entry per stress panel that has trials.
    pub stress: Vec<StressPanel>,
    /// The article's questions, answered with this study's numbers.
    pub article: Vec<Answer>,
    /// How the intervals were made.
    pub method: Method,
    /// The time that watching took, relative to the training without it; `None` where it was not measured.
    #[serde(default)]
    pub watching: Option<f64>,
    /// What a reader must know about incomplete data: missing seeds, missing scores, ...
    pub notes: Vec<String>,
}

impl Judgement {
    /// The row of one activation.
    pub fn standing(&self, activation: &str) -> Option<&Standing> {
        self.standings.iter().find(|s| s.activation == activation)
    }

    /// The row that the others are compared with.
    pub fn best(&self) -> Option<&Standing> {
        self.standings.iter().find(|s| s.verdict == Verdict::Best)
    }
}

/// What to use, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// The activation to use; `None` where nothing was shown that speaks for one.
    pub activation: Option<String>,
    /// The best and those that are equivalent to it, the highest metric first.
    pub group: Vec<String>,
    /// One sentence.
    pub headline: String,
    /// Why, one sentence each, with numbers.
    pub reasons: Vec<String>,
    /// What speaks against relying on it, one sentence each.
    pub caveats: Vec<String>,
}

/// One activation over all its trials of the main panel. `None` where it was not measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The activation in its text form.
    pub activation: String,
    /// Whether it is the control (`identity`), which is never recommended.
    pub control: bool,
    /// How many trials it has.
    pub trials: usize,
    /// How many of them broke down (see [`Trial::broke_down`](crate::trial::Trial::broke_down)).
    pub failed: usize,
    /// The 95 % interval of that share.
    pub failed_share: Interval,
    /// After how many seeds it was stopped because it was beaten; `None` if it ran to the end.
    pub stopped: Option<usize>,
    /// Mean test metric of those that did not break down, with the 95 % interval of that mean alone; `None` where all
    /// broke down.
    pub test: Option<Estimate>,
    /// Mean metric on the training samples, of the trials that have an outcome.
    pub train: Option<f64>,
    /// Mean of train minus test metric.
    pub gap: Option<f64>,
    /// Mean number of epochs to 95 % of the best validation metric.
    pub epochs_to_95: Option<f64>,
    /// Number of units watched in one network.
    pub units: Option<usize>,
    /// Mean number of dead units after the last pass.
    pub dead_units: Option<f64>,
    /// Dead units as a share of all.
    pub dead_share: Option<f64>,
    /// Silent units as a share of all, after the last pass.
    pub silent_share: Option<f64>,
    /// Mean share of outputs that are exactly zero, over layers, in the last pass.
    pub zeros: Option<f64>,
    /// Gradient arriving at the first layer as a ratio to the last: median over trials of the median over
    /// trained passes.
    pub gradient_ratio: Option<f64>,
    /// Nanoseconds per element on the machine of the study.
    pub cost: Option<Timing>,
    /// Mean seconds of one trial.
    pub seconds: f64,
    /// What was chosen for this activation (learning rate, initialisation, ...).
    pub chosen: BTreeMap<String, serde_json::Value>,
    /// Its test metric minus that of the best, seed by seed; `None` for the best itself and where too few seeds are
    /// shared.
    pub difference: Option<Difference>,
    /// What follows from it.
    pub verdict: Verdict,
    /// Whether fewer than half of its trials broke down or have a finding of severity
    /// [`Fault`](Severity::Fault).
    pub healthy: bool,
    /// What the doctor found, over all trials, the most frequent fault first.
    pub findings: Vec<FindingSummary>,
}

/// A mean and what it may be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean over seeds.
    pub mean: f64,
    /// Its 95 % interval; `None` with too few seeds.
    pub interval: Option<Interval>,
}

/// A closed interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A paired difference to the best, over the seeds in which both came to an end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// To which activation: the best, or where only another shows it to be worse, that one.
    pub to: String,
    /// Mean over the shared seeds.
    pub mean: f64,
    /// Simultaneous 95 % interval for this data set, with other splits, weights and orders: whenever one looks, all of a
    /// study's intervals hold together in 95 of 100 studies.
    pub interval: Interval,
    /// Standard error of the mean.
    pub standard_error: f64,
    /// How many seeds are shared.
    pub seeds: usize,
    /// The same interval for new data like this, where each sample's score is known.
    pub new_data: Option<Interval>,
}

/// What a difference to the best says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Verdict {
    /// The highest mean of those that no other is shown to beat; the others are compared with it.
    Best,
    /// The interval lies within ±margin.
    Equivalent,
    /// The interval lies entirely above 0: so may the control's, which cannot be the best.
    Better,
    /// The interval lies entirely below −margin, or it is shown to break down more often.
    Worse,
    /// The interval lies within ±margin and entirely below 0, and there is reason to doubt that it breaks down no more
    /// often.
    SlightlyWorse,
    /// The interval lies entirely below 0; whether by more than the margin is open.
    Below {
        /// How many seeds in all would tell, if differences and spread stay as measured; `None` where no practical
        /// number would.
        seeds: Option<usize>,
    },
    /// None of these.
    Undecided {
        /// How many seeds in all would decide, if differences and spread stay as measured; `None` where no practical
        /// number would.
        seeds: Option<usize>,
    },
}

/// One treatment, compared with the controls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Treatment {
    /// The name of its arm.
    pub arm: String,
    /// Whether it helps.
    pub verdict: Help,
}

/// Whether a treatment helps. As with [`Verdict`], all pairs and all looks of a study share the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Help {
    /// It is better than each of the controls by more than the margin, or breaks down less often.
    Helps,
    /// One of the controls is as good or better.
    DoesNotHelp,
    /// Neither is shown.
    Undecided,
}

/// One kind of finding over all trials of an activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingSummary {
    /// The name of the check.
    pub check: String,
    /// The worst severity among them.
    pub severity: Severity,
    /// In how many trials it was found.
    pub found_in: usize,
    /// Of how many.
    pub trials: usize,
    /// One sentence, with numbers.
    pub words: String,
    /// One of the findings in full.
    pub example: Finding,
}

/// One activation over the learning rates that were tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateCurve {
    /// The activation in its text form.
    pub activation: String,
    /// By learning rate, ascending.
    pub points: Vec<RatePoint>,
    /// The lowest and the highest of the rates around the best that work: no trial broke down, and less than a tenth of
    /// the best metric is lost.
    pub works: Option<Interval>,
}

/// One learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatePoint {
    /// The learning rate.
    pub rate: f64,
    /// Mean metric of the trials that did not break down.
    pub mean: Option<f64>,
    /// How many trials it has.
    pub trials: usize,
    /// How many of them broke down.
    pub failed: usize,
}

/// One stress panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StressPanel {
    /// Which one.
    pub panel: Panel,
    /// What was done; who survived it; and how each failed that did not: one sentence each, in that order.
    pub words: Vec<String>,
    /// One row per activation, the highest mean test metric first.
    pub rows: Vec<StressRow>,
}

/// One activation under stress.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StressRow {
    /// The activation in its text form.
    pub activation: String,
    /// How many trials it has.
    pub trials: usize,
    /// How many of them broke down.
    pub failed: usize,
    /// Mean test metric of those that did not break down.
    pub test: Option<f64>,
    /// The lowest and the highest of these.
    pub range: Option<Interval>,
    /// Main panel's mean test metric minus this one; `None` where one of them is missing.
    pub drop: Option<f64>,
    /// Mean number of dead units after the last pass.
    pub dead_units: Option<f64>,
    /// Dead units as a share of all.
    pub dead_share: Option<f64>,
    /// Gradient ratio as in [`Standing::gradient_ratio`].
    pub gradient_ratio: Option<f64>,
    /// Whether it survived: see [`SURVIVES`](super::SURVIVES).
    pub survived: bool,
    /// What the doctor found.
    pub findings: Vec<FindingSummary>,
}

/// A question and what this study answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: String,
    /// The answer, with numbers, a paragraph per entry.
    pub paragraphs: Vec<String>,
}

/// How the intervals were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// The level of confidence, simultaneous over all comparisons.
    pub confidence: f64,
    /// How many comparisons the intervals hold for: those of all pairs.
    pub comparisons: usize,
    /// Whether all seeds were tested on the same samples; `None` where the samples are not known.
    pub fixed_test_set: Option<bool>,
    /// What was done, one sentence each.
    pub statements: Vec<String>,
    /// Where the methods come from.
    pub sources: Vec<String>,
}

/// A term of the judge, explained for the reader of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// The term, as it appears in tables and reports.
    pub term: &'static str,
    /// What it means, in a sentence or two.
    pub meaning: &'static str,
}
