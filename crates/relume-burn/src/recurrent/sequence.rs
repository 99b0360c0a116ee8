//! The passes of a chunk of samples through all its steps, forward and backward.

use super::buffers::{Buffer, Buffers};
use super::cell::{Backward, Blocks, Cell, Forward, Source};
use super::order::Chunk;
use super::product::{Panels, Place, Product, Rows, Start, Step, Transposed, add_outer, transpose};
use super::vectors::{Simd, lanes, padded};

/// How many steps are worked through at once where they do not wait for each other: so many that weights are read seldom,
/// so few that everything else stays in the cache.
const STEPS_AT_ONCE: usize = 8;

/// The same backward, where sums over the steps have to be read and written each time.
const STEPS_BACK_AT_ONCE: usize = 16;

/// The parameters of a layer and the sizes of what it is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer<'a> {
    /// Memory of passes before.
    pub(super) buffers: &'a Buffers,
    /// How long each sequence is, with padding.
    pub(super) steps: usize,
    pub(super) inputs: usize,
    pub(super) hidden: usize,
    /// `[inputs, gates·hidden]`
    pub(super) weight_input: &'a [f32],
    /// `[hidden, gates·hidden]`
    pub(super) weight_hidden: &'a [f32],
    /// `[blocks·hidden]`
    pub(super) bias: &'a [f32],
}

/// A layer's weights, packed for the forward pass.
#[derive(Debug)]
pub(super) struct ForwardWeights {
    /// The biases above the weights.
    input: Panels,
    hidden: Panels,
    /// The biases of the blocks that no input reaches.
    rest: Vec<f32>,
}

impl ForwardWeights {
    pub(super) fn pack<S: Simd, C: Cell>(simd: S, layer: &Layer<'_>) -> Self {
        let columns = C::GATES * layer.hidden;
        let (bias, rest) = layer.bias.split_at(columns);
        let row = |k: usize| match k.checked_sub(1) {
            None => bias,
            Some(k) => &layer.weight_input[k * columns..][..columns],
        };
        Self {
            input: Panels::pack(simd, 1 + layer.inputs, C::GATES, layer.hidden, row),
            hidden: Panels::pack(simd, layer.hidden, C::GATES, layer.hidden, |k| {
                &layer.weight_hidden[k * columns..][..columns]
            }),
            rest: rest.to_vec(),
        }
    }
}

/// A layer's weights, packed for the backward pass.
#[derive(Debug)]
pub(super) struct BackwardWeights {
    /// Transposed; `None` where no gradient of the inputs is wanted.
    input: Option<Panels>,
    /// Transposed.
    hidden: Panels,
}

impl BackwardWeights {
    pub(super) fn pack<S: Simd, C: Cell>(simd: S, layer: &Layer<'_>, inputs_too: bool) -> Self {
        let columns = C::GATES * layer.hidden;
        let pack = |weights: &[f32], rows: usize| {
            let transposed = transpose(weights, rows);
            Panels::pack(simd, columns, 1, rows, |k| &transposed[k * rows..][..rows])
        };
        Self {
            input: inputs_too.then(|| pack(layer.weight_input, layer.inputs)),
            hidden: pack(layer.weight_hidden, layer.hidden),
        }
    }
}

/// What is kept of a forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keep {
    /// What the backward pass needs.
    pub(super) saved: bool,
    /// Pre-activations and values of the activations.
    pub(super) seen: bool,
}

/// What the forward pass of a chunk leaves.
#[derive(Debug)]
pub(super) struct Trace {
    pub(super) chunk: Chunk,
    /// The hidden states, the initial one first; 0 after a sample's end.
    hidden: Buffer,
    /// What the cell saved in each step.
    saved: Buffer,
    /// The cell's state at the end of each sample.
    memory: Buffer,
    /// For each activation what was seen of it.
    pub(super) seen: Vec<Seen>,
}

/// The pre-activations and values of an activation, unit after unit of each step of each sample.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) pre: Vec<f32>,
    pub(super) values: Vec<f32>,
}

/// Sizes that depend on the width of vectors.
struct Sizes {
    rows: usize,
    /// The hidden units of a sample, padded.
    units: usize,
    /// A block: the hidden units of all samples.
    block: usize,
}

impl Sizes {
    fn of<S: Simd>(_: S, chunk: &Chunk, layer: &Layer<'_>) -> Self {
        let (rows, units) = (chunk.rows(), padded::<S>(layer.hidden));
        Self {
            rows,
            units,
            block: rows * units,
        }
    }

