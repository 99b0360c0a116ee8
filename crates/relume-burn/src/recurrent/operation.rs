//! A whole sequence as one operation: kernels on Flex, with one backward under autodiff, Burn's operations elsewhere.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::{
    BalancedCheckpointing, CheckpointStrategy, NoCheckpointing,
};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{DType, Int, Shape, Tensor, TensorData};
use rayon::prelude::*;
use relume_doctor::Layout;

use super::backward::{self, Arriving};
use super::buffers::Buffers;
use super::composed::{self, Composed};
use super::forward::{self, Keep, Trace};
use super::layer::{BackwardWeights, ForwardWeights, Layer};
use super::order::Chunk;
use super::parameters::Parameters;
use super::states::States;
use super::vectors::{self, Simd, Vectorised};
use crate::flex;
use crate::monitor::Probe;

/// How a layer is run.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Whether from the last step to the first.
    pub(super) reversed: bool,
    /// Whether on all threads of the caller's pool.
    pub(super) parallel: bool,
    /// Memory of passes before.
    buffers: Buffers,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            reversed: false,
            parallel: true,
            buffers: Buffers::default(),
        }
    }
}

impl Call {
    /// The states, and the last state of the cell if it has one.
    ///
    /// # Panics
    /// If a shape does not fit, or a length is 0 or larger than the number of steps.
    pub(super) fn run<C: Composed>(
        &self,
        cell: &C,
        x: Tensor<3>,
        parameters: Parameters,
        lengths: Option<&[usize]>,
        initial: Option<Tensor<2>>,
        probes: &[Option<Probe>],
    ) -> (States, Option<Tensor<2>>) {
        parameters.check::<C>();
        let [batch, steps, inputs] = x.dims();
        let hidden = parameters.weight_hidden.dims()[0];
        assert_eq!(
            inputs,
            parameters.weight_input.dims()[0],
            "the inputs are as many as the weights of the inputs have rows"
        );
        let lengths = checked(lengths, batch, steps);
        let initial =
            initial.unwrap_or_else(|| Tensor::zeros([batch, C::STATES * hidden], (&x.device(), x.dtype())));
        assert_eq!(
            initial.dims(),
            [batch, C::STATES * hidden],
            "the initial state has a row for each sample and a column for each hidden unit"
        );
        if steps == 0 {
            let all = Tensor::zeros([batch, 0, hidden], (&x.device(), x.dtype()));
            let mut states = (0..C::STATES).map(|state| initial.clone().narrow(1, state * hidden, hidden));
            let last = states.next().expect("there is a hidden state");
            return (States { all, last }, states.next());
        }

        let operation = Operation {
            cell: cell.clone(),
            call: self.clone(),
            lengths: lengths.clone(),
            sizes: [steps, inputs, hidden],
            probes: probes.to_vec(),
        };
        let arguments = Arguments {
            x,
            parameters,
            initial,
        };
        if let Some((all, memory)) = operation.dispatch(&arguments) {
            let last = self.last(&all, &lengths);
            return (States { all, last }, memory);
        }
        let Arguments {
            x,
            parameters,
            initial,
        } = arguments;
        let (all, states) = composed::run(cell, x, parameters, &lengths, self.reversed, initial);
        let mut states = states.into_iter();
        let last = states.next().expect("there is a hidden state");
        (States { all, last }, states.next())
    }

    /// The states at the last steps.
    fn last(&self, all: &Tensor<3>, lengths: &[usize]) -> Tensor<2> {
        let [batch, steps, hidden] = all.dims();
        let positions: Vec<usize> = lengths
            .iter()
            .map(|&length| if self.reversed { 0 } else { length - 1 })
            .collect();
        match positions.first() {
            Some(&first) if positions.iter().any(|&position| position != first) => {
                let rows = positions.iter().enumerate();
                let rows: Vec<i32> = rows
                    .map(|(sample, position)| (sample * steps + position) as i32)
                    .collect();
                let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [batch]), &all.device());
                all.clone().reshape([batch * steps, hidden]).select(0, rows)
            }
            first => {
                let first = first.copied().unwrap_or(0);
                all.clone().narrow(1, first, 1).reshape([batch, hidden])
            }
        }
    }
}

/// The lengths of all samples.
fn checked(lengths: Option<&[usize]>, batch: usize, steps: usize) -> Vec<usize> {
    let Some(lengths) = lengths else {
        return vec![steps; batch];
    };
    assert_eq!(lengths.len(), batch, "there is a length for each sample");
    for length in lengths {
        assert!(
            (1..=steps).contains(length),
            "a length is from 1 to the number of steps, {steps}, and not {length}"
        );
    }
    lengths.to_vec()
}

