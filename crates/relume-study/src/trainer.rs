//! One network, trained once, watched all the while.

use crate::clip::clip;
use crate::feed::Feed;
use crate::function::Function;
use crate::goal::Goal;
use crate::network::{Network, Weights, plan};
use crate::parameters;
use crate::random::{Stream, stream};
use crate::{Error, Optimizer, TrialSpec};
use burn::module::Module;
use burn::optim::momentum::MomentumConfig;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer, SgdConfig};
use burn::tensor::{Device, Tensor};
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use relume_burn::{Monitor, Probe};
use relume_data::{Dataset, Split};
use relume_doctor::words::number;
use relume_doctor::{ParameterId, ParameterInfo, Record};
use relume_report::trial::ABSURD;
use std::time::{Duration, Instant};

/// Parameters' gradients and updates are looked at once in this many steps: enough for a median per epoch, and
/// cheap. Activations are watched on every step, because a unit is dead only if it was silent on all samples.
const STEPS_PER_LOOK: usize = 8;

/// Of the untrained network, at most this many samples are looked at.
const UNTRAINED_SAMPLES: usize = 2048;

/// Samples per forward pass where no gradient is needed.
const EVALUATION_BATCH: usize = 256;

/// The steps of all samples of such a pass, about: memory is for the states of all of them.
const EVALUATED_STEPS: usize = 1 << 15;

/// A network with everything that training it needs.
pub(crate) struct Trainer<'a> {
    spec: &'a TrialSpec,
    function: Function,
    device: Device,
    network: Network,
    optimizer: ModuleOptimizer,
    monitor: Monitor,
    probes: Vec<Probe>,
    parameters: Vec<ParameterId>,
    feed: Feed,
    pub(crate) goal: Goal,
    pub(crate) split: Split,
    order: ChaCha8Rng,
    steps: usize,
    /// Time spent in forward passes, backward passes and updates of training.
    pub(crate) training: Duration,
}

/// How an epoch ended.
pub(crate) enum EpochEnd {
    /// With this mean training loss.
    Complete(f64),
    /// Before all samples were seen, because the loss was no longer finite.
    NotFinite(f64),
}

impl<'a> Trainer<'a> {
    pub(crate) fn new(spec: &'a TrialSpec, data: &Dataset) -> Result<Self, Error> {
        spec.check()?;
        let function: Function = spec.activation.parse()?;
        let split = data.hold_out(spec.seed, spec.held_out)?;
        let goal = Goal::new(data, &split.train);
        let device = Device::flex().autodiff();
        let feed = Feed::new(data, &split.train, &device);
        let plan = plan(
            &spec.network,
            &data.inputs,
            feed.tokens(),
            goal.outputs(),
            function.is_gated(),
        )?;
        let network = Network::new(&plan, &mut Weights::new(spec, function.activation(), &device)?);
        let monitor = Monitor::new();
        monitor.set_baseline_loss(goal.baseline_loss(&split.train));
        Ok(Self {
            probes: network.probes(spec.network.state_and_gates(*function.activation())?, &monitor),
            parameters: announce_parameters(&network, &monitor),
            optimizer: optimizer(spec.optimizer),
            feed,
            order: stream(spec.seed, Stream::Order),
            steps: 0,
            training: Duration::ZERO,
            spec,
            function,
            device,
            network,
            monitor,
            goal,
            split,
        })
    }

    /// Looks at the network before it is trained: what is dead now was born dead.
    pub(crate) fn look_untrained(&mut self) {
        let samples: Vec<usize> = self.split.train.iter().copied().take(UNTRAINED_SAMPLES).collect();
        self.monitor.set_watching(true);
        let mut loss = 0.0;
        for batch in samples.chunks(self.spec.batch) {
            let batch_loss = self.loss(batch);
            loss += f64::from(batch_loss.clone().into_scalar::<f32>()) * batch.len() as f64;
            batch_loss.backward();
        }
        self.monitor.set_watching(false);
        self.monitor.end_pass(Some(loss / samples.len() as f64));
    }

