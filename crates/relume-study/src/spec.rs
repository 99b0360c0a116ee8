//! What one trial is asked to do: the file that `relume trial` reads.

use crate::Error;
use crate::function::Function;
use relume::Activation;
use relume_data::{Dataset, Shape, SplitBy, Tokens};
use relume_report::trial::{Arm, Panel};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use strum::{Display, EnumString, VariantNames};

/// The version of the specification that this program reads and writes.
pub const SPEC_SCHEMA: &str = "relume-trial-spec/1";

/// Everything that determines a trial: the same specification gives the same result on the same machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialSpec {
    /// Always [`SPEC_SCHEMA`].
    pub schema: String,
    /// The experiment it belongs to.
    pub panel: Panel,
    /// Where the data comes from.
    pub data: DataSpec,
    /// The network.
    pub network: NetworkSpec,
    /// The activation in its text form, such as `leaky_relu(slope=0.01)`.
    pub activation: String,
    /// How the weights are drawn.
    pub initialisation: Initialisation,
    /// What the biases of hidden layers begin with: 0, except to provoke trouble.
    pub bias: f64,
    /// What turns gradients into updates.
    pub optimizer: Optimizer,
    /// The size of its first steps.
    pub learning_rate: f64,
    /// How the learning rate goes on from there.
    pub schedule: Schedule,
    /// The largest norm that the gradients of all parameters together may have; longer ones are shortened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// Samples per step.
    pub batch: usize,
    /// Passes over the training data.
    pub epochs: usize,
    /// The share of the samples on which the network is judged; data that came with a test part is judged on that.
    #[serde(default = "held_out")]
    pub held_out: f64,
    /// Determines the split, the weights and the order of the samples.
    pub seed: u64,
}

/// Where the data comes from, as given to `relume study`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// `digits`, a folder, a `.csv` or an `.npz` file.
    pub source: String,
    /// The column of a CSV file to be predicted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Height and width that images are resized to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_size: Option<(usize, usize)>,
    /// The column of a CSV file that holds a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What the steps of a text are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// What a split keeps on one side.
    #[serde(default, skip_serializing_if = "is_default")]
    pub split: SplitBy,
    /// Whether a network over steps takes pictures pixel by pixel, instead of row by row.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pixels: bool,
}

/// The shape of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// The kind of network.
    pub kind: NetworkKind,
    /// How many layers have an activation.
    pub depth: usize,
    /// Units of a dense layer; channels of the first convolution, or of every one over steps.
    pub width: usize,
    /// How the steps of a sample become one row; what suits the network if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pooling: Option<Pooling>,
    /// Whether recurrent layers go over the steps in both directions.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bidirectional: bool,
    /// Where in a recurrent network the activation stands that is compared.
    #[serde(default, skip_serializing_if = "is_default")]
    pub compared: Compared,
    /// The activation at the other place: at the gates, if the state's is compared; `None` for the usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// The kinds of network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NetworkKind {
    /// Dense layers.
    Mlp,
    /// Convolutions of 3 × 3 that halve the picture, then one dense layer.
    Cnn,
    /// Convolutions over the steps of sequences and texts.
    Cnn1d,
    /// Recurrent layers without gates (Elman, 1990).
    Rnn,
    /// Recurrent layers with two gates (Cho et al., 2014).
    Gru,
    /// Recurrent layers with three gates and a cell (Hochreiter and Schmidhuber, 1997).
    Lstm,
    /// Blocks of attention and a feed-forward part that holds the activation (Vaswani et al., 2017).
    Transformer,
}

/// What stands at each step of a recurrent layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    Rnn,
    Gru,
    Lstm,
}

/// Where the activation that is compared stands in a recurrent network.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Compared {
    /// At the state: what is kept from step to step.
    #[default]
    State,
    /// At the gates, which say what is kept.
    Gate,
}

impl NetworkKind {
    /// The recurrent cell of a kind that has one.
    pub(crate) fn cell(self) -> Option<Cell> {
        match self {
            Self::Mlp | Self::Cnn | Self::Cnn1d | Self::Transformer => None,
            Self::Rnn => Some(Cell::Rnn),
            Self::Gru => Some(Cell::Gru),
            Self::Lstm => Some(Cell::Lstm),
        }
    }
}

/// How the steps of a sample become one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Pooling {
    /// The last step.
    Last,
    /// The mean of all steps.
    Mean,
    /// The largest value of each unit over all steps.
    Max,
    /// All steps side by side, where every sample has as many.
    Flat,
}

