//! The long short-term memory of Hochreiter and Schmidhuber, with the forget gate of Gers et al.

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

/// A long short-term memory:
///
/// - input gate: i = σ(W₀·x + U₀·h + b₀)
/// - forget gate: f = σ(W₁·x + U₁·h + b₁)
/// - candidate: g = tanh(W₂·x + U₂·h + b₂)
/// - output gate: o = σ(W₃·x + U₃·h + b₃)
/// - cell: c′ = f·c + i·g
/// - state: h′ = o·tanh(c′)
///
/// Hochreiter and Schmidhuber, Long short-term memory (1997); Gers, Schmidhuber and Cummins, Learning to forget (2000).
///
/// The gates stand in PyTorch's order: input, forget, candidate, output. PyTorch's two biases of a gate are one here, their
/// sum. Any activation of the catalogue can stand in place of each σ and tanh.
///
/// ```
/// use burn::tensor::{Device, Distribution, Tensor};
/// use relume_burn::Lstm;
///
/// let device = Device::flex().autodiff();
/// let weights = |shape| Tensor::<2>::random(shape, Distribution::Uniform(-0.3, 0.3), &device);
/// let bias = relume_burn::recurrent::forget_gate_bias(8, 1.0);
/// let lstm = Lstm::new(weights([3, 32]), weights([8, 32]), Tensor::from_data(bias.as_slice(), &device))
///     .with_gates("hard_sigmoid".parse()?);
/// let states = lstm.forward(Tensor::<3>::random([2, 5, 3], Distribution::Default, &device), None);
/// assert_eq!(states.all.dims(), [2, 5, 8]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Module, Debug)]
pub struct Lstm {
    /// W: `[inputs, 4·hidden]`.
    pub weight_input: Param<Tensor<2>>,
    /// U: `[hidden, 4·hidden]`.
    pub weight_hidden: Param<Tensor<2>>,
    /// b: `[4·hidden]`.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    input_gate: Activation,
    #[module(skip)]
    forget_gate: Activation,
    #[module(skip)]
    candidate: Activation,
    #[module(skip)]
    output_gate: Activation,
    #[module(skip)]
    state: Activation,
    #[module(skip)]
    call: Call,
}

/// Who is told what passes through an [`Lstm`].
#[derive(Clone, Debug, Default)]
pub struct LstmProbes {
    /// At the input gate.
    pub input_gate: Option<Probe>,
    /// At the forget gate.
    pub forget_gate: Option<Probe>,
    /// At the candidate; where there is none at the state, it is also told how the gradient changes through time.
    pub candidate: Option<Probe>,
    /// At the output gate.
    pub output_gate: Option<Probe>,
    /// At the function of the cell that makes the state; it is also told how the gradient changes through time.
    pub state: Option<Probe>,
}

impl Lstm {
    /// A layer with these weights, whose gates are sigmoids, and candidate and state each a tanh.
    ///
    /// # Panics
    /// If the shapes of the weights do not fit each other.
    pub fn new(weight_input: Tensor<2>, weight_hidden: Tensor<2>, bias: Tensor<1>) -> Self {
        let [weight_input, weight_hidden] = [weight_input, weight_hidden].map(Param::from_tensor);
        let named = |name| Activation::new(name).expect("the catalogue has it");
        let [sigmoid, tanh] = [named("sigmoid"), named("tanh")];
        let lstm = Self {
            weight_input,
            weight_hidden,
            bias: Param::from_tensor(bias),
            input_gate: sigmoid,
            forget_gate: sigmoid,
            candidate: tanh,
            output_gate: sigmoid,
            state: tanh,
            call: Call::default(),
        };
        lstm.parameters().check::<LstmCell>();
        lstm
    }

    /// The same with this activation at the three gates.
    pub fn with_gates(self, gate: Activation) -> Self {
        self.with_input_gate(gate)
            .with_forget_gate(gate)
            .with_output_gate(gate)
    }

    /// The same with this activation at the input gate.
    pub fn with_input_gate(self, input_gate: Activation) -> Self {
        Self { input_gate, ..self }
    }

    /// The same with this activation at the forget gate.
    pub fn with_forget_gate(self, forget_gate: Activation) -> Self {
        Self { forget_gate, ..self }
    }

    /// The same with this activation at the candidate.
    pub fn with_candidate(self, candidate: Activation) -> Self {
        Self { candidate, ..self }
    }

    /// The same with this activation at the output gate.
    pub fn with_output_gate(self, output_gate: Activation) -> Self {
        Self { output_gate, ..self }
    }

    /// The same with this activation of the cell in the state.
    pub fn with_state(self, state: Activation) -> Self {
        Self { state, ..self }
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
        self.run(x, lengths, None, &LstmProbes::default()).0
    }

