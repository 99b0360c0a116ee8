//! Recurrent layers as one reads them in a paper: one sample, one step, one unit after the other, in f64.

use relume::Activation;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Rnn,
    Gru,
    Lstm,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::Rnn, Kind::Gru, Kind::Lstm];

    pub(crate) fn gates(self) -> usize {
        [1, 3, 4][self as usize]
    }

    pub(crate) fn biases(self) -> usize {
        [1, 4, 4][self as usize]
    }

    pub(crate) fn states(self) -> usize {
        [1, 1, 2][self as usize]
    }
}

/// A layer with everything that it is given.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) kind: Kind,
    /// At the gates, in their order, and at the state: that of the cell is the last of an LSTM.
    pub(crate) activations: Vec<Activation>,
    pub(crate) batch: usize,
    pub(crate) steps: usize,
    pub(crate) inputs: usize,
    pub(crate) hidden: usize,
    pub(crate) lengths: Option<Vec<usize>>,
    pub(crate) reversed: bool,
    /// Inputs, weights of the inputs, weights of the state, biases, initial states.
    pub(crate) arguments: [Vec<f64>; 5],
    /// What the loss weighs all states, the last states and the last cells with.
    pub(crate) weights: [Vec<f64>; 3],
}

/// All states, the last states and the last cells.
pub(crate) type Results = [Vec<f64>; 3];

/// Numbers that look random, in [-1, 1).
pub(crate) fn numbers(seed: usize, count: usize) -> Vec<f64> {
    let mut state = seed as u64 + 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    for _ in 0..20 {
        next();
    }
    // What f32 holds too.
    (0..count).map(|_| f64::from(next() as f32)).collect()
}

impl Case {
    pub(crate) fn new(kind: Kind, [batch, steps, inputs, hidden]: [usize; 4]) -> Self {
        let scaled = |seed, count: usize, scale: f64| -> Vec<f64> {
            let scaled = numbers(seed, count)
                .into_iter()
                .map(|x| f64::from((x * scale) as f32));
            scaled.collect()
        };
        let spread = 1.2 / (hidden as f64).sqrt();
        let named = |name| Activation::new(name).unwrap();
        let [s, t] = [named("sigmoid"), named("tanh")];
        Self {
            kind,
            activations: match kind {
                Kind::Rnn => vec![t],
                Kind::Gru => vec![s, s, t],
                Kind::Lstm => vec![s, s, t, s, t],
            },
            batch,
            steps,
            inputs,
            hidden,
            lengths: None,
            reversed: false,
            arguments: [
                scaled(1, batch * steps * inputs, 1.0),
                scaled(2, inputs * kind.gates() * hidden, spread),
                scaled(3, hidden * kind.gates() * hidden, spread),
                scaled(4, kind.biases() * hidden, 0.5),
                scaled(5, batch * kind.states() * hidden, 0.5),
            ],
            weights: [
                numbers(6, batch * steps * hidden),
                numbers(7, batch * hidden),
                numbers(8, batch * hidden),
            ],
        }
    }

    pub(crate) fn with_activations(mut self, names: &[&str]) -> Self {
        self.activations = names.iter().map(|name| name.parse().unwrap()).collect();
        self
    }

    pub(crate) fn with_lengths(mut self, lengths: Vec<usize>) -> Self {
        self.lengths = Some(lengths);
        self
    }

    pub(crate) fn reversed(mut self) -> Self {
        self.reversed = true;
        self
    }

    pub(crate) fn results(&self) -> Results {
        let Self {
            kind,
            activations: f,
            batch,
            steps,
            inputs,
            hidden,
            ..
        } = self;
        let (batch, steps, inputs, hidden) = (*batch, *steps, *inputs, *hidden);
        let [x, w, u, b, initial] = &self.arguments;
        let columns = kind.gates() * hidden;
        let mut results = [
            vec![0.0; batch * steps * hidden],
            vec![0.0; batch * hidden],
            vec![0.0; batch * hidden],
        ];
        for sample in 0..batch {
            let states = &initial[sample * kind.states() * hidden..];
            let mut h = states[..hidden].to_vec();
            let mut c = if *kind == Kind::Lstm {
                states[hidden..2 * hidden].to_vec()
            } else {
                vec![0.0; hidden]
            };
            let length = self.lengths.as_ref().map_or(steps, |lengths| lengths[sample]);
            for step in 0..length {
                let position = if self.reversed { length - 1 - step } else { step };
                let x = &x[(sample * steps + position) * inputs..][..inputs];
                let of_input =
                    |column: usize| -> f64 { (0..inputs).map(|k| x[k] * w[k * columns + column]).sum() };
                let before = h.clone();
                let of_state =
                    |column: usize| -> f64 { (0..hidden).map(|k| before[k] * u[k * columns + column]).sum() };
                for j in 0..hidden {
                    let gate = |gate: usize| {
                        let column = gate * hidden + j;
                        of_input(column) + of_state(column) + b[column]
                    };
                    h[j] = match kind {
                        Kind::Rnn => f[0].value(gate(0)),
                        Kind::Gru => {
                            let (r, z) = (f[0].value(gate(0)), f[1].value(gate(1)));
                            let column = 2 * hidden + j;
                            let product = of_state(column) + b[3 * hidden + j];
                            let n = f[2].value(of_input(column) + b[column] + r * product);
                            (1.0 - z) * n + z * before[j]
                        }
                        Kind::Lstm => {
                            let [i, forget, g, o] = [0, 1, 2, 3].map(|number| f[number].value(gate(number)));
                            c[j] = forget * c[j] + i * g;
                            o * f[4].value(c[j])
                        }
                    };
                }
                results[0][(sample * steps + position) * hidden..][..hidden].copy_from_slice(&h);
            }
            results[1][sample * hidden..][..hidden].copy_from_slice(&h);
            results[2][sample * hidden..][..hidden].copy_from_slice(&c);
        }
        results
    }

    pub(crate) fn loss(&self) -> f64 {
        let results = self.results();
        let terms = results.iter().zip(&self.weights);
        terms
            .flat_map(|(values, weights)| values.iter().zip(weights))
            .map(|(a, b)| a * b)
            .sum()
    }

    /// The slope of the loss in one number of one argument, by a difference.
    pub(crate) fn slope(&self, argument: usize, number: usize) -> f64 {
        let step = 1e-5;
        let loss = |change: f64| {
            let mut changed = self.clone();
            changed.arguments[argument][number] += change;
            changed.loss()
        };
        (loss(step) - loss(-step)) / (2.0 * step)
    }
}