    fn blocks(&self, running: usize) -> Blocks {
        Blocks {
            stride: self.block,
            len: running * self.units,
        }
    }

    /// Spreads one state of each sample over padded rows.
    fn spread<'a>(&self, buffers: &Buffers, states: impl Iterator<Item = &'a [f32]>) -> Buffer {
        let mut spread = buffers.zeros(self.block);
        for (row, state) in spread.chunks_exact_mut(self.units).zip(states) {
            row[..state.len()].copy_from_slice(state);
        }
        spread
    }
}

/// The inputs of the running samples in some steps, step after step.
fn gather(chunk: &Chunk, layer: &Layer<'_>, steps: std::ops::Range<usize>, x: &[f32], inputs: &mut [f32]) {
    let width = layer.inputs;
    for (step, inputs) in steps.zip(inputs.chunks_exact_mut((chunk.rows() * width).max(1))) {
        let running = chunk.samples().zip(chunk.positions(step));
        for ((sample, position), row) in running.zip(inputs.chunks_exact_mut(width.max(1))) {
            row.copy_from_slice(&x[(sample * layer.steps + position) * width..][..width]);
        }
    }
}

/// The forward pass. `x` holds the inputs of the whole batch, `initial` its initial states, and `all` takes the hidden
/// states of each of the chunk's samples.
#[expect(clippy::too_many_arguments, reason = "each of them is another kind of thing")]
pub(super) fn forward<S: Simd, C: Cell>(
    simd: S,
    cell: &C,
    layer: &Layer<'_>,
    weights: &ForwardWeights,
    chunk: Chunk,
    x: &[f32],
    initial: &[f32],
    mut all: Vec<&mut [f32]>,
    keep: Keep,
) -> Trace {
    let sizes = Sizes::of(simd, &chunk, layer);
    let (block, steps) = (sizes.block, chunk.steps());
    let state = |number: usize| {
        let states = C::STATES * layer.hidden;
        let start = move |sample: usize| sample * states + number * layer.hidden;
        sizes.spread(
            layer.buffers,
            chunk
                .samples()
                .map(|sample| &initial[start(sample)..][..layer.hidden]),
        )
    };
    let mut hidden = layer.buffers.take((steps + 1) * block);
    hidden[..block].copy_from_slice(&state(0));
    let mut memory = if C::STATES > 1 {
        state(1)
    } else {
        layer.buffers.take(0)
    };
    let saved_in_step = if keep.saved { C::SAVED * block } else { 0 };
    let mut saved = layer.buffers.take(steps * saved_in_step);
    let mut seen = vec![Seen::default(); if keep.seen { C::ACTIVATIONS } else { 0 }];

    let at_once = STEPS_AT_ONCE.min(steps);
    let mut inputs = layer.buffers.zeros(at_once * sizes.rows * layer.inputs);
    let mut pre = layer.buffers.take(at_once * C::BLOCKS * block);
    let mut values = layer.buffers.take(C::ACTIVATIONS * block);
    let mut slopes = layer.buffers.take(C::ACTIVATIONS * block);
    let input_places: Vec<usize> = (0..C::GATES).map(|gate| gate * block).collect();
    let hidden_places: Vec<usize> = C::RECURRENT.iter().map(|place| place * block).collect();
    let place = |blocks| Place {
        width: sizes.units,
        blocks,
        stride: sizes.units,
    };
    let of_inputs = Product {
        panels: &weights.input,
        from: 1,
        depth: layer.inputs,
        sources: &[0],
        start: Start::FirstRow,
        place: place(&input_places),
    };
    let of_hidden = Product {
        panels: &weights.hidden,
        from: 0,
        depth: layer.hidden,
        sources: &[0],
        start: Start::Output,
        place: place(&hidden_places),
    };

    for first in (0..steps).step_by(STEPS_AT_ONCE) {
        let range = first..steps.min(first + STEPS_AT_ONCE);
        gather(&chunk, layer, range.clone(), x, &mut inputs);
        let rows: Vec<Step> = range
            .clone()
            .map(|step| Step {
                rows: chunk.running(step),
                from: (step - first) * sizes.rows * layer.inputs,
                to: (step - first) * C::BLOCKS * block,
            })
            .collect();
        let of = Rows {
            values: &inputs,
            stride: layer.inputs,
        };
        of_inputs.run(simd, of, &rows, &mut pre);
        for (step, pre) in range.zip(pre.chunks_exact_mut((C::BLOCKS * block).max(1))) {
            let running = chunk.running(step);
            for (bias, pre) in weights
                .rest
                .chunks_exact(layer.hidden.max(1))
                .zip(pre[C::GATES * block..].chunks_exact_mut(block.max(1)))
            {
                for row in pre.chunks_exact_mut(sizes.units).take(running) {
                    row[..layer.hidden].copy_from_slice(bias);
                }
            }
            let (before, after) = hidden[step * block..].split_at_mut(block);
            let after = &mut after[..block];
            after[running * sizes.units..].fill(0.0);
            let of = Rows {
                values: before,
                stride: sizes.units,
            };
            let whole = Step {
                rows: running,
                from: 0,
                to: 0,
            };
            of_hidden.run(simd, of, &[whole], pre);
            cell.forward(
                simd,
                Forward {
                    blocks: sizes.blocks(running),
                    pre,
                    values: &mut values,
                    slopes: &mut slopes,
                    before: &before[..running * sizes.units],
                    hidden: &mut after[..running * sizes.units],
                    memory: &mut memory[..if C::STATES > 1 { running * sizes.units } else { 0 }],
                    saved: keep
                        .saved
                        .then(|| &mut saved[step * saved_in_step..][..saved_in_step]),
                },
            );
            for ((all, position), state) in all
                .iter_mut()
                .zip(chunk.positions(step))
                .zip(after.chunks_exact(sizes.units))
            {
                all[position * layer.hidden..][..layer.hidden].copy_from_slice(&state[..layer.hidden]);
            }
            for (activation, seen) in seen.iter_mut().enumerate() {
                let source = match C::PRE_ACTIVATIONS[activation] {
                    Source::Block(number) => &pre[number * block..],
                    Source::Memory => &memory,
                };
                extend(&mut seen.pre, source, running, &sizes, layer.hidden);
                extend(
                    &mut seen.values,
                    &values[activation * block..],
                    running,
                    &sizes,
                    layer.hidden,
                );
            }
        }
    }
    Trace {
        chunk,
        hidden,
        saved,
        memory,
        seen,
    }
}