/// The tensors that a layer is given.
#[derive(Debug)]
struct Arguments {
    x: Tensor<3>,
    parameters: Parameters,
    initial: Tensor<2>,
}

/// A layer's pass over a batch, but for the tensors.
#[derive(Clone, Debug)]
struct Operation<C> {
    cell: C,
    call: Call,
    lengths: Vec<usize>,
    /// Steps, inputs and hidden units.
    sizes: [usize; 3],
    probes: Vec<Option<Probe>>,
}

/// The tensors of a layer in memory that the kernels can reach: inputs, both weights, biases and initial states.
type Primitives = [FlexTensor; 5];

/// All hidden states, and the cell's last states if it has one.
type Both<A, M> = (A, Option<M>);

/// A tensor that autodiff tracks.
type Tracked<K> = FloatTensor<Autodiff<Flex, K>>;

impl<C: Composed> Operation<C> {
    /// Finds out which backend the tensors live on, as that of [`crate::activate`] does; `None` if the kernels cannot reach
    /// them.
    fn dispatch(&self, arguments: &Arguments) -> Option<Both<Tensor<3>, Tensor<2>>> {
        let Arguments {
            x,
            parameters,
            initial,
        } = arguments;
        let dtypes = [
            x.dtype(),
            parameters.weight_input.dtype(),
            parameters.weight_hidden.dtype(),
            parameters.bias.dtype(),
            initial.dtype(),
        ];
        if dtypes != [DType::F32; 5] {
            return None;
        }
        macro_rules! primitives {
            ($B:ty) => {
                (|| {
                    Some([
                        x.clone().try_into_primitive::<$B>().ok()?,
                        parameters
                            .weight_input
                            .clone()
                            .try_into_primitive::<$B>()
                            .ok()?,
                        parameters
                            .weight_hidden
                            .clone()
                            .try_into_primitive::<$B>()
                            .ok()?,
                        parameters.bias.clone().try_into_primitive::<$B>().ok()?,
                        initial.clone().try_into_primitive::<$B>().ok()?,
                    ])
                })()
            };
        }
        if let Some(tensors) = primitives!(Autodiff<Flex, NoCheckpointing>) {
            let (all, memory) = self.tracked::<NoCheckpointing>(tensors);
            return Some((
                Tensor::from_primitive::<Autodiff<Flex, NoCheckpointing>>(all),
                memory.map(Tensor::from_primitive::<Autodiff<Flex, NoCheckpointing>>),
            ));
        }
        if let Some(tensors) = primitives!(Autodiff<Flex, BalancedCheckpointing>) {
            let (all, memory) = self.tracked::<BalancedCheckpointing>(tensors);
            return Some((
                Tensor::from_primitive::<Autodiff<Flex, BalancedCheckpointing>>(all),
                memory.map(Tensor::from_primitive::<Autodiff<Flex, BalancedCheckpointing>>),
            ));
        }
        let tensors = primitives!(Flex)?;
        let passed = self.forward(&tensors.map(flex::contiguous), false);
        Some((
            Tensor::from_primitive::<Flex>(passed.all),
            passed.memory.map(Tensor::from_primitive::<Flex>),
        ))
    }

