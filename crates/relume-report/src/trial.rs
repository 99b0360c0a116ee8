//! One training run as a file: the published, versioned schema that every part of relume reads and that any
//! program may write. `SCHEMA.md` next to this crate's sources describes it field by field.

use relume_doctor::{Finding, Record};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The version of the schema that this program writes. It reads the one before too, see [`Trial::from_json`].
pub const SCHEMA: &str = "relume-trial/2";

/// The first version, which is still read.
pub(crate) const FIRST: &str = "relume-trial/1";

/// One network trained once: what was asked, what came out, what the doctor saw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The program that wrote it, such as `relume 0.1.0`.
    pub written_by: String,
    /// Which experiment it belongs to; only trials of one panel are compared with each other.
    pub panel: Panel,
    /// What is compared with others.
    pub arm: Arm,
    /// The seed of split, initial weights and batch order. Trials of one seed saw the same data in the same
    /// split whatever their arm, so they are compared in pairs.
    pub seed: u64,
    /// The data and what is to be predicted.
    pub task: Task,
    /// What must be equal in all trials that are compared (network, optimiser, epochs, ...), by name.
    pub settings: BTreeMap<String, serde_json::Value>,
    /// What came out; `None` where training broke down before a first epoch was complete.
    pub outcome: Option<Outcome>,
    /// Why training stopped early, in words (`the loss became NaN in epoch 3`); `None` if it did not.
    pub failure: Option<String>,
    /// One entry per epoch, oldest first.
    pub epochs: Vec<Epoch>,
    /// What was watched; `None` where nothing was watched.
    pub record: Option<Record>,
    /// What the doctor found.
    pub findings: Vec<Finding>,
    /// Wall-clock seconds that the training took.
    pub seconds: f64,
    /// Of these, the seconds that watching took, where they were measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watching: Option<f64>,
    /// Training samples per second, forward, backward and update, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples_per_second: Option<f64>,
}

/// What is compared: an activation and what was chosen for it, or a treatment of a network as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// What it is called; all trials of an arm have one name. That of an activation is its text form, unless there are
    /// several arms with it.
    pub name: String,
    /// The activation in its text form, such as `leaky_relu(slope=0.01)`; `None` for that of the network as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activation: Option<String>,
    /// What was chosen for it (learning rate, width, ...), by name. It may differ from seed to seed.
    #[serde(default)]
    pub chosen: BTreeMap<String, serde_json::Value>,
}

impl Arm {
    /// The arm of an activation, called like it.
    pub fn of(activation: impl Into<String>) -> Self {
        let name = activation.into();
        Self {
            activation: Some(name.clone()),
            name,
            chosen: BTreeMap::new(),
        }
    }
}

/// A network whose squared error is this many times that of a constant prediction has diverged, finite as it may be.
pub const ABSURD: f64 = 10.0;

impl Trial {
    /// Reads a trial of this version of the schema or of version 1, in which an arm was its `activation` and what was
    /// `chosen` for it.
    pub fn from_json(json: &[u8]) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Header {
            schema: String,
        }
        if serde_json::from_slice::<Header>(json)?.schema != FIRST {
            return serde_json::from_slice(json);
        }
        #[derive(Deserialize)]
        struct First {
            activation: String,
            chosen: BTreeMap<String, serde_json::Value>,
        }
        let First { activation, chosen } = serde_json::from_slice(json)?;
        let mut value: serde_json::Value = serde_json::from_slice(json)?;
        let arm = Arm {
            chosen,
            ..Arm::of(activation)
        };
        value["schema"] = SCHEMA.into();
        value["arm"] = serde_json::to_value(arm)?;
        serde_json::from_value(value)
    }

    /// Whether training diverged: it stopped early, it has no outcome, or an absurd one.
    pub fn broke_down(&self) -> bool {
        let absurd = |outcome: &Outcome| {
            !outcome.test.is_finite() || self.task.metric == Metric::R2 && 1.0 - outcome.test > ABSURD
        };
        self.failure.is_some() || self.outcome.as_ref().is_none_or(absurd)
    }

    /// Whether this trial may be compared with another of its panel: same data, same metric, same settings.
    pub fn comparable(&self, other: &Trial) -> Result<(), Mismatch> {
        self.same_data(other)?;
        match first_difference(&self.settings, &other.settings) {
            None => Ok(()),
            Some((name, one, two)) => Err(self.mismatch(other, format!("setting `{name}`"), one, two)),
        }
    }

    /// Whether this trial, of whatever panel, has the data and the metric of another.
    pub fn same_data(&self, other: &Trial) -> Result<(), Mismatch> {
        let (one, two) = (&self.task, &other.task);
        if one.fingerprint != two.fingerprint {
            let what = "the data's fingerprint".into();
            return Err(self.mismatch(other, what, one.fingerprint.clone(), two.fingerprint.clone()));
        }
        if one.metric != two.metric {
            let (one, two) = (format!("{:?}", one.metric), format!("{:?}", two.metric));
            return Err(self.mismatch(other, "the metric".into(), one, two));
        }
        Ok(())
    }

    /// Its panel, arm and seed, as people say it.
    pub fn name(&self) -> String {
        format!("{} {}, seed {}", self.panel, self.arm.name, self.seed)
    }

    fn mismatch(&self, other: &Trial, what: String, expected: String, found: String) -> Mismatch {
        Mismatch {
            what,
            expected,
            expected_in: self.name(),
            found,
            found_in: other.name(),
        }
    }
}

