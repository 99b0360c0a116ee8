//! The gated recurrent unit of Cho et al.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use relume::Activation;

use super::cell::{Backward, Cell, Forward, Source, activate, multiply};
use super::composed::{Composed, Products, columns};
use super::operation::Call;
use super::parameters::Parameters;
use super::states::States;
use super::vectors::Simd;
use crate::monitor::Probe;
use crate::operation::activate as activate_tensor;

/// A gated recurrent unit, in the form of PyTorch and cuDNN:
///
/// - reset gate: r = σ(W₀·x + U₀·h + b₀)
/// - update gate: z = σ(W₁·x + U₁·h + b₁)
/// - candidate: n = f(W₂·x + b₂ + r·(U₂·h + b₃))
/// - state: h′ = (1 − z)·n + z·h
///
/// Cho et al., arXiv 1406.1078v1, where the reset gate is applied after the recurrent product.
///
/// The gates stand in PyTorch's order: reset, update, candidate. PyTorch's two biases of reset and update gate are one
/// here, their sum; the fourth bias is that of the candidate's recurrent product.
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use relume_burn::Gru;
///
/// let device = Device::flex().autodiff();
/// let weights = |shape| Tensor::<2>::random(shape, Distribution::Uniform(-0.3, 0.3), &device);
/// let gru = Gru::new(weights([3, 24]), weights([8, 24]), Tensor::zeros([32], &device)).with_state("relu".parse()?);
/// let states = gru.forward(Tensor::<3>::random([2, 5, 3], Distribution::Default, &device), None);
/// assert_eq!(states.all.dims(), [2, 5, 8]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Gru {
    /// W: `[inputs, 3·hidden]`.
    pub weight_input: Param<Tensor<2>>,
    /// U: `[hidden, 3·hidden]`.
    pub weight_hidden: Param<Tensor<2>>,
    /// b: `[4·hidden]`.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    reset_gate: Activation,
    #[module(skip)]
    update_gate: Activation,
    #[module(skip)]
    state: Activation,
    #[module(skip)]
    call: Call,
}

/// Who is told what passes through a [`Gru`].
#[derive(Clone, Debug, Default)]
pub struct GruProbes {
    /// At the reset gate.
    pub reset_gate: Option<Probe>,
    /// At the update gate.
    pub update_gate: Option<Probe>,
    /// At the candidate, f; it is also told how the gradient changes through time.
    pub state: Option<Probe>,
}

impl Gru {
    /// A layer with these weights, whose gates are sigmoids and whose candidate is a tanh.
    ///
    /// # Panics
    /// If the shapes of the weights do not fit each other.
    pub fn new(weight_input: Tensor<2>, weight_hidden: Tensor<2>, bias: Tensor<1>) -> Self {
        let [weight_input, weight_hidden] = [weight_input, weight_hidden].map(Param::from_tensor);
        let gru = Self {
            weight_input,
            weight_hidden,
            bias: Param::from_tensor(bias),
            reset_gate: named("sigmoid"),
            update_gate: named("sigmoid"),
            state: named("tanh"),
            call: Call::default(),
        };
        gru.parameters().check::<GruCell>();
        gru
    }

    /// The same with this activation at the candidate.
    pub fn with_state(self, state: Activation) -> Self {
        Self { state, ..self }
    }

    /// The same with this activation at both gates.
    pub fn with_gates(self, gate: Activation) -> Self {
        self.with_reset_gate(gate).with_update_gate(gate)
    }

    /// The same with this activation at the reset gate.
    pub fn with_reset_gate(self, reset_gate: Activation) -> Self {
        Self { reset_gate, ..self }
    }

    /// The same with this activation at the update gate.
    pub fn with_update_gate(self, update_gate: Activation) -> Self {
        Self { update_gate, ..self }
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
        let probes = [None, None, None];
        self.call
            .run(&self.cell(), x, self.parameters(), lengths, initial, &probes)
            .0
    }

    /// The same as [`forward`](Self::forward), bit for bit, and tells the probes what passes.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_watched(&self, x: Tensor<3>, lengths: Option<&[usize]>, probes: &GruProbes) -> States {
        let probes = [&probes.reset_gate, &probes.update_gate, &probes.state].map(Option::clone);
        self.call
            .run(&self.cell(), x, self.parameters(), lengths, None, &probes)
            .0
    }

    fn cell(&self) -> GruCell {
        GruCell {
            activations: [self.reset_gate, self.update_gate, self.state],
        }
    }

    fn parameters(&self) -> Parameters {
        Parameters::of(&self.weight_input, &self.weight_hidden, &self.bias)
    }
}

fn named(name: &str) -> Activation {
    Activation::new(name).expect("the catalogue has it")
}