    /// Records the operation for the backward pass.
    fn tracked<K: CheckpointStrategy>(&self, tensors: [Tracked<K>; 5]) -> Both<Tracked<K>, Tracked<K>> {
        let nodes = tensors.each_ref().map(Tracked::<K>::node);
        let tensors = tensors.map(|tensor| flex::contiguous(tensor.into_primitive()));
        let handed = Handed::default();
        let prepared = SequenceBackward::<C>(PhantomData).prepare::<K>(nodes);
        let (all, memory) = match prepared.compute_bound().stateful() {
            OpsKind::Tracked(prep) => {
                let passed = self.forward(&tensors, true);
                let state = State {
                    operation: self.clone(),
                    tensors,
                    traces: Arc::new(passed.traces),
                    memory: handed.clone(),
                };
                (prep.finish(state, passed.all), passed.memory)
            }
            OpsKind::UnTracked(prep) => {
                let passed = self.forward(&tensors, false);
                (prep.finish(passed.all), passed.memory)
            }
        };
        let memory = memory.map(|memory| {
            let prepared = MemoryBackward.prepare::<K>([all.node()]);
            match prepared.compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish((handed, self.shape()), memory),
                OpsKind::UnTracked(prep) => prep.finish(memory),
            }
        });
        (all, memory)
    }

    fn layer<'a>(&'a self, tensors: &'a Primitives) -> Layer<'a> {
        let [steps, inputs, hidden] = self.sizes;
        let [_, weight_input, weight_hidden, bias, _] = tensors;
        Layer {
            buffers: &self.call.buffers,
            steps,
            inputs,
            hidden,
            weight_input: flex::elements(weight_input),
            weight_hidden: flex::elements(weight_hidden),
            bias: flex::elements(bias),
        }
    }

    /// The shape of all hidden states.
    fn shape(&self) -> [usize; 3] {
        let [steps, _, hidden] = self.sizes;
        [self.lengths.len(), steps, hidden]
    }

    fn is_watched(&self) -> bool {
        self.probes.iter().flatten().any(Probe::is_watching)
    }

    fn forward(&self, tensors: &Primitives, tracked: bool) -> Passed {
        let passed = vectors::run(ForwardTask {
            operation: self,
            tensors,
            tracked,
        });
        for trace in &passed.traces {
            for (probe, seen) in self.probes.iter().zip(&trace.seen) {
                if let Some(probe) = probe.as_ref().filter(|probe| probe.is_watching()) {
                    probe.forward_rows(&seen.pre, &seen.values, self.rows(&seen.pre, trace));
                }
            }
        }
        passed
    }

    /// The layout of what was seen of a chunk: a row for each step of each sample.
    fn rows(&self, seen: &[f32], trace: &Trace) -> Layout {
        let [_, _, units] = self.sizes;
        let outer = seen.len() / units;
        Layout {
            outer,
            units,
            inner: 1,
            positions: outer.div_ceil(trace.chunk.rows()),
        }
    }

    /// Calls `work` with each chunk, on all threads of the caller's pool if that is wanted.
    fn map<T: Send, R: Send>(&self, chunks: Vec<T>, work: impl Fn(T) -> R + Send + Sync) -> Vec<R> {
        if self.call.parallel && chunks.len() > 1 {
            chunks.into_par_iter().map(work).collect()
        } else {
            chunks.into_iter().map(work).collect()
        }
    }
}

/// What a forward pass makes.
struct Passed {
    all: FlexTensor,
    memory: Option<FlexTensor>,
    traces: Vec<Trace>,
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// The rows of a batch that belong to each chunk.
fn shared_out<'a>(chunks: &[Chunk], values: &'a mut [f32], width: usize) -> Vec<Vec<&'a mut [f32]>> {
    let mut rows: Vec<Option<&mut [f32]>> = values.chunks_exact_mut(width.max(1)).map(Some).collect();
    let mut take = |sample: usize| rows.get_mut(sample).and_then(Option::take).unwrap_or_default();
    chunks
        .iter()
        .map(|chunk| chunk.samples().map(&mut take).collect())
        .collect()
}

#[derive(Clone)]
struct ForwardTask<'a, C> {
    operation: &'a Operation<C>,
    tensors: &'a Primitives,
    tracked: bool,
}

impl<C: Composed> Vectorised for ForwardTask<'_, C> {
    type Output = Passed;

    fn run<S: Simd>(self, simd: S) -> Passed {
        let operation = self.operation;
        let layer = operation.layer(self.tensors);
        let [x, .., initial] = self.tensors;
        let (x, initial) = (flex::elements::<f32>(x), flex::elements::<f32>(initial));
        let weights = ForwardWeights::pack::<S, C>(simd, &layer);
        let chunks = Chunk::all(&operation.lengths, operation.call.reversed);
        let [batch, steps, hidden] = operation.shape();
        let mut all = vec![0.0; batch * steps * hidden];
        let keep = Keep {
            saved: self.tracked,
            seen: operation.is_watched(),
        };
        let rows = shared_out(&chunks, &mut all, steps * hidden);
        let traces = operation.map(chunks.into_iter().zip(rows).collect(), |(chunk, rows)| {
            forward::forward(
                simd,
                &operation.cell,
                &layer,
                &weights,
                chunk,
                x,
                initial,
                rows,
                keep,
            )
        });
        let memory = (C::STATES > 1).then(|| {
            let mut memories = vec![0.0; batch * hidden];
            for (sample, memory) in traces.iter().flat_map(Trace::memories) {
                memories[sample * hidden..][..hidden].copy_from_slice(&memory[..hidden]);
            }
            tensor(memories, [batch, hidden])
        });
        Passed {
            all: tensor(all, [batch, steps, hidden]),
            memory,
            traces,
        }
    }
}