    /// Trains on every training sample once, in an order of this epoch's own. `interrupted` is asked at each step.
    pub(crate) fn epoch(&mut self, interrupted: impl Fn() -> bool) -> Result<EpochEnd, Error> {
        let mut order = self.split.train.clone();
        order.shuffle(&mut self.order);
        self.monitor.set_watching(true);
        let mut total = 0.0;
        for (step, batch) in order.chunks(self.spec.batch).enumerate() {
            if interrupted() {
                return Err(Error::Interrupted);
            }
            let start = Instant::now();
            let loss = self.step(batch, step.is_multiple_of(STEPS_PER_LOOK));
            self.training += start.elapsed();
            if !loss.is_finite() {
                self.end_pass(None);
                return Ok(EpochEnd::NotFinite(loss));
            }
            total += loss * batch.len() as f64;
        }
        let mean = total / order.len() as f64;
        self.end_pass(Some(mean));
        Ok(EpochEnd::Complete(mean))
    }

    fn end_pass(&self, loss: Option<f64>) {
        self.monitor.set_watching(false);
        self.monitor.end_pass(loss);
    }

    /// One step of the optimiser; returns the loss before it.
    fn step(&mut self, batch: &[usize], look: bool) -> f64 {
        let loss = self.loss(batch);
        let value = f64::from(loss.clone().into_scalar::<f32>());
        let gradients = GradientsParams::from_grads(loss.backward(), &self.network);
        let before = look.then(|| {
            let gradients = parameters::gradients(&self.network, &gradients);
            for (&parameter, gradient) in self.parameters.iter().zip(&gradients) {
                self.monitor.gradient(parameter, gradient);
            }
            parameters::values(&self.network)
        });
        let gradients = match self.spec.clip {
            Some(bound) => clip(&self.network, gradients, bound),
            None => gradients,
        };
        // Handed over, not cloned: the optimiser may then write into the parameters' own memory.
        let network = self.network.take();
        self.network = self.optimizer.step(self.learning_rate(), network, gradients);
        self.steps += 1;
        if let Some(before) = before {
            let after = parameters::values(&self.network);
            for ((&parameter, before), after) in self.parameters.iter().zip(&before).zip(&after) {
                self.monitor.update(parameter, before, after);
            }
        }
        value
    }

    /// The learning rate of the next step.
    fn learning_rate(&self) -> f64 {
        let steps = self.spec.epochs * self.split.train.len().div_ceil(self.spec.batch);
        self.spec.learning_rate * self.spec.schedule.factor(self.steps as f64 / steps as f64)
    }

    fn loss(&self, samples: &[usize]) -> Tensor<1> {
        let outputs = self
            .network
            .forward(self.feed.batch(samples), &self.function, &self.probes);
        self.goal.loss(outputs, samples, &self.device)
    }

    /// The current network's outputs for samples, row after row.
    pub(crate) fn predict(&self, samples: &[usize]) -> Vec<f32> {
        let network = self.network.valid();
        samples
            .chunks(self.feed.samples_of(EVALUATED_STEPS).clamp(1, EVALUATION_BATCH))
            .flat_map(|samples| {
                let batch = self.feed.batch(samples).inner();
                let outputs = network.forward(batch, &self.function, &[]);
                outputs
                    .into_data()
                    .try_into_vec::<f32>()
                    .expect("networks compute in f32")
            })
            .collect()
    }

    /// Whether a loss and a score on the samples held out are those of a network that has not diverged; why not.
    pub(crate) fn sound(&self, loss: f64, score: f64) -> Result<(), String> {
        let times = loss / self.goal.baseline_loss(&self.split.train);
        if !(loss.is_finite() && score.is_finite()) {
            Err(format!("it diverged: the loss on the samples held out is {loss}"))
        } else if times > ABSURD && score <= self.goal.constant_score() {
            Err(format!(
                "it diverged: the loss on the samples held out is {} times that of a constant prediction",
                number(times)
            ))
        } else {
            Ok(())
        }
    }

    /// Everything that was watched.
    pub(crate) fn record(&self) -> Record {
        self.monitor.record()
    }
}

fn optimizer(optimizer: Optimizer) -> ModuleOptimizer {
    match optimizer {
        Optimizer::Sgd => {
            let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
            SgdConfig::new().with_momentum(Some(momentum)).init()
        }
        Optimizer::Adam => AdamConfig::new().init(),
    }
}

/// Announces each parameter, in the order of [`parameters::values`].
fn announce_parameters(network: &Network, monitor: &Monitor) -> Vec<ParameterId> {
    let names = network.parameter_names();
    names
        .into_iter()
        .zip(parameters::values(network))
        .map(|(name, value)| {
            monitor.parameter(ParameterInfo {
                name,
                elements: value.shape().num_elements(),
            })
        })
        .collect()
}
