//! What a watched training run leaves behind: small, serialisable, the same for every framework.
//!
//! A [`Record`] is what the checks read, what a trial file stores and what the report draws. Its size depends
//! on the number of layers and passes, never on the number of steps or samples.

use crate::course::Course;
use crate::inner::{Inner, InnerKind};
use crate::setup::Setup;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that was observed of one training run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The activation layers, from the input of the network to its output.
    pub layers: Vec<LayerInfo>,
    /// The trainable parameters (weights and biases), in the same order as their layers.
    pub parameters: Vec<ParameterInfo>,
    /// One snapshot per pass over the training data, oldest first.
    pub snapshots: Vec<Snapshot>,
    /// Per layer, the pre-activations of the last pass, binned. Empty where they were not collected.
    pub histograms: Vec<Histogram>,
    /// The loss of the best constant prediction, against which learning shows: the entropy of the class
    /// frequencies, or the variance of the target. `None` where it is not known.
    #[serde(default)]
    pub baseline_loss: Option<f64>,
    /// Root mean square of the numbers that enter the network. `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_rms: Option<f64>,
    /// The smallest loss that the last activation allows. `None` where nothing limits it, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_floor: Option<LossFloor>,
    /// By layer, the name of the parameter that computes its pre-activations, where it is known.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, String>,
    /// By layer, which other it stands inside of, as a gate or a later step in time. All others stand in series.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inner: BTreeMap<String, Inner>,
    /// What could not be observed at all, such as the inside of a compiled graph.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<Unseen>,
    /// What was seen of every step of a run that was watched by steps: its loss and the sizes of its gradients.
    #[serde(default, skip_serializing_if = "is_default")]
    pub course: Course,
    /// What else is known of the training: its optimiser, inputs, outputs and loss.
    #[serde(default, skip_serializing_if = "is_default")]
    pub setup: Setup,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Record {
    /// The names of the layers that nothing was seen of in any pass: a report says so aloud.
    pub fn not_observed(&self) -> Vec<&str> {
        let seen = |i: usize| {
            self.snapshots
                .iter()
                .any(|s| s.layers.get(i).is_some_and(LayerSnapshot::observed))
        };
        let unseen = self.layers.iter().enumerate().filter(|&(i, _)| !seen(i));
        unseen.map(|(_, layer)| layer.name.as_str()).collect()
    }

    /// Whether the gradient goes through a layer and the others one after the other: it is no gate and no later step in time.
    pub fn is_in_series(&self, layer: &LayerInfo) -> bool {
        !self.inner.contains_key(&layer.name)
    }

    /// Whether the units of a layer are units of their own, and not gates of others or the same ones at another step in time.
    pub fn has_own_units(&self, layer: &LayerInfo) -> bool {
        let inner = self.inner.get(&layer.name);
        inner.is_none_or(|inner| inner.kind == InnerKind::Backwards)
    }
}

/// What does not change about an activation layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerInfo {
    /// The layer's name in its network, such as `hidden3`.
    pub name: String,
    /// The activation in its text form, such as `leaky_relu(slope=0.01)`.
    pub activation: String,
    /// How many units the layer has: features, or channels of a convolution.
    pub units: usize,
    /// How many inputs each unit sums over.
    pub fan_in: usize,
}

/// What does not change about a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterInfo {
    /// The parameter's name, such as `hidden3.weight`.
    pub name: String,
    /// The number of its elements.
    pub elements: usize,
}

/// The smallest loss that is possible with an activation behind the last layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossFloor {
    /// The activation, such as `softmax`.
    pub activation: String,
    /// The loss of the best outputs in its range.
    pub loss: f64,
}

/// A part of the network that could not be observed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// Its name in the network.
    pub name: String,
    /// Why, such as `a compiled graph`.
    pub reason: String,
}

/// The state of the network over one pass through the training data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The pass: 0 is the untrained network (observed, not trained), 1 the first epoch, and so on.
    pub pass: usize,
    /// The first and the last step, where a run was watched by steps and this is one of its windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<[u64; 2]>,
    /// Mean training loss over the pass; `None` where it was not finite or not known.
    pub loss: Option<f64>,
    /// How many samples went forward.
    pub samples: u64,
    /// One entry per layer of [`Record::layers`].
    pub layers: Vec<LayerSnapshot>,
    /// One entry per parameter of [`Record::parameters`]; empty for pass 0.
    pub parameters: Vec<ParameterSnapshot>,
}

impl Snapshot {
    /// Which stretch of the run it is, in words.
    pub fn when(&self) -> String {
        match self.steps {
            None => format!("pass {}", self.pass),
            Some([first, last]) if first == last => format!("step {first}"),
            Some([first, last]) => format!("steps {first} to {last}"),
        }
    }
}

/// One activation layer over one pass. Shares are between 0 and 1; `None` where there was nothing finite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LayerSnapshot {
    /// Share of outputs that were exactly zero (sparsity; never a fault by itself).
    pub zeros: f64,
    /// Units silent on every sample of the pass.
    pub silent: usize,
    /// Units silent on every sample of the pass that received no gradient either.
    pub dead: usize,
    /// Units that were dead in the pass before and are not in this one.
    pub revived: usize,
    /// Units whose slope was near zero on almost every sample.
    pub saturated: usize,
    /// Mean of the pre-activations.
    pub input_mean: Option<f64>,
    /// Standard deviation of the pre-activations.
    pub input_std: Option<f64>,
    /// Root mean square of the outputs.
    pub output_rms: Option<f64>,
    /// Root mean square of the loss's gradient with respect to the pre-activations, over samples and units, as
    /// the trainer scaled it (its loss is a sum or a mean over the batch). `None` where no gradient was seen, and
    /// then a silent unit cannot be told from a dead one: `dead` is 0.
    pub gradient_rms: Option<f64>,
    /// The norm of that gradient over all units and positions of the layer, of one sample: its root mean square over
    /// the samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradient_norm: Option<f64>,
    /// How many values (pre-activations, outputs or gradients) were NaN or infinite.
    pub non_finite: u64,
}

impl LayerSnapshot {
    /// Whether any value of the layer was seen in this pass.
    pub fn observed(&self) -> bool {
        let seen = [self.input_mean, self.output_rms, self.gradient_rms];
        self.non_finite > 0 || seen.iter().any(Option::is_some)
    }
}

/// One parameter over one pass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ParameterSnapshot {
    /// Root mean square of the gradient, over the pass.
    pub gradient_rms: Option<f64>,
    /// Size of one optimiser step relative to the parameter: median over the steps seen of ‖Δw‖ / ‖w‖, within
    /// 5 %. Steps from w = 0 are left out.
    pub update_ratio: Option<f64>,
    /// The largest such step.
    #[serde(default)]
    pub update_peak: Option<f64>,
    /// How many gradient entries were NaN or infinite.
    pub non_finite: u64,
}

/// Counts of a layer's pre-activations in equal bins over `[low, high)`, and of what lay outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub low: f64,
    /// Upper edge of the last bin.
    pub high: f64,
    /// The counts, lowest bin first.
    pub counts: Vec<u64>,
    /// How many values lay below `low`.
    pub below: u64,
    /// How many values lay at or above `high`.
    pub above: u64,
}
