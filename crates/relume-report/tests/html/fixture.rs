//! Synthetic studies: the same numbers on every run, shaped like those of real networks. Findings are not made
//! up: the doctor reads the synthetic records.

use relume::cost::Timing;
use relume_doctor::{
    Histogram, LayerInfo, LayerSnapshot, ParameterInfo, ParameterSnapshot, Record, Snapshot,
};
use relume_report::study::{STUDY_SCHEMA, Study};
use relume_report::trial::{
    Arm, Epoch, Metric, Outcome, Panel, SCHEMA, SampleCounts, Scores, Task, Trial, epochs_to_95,
};
use serde_json::json;
use statrs::distribution::{ContinuousCDF, Normal};
use std::collections::BTreeMap;

/// How an activation behaves.
pub(crate) struct Character {
    pub(crate) name: &'static str,
    /// What it reaches on test.
    plateau: f64,
    /// Epochs to learn most of it.
    pace: f64,
    /// Factor of the gradient from one layer to the one before.
    transmission: f64,
    /// Share of units dead at the end.
    dead: f64,
    /// Share of zero outputs.
    zeros: f64,
    /// Spread of pre-activations.
    spread: f64,
    /// What it loses under the raised learning rate and the poor initialisation.
    lost: [f64; 2],
    cost: f64,
}

const fn character(
    name: &'static str,
    [plateau, pace, transmission]: [f64; 3],
    [dead, zeros, spread]: [f64; 3],
    lost: [f64; 2],
    cost: f64,
) -> Character {
    Character {
        name,
        plateau,
        pace,
        transmission,
        dead,
        zeros,
        spread,
        lost,
        cost,
    }
}

/// The first fifteen functions of the catalogue.
pub(crate) const CAST: [Character; 15] = [
    character("identity", [0.934, 0.9, 1.02], [0.0, 0.0, 1.2], [0.02, 0.0], 0.16),
    character("relu", [0.972, 1.6, 0.93], [0.06, 0.55, 1.1], [0.86, 0.31], 0.33),
    character("relu6", [0.971, 1.7, 0.92], [0.07, 0.55, 1.0], [0.84, 0.33], 0.34),
    character(
        "leaky_relu(slope=0.01)",
        [0.973, 1.6, 0.94],
        [0.0, 0.0, 1.1],
        [0.22, 0.12],
        0.35,
    ),
    character("elu", [0.9765, 1.2, 0.98], [0.0, 0.0, 1.0], [0.012, 0.02], 1.3),
    character("selu", [0.974, 1.1, 1.0], [0.0, 0.0, 1.0], [0.05, 0.01], 1.4),
    character("celu", [0.976, 1.2, 0.98], [0.0, 0.0, 1.0], [0.013, 0.02], 1.35),
    character("gelu", [0.9755, 1.5, 0.9], [0.0, 0.0, 1.1], [0.33, 0.25], 2.4),
    character(
        "gelu_tanh",
        [0.9752, 1.5, 0.9],
        [0.0, 0.0, 1.1],
        [0.31, 0.25],
        2.5,
    ),
    character("silu", [0.9748, 1.7, 0.85], [0.0, 0.0, 1.0], [0.28, 0.4], 2.0),
    character("mish", [0.975, 1.6, 0.88], [0.0, 0.0, 1.0], [0.24, 0.35], 2.6),
    character("softplus", [0.955, 3.5, 0.6], [0.0, 0.0, 1.3], [0.4, 0.84], 2.1),
    character("sigmoid", [0.11, 14.0, 0.06], [0.0, 0.0, 0.6], [0.01, 0.0], 1.8),
    character("tanh", [0.9735, 1.3, 0.95], [0.0, 0.0, 1.2], [0.35, 0.05], 1.7),
    character(
        "hard_silu",
        [0.9738, 1.9, 0.8],
        [0.01, 0.08, 1.2],
        [0.3, 0.5],
        0.6,
    ),
];

/// The shape of a study.
#[derive(Clone)]
pub(crate) struct Shape {
    pub(crate) activations: Vec<&'static Character>,
    pub(crate) seeds: u64,
    pub(crate) epochs: usize,
    pub(crate) layers: usize,
    pub(crate) stress: bool,
    pub(crate) metric: Metric,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            activations: CAST.iter().collect(),
            seeds: 10,
            epochs: 30,
            layers: 6,
            stress: true,
            metric: Metric::Accuracy,
        }
    }
}

/// Numbers that look random and never change (splitmix64).
struct Dice(u64);

impl Dice {
    fn new(parts: &[u64]) -> Self {
        Self(parts.iter().fold(0x9E37_79B9, |seed, part| {
            (seed ^ part).wrapping_mul(0xBF58_476D_1CE4_E5B9)
        }))
    }

    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.uniform()).ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

const TEST: u32 = 360;
const UNITS: usize = 64;
const SAMPLES: u64 = 1149;

