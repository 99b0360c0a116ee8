//! The simple recurrent network of Elman.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use relume::Activation;

use super::cell::{Backward, Cell, Forward, Source, activate};
use super::composed::{Composed, Products};
use super::operation::Call;
use super::parameters::Parameters;
use super::states::States;
use super::vectors::Simd;
use crate::monitor::Probe;
use crate::operation::activate as activate_tensor;

/// A recurrent layer whose state is an activation of a weighted sum: h′ = f(W·x + U·h + b).
///
/// Elman, Finding structure in time (1990). With relu and a recurrent matrix that starts as the identity it is the IRNN of
/// Le, Jaitly and Hinton (arXiv 1504.00941).
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use relume_burn::Rnn;
///
/// let device = Device::flex().autodiff();
/// let weights = |shape| Tensor::<2>::random(shape, Distribution::Uniform(-0.3, 0.3), &device);
/// let rnn = Rnn::new("tanh".parse()?, weights([3, 8]), weights([8, 8]), Tensor::zeros([8], &device));
/// let x = Tensor::<3>::random([2, 5, 3], Distribution::Default, &device);
/// // The second sequence has three steps, and two of padding.
/// let states = rnn.forward(x, Some(&[5, 3]));
/// assert_eq!(states.all.dims(), [2, 5, 8]);
/// assert_eq!(states.last.dims(), [2, 8]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Rnn {
    /// W: `[inputs, hidden]`.
    pub weight_input: Param<Tensor<2>>,
    /// U: `[hidden, hidden]`.
    pub weight_hidden: Param<Tensor<2>>,
    /// b: `[hidden]`.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    state: Activation,
    #[module(skip)]
    call: Call,
}

/// Who is told what passes through an [`Rnn`].
#[derive(Clone, Debug, Default)]
pub struct RnnProbes {
    /// At the activation, f; it is also told how the gradient changes through time.
    pub state: Option<Probe>,
}

impl Rnn {
    /// A layer with this activation and these weights.
    ///
    /// # Panics
    /// If the shapes of the weights do not fit each other.
    pub fn new(
        state: Activation,
        weight_input: Tensor<2>,
        weight_hidden: Tensor<2>,
        bias: Tensor<1>,
    ) -> Self {
        let [weight_input, weight_hidden] = [weight_input, weight_hidden].map(Param::from_tensor);
        let rnn = Self {
            weight_input,
            weight_hidden,
            bias: Param::from_tensor(bias),
            state,
            call: Call::default(),
        };
        rnn.parameters().check::<RnnCell>();
        rnn
    }

    /// The same layer from the last step of each sequence to the first.
    pub fn reversed(mut self) -> Self {
        self.call.reversed = true;
        self
    }

    /// The same layer on the calling thread alone: see the [crate's documentation](crate#recurrent-layers).
    pub fn on_one_thread(mut self) -> Self {
        self.call.parallel = false;
        self
    }

    /// The states of each sequence of `x`, `[batch, steps, inputs]`, from zeros on. `lengths` says how many steps of each
    /// sequence count, if not all; the rest is padding.
    ///
    /// # Panics
    /// If a shape does not fit, or a length is 0 or larger than the number of steps.
    pub fn forward(&self, x: Tensor<3>, lengths: Option<&[usize]>) -> States {
        self.forward_from(x, lengths, None)
    }

    /// The same from an initial state on, `[batch, hidden]`.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_from(
        &self,
        x: Tensor<3>,
        lengths: Option<&[usize]>,
        initial: Option<Tensor<2>>,
    ) -> States {
        self.call
            .run(&self.cell(), x, self.parameters(), lengths, initial, &[None])
            .0
    }

    /// The same as [`forward`](Self::forward), bit for bit, and tells the probes what passes.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_watched(&self, x: Tensor<3>, lengths: Option<&[usize]>, probes: &RnnProbes) -> States {
        let probes = [probes.state.clone()];
        self.call
            .run(&self.cell(), x, self.parameters(), lengths, None, &probes)
            .0
    }

    fn cell(&self) -> RnnCell {
        RnnCell { state: self.state }
    }

    fn parameters(&self) -> Parameters {
        Parameters::of(&self.weight_input, &self.weight_hidden, &self.bias)
    }
}

#[derive(Clone, Debug)]
pub(super) struct RnnCell {
    pub(super) state: Activation,
}

impl Cell for RnnCell {
    const GATES: usize = 1;
    const RECURRENT: &[usize] = &[0];
    const BLOCKS: usize = 1;
    const STATES: usize = 1;
    const SAVED: usize = 1;
    const ACTIVATIONS: usize = 1;
    const PRE_ACTIVATIONS: &[Source] = &[Source::Block(0)];
    const TIMED: &[usize] = &[0];
    const GRADIENTS: usize = 1;

    fn forward<S: Simd>(&self, _: S, step: Forward<'_>) {
        let [pre] = step.blocks.of(step.pre);
        let [values] = step.blocks.of_mut(step.values);
        let slopes = step.saved.map(|saved| {
            let [slopes] = step.blocks.of_mut(saved);
            slopes
        });
        activate(&self.state, pre, values, slopes);
        step.hidden.copy_from_slice(values);
    }

    fn backward<S: Simd>(&self, simd: S, step: Backward<'_>) {
        let [slopes] = step.blocks.of(step.saved);
        let [gradient] = step.blocks.of_mut(step.gradients);
        simd.vectorize(
            #[inline(always)]
            || take(step.hidden, slopes, gradient),
        );
    }
}

/// The gradient of the state is that of the pre-activation times the slope; none goes past the weights.
#[inline(always)]
fn take(hidden: &mut [f32], slopes: &[f32], gradient: &mut [f32]) {
    for ((hidden, slope), gradient) in hidden.iter_mut().zip(slopes).zip(gradient) {
        *gradient = *hidden * slope;
        *hidden = 0.0;
    }
}

impl Composed for RnnCell {
    fn step(&self, products: Products, _: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        let sum = products.of_inputs + products.of_hidden;
        vec![activate_tensor(sum, &self.state)]
    }
}