    /// The same from an initial state and cell on, each `[batch, hidden]`; the second result is the cell at each sample's
    /// own last step.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_from(
        &self,
        x: Tensor<3>,
        lengths: Option<&[usize]>,
        initial: Option<[Tensor<2>; 2]>,
    ) -> (States, Tensor<2>) {
        let initial = initial.map(|both| Tensor::cat(both.to_vec(), 1));
        self.run(x, lengths, initial, &LstmProbes::default())
    }

    /// The same as [`forward`](Self::forward), bit for bit, and tells the probes what passes.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_watched(&self, x: Tensor<3>, lengths: Option<&[usize]>, probes: &LstmProbes) -> States {
        self.run(x, lengths, None, probes).0
    }

    fn run(
        &self,
        x: Tensor<3>,
        lengths: Option<&[usize]>,
        initial: Option<Tensor<2>>,
        probes: &LstmProbes,
    ) -> (States, Tensor<2>) {
        let probes = [
            &probes.input_gate,
            &probes.forget_gate,
            &probes.candidate,
            &probes.output_gate,
            &probes.state,
        ];
        let cell = LstmCell {
            activations: [
                self.input_gate,
                self.forget_gate,
                self.candidate,
                self.output_gate,
                self.state,
            ],
        };
        let (states, memory) = self.call.run(
            &cell,
            x,
            self.parameters(),
            lengths,
            initial,
            &probes.map(Option::clone),
        );
        (states, memory.expect("an LSTM has a cell"))
    }

    fn parameters(&self) -> Parameters {
        Parameters::of(&self.weight_input, &self.weight_hidden, &self.bias)
    }
}

/// The activations of input gate, forget gate, candidate, output gate and state.
#[derive(Clone, Debug)]
pub(super) struct LstmCell {
    pub(super) activations: [Activation; 5],
}

impl Cell for LstmCell {
    const GATES: usize = 4;
    const RECURRENT: &[usize] = &[0, 1, 2, 3];
    const BLOCKS: usize = 4;
    const STATES: usize = 2;
    const SAVED: usize = 6;
    const ACTIVATIONS: usize = 5;
    const PRE_ACTIVATIONS: &[Source] = &[
        Source::Block(0),
        Source::Block(1),
        Source::Block(2),
        Source::Block(3),
        Source::Memory,
    ];
    const TIMED: &[usize] = &[4, 2];
    const GRADIENTS: usize = 5;

    fn forward<S: Simd>(&self, simd: S, mut step: Forward<'_>) {
        let tracked = step.saved.is_some();
        let pre: [_; 4] = step.blocks.of(step.pre);
        let mut values: [_; 5] = step.blocks.of_mut(step.values);
        let mut slopes: [_; 5] = step.blocks.of_mut(step.slopes);
        let gates = self.activations.iter().zip(pre);
        for ((activation, pre), (values, slopes)) in gates.zip(values.iter_mut().zip(&mut slopes)) {
            activate(activation, pre, values, tracked.then_some(&mut **slopes));
        }
        let [i, f, g, o, s] = values;
        let [slope_i, slope_f, slope_g, slope_o, slope_s] = slopes;
        let cell = step.memory;
        let Some(saved) = step.saved.take() else {
            simd.vectorize(
                #[inline(always)]
                || next_cell(i, f, g, cell),
            );
            activate(&self.activations[4], cell, s, None);
            return simd.vectorize(
                #[inline(always)]
                || multiply(o, s, step.hidden),
            );
        };
        let [of_i, of_f, of_g, of_o, of_s, forget] = step.blocks.of_mut(saved);
        simd.vectorize(
            #[inline(always)]
            || {
                multiply(g, slope_i, of_i);
                multiply(cell, slope_f, of_f);
                multiply(i, slope_g, of_g);
                forget.copy_from_slice(f);
                next_cell(i, f, g, cell);
            },
        );
        activate(&self.activations[4], cell, s, Some(&mut *slope_s));
        simd.vectorize(
            #[inline(always)]
            || {
                multiply(s, slope_o, of_o);
                multiply(o, slope_s, of_s);
                multiply(o, s, step.hidden);
            },
        );
    }

    fn backward<S: Simd>(&self, simd: S, step: Backward<'_>) {
        let [of_i, of_f, of_g, of_o, of_s, forget] = step.blocks.of(step.saved);
        let [d_i, d_f, d_g, d_o, d_s] = step.blocks.of_mut(step.gradients);
        let (hidden, cell) = (step.hidden, step.memory);
        simd.vectorize(
            #[inline(always)]
            || {
                multiply(hidden, of_o, d_o);
                multiply(hidden, of_s, d_s);
                hidden.fill(0.0);
                for (cell, d_s) in cell.iter_mut().zip(&*d_s) {
                    *cell += d_s;
                }
                multiply(cell, of_i, d_i);
                multiply(cell, of_f, d_f);
                multiply(cell, of_g, d_g);
                for (cell, forget) in cell.iter_mut().zip(forget) {
                    *cell *= forget;
                }
            },
        );
    }
}

/// c′ = f·c + i·g
#[inline(always)]
fn next_cell(i: &[f32], f: &[f32], g: &[f32], cell: &mut [f32]) {
    for (((cell, i), f), g) in cell.iter_mut().zip(i).zip(f).zip(g) {
        *cell = f * *cell + i * g;
    }
}

impl Composed for LstmCell {
    fn step(&self, products: Products, states: Vec<Tensor<2>>) -> Vec<Tensor<2>> {
        let [i, f, g, o] = columns::<4>(products.of_inputs + products.of_hidden);
        let [_, cell]: [_; 2] = states.try_into().expect("there are two states");
        let [of_i, of_f, of_g, of_o, of_s] = &self.activations;
        let kept = activate_tensor(f, of_f) * cell;
        let cell = kept + activate_tensor(i, of_i) * activate_tensor(g, of_g);
        let hidden = activate_tensor(o, of_o) * activate_tensor(cell.clone(), of_s);
        vec![hidden, cell]
    }
}