/// A study of that shape: its `study.json` and all its trials.
pub(crate) fn study(shape: &Shape) -> (Study, Vec<Trial>) {
    let panels: &[Panel] = if shape.stress {
        &[Panel::Main, Panel::RaisedLearningRate, Panel::PoorInitialisation]
    } else {
        &[Panel::Main]
    };
    let mut trials = Vec::new();
    for panel in panels {
        let seeds = if *panel == Panel::Main {
            shape.seeds
        } else {
            shape.seeds.min(4)
        };
        for character in &shape.activations {
            trials.extend((0..seeds).map(|seed| trial(shape, character, *panel, seed)));
        }
    }
    for character in shape.activations.iter().filter(|_| shape.stress) {
        for (rate, factor) in [(0.03, 0.97), (0.1, 1.0), (0.3, 0.6)] {
            let mut tried = trial(shape, character, Panel::Search, 1000);
            tried.arm.chosen.insert("learning_rate".to_owned(), json!(rate));
            if let Some(outcome) = &mut tried.outcome {
                outcome.validation = outcome.validation.map(|v| v * factor);
            }
            tried.record = None;
            trials.push(tried);
        }
    }
    let cost = |c: &&Character| {
        (
            c.name.to_owned(),
            Timing {
                forward: 0.4 * c.cost,
                backward: 0.6 * c.cost,
            },
        )
    };
    let study = Study {
        schema: STUDY_SCHEMA.to_owned(),
        command: "relume study --max-seeds 10 --epochs 30".to_owned(),
        margin: 0.005,
        current: Some("relu".to_owned()),
        controls: Vec::new(),
        settings: settings(shape),
        costs: shape.activations.iter().map(cost).collect(),
        machine: "A synthetic processor, AVX2, 2 cores".to_owned(),
        phases: [
            ("learning-rate search", 11.2),
            ("main", 41.7),
            ("stress", 17.3),
            ("report", 0.2),
        ]
        .map(|(phase, seconds)| (phase.to_owned(), seconds))
        .to_vec(),
    };
    (study, trials)
}

fn settings(shape: &Shape) -> BTreeMap<String, serde_json::Value> {
    let settings = json!({
        "net": "mlp", "depth": shape.layers, "width": UNITS, "optimizer": "sgd", "batch": 32, "epochs": shape.epochs,
        "split": "64 % train, 16 % validation, 20 % test, stratified, redrawn with each seed",
    });
    settings
        .as_object()
        .expect("an object")
        .clone()
        .into_iter()
        .collect()
}

fn trial(shape: &Shape, character: &Character, panel: Panel, seed: u64) -> Trial {
    let name = character
        .name
        .bytes()
        .fold(7, |hash: u64, b| hash.wrapping_mul(31) + u64::from(b));
    let mut dice = Dice::new(&[name, seed, panel as u64]);
    let lost = match panel {
        Panel::RaisedLearningRate => character.lost[0],
        Panel::PoorInitialisation => character.lost[1],
        _ => 0.0,
    };
    let broken = lost > 0.8 && seed == 3;
    let seed_effect = 0.004 * Dice::new(&[seed]).normal();
    let plateau = (character.plateau - lost + seed_effect + 0.003 * dice.normal()).clamp(0.08, 0.999);
    let length = if broken { 2 } else { shape.epochs };
    let epochs: Vec<Epoch> = (1..=length)
        .map(|epoch| {
            let learned = 1.0 - (-(epoch as f64) / character.pace).exp();
            let validation = (0.1 + (plateau - 0.1) * learned + 0.002 * dice.normal()).clamp(0.0, 1.0);
            let loss = 2.3 * (1.0 - (validation - 0.1).max(0.0) / 0.9) + 0.01;
            let finite = !(broken && epoch == length);
            Epoch {
                epoch,
                train_loss: finite.then_some(0.98 * loss),
                validation_loss: finite.then_some(loss),
                validation: Some(validation),
            }
        })
        .collect();
    let record = record(shape, character, lost, &epochs, &mut dice);
    let findings = relume_doctor::diagnose(&record);
    Trial {
        schema: SCHEMA.to_owned(),
        written_by: "relume 0.1.0".to_owned(),
        panel,
        arm: Arm {
            chosen: BTreeMap::from([
                ("learning_rate".to_owned(), json!(0.1)),
                ("bias".to_owned(), json!(0.0)),
                (
                    "initialisation".to_owned(),
                    json!(if character.zeros > 0.0 { "he" } else { "glorot" }),
                ),
            ]),
            ..Arm::of(character.name)
        },
        seed,
        task: task(&shape.metric),
        settings: settings(shape),
        outcome: Some(outcome(plateau, &epochs, seed, &mut dice)),
        failure: broken.then(|| "the loss became NaN in epoch 2".to_owned()),
        epochs,
        record: Some(record),
        findings,
        seconds: 0.31,
        watching: None,
        samples_per_second: Some(184_000.0),
    }
}

fn task(metric: &Metric) -> Task {
    Task {
        name: "digits".to_owned(),
        description: "1,797 images of handwritten digits, 8 × 8 pixels in 16 greys, synthetic stand-in."
            .to_owned(),
        fingerprint: "fixture".to_owned(),
        metric: metric.clone(),
        samples: Some(SampleCounts {
            train: SAMPLES as usize,
            validation: 288,
            test: TEST as usize,
        }),
    }
}

