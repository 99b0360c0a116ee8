//! What a watch counts, compared with a naive count of the same values; and counts merged against counts at once.

mod watched;

use proptest::prelude::*;
use relume::Activation;
use relume_doctor::{LayerSnapshot, Layout};
use watched::{Batch, Watched};

/// The values of one unit in a tensor.
fn of_unit(values: &[f32], Layout { units, inner, .. }: Layout, unit: usize) -> impl Iterator<Item = f32> {
    let mine = values
        .iter()
        .enumerate()
        .filter(move |(i, _)| i / inner % units == unit);
    mine.map(|(_, &v)| v)
}

/// The snapshot by definition: every slope evaluated, everything in `f64`.
fn naive(batches: &[Batch], activation: Activation) -> LayerSnapshot {
    let units = batches[0].layout.units;
    let steepest = (-1000..=1000)
        .map(|i| activation.derivative(f64::from(i) * 0.01).abs())
        .fold(0.0, f64::max);
    // In a tail, not at a root of the slope on the way there: flat here and further out.
    let slope = |x: f64| activation.derivative(x).abs();
    let flat = |x: f32| {
        (0..40).all(|k| slope(f64::from(x) + f64::from(k as f32 * 0.05 * x.signum())) < 0.01 * steepest)
    };
    let branch = ["relu", "relu6", "hard_silu"].contains(&activation.name());
    // Of a function that is flat on both sides, units count as saturated sooner.
    let most = if !branch && flat(-50.0) && flat(50.0) {
        0.85
    } else {
        0.95
    };
    let mut out = LayerSnapshot::default();
    for u in 0..units {
        let all = |values: fn(&Batch, Activation) -> Vec<f32>| -> Vec<f32> {
            batches
                .iter()
                .flat_map(|b| of_unit(&values(b, activation), b.layout, u).collect::<Vec<_>>())
                .collect()
        };
        let (x, y, dx) = (all(|b, _| b.x.clone()), all(Batch::y), all(|b, _| b.dx.clone()));
        let silent = x
            .iter()
            .zip(&y)
            .all(|(&x, &y)| if branch { y == 0.0 } else { flat(x) });
        let saturated = x
            .iter()
            .zip(&y)
            .filter(|&(&x, &y)| flat(x) && !(branch && y == 0.0))
            .count();
        out.silent += usize::from(silent);
        out.dead += usize::from(silent && dx.iter().all(|&v| v == 0.0));
        out.saturated += usize::from(saturated as f64 >= most * x.len() as f64);
    }
    let together = |values: fn(&Batch, Activation) -> Vec<f32>| -> Vec<f64> {
        batches
            .iter()
            .flat_map(|b| values(b, activation))
            .map(f64::from)
            .collect()
    };
    let (x, y, dx) = (
        together(|b, _| b.x.clone()),
        together(Batch::y),
        together(|b, _| b.dx.clone()),
    );
    out.zeros = y.iter().filter(|&&v| v == 0.0).count() as f64 / y.len() as f64;
    let finite = |values: &[f64]| {
        values
            .iter()
            .copied()
            .filter(|v| v.is_finite())
            .collect::<Vec<_>>()
    };
    for values in [&x, &y, &dx] {
        out.non_finite += (values.len() - finite(values).len()) as u64;
    }
    let mean =
        |values: &[f64]| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let rms = |values: &[f64]| mean(&values.iter().map(|v| v * v).collect::<Vec<_>>()).map(f64::sqrt);
    let (x, y, dx) = (finite(&x), finite(&y), finite(&dx));
    out.input_mean = mean(&x);
    out.input_std = mean(&x).and_then(|m| rms(&x.iter().map(|v| v - m).collect::<Vec<_>>()));
    out.output_rms = rms(&y);
    out.gradient_rms = rms(&dx);
    out
}

fn activation() -> impl Strategy<Value = Activation> {
    let names = [
        "relu",
        "relu6",
        "hard_silu",
        "leaky_relu",
        "identity",
        "tanh",
        "sigmoid",
        "gelu",
        "elu",
        "softplus",
    ];
    prop::sample::select(names.to_vec()).prop_map(|name| name.parse().unwrap())
}

/// Batches of one layer in which some units are silent, saturated, dead or not finite.
fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let unit = (
        prop::sample::select(vec![0.0f32, -30.0, 30.0, 1.5, -4.0]),
        prop::sample::select(vec![0, 0, -30, -6, 2]),
        any::<bool>(),
    );
    let odd = prop::option::weighted(
        0.2,
        prop::sample::select(vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY]),
    );
    let shape = (
        prop::collection::vec(unit, 1..40),
        prop::sample::select(vec![1usize, 1, 1, 2, 5, 16]),
    );
    (shape, prop::collection::vec(1usize..24, 1..5), odd, any::<u64>()).prop_map(
        |((units, inner), outers, odd, seed)| {
            let mut state = seed | 1;
            let mut uniform = move || {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                (state >> 40) as f32 / (1u64 << 24) as f32 * 2.0 - 1.0
            };
            let mut batches: Vec<Batch> = Vec::new();
            for outer in outers {
                let layout = Layout {
                    outer,
                    units: units.len(),
                    inner,
                    positions: 1,
                };
                let (mut x, mut dx) = (Vec::new(), Vec::new());
                for (centre, exponent, pulse) in (0..outer).flat_map(|_| &units) {
                    for _ in 0..inner {
                        x.push(centre + 3.0 * uniform());
                        dx.push(if *pulse {
                            uniform() * 10f32.powi(*exponent)
                        } else {
                            0.0
                        });
                    }
                }
                batches.push(Batch { layout, x, dx });
            }
            if let Some(odd) = odd {
                let middle = batches[0].x.len() / 2;
                batches[0].x[middle] = odd;
            }
            batches
        },
    )
}