/// The gradient of the cell's last state, handed from the one operation to the other.
type Handed = Arc<Mutex<Option<FlexTensor>>>;

/// The whole sequence as autodiff knows it.
#[derive(Debug)]
struct SequenceBackward<C>(PhantomData<C>);

/// What it needs in the backward pass.
#[derive(Clone, Debug)]
struct State<C> {
    operation: Operation<C>,
    tensors: Primitives,
    traces: Arc<Vec<Trace>>,
    memory: Handed,
}

impl<C: Composed> Backward<Flex, 5> for SequenceBackward<C> {
    type State = State<C>;

    fn backward(self, ops: Ops<State<C>, 5>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let all = flex::contiguous(gradients.consume::<Flex>(&ops.node));
        let memory = ops
            .state
            .memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let made = vectors::run(BackwardTask {
            state: &ops.state,
            all: flex::elements(&all),
            memory: memory.map(flex::contiguous).as_ref().map(flex::elements),
            inputs_too: ops.parents[0].is_some(),
        });
        for (parent, gradient) in ops.parents.into_iter().zip(made) {
            if let (Some(parent), Some(gradient)) = (parent, gradient) {
                gradients.register::<Flex>(parent.id, gradient);
            }
        }
    }
}

#[derive(Clone)]
struct BackwardTask<'a, C> {
    state: &'a State<C>,
    all: &'a [f32],
    memory: Option<&'a [f32]>,
    inputs_too: bool,
}

impl<C: Composed> Vectorised for BackwardTask<'_, C> {
    /// The gradients of the arguments, that of the inputs if it is wanted.
    type Output = [Option<FlexTensor>; 5];

    fn run<S: Simd>(self, simd: S) -> Self::Output {
        let operation = &self.state.operation;
        let layer = operation.layer(&self.state.tensors);
        let [steps, inputs, hidden] = operation.sizes;
        let batch = operation.lengths.len();
        let weights = BackwardWeights::pack::<S, C>(simd, &layer, self.inputs_too);
        let traces = &self.state.traces;
        let chunks: Vec<Chunk> = traces.iter().map(|trace| trace.chunk.clone()).collect();
        let mut dx = vec![
            0.0;
            if self.inputs_too {
                batch * steps * inputs
            } else {
                0
            }
        ];
        let rows = shared_out(&chunks, &mut dx, steps * inputs);
        let x = flex::elements::<f32>(&self.state.tensors[0]);
        let arriving = Arriving {
            all: self.all,
            memory: self.memory,
        };
        let watched = operation.is_watched();
        let mut made = operation.map(traces.iter().zip(rows).collect(), |(trace, rows)| {
            backward::backward(
                simd,
                &operation.cell,
                &layer,
                &weights,
                trace,
                x,
                &arriving,
                rows,
                watched,
            )
        });
        operation.tell(&made, traces);

        let mut initial = vec![0.0; batch * C::STATES * hidden];
        for (trace, made) in traces.iter().zip(&made) {
            let states = made.initial.chunks_exact(C::STATES * hidden);
            for (sample, states) in trace.chunk.samples().zip(states) {
                initial[sample * C::STATES * hidden..][..C::STATES * hidden].copy_from_slice(states);
            }
        }
        // In the order of the chunks, whichever thread made them.
        let mut made = made.drain(..).map(|made| made.parameters);
        let [weight_input, weight_hidden, bias] = match made.next() {
            Some(mut sum) => {
                made.for_each(|parameters| sum.add(&parameters));
                sum.unpadded(hidden)
            }
            None => {
                [layer.weight_input, layer.weight_hidden, layer.bias].map(|weights| vec![0.0; weights.len()])
            }
        };
        let columns = C::GATES * hidden;
        [
            self.inputs_too.then(|| tensor(dx, [batch, steps, inputs])),
            Some(tensor(weight_input, [inputs, columns])),
            Some(tensor(weight_hidden, [hidden, columns])),
            Some(tensor(bias, [C::BLOCKS * hidden])),
            Some(tensor(initial, [batch, C::STATES * hidden])),
        ]
    }
}