/// Samples have a difficulty of their own, the same for all activations.
fn outcome(plateau: f64, epochs: &[Epoch], seed: u64, dice: &mut Dice) -> Outcome {
    let passes = Normal::standard().inverse_cdf(plateau);
    let values: Vec<f32> = (0..TEST)
        .map(|sample| {
            let hardness = Dice::new(&[11, seed, u64::from(sample)]).normal();
            if 0.8 * hardness + 0.6 * dice.normal() < passes {
                1.0
            } else {
                0.0
            }
        })
        .collect();
    let best = epochs.iter().filter_map(|e| e.validation).fold(0.0, f64::max);
    Outcome {
        epoch: Some(epochs.len()),
        train: Some((plateau + 0.5 * (1.0 - plateau)).min(1.0)),
        validation: Some(best),
        test: values.iter().map(|v| f64::from(*v)).sum::<f64>() / f64::from(TEST),
        validation_error: None,
        epochs_to_95: epochs_to_95(epochs),
        scores: Some(Scores {
            samples: (0..TEST).map(|k| (k * 5 + seed as u32) % 1797).collect(),
            values,
            predicted: None,
        }),
    }
}

fn record(shape: &Shape, character: &Character, lost: f64, epochs: &[Epoch], dice: &mut Dice) -> Record {
    let layers: Vec<LayerInfo> = (0..shape.layers)
        .map(|k| LayerInfo {
            name: format!("hidden{}", k + 1),
            activation: character.name.to_owned(),
            units: UNITS,
            fan_in: UNITS,
        })
        .collect();
    let dead = if character.zeros > 0.1 && lost > 0.5 {
        0.9
    } else {
        character.dead
    };
    let mut snapshots = Vec::new();
    for pass in 0..=epochs.len() {
        let loss = pass.checked_sub(1).map_or(Some(2.31), |k| epochs[k].train_loss);
        let seen = (0..shape.layers).map(|layer| {
            let depth = (shape.layers - 1 - layer) as i32;
            let size = 0.02
                * loss.unwrap_or(1.0)
                * character.transmission.powi(depth)
                * (0.15 * dice.normal()).exp();
            let grown =
                dead * (1.0 - (-(pass as f64) / 4.0).exp()) * (layer + 1) as f64 / shape.layers as f64;
            let dead_units = (grown * UNITS as f64 + 0.4 * dice.normal())
                .round()
                .clamp(0.0, UNITS as f64) as usize;
            let dead_units = if dead > 0.0 { dead_units } else { 0 };
            let zeros = if character.zeros > 0.0 {
                (character.zeros + 0.02 * layer as f64).min(1.0)
            } else {
                0.0
            };
            LayerSnapshot {
                zeros,
                silent: (dead_units + dead_units / 3).min(UNITS),
                dead: dead_units,
                revived: 0,
                saturated: if character.name == "sigmoid" { 4 } else { 0 },
                input_mean: Some(-0.1 * layer as f64),
                input_std: Some(character.spread),
                output_rms: Some(0.7),
                gradient_rms: loss.map(|_| if dead_units == UNITS { 0.0 } else { size }),
                gradient_norm: None,
                non_finite: u64::from(loss.is_none()),
            }
        });
        let layers: Vec<LayerSnapshot> = seen.collect();
        let parameters = if pass == 0 {
            Vec::new()
        } else {
            vec![update(loss); shape.layers]
        };
        snapshots.push(Snapshot {
            pass,
            steps: None,
            loss,
            samples: SAMPLES,
            layers,
            parameters,
        });
    }
    Record {
        parameters: (0..shape.layers)
            .map(|k| ParameterInfo {
                name: format!("hidden{}.weight", k + 1),
                elements: UNITS * UNITS,
            })
            .collect(),
        histograms: (0..shape.layers)
            .map(|k| histogram(-0.1 * k as f64, character.spread * (1.0 + 0.1 * k as f64)))
            .collect(),
        layers,
        snapshots,
        baseline_loss: Some(2.3),
        ..Record::default()
    }
}

fn update(loss: Option<f64>) -> ParameterSnapshot {
    ParameterSnapshot {
        gradient_rms: loss.map(|l| 0.01 * l),
        update_ratio: loss.map(|_| 2e-3),
        update_peak: loss.map(|_| 8e-3),
        non_finite: u64::from(loss.is_none()),
    }
}

/// A normal distribution, binned.
fn histogram(mean: f64, spread: f64) -> Histogram {
    const BINS: usize = 160;
    let width = 16.0 / BINS as f64;
    let count = |k: usize| {
        let x = -8.0 + (k as f64 + 0.5) * width;
        (50_000.0 * (-0.5 * ((x - mean) / spread).powi(2)).exp()) as u64
    };
    Histogram {
        low: -8.0,
        high: 8.0,
        counts: (0..BINS).map(count).collect(),
        below: 3,
        above: 5,
    }
}
