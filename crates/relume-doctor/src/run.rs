//! A run that is watched step by step, where it is not known when a pass over the data ends.

use crate::course::{Course, NonFinite, Quantity};
use crate::error::Error;
use crate::inner::Inner;
use crate::pass::Pass;
use crate::record::{LayerInfo, LossFloor, ParameterInfo, Unseen};
use crate::same_network::places_of;
use crate::setup::Setup;
use crate::watch::{LayerId, ParameterId, Watch};
use crate::windows::Window;
use serde::{Deserialize, Serialize};

/// With more windows than this, neighbours are added up, and windows are twice as long from then on.
const WINDOWS: usize = 32;

/// One network, watched step by step.
///
/// Steps are gathered in windows of equal length. There are at most 32 windows: when they are full, neighbours
/// are added up, so that memory does not grow with the run, and the counts stay exact. The first step is the
/// untrained network, and a window by itself. [`record`](Run::record) makes of them what the checks read, and
/// [`merge`](Run::merge) adds up the runs of workers that train one network together.
///
/// ```
/// use relume_doctor::{LayerInfo, Layout, Run, diagnose};
/// # fn main() -> Result<(), relume_doctor::Error> {
/// let mut run = Run::new();
/// let hidden = run.add_layer(LayerInfo { name: "hidden".into(), activation: "relu".into(), units: 2, fan_in: 3 });
/// let layout = Layout { outer: 64, units: 2, inner: 1, positions: 1 };
/// for _ in 0..1000 {
///     run.step().forward(hidden, &[-5.0; 128], &[0.0; 128], layout)?;
///     run.step().backward(hidden, &[0.0; 128], layout)?;
///     run.end_step(Some(0.69), true);
/// }
/// let record = run.record();
/// assert_eq!(record.snapshots[0].steps, Some([0, 0]));
/// assert_eq!(record.snapshots.last().unwrap().steps.unwrap()[1], 999);
/// assert_eq!(diagnose(&record)[0].check, "born_dead");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    /// What the network consists of, and the counts of the present step.
    pub(crate) watch: Watch,
    pub(crate) windows: Vec<Window>,
    /// How many steps make a window.
    pub(crate) span: u64,
    /// Steps ended.
    pub(crate) steps: u64,
    pub(crate) unseen: Vec<Unseen>,
    pub(crate) cost: Overhead,
    pub(crate) notes: Vec<String>,
}

/// What watching cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overhead {
    /// Steps of training.
    pub steps: u64,
    /// Of these, the steps that were watched in full.
    pub watched: u64,
    /// Seconds spent on watching.
    pub watching: f64,
    /// Seconds spent on the same steps without it.
    pub training: f64,
}

impl Default for Run {
    fn default() -> Run {
        Run {
            watch: Watch::new(),
            windows: Vec::new(),
            span: 1,
            steps: 0,
            unseen: Vec::new(),
            cost: Overhead::default(),
            notes: Vec::new(),
        }
    }
}

impl Run {
    /// A run of which nothing has been seen.
    pub fn new() -> Run {
        Run::default()
    }

    /// Adds an activation layer, see [`Watch::add_layer`]. Layers may be added as they are met.
    pub fn add_layer(&mut self, info: LayerInfo) -> LayerId {
        self.watch.add_layer(info)
    }

    /// Adds a trainable parameter, see [`Watch::add_parameter`].
    pub fn add_parameter(&mut self, info: ParameterInfo) -> ParameterId {
        self.watch.add_parameter(info)
    }

    /// States the loss of the best constant prediction, see [`Watch::set_baseline_loss`].
    pub fn set_baseline_loss(&mut self, loss: f64) {
        self.watch.set_baseline_loss(loss);
    }

    /// States the root mean square of the numbers that enter the network.
    pub fn set_input_rms(&mut self, rms: f64) {
        self.watch.record.input_rms = Some(rms).filter(|rms| rms.is_finite());
    }

    /// States the smallest loss that the activation behind the last layer allows.
    pub fn set_loss_floor(&mut self, floor: LossFloor) {
        self.watch.record.loss_floor = Some(floor).filter(|floor| floor.loss.is_finite());
    }

    /// Says of a part of the network why it is not observed.
    pub fn not_observed(&mut self, name: &str, reason: &str) {
        match self.unseen.iter_mut().find(|unseen| unseen.name == name) {
            Some(unseen) => unseen.reason = reason.to_owned(),
            None => self.unseen.push(Unseen {
                name: name.to_owned(),
                reason: reason.to_owned(),
            }),
        }
    }

    /// Adds a sentence that a reader of the findings should know; once.
    pub fn note(&mut self, sentence: &str) {
        if !self.notes.iter().any(|note| note == sentence) {
            self.notes.push(sentence.to_owned());
        }
    }

    /// The notes, oldest first.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Says which parameter computes the pre-activations of a layer, both by name.
    pub fn set_weight(&mut self, layer: &str, parameter: &str) {
        let weights = &mut self.watch.record.weights;
        weights.insert(layer.to_owned(), parameter.to_owned());
    }

    /// Says that a layer stands inside of another, see [`Watch::set_inner`].
    pub fn set_inner(&mut self, layer: &str, inner: Inner) {
        self.watch.set_inner(layer, inner);
    }

    /// The present step, to hand tensors to.
    pub fn step(&mut self) -> &mut Watch {
        &mut self.watch
    }