/// How weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Initialisation {
    /// What suits the activation.
    Auto,
    /// Normal, variance 2 / fan-in (He et al., 2015).
    He,
    /// Normal, variance 2 / (fan-in + fan-out) (Glorot and Bengio, 2010).
    Glorot,
    /// Normal, variance 1 / fan-in (LeCun et al., 1998).
    Lecun,
    /// From state to state the identity, small weights for the inputs: IRNN (Le, Jaitly and Hinton, 2015). For recurrent
    /// networks.
    Identity,
}

/// What turns gradients into updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Optimizer {
    /// Stochastic gradient descent with momentum 0.9.
    Sgd,
    /// Adam (Kingma and Ba, 2015) with its usual constants.
    Adam,
}

/// How the learning rate changes from step to step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Schedule {
    /// It falls by the same amount at each step, to 0 after the last: no noise of large steps is left in the end.
    Linear,
    /// It stays.
    Constant,
}

/// Many samples make a score that varies little from one trained network to the next.
pub(crate) const fn held_out() -> f64 {
    0.4
}

impl Schedule {
    /// What the learning rate is multiplied by when this share of all steps is done.
    pub(crate) fn factor(self, done: f64) -> f64 {
        match self {
            Self::Linear => 1.0 - done,
            Self::Constant => 1.0,
        }
    }
}

impl TrialSpec {
    /// Reads a specification, as written in a file called `name`.
    pub fn from_json(name: &str, text: &str) -> Result<Self, Error> {
        let malformed = |reason: String| Error::Spec {
            name: name.to_string(),
            reason,
        };
        let value: Value = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        match value.get("schema").and_then(Value::as_str) {
            Some(SPEC_SCHEMA) => {}
            Some(other) => {
                return Err(malformed(format!(
                    "its schema is `{other}`, this program reads `{SPEC_SCHEMA}`"
                )));
            }
            None => return Err(malformed(format!("it has no \"schema\": \"{SPEC_SCHEMA}\""))),
        }
        let spec: Self = serde_json::from_value(value).map_err(|error| malformed(error.to_string()))?;
        spec.check()?;
        Ok(spec)
    }

    /// The file that [`from_json`](Self::from_json) reads.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a specification has only text for keys")
    }

    /// Whether the numbers make sense, before any work is done.
    pub fn check(&self) -> Result<(), Error> {
        let at_least_one = |what, value: usize| {
            if value == 0 {
                Err(Error::setting(what, value, "at least 1"))
            } else {
                Ok(())
            }
        };
        at_least_one("batch", self.batch)?;
        at_least_one("epochs", self.epochs)?;
        self.network.check()?;
        let function: Function = self.activation.parse()?;
        if function.is_gated() && self.network.kind != NetworkKind::Transformer {
            return Err(Error::setting(
                "activation",
                function,
                &format!(
                    "an activation such as {}: gated units stand in the network transformer",
                    function.activation()
                ),
            ));
        }
        if self.initialisation == Initialisation::Identity && self.network.kind.cell().is_none() {
            return Err(Error::setting("init", self.initialisation, "a recurrent network"));
        }
        let positive = |what, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(Error::setting(what, value, "a positive number"))
            }
        };
        positive("learning rate", self.learning_rate)?;
        self.clip.map_or(Ok(()), |bound| positive("clip", bound))?;
        if !(self.held_out > 0.0 && self.held_out < 1.0) {
            return Err(Error::setting(
                "held-out",
                self.held_out,
                "a share between 0 and 1",
            ));
        }
        if self.bias.is_finite() {
            Ok(())
        } else {
            Err(Error::setting("bias", self.bias, "a finite number"))
        }
    }

    /// What must be equal in trials that are compared.
    pub fn settings(&self) -> BTreeMap<String, Value> {
        let always = [
            ("data", json!(self.data.source)),
            ("network", json!(self.network.kind)),
            ("depth", json!(self.network.depth)),
            ("width", json!(self.network.width)),
            ("optimizer", json!(self.optimizer)),
            ("learning rate schedule", json!(self.schedule)),
            ("batch", json!(self.batch)),
            ("epochs", json!(self.epochs)),
            ("held out", json!(self.held_out)),
        ];
        let network = &self.network;
        let sometimes = [
            network.pooling.map(|pooling| ("pooling", json!(pooling))),
            network.bidirectional.then_some(("directions", json!(2))),
            (!is_default(&network.compared)).then(|| ("compared", json!(network.compared))),
            network.beside.as_ref().map(|beside| ("beside", json!(beside))),
            self.data.tokens.map(|tokens| ("tokens", json!(tokens))),
            (!is_default(&self.data.split)).then(|| ("split", json!(self.data.split))),
            self.data.pixels.then_some(("pixel by pixel", json!(true))),
            self.clip.map(|bound| ("gradient norm at most", json!(bound))),
        ];
        let all = always.into_iter().chain(sometimes.into_iter().flatten());
        all.map(|(name, value)| (name.to_string(), value)).collect()
    }

    /// The activation and what was chosen for it.
    pub fn arm(&self) -> Arm {
        let chosen = [
            ("learning_rate", json!(self.learning_rate)),
            ("initialisation", json!(self.initialisation)),
            ("bias", json!(self.bias)),
        ]
        .map(|(name, value)| (name.to_string(), value))
        .into();
        Arm {
            chosen,
            ..Arm::of(&self.activation)
        }
    }
}