fn close(found: Option<f64>, expected: Option<f64>, scale: f64) -> Result<(), TestCaseError> {
    match (found, expected) {
        (Some(a), Some(b)) => prop_assert!((a - b).abs() <= 1e-5 * scale.max(b.abs()), "{a} instead of {b}"),
        (a, b) => prop_assert_eq!(a, b),
    }
    Ok(())
}

proptest! {
    #[test]
    fn counts_are_those_of_a_naive_count(batches in batches(), activation in activation()) {
        let mut watched = Watched::new(activation, batches[0].layout.units);
        watched.feed(&batches, activation);
        let record = watched.close();
        let expected = naive(&batches, activation);
        let snapshot = &record.snapshots[0];
        let found = &snapshot.layers[0];
        prop_assert_eq!(snapshot.pass, 1);
        prop_assert_eq!(snapshot.samples, batches.iter().map(|b| b.layout.outer as u64).sum::<u64>());
        let counts = |s: &LayerSnapshot| (s.silent, s.dead, s.revived, s.saturated, s.non_finite);
        prop_assert_eq!(counts(found), counts(&expected));
        prop_assert!((found.zeros - expected.zeros).abs() < 1e-12);
        let size = expected.input_mean.unwrap_or(0.0).abs() + expected.input_std.unwrap_or(0.0);
        close(found.input_mean, expected.input_mean, size)?;
        // The variance is a difference of squares that are known to 1e-5.
        close(found.input_std.map(|s| s * s), expected.input_std.map(|s| s * s), size * size)?;
        close(found.output_rms, expected.output_rms, 0.0)?;
        close(found.gradient_rms, expected.gradient_rms, 0.0)?;
        close(snapshot.parameters[0].gradient_rms, expected.gradient_rms, 0.0)?;
    }

    #[test]
    fn merged_is_counted_at_once(batches in batches(), activation in activation(), at in 0usize..5) {
        let units = batches[0].layout.units;
        let (first, second) = batches.split_at(at.min(batches.len()));
        let mut all = Watched::new(activation, units);
        all.feed(&batches, activation);
        let mut one = Watched::new(activation, units);
        one.feed(first, activation);
        let mut other = Watched::new(activation, units);
        other.feed(second, activation);
        one.watch.merge(&other.watch).unwrap();
        let (merged, at_once) = (one.close(), all.close());
        prop_assert_eq!(&merged.histograms, &at_once.histograms);
        let (a, b) = (&merged.snapshots[0], &at_once.snapshots[0]);
        prop_assert_eq!((a.pass, a.samples), (b.pass, b.samples));
        let (a, b) = (&a.layers[0], &b.layers[0]);
        let counts = |s: &LayerSnapshot| (s.zeros, s.silent, s.dead, s.saturated, s.non_finite);
        prop_assert_eq!(counts(a), counts(b));
        close(a.input_std, b.input_std, 1.0)?;
        close(a.output_rms, b.output_rms, 0.0)?;
        close(a.gradient_rms, b.gradient_rms, 0.0)?;
        let (a, b) = (&merged.snapshots[0].parameters[0], &at_once.snapshots[0].parameters[0]);
        prop_assert_eq!((a.update_ratio, a.update_peak, a.non_finite), (b.update_ratio, b.update_peak, b.non_finite));
        close(a.gradient_rms, b.gradient_rms, 0.0)?;
    }
}

#[test]
fn large_blocks_are_summed_as_well_as_small_ones() {
    // Blocks of which the squares overflow, underflow, or neither, in f32.
    for scale in [1e-30f32, 1e-12, 1.0, 1e12, 1e30] {
        let values: Vec<f32> = (0..5000)
            .map(|i| ((i * 37 % 101) as f32 / 50.0 - 0.9) * scale)
            .collect();
        let batch = Batch {
            layout: Layout {
                outer: 500,
                units: 10,
                inner: 1,
                positions: 1,
            },
            dx: values.clone(),
            x: values,
        };
        let activation: Activation = "identity".parse().unwrap();
        let expected = naive(std::slice::from_ref(&batch), activation);
        let mut watched = Watched::new(activation, 10);
        watched.feed(&[batch], activation);
        let record = watched.close();
        let found = &record.snapshots[0].layers[0];
        for (found, expected) in [
            (found.input_mean, expected.input_mean),
            (found.input_std, expected.input_std),
            (found.gradient_rms, expected.gradient_rms),
        ] {
            let (found, expected) = (found.unwrap(), expected.unwrap());
            assert!(
                (found / expected - 1.0).abs() < 1e-5,
                "{found} instead of {expected} at {scale}"
            );
        }
    }
}
