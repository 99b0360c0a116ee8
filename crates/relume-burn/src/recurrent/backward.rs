//! The backward pass of a chunk of samples through all its steps.

use super::blocks::{Sizes, extend, gather};
use super::cell::{Backward, Cell};
use super::forward::Trace;
use super::layer::{BackwardWeights, Layer, ParameterGradients};
use super::product::{Place, Product, Rows, Start, Step, Transposed, add_outer};
use super::vectors::{Simd, lanes, padded};

/// How many steps are worked through at once where they do not wait for each other: so many that sums over them are read
/// and written seldom, so few that everything else stays in the cache.
const STEPS_AT_ONCE: usize = 16;

/// The gradients that arrive at a chunk.
#[derive(Debug)]
pub(super) struct Arriving<'a> {
    /// Of all hidden states of the batch, `[batch, steps, hidden]`.
    pub(super) all: &'a [f32],
    /// Of the cells' last states, `[batch, hidden]`.
    pub(super) memory: Option<&'a [f32]>,
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

    let at_once = STEPS_AT_ONCE.min(steps);
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
    let firsts = (0..steps).step_by(STEPS_AT_ONCE).rev();
    for first in firsts {
        let range = first..steps.min(first + STEPS_AT_ONCE);
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
                add_rows(simd, &mut row[..layer.hidden], &arriving[..layer.hidden]);
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
            let blocks = gradients.chunks_exact(block);
            for (sum, block) in parameters.bias.chunks_exact_mut(sizes.units).zip(blocks) {
                add_rows(simd, sum, block);
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

/// Adds rows that are as long as the sum.
fn add_rows<S: Simd>(simd: S, sum: &mut [f32], rows: &[f32]) {
    simd.vectorize(
        #[inline(always)]
        || {
            for row in rows.chunks_exact(sum.len()) {
                for (sum, number) in sum.iter_mut().zip(row) {
                    *sum += number;
                }
            }
        },
    );
}