/// The first thing in which two records that are to be compared differ.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {expected} in {expected_in}, but {found} in {found_in}; they cannot be compared")]
pub struct Mismatch {
    /// What differs, such as "setting `epochs`".
    pub what: String,
    /// Its value in the first.
    pub expected: String,
    /// Which the first is.
    pub expected_in: String,
    /// Its value in the second.
    pub found: String,
    /// Which the second is.
    pub found_in: String,
}

/// The first setting, by name, that differs, and both values as text.
pub(crate) fn first_difference(
    one: &BTreeMap<String, serde_json::Value>,
    two: &BTreeMap<String, serde_json::Value>,
) -> Option<(String, String, String)> {
    let text = |value: Option<&serde_json::Value>| value.map_or("absent".into(), |v| v.to_string());
    let names: std::collections::BTreeSet<_> = one.keys().chain(two.keys()).collect();
    names
        .into_iter()
        .map(|name| (name, one.get(name), two.get(name)))
        .find(|(_, a, b)| a != b)
        .map(|(name, a, b)| (name.clone(), text(a), text(b)))
}

/// Which experiment a trial belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Panel {
    /// The comparison itself.
    Main,
    /// The search for the learning rate; judged on validation only.
    Search,
    /// Stress: the learning rate of the main comparison, raised.
    RaisedLearningRate,
    /// Stress: an initialisation known to be poor.
    PoorInitialisation,
}

impl fmt::Display for Panel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Panel::Main => "main",
            Panel::Search => "search",
            Panel::RaisedLearningRate => "raised_learning_rate",
            Panel::PoorInitialisation => "poor_initialisation",
        })
    }
}

/// The data and what is to be predicted from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// A name for people, such as `digits`.
    pub name: String,
    /// What the data is, with its source, in a sentence.
    pub description: String,
    /// A fingerprint of the data: trials of different data are never compared.
    pub fingerprint: String,
    /// What is measured on the test set.
    pub metric: Metric,
    /// Numbers of training, validation and test samples, where they are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<SampleCounts>,
}

/// What is measured on the test set. Higher is always better.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of samples classified correctly, from 0 to 1; shown in percent.
    Accuracy,
    /// Coefficient of determination R², at most 1; shown times 100.
    R2,
    /// Another metric, by name; shown as it is.
    Other(String),
}

impl Metric {
    /// The largest difference that there can be between two values; infinite if they have no bounds.
    pub fn widest(&self) -> f64 {
        match self {
            Metric::Accuracy => 1.0,
            Metric::R2 | Metric::Other(_) => f64::INFINITY,
        }
    }
}

/// How many samples each part of the data has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleCounts {
    /// Samples trained on.
    pub train: usize,
    /// Samples that epochs and learning rates were chosen on.
    pub validation: usize,
    /// Samples that accuracy is reported on.
    pub test: usize,
}

/// What came out of a trial, at the epoch that was best on validation. What the writer does not know is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The epoch it belongs to, 1 for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<usize>,
    /// The metric on the training samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<f64>,
    /// The metric on the validation samples; without it the best is chosen on the test samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// The standard error of `validation`, from the scatter of the samples; `None` where the writer does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation_error: Option<f64>,
    /// The metric on the test samples.
    pub test: f64,
    /// The first epoch whose validation metric reached 95 % of its best, see [`epochs_to_95`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs_to_95: Option<usize>,
    /// The test samples one by one; `None` where the writer does not know them.
    pub scores: Option<Scores>,
}

/// How each test sample fared. The mean of `values` is the metric on the test set: 1 or 0 per sample for
/// accuracy, `1 - n·(squared error)/(total sum of squares)` for R².
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// The number of each test sample in the whole data set.
    pub samples: Vec<u32>,
    /// Its score.
    pub values: Vec<f32>,
    /// The class that it was taken for, as a number of the class names; `None` for a sample of which no class was more
    /// likely than all others. `None` for all where the writer does not know them, or there are no classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Vec<Option<u32>>>,
}

/// One epoch of training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// 1 for the first.
    pub epoch: usize,
    /// Mean training loss; `None` where it was not finite.
    pub train_loss: Option<f64>,
    /// Mean validation loss; `None` where it was not finite.
    pub validation_loss: Option<f64>,
    /// The metric on the validation samples; `None` where it was not measured.
    pub validation: Option<f64>,
}

/// The first epoch at which the validation metric reached 95 % of its best; `None` where it was not measured.
pub fn epochs_to_95(epochs: &[Epoch]) -> Option<usize> {
    let measured = || epochs.iter().filter_map(|e| Some((e.epoch, e.validation?)));
    let best = measured()
        .map(|(_, metric)| metric)
        .fold(f64::NEG_INFINITY, f64::max);
    // Of a negative best (R² can be), 95 % would be above it.
    let goal = if best > 0.0 { 0.95 * best } else { best };
    measured()
        .find(|&(_, metric)| metric >= goal)
        .map(|(epoch, _)| epoch)
}
