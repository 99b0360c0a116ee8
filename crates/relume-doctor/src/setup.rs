//! What a training consists of besides the network: the optimiser, what goes in and comes out, and the loss.

use serde::{Deserialize, Serialize};

/// What was seen of a training besides its network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// The optimisers that took a step, or that were named to the doctor. One that holds nothing of the network is
    /// among them where no other took a step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub optimizers: Vec<OptimizerFacts>,
    /// How often what was called.
    pub calls: Calls,
    /// What enters the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inputs: Option<InputFacts>,
    /// What leaves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs: Option<OutputFacts>,
    /// What the loss compares it with, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<TensorFacts>,
    /// How the loss is computed, where it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loss: Option<LossFacts>,
    /// Recurrent layers, and what comes back to their first step in time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recurrent: Vec<ThroughTime>,
    /// The shapes of parameters that went into the outputs, are none of the network's, and are held by no optimiser.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unregistered: Vec<Vec<u64>>,
    /// The dropouts that were called in training.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropouts: Vec<Dropout>,
    /// The recurrent layers, attentions and softmaxes that ran along the first axis of what they were given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub along_first: Vec<AlongFirst>,
    /// The parts that ran by themselves, where they are several and the network as a whole did not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<String>,
    /// How far ahead of a token its target lies in sequences of tokens, where that is the same in all steps: 1 where the
    /// next one is to be predicted, 0 where targets are the tokens themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets_ahead: Option<u64>,
    /// How many samples the largest batch had that a batch normalisation was given in training.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_normalised_batch: Option<u64>,
}

/// A dropout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dropout {
    /// Its name, or that of the module that calls it.
    pub name: String,
    /// The share of its inputs that it leaves out.
    pub share: f64,
}

/// A layer that mixes what stands along the first axis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlongFirst {
    /// Its name, or that of the module that calls it.
    pub name: String,
    /// What it is.
    pub kind: AlongKind,
    /// The length of the first axis.
    pub length: u64,
    /// That of the second.
    pub beside: u64,
}

/// What mixes along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlongKind {
    /// A recurrent layer.
    Recurrent,
    /// An attention.
    Attention,
    /// A softmax.
    Softmax,
}

/// How the gradient changes on its way back through the steps in time of a recurrent layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ThroughTime {
    /// The layer.
    pub name: String,
    /// Its steps in time.
    pub steps: u64,
    /// The norm of the gradient at the state after the first of them, relative to the largest: the median over the
    /// passes in which it was measured.
    pub first_over_largest: Option<f64>,
    /// The largest such norm relative to that at the last of them, to which it comes first: in the first pass in which it
    /// was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_over_last: Option<f64>,
    /// The gradient step in time by step in time, in the passes that were kept, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passes: Vec<TimeNorms>,
}

/// The gradient at the states of a recurrent layer in one pass.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeNorms {
    /// The pass, or the step where the run was watched by steps.
    pub at: u64,
    /// The norm of the gradient at the state, from the first step in time to the last: its root mean square over neighbouring
    /// steps where there are many. `None` where it was not finite.
    pub norms: Vec<Option<f64>>,
}

/// How often what was called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    /// Forward passes of training.
    pub forward: u64,
    /// Backward passes that began at a loss.
    pub backward: u64,
    /// Steps of optimisers that hold parameters of the network.
    pub optimizer: u64,
    /// Steps of an optimiser in which it was looked whether gradients were left from its step before; of several, of that
    /// of which most were left.
    pub leftovers_looked_for: u64,
    /// Of these, the steps in which some were: gradients that it had already used, and to which those of the step were
    /// added.
    pub leftovers: u64,
    /// Steps in which the optimiser's step was compared with the gradient that came back.
    pub directions_looked_at: u64,
    /// Of these, the steps that went along it, not against it.
    pub uphill: u64,
}

/// An optimiser.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerFacts {
    /// Its class, such as `AdamW`.
    pub name: String,
    /// Its steps.
    pub steps: u64,
    /// The learning rate: the largest of its groups of parameters.
    pub learning_rate: Option<Range>,
    /// Momentum, where it has one.
    pub momentum: Option<f64>,
    /// The decay rates of Adam and its like.
    pub betas: Option<[f64; 2]>,
    /// Weight decay, where it has one.
    pub weight_decay: Option<f64>,
    /// Whether it takes the decay from the weights themselves, times the learning rate, as AdamW does.
    pub decays_by_itself: bool,
    /// How many parameters of the network it holds; which, is said of each parameter.
    pub held: u64,
    /// How many it holds that are not of the network.
    pub foreign: u64,
}

/// A number through the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// At first.
    pub first: f64,
    /// At last.
    pub last: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