impl<C: Composed> Operation<C> {
    /// Tells the probes what came back.
    fn tell(&self, made: &[backward::Gradients], traces: &[Trace]) {
        let watching = |probe: &Option<Probe>| probe.clone().filter(Probe::is_watching);
        for (made, trace) in made.iter().zip(traces) {
            for (probe, seen) in self.probes.iter().zip(&made.seen) {
                if let Some(probe) = watching(probe) {
                    probe.backward_rows(seen, self.rows(seen, trace));
                }
            }
        }
        let timed = C::TIMED
            .iter()
            .find_map(|&activation| watching(&self.probes[activation]));
        if let Some(probe) = timed {
            let steps = made.iter().map(|made| made.squares.len()).max().unwrap_or(0);
            let square = |step: usize| -> f64 { made.iter().filter_map(|made| made.squares.get(step)).sum() };
            let norms: Vec<f64> = (0..steps).map(|step| square(step).sqrt()).collect();
            probe.gradient_through_time(&norms);
        }
    }
}

/// The last state of the cell as autodiff knows it: it comes from the same kernels as the hidden states, of which it is seen
/// to be made, and hands them its gradient.
#[derive(Debug)]
struct MemoryBackward;

impl Backward<Flex, 1> for MemoryBackward {
    type State = (Handed, [usize; 3]);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = gradients.consume::<Flex>(&ops.node);
        let (handed, shape) = ops.state;
        *handed.lock().unwrap_or_else(PoisonError::into_inner) = Some(gradient);
        if let [Some(parent)] = ops.parents {
            // So that there is a gradient also where nothing else is made of the hidden states.
            gradients.register::<Flex>(parent.id, FlexTensor::zeros(Shape::from(shape), DType::F32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::gru::GruCell;
    use super::super::lstm::LstmCell;
    use super::super::rnn::RnnCell;
    use super::*;
    use crate::recurrent::vectors::run_on_all;

    fn numbers<const D: usize>(shape: [usize; D]) -> FlexTensor {
        let count = shape.iter().product();
        let number = |i: usize| ((i * 37 + 11) % 101) as f32 / 101.0 - 0.5;
        tensor((0..count).map(number).collect(), shape)
    }

    /// A pass forward and one back on one instruction set: all that they make.
    #[derive(Clone)]
    struct Pass<C>(Operation<C>, Primitives);

    impl<C: Composed> Vectorised for Pass<C> {
        type Output = Vec<Vec<f32>>;

        fn run<S: Simd>(self, simd: S) -> Self::Output {
            let Pass(operation, tensors) = self;
            let passed = ForwardTask {
                operation: &operation,
                tensors: &tensors,
                tracked: true,
            }
            .run(simd);
            let all = numbers(operation.shape());
            let state = State {
                operation,
                tensors,
                traces: Arc::new(passed.traces),
                memory: Handed::default(),
            };
            let made = BackwardTask {
                state: &state,
                all: flex::elements(&all),
                memory: None,
                inputs_too: true,
            }
            .run(simd);
            let made = made.into_iter().flatten().chain([passed.all]);
            made.map(|tensor| flex::elements::<f32>(&tensor).to_vec())
                .collect()
        }
    }

    fn assert_level<C: Composed>(cell: C) {
        for [steps, inputs, hidden] in [[1, 1, 1], [18, 3, 5], [3, 17, 33], [9, 8, 16]] {
            let lengths: Vec<usize> = (0..19).map(|sample| 1 + sample % steps).collect();
            let batch = lengths.len();
            let tensors = [
                numbers([batch, steps, inputs]),
                numbers([inputs, C::GATES * hidden]),
                numbers([hidden, C::GATES * hidden]),
                numbers([C::BLOCKS * hidden]),
                numbers([batch, C::STATES * hidden]),
            ];
            let operation = Operation {
                cell: cell.clone(),
                call: Call::default(),
                lengths,
                sizes: [steps, inputs, hidden],
                probes: vec![None; C::ACTIVATIONS],
            };
            let made = run_on_all(Pass(operation, tensors));
            for other in &made[1..] {
                for (one, other) in made[0].iter().zip(other) {
                    let largest = one.iter().fold(0.1_f32, |largest, x| largest.max(x.abs()));
                    let close = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-5 * largest;
                    assert_eq!(one.len(), other.len());
                    assert!(
                        one.iter().zip(other).all(close),
                        "{cell:?} {steps} {inputs} {hidden}"
                    );
                }
            }
        }
    }

    #[test]
    fn instruction_sets_agree_to_within_rounding() {
        let [s, t] = ["sigmoid", "tanh"].map(|name| relume::Activation::new(name).unwrap());
        assert_level(RnnCell { state: t });
        assert_level(GruCell {
            activations: [s, s, t],
        });
        assert_level(LstmCell {
            activations: [s, s, t, s, t],
        });
    }
}
