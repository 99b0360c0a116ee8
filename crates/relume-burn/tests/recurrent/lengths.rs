//! Sequences of different lengths in one batch.

use burn::tensor::{DType, Device};

use crate::layers::{by_kernels, composed, difference, run};
use crate::naive::{Case, Kind};

const LENGTHS: [usize; 19] = [3, 11, 1, 11, 7, 8, 9, 2, 11, 5, 4, 6, 10, 3, 3, 1, 8, 11, 2];

fn case(kind: Kind) -> Case {
    Case::new(kind, [LENGTHS.len(), 11, 3, 17]).with_lengths(LENGTHS.to_vec())
}

#[test]
fn each_sample_runs_for_its_own_length() {
    for kind in Kind::ALL {
        for case in [case(kind), case(kind).reversed()] {
            let (kernels, composed) = (by_kernels(&case), composed(&case));
            for (number, expected) in case.results().iter().enumerate() {
                if number < 2 || kind == Kind::Lstm {
                    assert!(difference(&kernels.results[number], expected) < 3e-6);
                    assert!(difference(&composed.results[number], expected) < 1e-13);
                }
            }
            for (argument, gradient) in kernels.gradients.iter().enumerate() {
                let every = gradient.len().div_ceil(29);
                let numbers: Vec<usize> = (0..gradient.len()).step_by(every).collect();
                let slopes: Vec<f64> = numbers
                    .iter()
                    .map(|&number| case.slope(argument, number))
                    .collect();
                let of = |gradient: &[f64]| -> Vec<f64> {
                    numbers.iter().map(|&number| gradient[number]).collect()
                };
                assert!(difference(&of(gradient), &slopes) < 2e-5, "{kind:?} {argument}");
                assert!(difference(&of(&composed.gradients[argument]), &slopes) < 1e-7);
            }
        }
    }
}

/// The same sequences with as much more padding, which holds what must not be looked at.
fn padded(case: &Case, more: usize) -> Case {
    let (steps, width) = (case.steps, case.inputs);
    let lengths = case.lengths.clone().unwrap();
    let longer = |values: &[f64], width: usize, filling: f64| -> Vec<f64> {
        let samples = values.chunks(steps * width).zip(&lengths);
        samples
            .flat_map(|(sample, &length)| {
                let valid = sample[..length * width].iter().copied();
                valid.chain(std::iter::repeat_n(filling, (steps + more - length) * width))
            })
            .collect()
    };
    let mut padded = case.clone();
    padded.steps = steps + more;
    padded.arguments[0] = longer(&case.arguments[0], width, f64::NAN);
    padded.weights[0] = longer(&case.weights[0], case.hidden, 1.0);
    padded
}

/// What belongs to the steps that a case has.
fn trimmed(values: &[f64], case: &Case, more: usize, width: usize) -> (Vec<f64>, Vec<f64>) {
    let [mut kept, mut rest] = [const { Vec::new() }; 2];
    for sample in values.chunks((case.steps + more) * width) {
        kept.extend_from_slice(&sample[..case.steps * width]);
        rest.extend_from_slice(&sample[case.steps * width..]);
    }
    (kept, rest)
}

#[test]
fn padding_changes_no_bit() {
    for kind in Kind::ALL {
        for case in [case(kind), case(kind).reversed()] {
            for dtype in [DType::F32, DType::F64] {
                let found = |case: &Case| run(case, dtype, &Device::flex().autodiff(), true);
                let (plain, more) = (found(&padded(&case, 0)), found(&padded(&case, 6)));
                let (all, padding) = trimmed(&more.results[0], &case, 6, case.hidden);
                assert_eq!(all, plain.results[0]);
                assert!(padding.iter().all(|&x| x == 0.0));
                assert_eq!(more.results[1..], plain.results[1..]);
                let (dx, padding) = trimmed(&more.gradients[0], &case, 6, case.inputs);
                assert_eq!(dx, plain.gradients[0]);
                assert!(padding.iter().all(|&x| x == 0.0));
                assert_eq!(more.gradients[1..], plain.gradients[1..]);
            }
        }
    }
}

#[test]
fn a_sample_has_the_same_bits_alone_and_among_others() {
    for kind in Kind::ALL {
        let case = case(kind);
        let all = by_kernels(&case);
        for sample in [0, 1, 18] {
            let mut alone = case.clone();
            let of = |values: &[f64], width: usize| values[sample * width..(sample + 1) * width].to_vec();
            alone.batch = 1;
            alone.lengths = Some(vec![LENGTHS[sample]]);
            alone.arguments[0] = of(&case.arguments[0], case.steps * case.inputs);
            alone.arguments[4] = of(&case.arguments[4], kind.states() * case.hidden);
            alone.weights[0] = of(&case.weights[0], case.steps * case.hidden);
            alone.weights[1] = of(&case.weights[1], case.hidden);
            alone.weights[2] = of(&case.weights[2], case.hidden);
            let alone = by_kernels(&alone);
            assert_eq!(alone.results[0], of(&all.results[0], case.steps * case.hidden));
            assert_eq!(
                alone.gradients[0],
                of(&all.gradients[0], case.steps * case.inputs)
            );
        }
    }
}

#[test]
fn threads_change_no_bit() {
    for kind in Kind::ALL {
        let case = Case::new(kind, [37, 10, 3, 17]);
        let device = Device::flex().autodiff();
        let one = run(&case, DType::F32, &device, false);
        for threads in [1, 2, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let several = pool.install(|| run(&case, DType::F32, &device, true));
            assert_eq!(one.results, several.results);
            assert_eq!(one.gradients, several.gradients);
        }
    }
}

#[test]
#[should_panic(expected = "a length is from 1 to the number of steps, 11, and not 12")]
fn a_length_beyond_the_steps_is_refused() {
    let mut case = case(Kind::Rnn);
    case.lengths = Some(vec![12; LENGTHS.len()]);
    by_kernels(&case);
}

#[test]
#[should_panic(expected = "there is a length for each sample")]
fn there_are_as_many_lengths_as_samples() {
    let mut case = case(Kind::Rnn);
    case.lengths = Some(vec![1; 3]);
    by_kernels(&case);
}