/// The activations of reset gate, update gate and candidate.
#[derive(Clone, Debug)]
pub(super) struct GruCell {
    pub(super) activations: [Activation; 3],
}

impl Cell for GruCell {
    const GATES: usize = 3;
    // The candidate's recurrent product stays apart, because the reset gate multiplies it.
    const RECURRENT: &[usize] = &[0, 1, 3];
    const BLOCKS: usize = 4;
    const STATES: usize = 1;
    const SAVED: usize = 5;
    const ACTIVATIONS: usize = 3;
    const PRE_ACTIVATIONS: &[Source] = &[Source::Block(0), Source::Block(1), Source::Block(2)];
    const TIMED: &[usize] = &[2];
    const GRADIENTS: usize = 4;

    fn forward<S: Simd>(&self, simd: S, mut step: Forward<'_>) {
        let [pre_r, pre_z, pre_n, product] = step.blocks.of_mut(step.pre);
        let [r, z, n] = step.blocks.of_mut(step.values);
        let tracked = step.saved.is_some();
        let [slope_r, slope_z, slope_n] = step.blocks.of_mut(step.slopes);
        let [of_r, of_z, of_n] = &self.activations;
        activate(of_r, pre_r, r, tracked.then_some(&mut *slope_r));
        simd.vectorize(
            #[inline(always)]
            || add_product(pre_n, r, product),
        );
        activate(of_z, pre_z, z, tracked.then_some(&mut *slope_z));
        activate(of_n, pre_n, n, tracked.then_some(&mut *slope_n));
        simd.vectorize(
            #[inline(always)]
            || mix(z, n, step.before, step.hidden),
        );
        if let Some(saved) = step.saved.take() {
            let [reset, update, reset_slope, update_slope, candidate_slope] = step.blocks.of_mut(saved);
            simd.vectorize(
                #[inline(always)]
                || {
                    reset.copy_from_slice(r);
                    update.copy_from_slice(z);
                    multiply(product, slope_r, reset_slope);
                    change(step.before, n, slope_z, update_slope);
                    remainder(z, slope_n, candidate_slope);
                },
            );
        }
    }

    fn backward<S: Simd>(&self, simd: S, step: Backward<'_>) {
        let [reset, update, reset_slope, update_slope, candidate_slope] = step.blocks.of(step.saved);
        let [of_r, of_z, of_n, of_product] = step.blocks.of_mut(step.gradients);
        simd.vectorize(
            #[inline(always)]
            || {
                multiply(step.hidden, candidate_slope, of_n);
                multiply(step.hidden, update_slope, of_z);
                multiply(of_n, reset_slope, of_r);
                multiply(of_n, reset, of_product);
                for (hidden, update) in step.hidden.iter_mut().zip(update) {
                    *hidden *= update;
                }
            },
        );
    }
}

/// n += r·q
#[inline(always)]
fn add_product(n: &mut [f32], r: &[f32], q: &[f32]) {
    for ((n, r), q) in n.iter_mut().zip(r).zip(q) {
        *n += r * q;
    }
}

/// h′ = (1 − z)·n + z·h
#[inline(always)]
fn mix(z: &[f32], n: &[f32], before: &[f32], hidden: &mut [f32]) {
    for (((hidden, z), n), before) in hidden.iter_mut().zip(z).zip(n).zip(before) {
        *hidden = (1.0 - z) * n + z * before;
    }
}

/// (h − n)·z′
#[inline(always)]
fn change(before: &[f32], n: &[f32], slope: &[f32], out: &mut [f32]) {
    for (((out, before), n), slope) in out.iter_mut().zip(before).zip(n).zip(slope) {
        *out = (before - n) * slope;
    }
}

/// (1 − z)·n′
#[inline(always)]
fn remainder(z: &[f32], slope: &[f32], out: &mut [f32]) {
    for ((out, z), slope) in out.iter_mut().zip(z).zip(slope) {
        *out = (1.0 - z) * slope;
    }
}

impl Composed for GruCell {
    fn step(&self, products: Products, states: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        let [of_r, of_z, of_n] = &self.activations;
        let inputs = columns::<3>(products.of_inputs);
        let [q_r, q_z, q_n] = columns::<3>(products.of_hidden);
        let [x_r, x_z, x_n] = inputs;
        let r = activate_tensor(x_r + q_r, of_r);
        let z = activate_tensor(x_z + q_z, of_z);
        let product = match products.rest {
            Some(bias) => q_n + bias,
            None => q_n,
        };
        let n = activate_tensor(x_n + r * product, of_n);
        let [before] = states.try_into().expect("there is one state");
        vec![(z.clone().neg() + 1.0) * n + z * before]
    }
}