/// Appends the units of the running samples, without padding.
fn extend(seen: &mut Vec<f32>, block: &[f32], running: usize, sizes: &Sizes, hidden: usize) {
    for row in block.chunks_exact(sizes.units).take(running) {
        seen.extend_from_slice(&row[..hidden]);
    }
}

impl Trace {
    /// The cell's state at the end of each of the chunk's samples, with the number of the sample.
    pub(super) fn memories(&self) -> impl Iterator<Item = (usize, &[f32])> {
        let width = self.memory.len() / self.chunk.rows().max(1);
        self.chunk.samples().zip(self.memory.chunks_exact(width.max(1)))
    }
}

/// The gradients that arrive at a chunk.
#[derive(Debug)]
pub(super) struct Arriving<'a> {
    /// Of all hidden states of the batch, `[batch, steps, hidden]`.
    pub(super) all: &'a [f32],
    /// Of the cells' last states, `[batch, hidden]`.
    pub(super) memory: Option<&'a [f32]>,
}

/// The gradients of a layer's parameters that a chunk makes; sums of several chunks are sums of these.
#[derive(Debug)]
pub(super) struct ParameterGradients {
    weight_input: Buffer,
    weight_hidden: Buffer,
    bias: Buffer,
    units: usize,
}

/// What the backward pass of a chunk makes.
#[derive(Debug)]
pub(super) struct Gradients {
    pub(super) parameters: ParameterGradients,
    /// Of the initial states of the chunk's samples, each `[states·hidden]`.
    pub(super) initial: Vec<f32>,
    /// For each activation the gradients of its pre-activations.
    pub(super) seen: Vec<Vec<f32>>,
    /// For each step the sum of the squares of the hidden state's gradient.
    pub(super) squares: Vec<f64>,
}