    /// Ends a step. `watched` says whether anything was counted in it; `loss` is its training loss, if it is known.
    ///
    /// What was counted of the parameters belongs to the update that follows the step's own counts.
    pub fn end_step(&mut self, loss: Option<f64>, watched: bool) {
        let (window, update) = (self.window(self.steps), self.window(self.steps.max(1)));
        let last = window.max(update);
        if self.windows.len() <= last {
            self.windows.resize_with(last + 1, Window::default);
        }
        if let Some(loss) = loss {
            self.take_loss(self.steps, loss);
        }
        if watched {
            self.windows[window].watched += 1;
            if window == update {
                self.windows[window].counts.merge(&self.watch.counts);
            } else {
                let parameters = self.watch.counts.split_off_parameters();
                self.windows[window].counts.merge(&self.watch.counts);
                self.windows[update].counts.merge(&parameters);
            }
            self.cost.watched += 1;
            self.watch.counts.clear();
        }
        self.steps += 1;
        self.cost.steps += 1;
        while self.windows.len() > 1 + WINDOWS {
            self.coarsen();
        }
    }

    /// Takes in the loss of a step that may have ended already, as its value may be known late; losses come in the order of
    /// their steps.
    pub fn take_loss(&mut self, step: u64, loss: f64) {
        let window = self.window(step);
        if self.windows.len() <= window {
            self.windows.resize_with(window + 1, Window::default);
        }
        self.windows[window].take_loss(Some(loss));
        let course = self.course();
        course.losses.take(step, loss);
        if !loss.is_finite() {
            course.not_finite(NonFinite {
                step,
                what: Quantity::Loss,
                name: String::new(),
                count: 1,
                samples: Vec::new(),
                affected: 0,
                batch: 0,
            });
        }
    }

    /// What is seen of every step.
    pub fn course(&mut self) -> &mut Course {
        &mut self.watch.record.course
    }

    /// What the training consists of besides the network.
    pub fn setup(&mut self) -> &mut Setup {
        &mut self.watch.record.setup
    }

    /// The steps that have ended.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Forgets what was counted in the present step: it was not a step of training.
    pub fn drop_step(&mut self) {
        self.watch.counts.clear();
    }

    /// Divides the present step's gradients by the factor with which the trainer multiplied the loss.
    pub fn unscale(&mut self, scale: f64) {
        self.watch.counts.unscale(scale);
    }

    /// Adds to the seconds that watching took, and to those that the same steps took without it.
    pub fn add_seconds(&mut self, watching: f64, training: f64) {
        self.cost.watching += watching;
        self.cost.training += training;
    }

    /// What watching has cost.
    pub fn cost(&self) -> Overhead {
        self.cost
    }

    /// Adds what another worker counted of the same network in the same run, step by step.
    ///
    /// Layers and parameters are told apart by their names; those that only the other met are added.
    ///
    /// # Errors
    /// If the two networks have nothing in common, or differ in a layer or parameter of one name; nothing has
    /// been added then.
    pub fn merge(&mut self, other: &Run) -> Result<(), Error> {
        let mut mine = self.clone();
        let layers = places_of(
            "layers",
            &mut mine.watch.record.layers,
            &other.watch.record.layers,
        )?;
        let parameters = places_of(
            "parameters",
            &mut mine.watch.record.parameters,
            &other.watch.record.parameters,
        )?;
        let mut other = other.clone();
        while mine.span < other.span {
            mine.coarsen();
        }
        while other.span < mine.span {
            other.coarsen();
        }
        let most = mine.windows.len().max(other.windows.len());
        mine.windows.resize_with(most, Window::default);
        for (window, mut theirs) in mine.windows.iter_mut().zip(other.windows) {
            theirs.counts = theirs
                .counts
                .arranged(&layers, &mine.watch.record.layers, &parameters);
            window.merge(&theirs);
        }
        mine.watch.counts = Pass::of(&mine.watch.record);
        mine.steps = mine.steps.max(other.steps);
        mine.cost.steps += other.cost.steps;
        mine.cost.watched += other.cost.watched;
        mine.add_seconds(other.cost.watching, other.cost.training);
        for unseen in &other.unseen {
            mine.not_observed(&unseen.name, &unseen.reason);
        }
        other.notes.iter().for_each(|note| mine.note(note));
        let (record, theirs) = (&mut mine.watch.record, other.watch.record);
        record.weights.extend(theirs.weights);
        record.inner.extend(theirs.inner);
        record.baseline_loss = record.baseline_loss.or(theirs.baseline_loss);
        record.input_rms = record.input_rms.or(theirs.input_rms);
        record.loss_floor = record.loss_floor.take().or(theirs.loss_floor);
        record.course.merge(&theirs.course);
        record.setup.merge(&theirs.setup);
        *self = mine;
        Ok(())
    }

    /// The window of a step.
    fn window(&self, step: u64) -> usize {
        match step.checked_sub(1) {
            None => 0,
            Some(trained) => 1 + (trained / self.span) as usize,
        }
    }

    /// The first and the last step of a window.
    pub(crate) fn steps_of(&self, window: usize) -> [u64; 2] {
        match (window as u64).checked_sub(1) {
            None => [0, 0],
            Some(window) => [
                1 + window * self.span,
                ((window + 1) * self.span).min(self.steps - 1),
            ],
        }
    }

    /// Adds up neighbours, so that windows are twice as long.
    fn coarsen(&mut self) {
        let mut fine = std::mem::take(&mut self.windows).into_iter();
        self.windows.extend(fine.next());
        while let Some(mut window) = fine.next() {
            if let Some(neighbour) = fine.next() {
                window.merge(&neighbour);
            }
            self.windows.push(window);
        }
        self.span *= 2;
    }
}
