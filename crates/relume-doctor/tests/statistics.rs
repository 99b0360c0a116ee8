//! What a watch counts, held against a naive count of the same values; and counts merged against counts at once.

use proptest::prelude::*;
use relume::Activation;
use relume_doctor::{LayerId, LayerInfo, LayerSnapshot, Layout, ParameterId, ParameterInfo, Record, Watch};

/// One batch of one layer.
#[derive(Clone, Debug)]
struct Batch {
    layout: Layout,
    x: Vec<f32>,
    dx: Vec<f32>,
}

impl Batch {
    fn y(&self, activation: Activation) -> Vec<f32> {
        let mut y = vec![0.0; self.x.len()];
        activation.forward(&self.x, &mut y).unwrap();
        y
    }

    /// The values of one unit.
    fn of_unit<'a>(&self, values: &'a [f32], unit: usize) -> impl Iterator<Item = f32> + 'a {
        let Layout { units, inner, .. } = self.layout;
        values
            .iter()
            .enumerate()
            .filter(move |(i, _)| i / inner % units == unit)
            .map(|(_, &v)| v)
    }
}

/// The snapshot by definition: every slope evaluated, everything in `f64`.
fn naive(batches: &[Batch], activation: Activation) -> LayerSnapshot {
    let units = batches[0].layout.units;
    let steepest = (-1000..=1000)
        .map(|i| activation.slope(f64::from(i) * 0.01).abs())
        .fold(0.0, f64::max);
    // In a tail, not at a root of the slope on the way there: flat here and further out.
    let slope = |x: f64| activation.slope(x).abs();
    let flat = |x: f32| {
        (0..40).all(|k| slope(f64::from(x) + f64::from(k as f32 * 0.05 * x.signum())) < 0.01 * steepest)
    };
    let branch = ["relu", "relu6", "hard_silu"].contains(&activation.name());
    let mut out = LayerSnapshot::default();
    for u in 0..units {
        let all = |values: fn(&Batch, Activation) -> Vec<f32>| -> Vec<f32> {
            batches
                .iter()
                .flat_map(|b| b.of_unit(&values(b, activation), u).collect::<Vec<_>>())
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
        out.saturated += usize::from(saturated as f64 >= 0.95 * x.len() as f64);
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

/// A watch over one layer and its weight.
struct Watched {
    watch: Watch,
    layer: LayerId,
    weight: ParameterId,
}

impl Watched {
    fn new(activation: Activation, units: usize) -> Watched {
        let mut watch = Watch::new();
        let activation = activation.to_string();
        let layer = watch.add_layer(LayerInfo {
            name: "hidden".into(),
            activation,
            units,
            fan_in: 1,
        });
        let weight = watch.add_parameter(ParameterInfo {
            name: "hidden.weight".into(),
            elements: units,
        });
        Watched { watch, layer, weight }
    }

    fn feed(&mut self, batches: &[Batch], activation: Activation) {
        for batch in batches {
            self.watch
                .forward(self.layer, &batch.x, &batch.y(activation), batch.layout)
                .unwrap();
            self.watch.backward(self.layer, &batch.dx, batch.layout).unwrap();
            self.watch.gradient(self.weight, &batch.dx);
            let after: Vec<f32> = batch
                .x
                .iter()
                .zip(&batch.dx)
                .map(|(x, dx)| x - 0.01 * dx)
                .collect();
            self.watch.update(self.weight, &batch.x, &after);
        }
    }

    /// The record of one pass.
    fn close(mut self) -> Record {
        self.watch.end_pass(Some(1.0));
        self.watch.record()
    }
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

#[test]
fn dead_units_are_followed_from_pass_to_pass() {
    let relu: Activation = "relu".parse().unwrap();
    let layout = Layout {
        outer: 2,
        units: 3,
        inner: 1,
    };
    let mut watched = Watched::new(relu, 3);
    let passes: [([f32; 6], [f32; 6]); 3] = [
        // Unit 0 fires, unit 1 is dead, unit 2 is silent but a gradient arrives (as relu' (0) = 1).
        ([1.0, -1.0, 0.0, -1.0, -2.0, -1.0], [0.1, 0.0, 0.2, 0.0, 0.0, 0.0]),
        ([-1.0, -1.0, -1.0, -1.0, -2.0, -1.0], [0.0; 6]),
        ([-1.0, 3.0, 1.0, -1.0, -2.0, -1.0], [0.0, 0.1, 0.0, 0.0, 0.0, 0.0]),
    ];
    for (x, dx) in passes {
        watched.feed(
            &[Batch {
                layout,
                x: x.to_vec(),
                dx: dx.to_vec(),
            }],
            relu,
        );
        watched.watch.end_pass(None);
    }
    // Without a gradient nobody can tell.
    let x = [-1.0; 6];
    watched
        .watch
        .forward(watched.layer, &x, &[0.0; 6], layout)
        .unwrap();
    watched.watch.end_pass(None);
    let record = watched.watch.record();
    let counts = |pass: usize| {
        let layer = &record.snapshots[pass].layers[0];
        (layer.silent, layer.dead, layer.revived)
    };
    assert_eq!(
        [counts(0), counts(1), counts(2), counts(3)],
        [(2, 1, 0), (3, 3, 0), (1, 1, 2), (3, 0, 0)]
    );
    assert_eq!(
        record.snapshots.iter().map(|s| s.pass).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert!(record.snapshots[3].parameters.is_empty());
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let relu: Activation = "relu".parse().unwrap();
    let mut watched = Watched::new(relu, 3);
    let layout = Layout {
        outer: 2,
        units: 3,
        inner: 1,
    };
    let cases = [
        (
            vec![0.0f32; 5],
            layout,
            "layer `hidden`: a tensor of [2, 3, 1] was announced, 5 elements were given",
        ),
        (
            vec![0.0; 8],
            Layout {
                outer: 2,
                units: 4,
                inner: 1,
            },
            "layer `hidden` has 3 units, the tensor 4",
        ),
        (
            vec![],
            Layout {
                outer: usize::MAX,
                units: 3,
                inner: 1,
            },
            "layer `hidden`: a tensor of [18446744073709551615, 3, 1] was announced, 0 elements were given",
        ),
    ];
    for (x, layout, message) in cases {
        assert_eq!(
            watched
                .watch
                .forward(watched.layer, &x, &x, layout)
                .unwrap_err()
                .to_string(),
            message
        );
        assert_eq!(
            watched
                .watch
                .backward(watched.layer, &x, layout)
                .unwrap_err()
                .to_string(),
            message
        );
    }
    let other = Watched::new("gelu".parse().unwrap(), 4).watch;
    let refused = watched.watch.merge(&other).unwrap_err().to_string();
    assert_eq!(
        refused,
        "the layers of the two networks differ at position 0: hidden (relu, 3 units) here, hidden (gelu, 4 units) there"
    );
    let mut stranger = Watch::new();
    assert!(
        stranger
            .backward(
                watched.layer,
                &[],
                Layout {
                    outer: 0,
                    units: 3,
                    inner: 1
                }
            )
            .is_err()
    );
    let record = watched.close();
    assert_eq!(record.snapshots[0].samples, 0);
    assert_eq!(record.not_observed(), ["hidden"]);
}

#[test]
fn a_record_survives_json() {
    let tanh: Activation = "tanh".parse().unwrap();
    let mut watched = Watched::new(tanh, 2);
    watched.watch.set_baseline_loss(2.3);
    let layout = Layout {
        outer: 2,
        units: 2,
        inner: 1,
    };
    watched.feed(
        &[Batch {
            layout,
            x: vec![1.0, -0.3, f32::NAN, 0.2],
            dx: vec![0.1; 4],
        }],
        tanh,
    );
    let record = watched.close();
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
}