/// The backward pass. `x` holds the inputs of the whole batch, and `dx` takes the gradients of each of the chunk's
/// samples.
#[expect(clippy::too_many_arguments, reason = "each of them is another kind of thing")]
pub(super) fn backward<S: Simd, C: Cell>(
    simd: S,
    cell: &C,
    layer: &Layer<'_>,
    weights: &BackwardWeights,
    trace: &Trace,
    x: &[f32],
    arriving: &Arriving<'_>,
    mut dx: Vec<&mut [f32]>,
    watched: bool,
) -> Gradients {
    let chunk = &trace.chunk;
    let sizes = Sizes::of(simd, chunk, layer);
    let (block, steps) = (sizes.block, chunk.steps());
    let columns = C::GATES * sizes.units;
    let mut parameters = ParameterGradients {
        weight_input: layer.buffers.zeros(layer.inputs * columns),
        weight_hidden: layer.buffers.zeros(layer.hidden * columns),
        bias: layer.buffers.zeros(C::BLOCKS * sizes.units),
        units: sizes.units,
    };
    let mut hidden = layer.buffers.zeros(block);
    let mut memory = match arriving.memory {
        Some(memory) => sizes.spread(
            layer.buffers,
            chunk
                .samples()
                .map(|sample| &memory[sample * layer.hidden..][..layer.hidden]),
        ),
        None => layer.buffers.zeros(if C::STATES > 1 { block } else { 0 }),
    };
    let mut seen = vec![Vec::new(); if watched { C::ACTIVATIONS } else { 0 }];
    let mut squares = vec![0.0; if watched { steps } else { 0 }];

    let at_once = STEPS_BACK_AT_ONCE.min(steps);
    let in_step = C::GRADIENTS * block;
    let padded_inputs = padded::<S>(layer.inputs);
    let mut inputs = layer.buffers.zeros(at_once * sizes.rows * layer.inputs);
    let mut gradients = layer.buffers.take(at_once * in_step);
    let mut of_inputs = layer.buffers.take(if weights.input.is_some() {
        at_once * sizes.rows * padded_inputs
    } else {
        0
    });
    let mut panel = layer.buffers.take(at_once * sizes.rows * 2 * lanes::<S>());

    let input_sources: Vec<usize> = (0..C::GATES).map(|gate| gate * block).collect();
    let hidden_sources: Vec<usize> = C::RECURRENT.iter().map(|place| place * block).collect();
    let firsts = (0..steps).step_by(STEPS_BACK_AT_ONCE).rev();
    for first in firsts {
        let range = first..steps.min(first + STEPS_BACK_AT_ONCE);
        for step in range.clone().rev() {
            let running = chunk.running(step);
            let gradients = &mut gradients[(step - first) * in_step..][..in_step];
            let used = running * sizes.units;
            // What is not in use takes part in the sums below.
            if running < sizes.rows {
                gradients.fill(0.0);
            }
            let arrivals = chunk.samples().zip(chunk.positions(step));
            for ((sample, position), row) in arrivals.zip(hidden.chunks_exact_mut(sizes.units)) {
                let arriving = &arriving.all[(sample * layer.steps + position) * layer.hidden..];
                for (sum, arriving) in row.iter_mut().zip(&arriving[..layer.hidden]) {
                    *sum += arriving;
                }
                if watched {
                    let square = |&g: &f32| f64::from(g) * f64::from(g);
                    squares[step] += row[..layer.hidden].iter().map(square).sum::<f64>();
                }
            }
            cell.backward(
                simd,
                Backward {
                    blocks: sizes.blocks(running),
                    saved: &trace.saved[step * C::SAVED * block..][..C::SAVED * block],
                    hidden: &mut hidden[..used],
                    memory: &mut memory[..if C::STATES > 1 { used } else { 0 }],
                    gradients,
                },
            );
            let whole = Step {
                rows: running,
                from: 0,
                to: 0,
            };
            let product = Product {
                panels: &weights.hidden,
                from: 0,
                depth: layer.hidden,
                sources: &hidden_sources,
                start: Start::Output,
                place: Place {
                    width: sizes.units,
                    blocks: &[0],
                    stride: sizes.units,
                },
            };
            let of = Rows {
                values: gradients,
                stride: sizes.units,
            };
            product.run(simd, of, &[whole], &mut hidden);
        }
        for step in range.clone() {
            for (activation, seen) in seen.iter_mut().enumerate() {
                let gradients = &gradients[(step - first) * in_step + activation * block..];
                extend(seen, gradients, chunk.running(step), &sizes, layer.hidden);
            }
        }

        gather(chunk, layer, range.clone(), x, &mut inputs);
        let depth = range.len() * sizes.rows;
        // A panel of gradients of all these steps: the vectors that start at these places of a step.
        let pack = |gradients: &[f32], sources: &[usize], panel: &mut [f32]| {
            let steps = gradients.chunks_exact(in_step).take(range.len());
            let rows = steps.flat_map(|step| (0..sizes.rows).map(move |row| &step[row * sizes.units..]));
            for (row, panel) in rows.zip(panel.chunks_exact_mut(sources.len() * lanes::<S>())) {
                for (&source, piece) in sources.iter().zip(panel.chunks_exact_mut(lanes::<S>())) {
                    piece.copy_from_slice(&row[source..][..lanes::<S>()]);
                }
            }
        };
        for column in (0..columns).step_by(2 * lanes::<S>()) {
            let vectors = if columns - column > lanes::<S>() { 2 } else { 1 };
            let sources = |block_of: &dyn Fn(usize) -> usize| -> Vec<usize> {
                (0..vectors)
                    .map(|v| {
                        let column = column + v * lanes::<S>();
                        block_of(column / sizes.units) * block + column % sizes.units
                    })
                    .collect()
            };
            let of_gates = sources(&|gate| gate);
            pack(&gradients, &of_gates, &mut panel);
            let a = Transposed {
                rows: Rows {
                    values: &inputs,
                    stride: layer.inputs,
                },
                depth,
                width: layer.inputs,
            };
            add_outer(
                simd,
                a,
                &panel,
                vectors,
                &mut parameters.weight_input,
                column,
                columns,
            );
            let of_recurrent = sources(&|gate| C::RECURRENT[gate]);
            if of_recurrent != of_gates {
                pack(&gradients, &of_recurrent, &mut panel);
            }
            let a = Transposed {
                rows: Rows {
                    values: &trace.hidden[first * block..],
                    stride: sizes.units,
                },
                depth,
                width: layer.hidden,
            };
            add_outer(
                simd,
                a,
                &panel,
                vectors,
                &mut parameters.weight_hidden,
                column,
                columns,
            );
        }
        for gradients in gradients.chunks_exact(in_step).take(range.len()) {
            for (sum, block) in parameters
                .bias
                .chunks_exact_mut(sizes.units)
                .zip(gradients.chunks_exact(block))
            {
                for row in block.chunks_exact(sizes.units) {
                    for (sum, gradient) in sum.iter_mut().zip(row) {
                        *sum += gradient;
                    }
                }
            }
        }
        if let Some(panels) = &weights.input {
            let rows: Vec<Step> = range
                .clone()
                .map(|step| Step {
                    rows: chunk.running(step),
                    from: (step - first) * in_step,
                    to: (step - first) * sizes.rows * padded_inputs,
                })
                .collect();
            let product = Product {
                panels,
                from: 0,
                depth: layer.hidden,
                sources: &input_sources,
                start: Start::Zero,
                place: Place {
                    width: padded_inputs,
                    blocks: &[0],
                    stride: padded_inputs,
                },
            };
            let of = Rows {
                values: &gradients,
                stride: sizes.units,
            };
            product.run(simd, of, &rows, &mut of_inputs);
            let blocks = of_inputs.chunks_exact((sizes.rows * padded_inputs).max(1));
            for (step, rows) in range.zip(blocks) {
                for ((dx, position), row) in dx
                    .iter_mut()
                    .zip(chunk.positions(step))
                    .zip(rows.chunks_exact(padded_inputs.max(1)))
                {
                    dx[position * layer.inputs..][..layer.inputs].copy_from_slice(&row[..layer.inputs]);
                }
            }
        }
    }

    let states = hidden.chunks_exact(sizes.units);
    let memories = memory
        .chunks_exact(sizes.units)
        .map(Some)
        .chain(std::iter::repeat(None));
    let initial = states.zip(memories).flat_map(|(state, memory)| {
        let memory = memory.map_or(&[][..], |memory| &memory[..layer.hidden]);
        state[..layer.hidden].iter().chain(memory).copied()
    });
    Gradients {
        parameters,
        initial: initial.collect(),
        seen,
        squares,
    }
}

impl ParameterGradients {
    /// Adds those of another chunk.
    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.weight_input, &other.weight_input),
            (&mut self.weight_hidden, &other.weight_hidden),
            (&mut self.bias, &other.bias),
        ];
        for (sums, others) in pairs {
            for (sum, other) in sums.iter_mut().zip(&**others) {
                *sum += other;
            }
        }
    }

    /// Without padding: of the weights of the inputs, of the hidden states, and of the biases.
    pub(super) fn unpadded(self, hidden: usize) -> [Vec<f32>; 3] {
        [self.weight_input, self.weight_hidden, self.bias].map(|padded| {
            let blocks = padded.chunks_exact(self.units.max(1));
            blocks.flat_map(|block| block[..hidden].iter().copied()).collect()
        })
    }
}