/// Numbers, over the steps in which they were looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TensorFacts {
    /// Their shape, samples first; of the last step.
    pub shape: Vec<u64>,
    /// Their type, such as `float32`.
    pub dtype: String,
    /// The smallest that was finite, as the next three.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// Their mean.
    pub mean: Option<f64>,
    /// Their standard deviation.
    pub std: Option<f64>,
    /// Their standard deviation within a batch.
    pub std_within: Option<f64>,
    /// How many of the batches held one value alone.
    pub uniform: u64,
    /// Whether all were whole numbers.
    pub integral: bool,
    /// Whether, in each sample, they were at least 0 and came to 1.
    pub sums_to_one: bool,
    /// How many steps this rests on.
    pub steps: u64,
}

/// What enters the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InputFacts {
    /// The numbers.
    pub values: TensorFacts,
    /// Columns (features, or channels of pictures), where there are any.
    pub columns: Option<Columns>,
    /// The normalisation that they pass before anything else, by name, if there is one.
    pub normalised_by: Option<String>,
}

/// The columns of the inputs: features, or channels of pictures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// How many.
    pub count: u64,
    /// How many had the same value in all samples seen.
    pub constant: u64,
    /// The root mean square of the middle one.
    pub median_rms: f64,
    /// Which is the largest, from 0.
    pub largest: u64,
    /// Its root mean square.
    pub largest_rms: f64,
    /// How many are more than ten times as large as the middle one.
    pub wild: u64,
}

/// What leaves the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutputFacts {
    /// The numbers.
    pub values: TensorFacts,
    /// How much the outputs differ from sample to sample: their standard deviation over the samples, relative to their
    /// root mean square. 0 where the outputs do not depend on the inputs.
    pub spread: Option<Range>,
}

/// How the loss is computed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossFacts {
    /// What is added up in it.
    pub terms: Vec<LossTerm>,
    /// What the sum was multiplied by before `backward`, as for accumulation; the losses are stated without it.
    pub factor: Option<Range>,
    /// Whether it was computed from what the network returned, so that a gradient can come back.
    pub reaches_network: bool,
    /// The operations behind the last layer with weights, from there to the loss: `softmax`, `log`, `nll_loss`.
    pub operations: Vec<String>,
    /// Two shapes that were stretched to fit each other by accident, such as `(64,)` and `(64, 1)`: outputs, targets.
    pub broadcast: Option<[Vec<u64>; 2]>,
    /// The activation whose results a loss function was given that applies it itself: `softmax`, `sigmoid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activated_twice: Option<String>,
}

/// One term of a loss.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossTerm {
    /// What it is: `cross_entropy` (of a softmax, however written), `nll` (of what is no logarithm of probabilities),
    /// `binary_cross_entropy`, `binary_cross_entropy_with_logits`, `mse`, `l1`, `smooth_l1`, `huber`, `kl_divergence`, `penalty`
    /// (of parameters alone), `constant`, `root of` one of these, or the operation that is not known.
    pub kind: String,
    /// Whether it is understood.
    pub known: bool,
    /// What its elements are multiplied by, all together: 1 for a plain mean, the number of samples for a sum.
    pub factor: f64,
    /// `mean`, `sum` or `none`, of a loss function.
    pub reduction: Option<String>,
    /// Its mean value with the factor, over the steps in which it was looked at.
    pub value: Option<f64>,
    /// What the best constant prediction gives, with the factor; `None` where it is not known.
    pub baseline: Option<f64>,
}

impl Setup {
    /// Adds what another worker saw in the same training.
    pub(crate) fn merge(&mut self, other: &Setup) {
        if self.optimizers.is_empty() {
            self.optimizers.clone_from(&other.optimizers);
        }
        let (mine, theirs) = (&mut self.calls, &other.calls);
        mine.forward += theirs.forward;
        mine.backward += theirs.backward;
        mine.optimizer += theirs.optimizer;
        mine.leftovers_looked_for += theirs.leftovers_looked_for;
        mine.leftovers += theirs.leftovers;
        mine.directions_looked_at += theirs.directions_looked_at;
        mine.uphill += theirs.uphill;
        // Workers see samples of the same data: what one saw stands for all.
        self.inputs = self.inputs.take().or_else(|| other.inputs.clone());
        self.outputs = self.outputs.take().or_else(|| other.outputs.clone());
        self.targets = self.targets.take().or_else(|| other.targets.clone());
        self.loss = self.loss.take().or_else(|| other.loss.clone());
        if self.recurrent.is_empty() {
            self.recurrent.clone_from(&other.recurrent);
        }
        if self.unregistered.is_empty() {
            self.unregistered.clone_from(&other.unregistered);
        }
        if self.dropouts.is_empty() {
            self.dropouts.clone_from(&other.dropouts);
        }
        if self.along_first.is_empty() {
            self.along_first.clone_from(&other.along_first);
        }
        if self.parts.is_empty() {
            self.parts.clone_from(&other.parts);
        }
        self.targets_ahead = self.targets_ahead.or(other.targets_ahead);
        self.largest_normalised_batch = self.largest_normalised_batch.max(other.largest_normalised_batch);
    }
}