impl DataSpec {
    /// Data that is read as usual.
    pub fn of(source: &str) -> Self {
        Self {
            source: source.to_string(),
            label: None,
            image_size: None,
            text: None,
            tokens: None,
            split: SplitBy::Groups,
            pixels: false,
        }
    }

    /// Reads the data, and says which kind of network suits it.
    pub fn open(&self) -> Result<(Dataset, NetworkKind), Error> {
        let data = relume_data::open(&self.source, &self.options())?;
        let kind = match data.inputs.shape {
            Shape::Features { .. } | Shape::Image { .. } => NetworkKind::Mlp,
            Shape::Sequence { .. } => NetworkKind::Cnn1d,
            Shape::Text { .. } => NetworkKind::Gru,
        };
        Ok((data, kind))
    }

    /// The data as a kind of network takes it.
    pub fn feed(&self, data: Dataset, kind: NetworkKind) -> Result<Dataset, Error> {
        match kind {
            NetworkKind::Mlp | NetworkKind::Cnn if self.pixels => Err(Error::setting(
                "pixels",
                kind,
                "a network over steps; leave it out",
            )),
            NetworkKind::Mlp | NetworkKind::Cnn => Ok(data),
            NetworkKind::Cnn1d
            | NetworkKind::Rnn
            | NetworkKind::Gru
            | NetworkKind::Lstm
            | NetworkKind::Transformer => Ok(data.in_steps(self.pixels)?),
        }
    }

    /// How the data is to be read.
    pub fn options(&self) -> relume_data::Options {
        relume_data::Options {
            label: self.label.clone(),
            image_size: self.image_size,
            text: self.text.clone(),
            tokens: self.tokens,
            split: self.split,
            ..relume_data::Options::default()
        }
    }
}

impl NetworkSpec {
    /// Deeper or wider than this is a slip of the keyboard on a computer that trains on its processor.
    const DEEPEST: usize = 256;
    pub(crate) const WIDEST: usize = 16_384;

    /// The usual depth and width of a kind.
    pub fn of(kind: NetworkKind) -> Self {
        let (depth, width) = match kind {
            NetworkKind::Mlp => (6, 64),
            NetworkKind::Cnn => (4, 16),
            NetworkKind::Cnn1d => (3, 64),
            NetworkKind::Rnn | NetworkKind::Gru | NetworkKind::Lstm => (1, 64),
            NetworkKind::Transformer => (2, 64),
        };
        Self {
            kind,
            depth,
            width,
            pooling: None,
            bidirectional: false,
            compared: Compared::State,
            beside: None,
        }
    }

    /// The activations at the state and at the gates of a recurrent network, where `compared` is compared.
    pub(crate) fn state_and_gates(&self, compared: Activation) -> Result<[Activation; 2], Error> {
        let usual = match self.compared {
            Compared::State => "sigmoid",
            Compared::Gate => "tanh",
        };
        let beside: Activation = self.beside.as_deref().unwrap_or(usual).parse()?;
        Ok(match self.compared {
            Compared::State => [compared, beside],
            Compared::Gate => [beside, compared],
        })
    }

    /// Whether the network can be built at all.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=Self::DEEPEST).contains(&self.depth) {
            return Err(Error::setting(
                "depth",
                self.depth,
                &format!("from 1 to {}", Self::DEEPEST),
            ));
        }
        if !(1..=Self::WIDEST).contains(&self.width) {
            return Err(Error::setting(
                "width",
                self.width,
                &format!("from 1 to {}", Self::WIDEST),
            ));
        }
        let gates = matches!(self.kind.cell(), Some(Cell::Gru | Cell::Lstm));
        if self.compared == Compared::Gate && !gates {
            return Err(Error::setting(
                "compare",
                self.compared,
                "state: only gru and lstm have gates",
            ));
        }
        if let Some(beside) = self.beside.as_ref().filter(|_| !gates) {
            return Err(Error::setting(
                "gate activation",
                beside,
                "none: only gru and lstm have gates",
            ));
        }
        if self.bidirectional && self.kind.cell().is_none() {
            return Err(Error::setting("bidirectional", self.kind, "a recurrent network"));
        }
        Ok(())
    }
}
