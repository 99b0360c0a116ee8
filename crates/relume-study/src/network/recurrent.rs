//! A recurrent layer, in one direction or in both.

use super::batch::Batch;
use super::initialise::Weights;
use super::plan::Recurrence;
use super::rows::{Rows, gather, longest};
use crate::spec::Cell;
use burn::module::Module;
use burn::tensor::Tensor;
use relume_burn::recurrent::{GruProbes, LstmProbes, RnnProbes, States};
use relume_burn::{Gru, Lstm, Probe, Rnn};
use relume_doctor::InnerKind;

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

/// The parameters of a direction, in the order in which a visitor sees them.
const PARAMETERS: [&str; 3] = ["weight_input", "weight_hidden", "bias"];

/// An activation in a layer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part {
    /// In which direction, where there are two.
    direction: &'static str,
    /// What it is there; the activation that makes the state is the layer's own.
    gate: Option<(&'static str, InnerKind)>,
}

impl Part {
    /// The name of its layer, and what it is inside of another.
    pub(crate) fn named(&self, layer: &str) -> (String, Option<(String, InnerKind)>) {
        let of = joined(&[layer, self.direction]);
        match (self.gate, self.direction) {
            (Some((gate, kind)), _) => (joined(&[&of, gate]), Some((of, kind))),
            (None, BACKWARDS) => (of, Some((joined(&[layer, FORWARDS]), InnerKind::Backwards))),
            (None, _) => (of, None),
        }
    }

    /// Whether the function of the gates stands there, and not that of the state.
    pub(crate) fn is_gate(&self) -> bool {
        self.gate.is_some_and(|(_, kind)| kind != InnerKind::Candidate)
    }
}

/// The words that there are, with points between them.
fn joined(words: &[&str]) -> String {
    let mut words = words.to_vec();
    words.retain(|word| !word.is_empty());
    words.join(".")
}

const FORWARDS: &str = "forwards";
const BACKWARDS: &str = "backwards";

impl Recurrent {
    pub(crate) fn new(plan: Recurrence, weights: &mut Weights) -> Self {
        let directions = (0..plan.directions).map(|direction| Direction::new(plan, direction > 0, weights));
        Self {
            directions: directions.collect(),
        }
    }

    /// What its directions are called in addition to the layer.
    fn words(&self) -> &'static [&'static str] {
        match self.directions.len() {
            1 => &[""],
            _ => &[FORWARDS, BACKWARDS],
        }
    }

    /// Its parameters, in the order in which a visitor sees them.
    pub(crate) fn parameters(&self) -> Vec<String> {
        let of_direction = |direction: &&str| PARAMETERS.map(|parameter| joined(&[direction, parameter]));
        self.words().iter().flat_map(of_direction).collect()
    }

    /// Its activations, direction by direction, each with its gates first.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let of_direction = |(direction, &word): (&Direction, &&'static str)| {
            let gates = direction.gates().iter().map(|&gate| Some(gate)).chain([None]);
            let parts = gates.map(|gate| Part {
                direction: word,
                gate,
            });
            parts.collect::<Vec<_>>()
        };
        let directions = self.directions.iter().zip(self.words());
        directions.flat_map(of_direction).collect()
    }

    /// How many values each unit of one direction sums over, and how many units there are.
    pub(crate) fn sizes(&self) -> [usize; 2] {
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
        let x = gather(x, &Rows::padded(&lengths));
        let x = x.reshape([lengths.len(), longest(&lengths), width]);
        let of_directions = self.directions.iter();
        let states = of_directions
            .map(|direction| direction.forward(x.clone(), &lengths, probes))
            .reduce(States::beside)
            .expect("a layer goes in one direction at least");
        let [batch, steps, units] = states.all.dims();
        Batch {
            rows: gather(
                states.all.reshape([batch * steps, units]),
                &Rows::unpadded(&lengths),
            ),
            lengths,
            last: Some(states.last),
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

    /// Its gates, in the order in which their probes are taken; that of the state is taken last.
    fn gates(&self) -> &'static [(&'static str, InnerKind)] {
        match self {
            Self::Rnn(_) => &[],
            Self::Gru(_) => &[
                ("reset_gate", InnerKind::ResetGate),
                ("update_gate", InnerKind::UpdateGate),
            ],
            Self::Lstm(_) => &[
                ("input_gate", InnerKind::InputGate),
                ("forget_gate", InnerKind::ForgetGate),
                ("candidate", InnerKind::Candidate),
                ("output_gate", InnerKind::OutputGate),
            ],
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

    fn forward<'a>(
        &self,
        x: Tensor<3>,
        lengths: &[usize],
        probes: &mut impl Iterator<Item = &'a Probe>,
    ) -> States {
        let lengths = Some(lengths);
        let mut next = || probes.next().cloned();
        // Fields are filled in the order in which they stand here.
        match self {
            Self::Rnn(rnn) => rnn.forward_watched(x, lengths, &RnnProbes { state: next() }),
            Self::Gru(gru) => {
                let probes = GruProbes {
                    reset_gate: next(),
                    update_gate: next(),
                    state: next(),
                };
                gru.forward_watched(x, lengths, &probes)
            }
            Self::Lstm(lstm) => {
                let probes = LstmProbes {
                    input_gate: next(),
                    forget_gate: next(),
                    candidate: next(),
                    output_gate: next(),
                    state: next(),
                };
                lstm.forward_watched(x, lengths, &probes)
            }
        }
    }
}
