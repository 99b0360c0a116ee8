//! Values and gradients.

use crate::layers::{Found, by_kernels, composed, difference};
use crate::naive::{Case, Kind};

fn assert_values(case: &Case, found: &Found, bound: f64) {
    for (what, (found, expected)) in ["all", "last", "cell"]
        .into_iter()
        .zip(found.results.iter().zip(case.results()))
    {
        // Only an LSTM has a cell.
        if what != "cell" || case.kind == Kind::Lstm {
            let error = difference(found, &expected);
            assert!(error < bound, "{what} of {case:?}: {error}");
        }
    }
}

/// As many numbers of each argument as can be looked at in a moment.
fn assert_slopes(case: &Case, found: &Found, bound: f64) {
    for (argument, gradient) in found.gradients.iter().enumerate() {
        let every = gradient.len().div_ceil(23);
        let [mut found, mut expected] = [const { Vec::new() }; 2];
        for number in (0..gradient.len()).step_by(every.max(1)) {
            found.push(gradient[number]);
            expected.push(case.slope(argument, number));
        }
        let error = difference(&found, &expected);
        assert!(error < bound, "argument {argument} of {case:?}: {error}");
    }
}

/// On both sides of the widths of vectors, tiles, chunks and blocks of steps.
const SIZES: [[usize; 4]; 9] = [
    [1, 1, 1, 1],
    [2, 3, 2, 4],
    [3, 8, 1, 5],
    [5, 9, 3, 8],
    [7, 4, 17, 9],
    [8, 2, 4, 16],
    [16, 17, 2, 17],
    [17, 3, 5, 31],
    [33, 2, 3, 33],
];

#[test]
fn values_are_those_of_the_definition() {
    for kind in Kind::ALL {
        for sizes in SIZES {
            for case in [Case::new(kind, sizes), Case::new(kind, sizes).reversed()] {
                assert_values(&case, &by_kernels(&case), 3e-6);
                assert_values(&case, &composed(&case), 1e-13);
            }
        }
    }
}

#[test]
fn gradients_are_slopes() {
    for kind in Kind::ALL {
        for sizes in SIZES {
            for case in [Case::new(kind, sizes), Case::new(kind, sizes).reversed()] {
                assert_slopes(&case, &by_kernels(&case), 2e-5);
                assert_slopes(&case, &composed(&case), 1e-7);
            }
        }
    }
}

#[test]
fn any_activation_can_stand_anywhere() {
    let activations = |kind: Kind| -> Vec<Vec<&str>> {
        match kind {
            Kind::Rnn => vec![vec!["relu"], vec!["hard_tanh"], vec!["gelu"], vec!["softsign"]],
            Kind::Gru => vec![
                vec!["hard_sigmoid", "sigmoid", "relu"],
                vec!["sigmoid", "hard_sigmoid", "silu"],
                vec!["tanh", "softsign", "leaky_relu(slope=0.3)"],
            ],
            Kind::Lstm => vec![
                vec!["sigmoid", "sigmoid", "relu", "sigmoid", "relu"],
                vec!["hard_sigmoid", "sigmoid", "gelu", "softsign", "identity"],
                vec!["relu6", "hard_sigmoid", "tanh", "hard_sigmoid", "mish"],
            ],
        }
    };
    for kind in Kind::ALL {
        for names in activations(kind) {
            let case = Case::new(kind, [5, 6, 3, 9]).with_activations(&names);
            for found in [by_kernels(&case), composed(&case)] {
                assert_values(&case, &found, 3e-6);
                assert_slopes(&case, &found, 2e-5);
            }
        }
    }
}
