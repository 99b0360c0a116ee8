//! A recurrent layer, in one direction or in both.

use super::batch::Batch;
use super::initialise::Weights;
use super::plan::Recurrence;
use super::rows::{Rows, gather, longest};
use crate::spec::Cell;
use burn::module::Module;
use burn::tensor::Tensor;
use relume_burn::recurrent::{GruProbes, LstmProbes, RnnProbes};
use relume_burn::{Gru, Lstm, Probe, Rnn};

/// One layer or two that see the same steps, the second from the last to the first.
#[derive(Module, Debug)]
pub(crate) struct Recurrent {
    directions: Vec<Direction>,
}

/// A layer in one direction.
#[derive(Module, Debug)]
pub(crate) enum Direction {
    Rnn(Rnn),
    Gru(Gru),
    Lstm(Lstm),
}

impl Recurrent {
    pub(crate) fn new(plan: Recurrence, weights: &mut Weights) -> Self {
        let directions = (0..plan.directions).map(|direction| Direction::new(plan, direction > 0, weights));
        Self {
            directions: directions.collect(),
        }
    }

    /// What its directions are called in addition to the layer.
    pub(crate) fn directions(&self) -> &'static [&'static str] {
        match self.directions.len() {
            1 => &[""],
            _ => &["forwards.", "backwards."],
        }
    }

    /// How many values each unit of one direction sums over, and how many units there are.
    pub(crate) fn activated(&self) -> [usize; 2] {
        self.directions[0].sizes()
    }

    /// The states after each step, and those after the step of each sample that was seen last.
    pub(crate) fn forward<'a>(
        &self,
        x: Tensor<2>,
        lengths: Vec<usize>,
        probes: &mut impl Iterator<Item = &'a Probe>,
    ) -> Batch {
        let [_, width] = x.dims();
        let x = gather(x, Rows::padded(&lengths));
        let x = x.reshape([lengths.len(), longest(&lengths), width]);
        let (all, last): (Vec<_>, Vec<_>) = self
            .directions
            .iter()
            .map(|direction| {
                let (all, last) = direction.forward(x.clone(), &lengths, probes.next());
                let [batch, steps, hidden] = all.dims();
                let rows = gather(all.reshape([batch * steps, hidden]), Rows::unpadded(&lengths));
                (rows, last)
            })
            .unzip();
        Batch {
            rows: Tensor::cat(all, 1),
            lengths,
            last: Some(Tensor::cat(last, 1)),
        }
    }
}

impl Direction {
    fn new(plan: Recurrence, is_reversed: bool, weights: &mut Weights) -> Self {
        let (input, hidden, bias) = weights.recurrent(plan);
        let [state, gates] = [weights.state(), weights.gates()];
        // Trials run side by side, each on a thread of its own.
        match plan.cell {
            Cell::Rnn => {
                let rnn = Rnn::new(state, input, hidden, bias).on_one_thread();
                Self::Rnn(if is_reversed { rnn.reversed() } else { rnn })
            }
            Cell::Gru => {
                let gru = Gru::new(input, hidden, bias).with_state(state).with_gates(gates);
                let gru = gru.on_one_thread();
                Self::Gru(if is_reversed { gru.reversed() } else { gru })
            }
            Cell::Lstm => {
                let lstm = Lstm::new(input, hidden, bias)
                    .with_candidate(state)
                    .with_state(state);
                let lstm = lstm.with_gates(gates).on_one_thread();
                Self::Lstm(if is_reversed { lstm.reversed() } else { lstm })
            }
        }
    }

    fn sizes(&self) -> [usize; 2] {
        let (input, hidden) = match self {
            Self::Rnn(rnn) => (&rnn.weight_input, &rnn.weight_hidden),
            Self::Gru(gru) => (&gru.weight_input, &gru.weight_hidden),
            Self::Lstm(lstm) => (&lstm.weight_input, &lstm.weight_hidden),
        };
        let ([inputs, _], [units, _]) = (input.dims(), hidden.dims());
        [inputs + units, units]
    }

    fn forward(&self, x: Tensor<3>, lengths: &[usize], probe: Option<&Probe>) -> (Tensor<3>, Tensor<2>) {
        let (lengths, state) = (Some(lengths), probe.cloned());
        let states = match self {
            Self::Rnn(rnn) => rnn.forward_watched(x, lengths, &RnnProbes { state }),
            Self::Gru(gru) => {
                let probes = GruProbes {
                    state,
                    ..GruProbes::default()
                };
                gru.forward_watched(x, lengths, &probes)
            }
            Self::Lstm(lstm) => {
                let probes = LstmProbes {
                    state,
                    ..LstmProbes::default()
                };
                lstm.forward_watched(x, lengths, &probes)
            }
        };
        (states.all, states.last)
    }
}
