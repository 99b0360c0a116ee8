//! What a study is asked to do.

use crate::ladder::BURN_IN;
use crate::spec::held_out;
use crate::{
    DataSpec, Error, Function, Initialisation, NetworkKind, NetworkSpec, Optimizer, SPEC_SCHEMA, Schedule,
    TrialSpec,
};
use relume::Activation;
use relume_report::study::CURRENT;
use relume_report::trial::Panel;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a study is asked to do. [`Settings::new`] gives the defaults for a kind of network.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the data comes from.
    pub data: DataSpec,
    /// The network.
    pub network: NetworkSpec,
    /// The activations to compare.
    pub activations: Vec<Function>,
    /// The one in use now, which is kept unless another is shown to be better.
    pub current: Option<Function>,
    /// How many seeds are judged at most.
    pub max_seeds: usize,
    /// When this much time has passed, no more trials are begun. Of it the search for learning rates takes half, or what its
    /// first seed takes, if that is more.
    pub time: Option<Duration>,
    /// Shifts all seeds: studies with different numbers share none.
    pub seed: u64,
    /// Passes over the training data.
    pub epochs: usize,
    /// The share of the samples on which networks are judged.
    pub held_out: f64,
    /// What turns gradients into updates.
    pub optimizer: Optimizer,
    /// The learning rate for all; `None` to search one for each.
    pub learning_rate: Option<f64>,
    /// How the learning rate changes from step to step.
    pub schedule: Schedule,
    /// The largest norm of the gradients of all parameters together; `None` for any.
    pub clip: Option<f64>,
    /// How weights are drawn.
    pub initialisation: Initialisation,
    /// Samples per step.
    pub batch: usize,
    /// Half-width of the band of practical equivalence, in the metric's own scale (0.005 is half a point).
    pub margin: f64,
    /// Whether the stress panel is run.
    pub stress: bool,
    /// Trials at once.
    pub jobs: usize,
}

/// How many seeds a study may have, those of the burn-in included.
const SEEDS: u64 = 10_000;

impl Settings {
    /// The defaults for a kind of network and where the data comes from.
    pub fn new(kind: NetworkKind, source: &str) -> Self {
        let (batch, epochs, max_seeds) = match kind {
            NetworkKind::Mlp => (64, 25, 145),
            NetworkKind::Cnn => (32, 10, 20),
            NetworkKind::Cnn1d => (32, 20, 60),
            NetworkKind::Rnn | NetworkKind::Gru | NetworkKind::Lstm => (32, 20, 40),
            NetworkKind::Transformer => (32, 20, 40),
        };
        Self {
            data: DataSpec::of(source),
            network: NetworkSpec::of(kind),
            activations: default_activations(),
            current: Activation::new(CURRENT).ok().map(Function::from),
            max_seeds,
            time: None,
            seed: 0,
            epochs,
            held_out: held_out(),
            optimizer: match kind {
                NetworkKind::Mlp | NetworkKind::Cnn => Optimizer::Sgd,
                _ => Optimizer::Adam,
            },
            learning_rate: None,
            schedule: Schedule::Linear,
            clip: kind.cell().map(|_| 1.0),
            initialisation: Initialisation::Auto,
            batch,
            margin: 0.005,
            stress: true,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// Whether the study can be run at all.
    pub fn check(&self) -> Result<(), Error> {
        if self.activations.is_empty() {
            return Err(Error::setting("activations", "", "at least one"));
        }
        for (i, activation) in self.activations.iter().enumerate() {
            if self.activations[..i].contains(activation) {
                return Err(Error::setting("activations", activation, "each activation once"));
            }
        }
        let most = SEEDS as usize - BURN_IN;
        if !(2..=most).contains(&self.max_seeds) {
            return Err(Error::setting(
                "max-seeds",
                self.max_seeds,
                &format!("from 2, or nothing can be said of chance, to {most}"),
            ));
        }
        if self.seed > u64::MAX / SEEDS - 1 {
            return Err(Error::setting("seed", self.seed, "a smaller number"));
        }
        if !(self.margin > 0.0 && self.margin.is_finite()) {
            return Err(Error::setting("margin", self.margin, "a positive number"));
        }
        let rate = self.learning_rate.unwrap_or(0.1);
        self.activations
            .iter()
            .try_for_each(|activation| self.trial(Panel::Main, activation, 0, rate).check())
    }

    /// The seed that is the n-th of this study.
    pub(crate) fn nth_seed(&self, n: usize) -> u64 {
        self.seed * SEEDS + n as u64
    }

    /// The activation in use, if it is among those that are compared.
    pub(crate) fn current(&self) -> Option<String> {
        let current = self
            .current
            .as_ref()
            .filter(|current| self.activations.contains(current));
        current.map(ToString::to_string)
    }

    /// The specification of one trial.
    pub(crate) fn trial(
        &self,
        panel: Panel,
        activation: &Function,
        seed: u64,
        learning_rate: f64,
    ) -> TrialSpec {
        TrialSpec {
            schema: SPEC_SCHEMA.to_string(),
            panel,
            data: self.data.clone(),
            network: self.network.clone(),
            activation: activation.to_string(),
            initialisation: self.initialisation,
            bias: 0.0,
            optimizer: self.optimizer,
            learning_rate,
            schedule: self.schedule,
            clip: self.clip,
            batch: self.batch,
            epochs: self.epochs,
            held_out: self.held_out,
            seed,
        }
    }

    /// What may not change between the beginning of a study and its resumption.
    pub(crate) fn fixed(&self) -> BTreeMap<String, Value> {
        let mut fixed = self.trial(Panel::Main, &self.activations[0], 0, 0.1).settings();
        let rate = self
            .learning_rate
            .map_or(json!("chosen from earlier seeds"), |rate| json!(rate));
        fixed.insert("learning rate".to_string(), rate);
        fixed.insert("initialisation".to_string(), json!(self.initialisation));
        fixed.insert("seed".to_string(), json!(self.seed));
        fixed
    }
}

/// The control and a dozen functions that differ: variants that coincide at their default parameters (celu and
/// elu) or nearly (gelu_tanh and gelu) are left to those who ask for them.
const DEFAULT_ACTIVATIONS: [&str; 13] = [
    "identity",
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "hard_silu",
    "softplus",
    "sigmoid",
    "tanh",
];

fn default_activations() -> Vec<Function> {
    DEFAULT_ACTIVATIONS
        .map(|name| Activation::new(name).expect("in the catalogue").into())
        .to_vec()
}

impl TrialSpec {
    /// A specification to begin with: the first trial of the default study.
    pub fn example() -> Self {
        let settings = Settings::new(NetworkKind::Mlp, "digits");
        let relu = relume::Activation::new("relu").expect("in the catalogue");
        settings.trial(Panel::Main, &relu.into(), 0, 0.03)
    }
}
