//! How a network in training is watched: probes at its activations, its parameters' gradients and updates.

use burn::backend::autodiff::checkpoint::strategy::{BalancedCheckpointing, NoCheckpointing};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use relume_doctor::{Inner, LayerId, LayerInfo, Layout, ParameterId, ParameterInfo, Record, Snapshot, Watch};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::flex;

/// Collects what the probes of one network see. Cheap to clone; clones share what they have seen.
///
/// It begins asleep: call [`watching`](Self::watching) around the steps that are to be counted.
#[derive(Clone, Debug, Default)]
pub struct Monitor {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    watch: Mutex<Watch>,
    watching: AtomicBool,
}

impl Monitor {
    /// A monitor that knows no layer yet and is asleep.
    pub fn new() -> Self {
        Self::default()
    }

    /// Announces an activation layer and returns the probe to hand to
    /// [`activate_watched`](crate::activate_watched). Announce layers from input to output.
    pub fn layer(&self, info: LayerInfo) -> Probe {
        let layer = self.watch().add_layer(info);
        Probe {
            shared: self.shared.clone(),
            layer,
        }
    }

    /// Says that a layer stands inside of another, as a gate does: see [`Watch::set_inner`].
    pub fn set_inner(&self, layer: &str, inner: Inner) {
        self.watch().set_inner(layer, inner);
    }

    /// Announces a parameter.
    pub fn parameter(&self, info: ParameterInfo) -> ParameterId {
        self.watch().add_parameter(info)
    }

    /// States the loss of the best constant prediction: see [`Watch::set_baseline_loss`].
    pub fn set_baseline_loss(&self, loss: f64) {
        self.watch().set_baseline_loss(loss);
    }

    /// Whether what passes is counted from now on. Turn it off for evaluation.
    pub fn set_watching(&self, watching: bool) {
        self.shared.watching.store(watching, Ordering::Relaxed);
    }

    /// Takes a parameter's gradient.
    pub fn gradient<const D: usize>(&self, parameter: ParameterId, gradient: &Tensor<D>) {
        with_elements(gradient, |gradient| self.watch().gradient(parameter, gradient));
    }

    /// Takes a parameter before and after one step of the optimiser.
    pub fn update<const D: usize>(&self, parameter: ParameterId, before: &Tensor<D>, after: &Tensor<D>) {
        with_elements(before, |before| {
            with_elements(after, |after| self.watch().update(parameter, before, after));
        });
    }

    /// Ends a pass over the training data with its mean loss, and returns what it looked like.
    pub fn end_pass(&self, loss: Option<f64>) -> Snapshot {
        self.watch().end_pass(loss).clone()
    }

    /// Everything seen so far.
    pub fn record(&self) -> Record {
        self.watch().record()
    }

    fn watch(&self) -> MutexGuard<'_, Watch> {
        self.shared.watch()
    }
}

impl Shared {
    fn watch(&self) -> MutexGuard<'_, Watch> {
        // Counts are sums: those of a thread that panicked half-way are still counts of what it saw.
        self.watch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sits at one activation of a network and reports to its [`Monitor`].
#[derive(Clone, Debug)]
pub struct Probe {
    shared: Arc<Shared>,
    layer: LayerId,
}

impl Probe {
    pub(crate) fn is_watching(&self) -> bool {
        self.shared.watching.load(Ordering::Relaxed)
    }

    pub(crate) fn forward(&self, x: &FlexTensor, y: &FlexTensor) {
        flex::read(x, |x_elements| {
            flex::read(y, |y_elements| {
                self.shared
                    .watch()
                    .forward(self.layer, x_elements, y_elements, layout(x))
                    .expect("an activation keeps the shape of its input");
            });
        });
    }

    /// What an activation saw in rows of units.
    pub(crate) fn forward_rows(&self, x: &[f32], y: &[f32], layout: Layout) {
        self.shared
            .watch()
            .forward(self.layer, x, y, layout)
            .expect("a recurrent layer has as many units as its probes were announced with");
    }

    /// What came back to it.
    pub(crate) fn backward_rows(&self, dx: &[f32], layout: Layout) {
        self.shared
            .watch()
            .backward(self.layer, dx, layout)
            .expect("a recurrent layer has as many units as its probes were announced with");
    }

    /// The norm of the gradient of a recurrent layer's state after each step in time.
    pub(crate) fn gradient_through_time(&self, norms: &[f64]) {
        self.shared
            .watch()
            .gradient_through_time(self.layer, norms)
            .expect("the layer is of this watch");
    }

    pub(crate) fn backward(&self, dx: &FlexTensor) {
        flex::read(dx, |elements| {
            self.shared
                .watch()
                .backward(self.layer, elements, layout(dx))
                .expect("a gradient has the shape of its tensor");
        });
    }
}

/// Where the units are: the channels (second axis) of a picture of four axes or more, the last axis of anything
/// else. Of three axes, the first is the batch and the second the steps or positions.
fn layout(tensor: &FlexTensor) -> Layout {
    let shape: Vec<usize> = tensor.layout().shape().iter().copied().collect();
    let (outer, units, inner, positions) = match *shape.as_slice() {
        [] => (1, 1, 1, 1),
        [units] => (1, units, 1, 1),
        [batch, units] => (batch, units, 1, 1),
        [batch, positions, units] => (batch * positions, units, 1, positions),
        [batch, channels, ref space @ ..] => (batch, channels, space.iter().product(), 1),
    };
    Layout {
        outer,
        units,
        inner,
        positions,
    }
}

/// Calls `read` with the elements of a tensor, without a copy where it lives on Flex.
fn with_elements<const D: usize>(tensor: &Tensor<D>, read: impl FnOnce(&[f32])) {
    if let Ok(tensor) = tensor.clone().try_into_primitive::<Flex>() {
        return flex::read(&tensor, read);
    }
    if let Ok(tensor) = tensor
        .clone()
        .try_into_primitive::<Autodiff<Flex, NoCheckpointing>>()
    {
        return flex::read(tensor.primitive(), read);
    }
    if let Ok(tensor) = tensor
        .clone()
        .try_into_primitive::<Autodiff<Flex, BalancedCheckpointing>>()
    {
        return flex::read(tensor.primitive(), read);
    }
    if let Ok(elements) = tensor.to_data().convert::<f32>().as_slice::<f32>() {
        read(elements);
    }
}
