//! Synthetic samples of every kind, and answers of networks to them.

use crate::fixture::{CAST, Shape, study};
use relume_report::mistakes::{judged, most_mistaken};
use relume_report::samples::{
    Bytes, Content, Judged, MOST_SHOWN, Picture, Recording, Row, SAMPLES_SCHEMA, Samples, Series, Shown,
    Text, Value,
};
use relume_report::study::Study;
use relume_report::trial::Trial;
use std::collections::BTreeSet;
use std::f32::consts::TAU;

/// What the samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Grey,
    Colour,
    Line,
    Sound,
    Text,
    Row,
}

pub(crate) const KINDS: [Kind; 6] = [
    Kind::Grey,
    Kind::Colour,
    Kind::Line,
    Kind::Sound,
    Kind::Text,
    Kind::Row,
];

/// Who competes: the last is far behind.
pub(crate) const ARMS: [&str; 4] = ["relu", "tanh", "elu", "softplus"];

/// The class of a sample.
pub(crate) fn truth(sample: u32, classes: u32) -> u32 {
    sample.wrapping_mul(2_654_435_761) % classes
}

/// A study of few activations whose networks say what they take each sample for, and what is known of the samples.
pub(crate) fn told(kind: Kind, classes: u32, seeds: u64) -> (Study, Vec<Trial>, Samples) {
    let (study, mut trials) = study(&Shape {
        activations: CAST.iter().filter(|c| ARMS.contains(&c.name)).collect(),
        seeds,
        stress: false,
        ..Shape::default()
    });
    for (k, trial) in trials.iter_mut().enumerate() {
        answer(trial, classes, k as u32);
    }
    let samples = samples(kind, classes, &trials);
    (study, trials, samples)
}

/// Makes up the answers that the scores come from.
fn answer(trial: &mut Trial, classes: u32, salt: u32) {
    let Some(scores) = trial.outcome.as_mut().and_then(|o| o.scores.as_mut()) else {
        return;
    };
    let answer = |(&sample, &score): (&u32, &f32)| {
        let class = truth(sample, classes);
        let other = (sample / 3 + salt) % 5;
        match (score, other) {
            (1.0.., _) => Some(class),
            (_, 0) => None,
            (_, other) => Some((class + 1 + (other - 1) % (classes - 1)) % classes),
        }
    };
    scores.predicted = Some(scores.samples.iter().zip(&scores.values).map(answer).collect());
}

/// What is known of the samples of these trials.
pub(crate) fn samples(kind: Kind, classes: u32, trials: &[Trial]) -> Samples {
    let numbers: BTreeSet<u32> = trials
        .iter()
        .filter_map(judged)
        .flat_map(|scores| scores.samples.iter().copied())
        .collect();
    let numbers: Vec<u32> = numbers.into_iter().collect();
    let shown = most_mistaken(trials, MOST_SHOWN)
        .into_iter()
        .map(|mistaken| Shown {
            sample: mistaken.sample,
            origin: (kind == Kind::Sound).then(|| format!("yes/{:08x}_nohash_0.wav", mistaken.sample)),
            content: content(kind, mistaken.sample),
            recording: (kind == Kind::Sound).then(|| chirp(mistaken.sample)),
        });
    Samples {
        schema: SAMPLES_SCHEMA.to_owned(),
        fingerprint: trials[0].task.fingerprint.clone(),
        classes: (0..classes).map(|class| format!("class {class}")).collect(),
        judged: Judged {
            truth: numbers.iter().map(|sample| truth(*sample, classes)).collect(),
            steps: matches!(kind, Kind::Line | Kind::Sound | Kind::Text)
                .then(|| numbers.iter().map(|sample| 3 + sample.pow(2) % 701).collect()),
            samples: numbers,
        },
        shown: shown.collect(),
    }
}

fn content(kind: Kind, sample: u32) -> Content {
    let s = sample as f32;
    let ring = |x: usize, y: usize, side: usize| {
        let [x, y] = [x, y].map(|v| v as f32 / side as f32 - 0.5);
        (1.0 - (12.0 * ((x * x + y * y).sqrt() - 0.15 - s % 7.0 / 40.0)).abs()).max(0.0)
    };
    match kind {
        Kind::Grey => {
            let values: Vec<f32> = (0..64).map(|i| ring(i % 8, i / 8, 8)).collect();
            Content::Picture(Picture::of(&values, [1, 8, 8], (0.0, 1.0)))
        }
        Kind::Colour => {
            let channel = |c: usize| (0..48 * 64).map(move |i| ring(i % 64 + 4 * c, i / 64, 56));
            let values: Vec<f32> = (0..3).flat_map(channel).collect();
            Content::Picture(Picture::of(&values, [3, 48, 64], (0.0, 1.0)))
        }
        Kind::Line => {
            let value = |i: usize| (TAU * i as f32 / (5.0 + s % 23.0)).sin() * (-(i as f32) / 50.0).exp();
            Content::Series(Series::of(&(0..120).map(value).collect::<Vec<_>>(), 1))
        }
        Kind::Sound => {
            let band = |step: usize, band: usize| {
                let centre = 8.0 + 20.0 * (step as f32 / 98.0) + s % 9.0;
                -(band as f32 - centre).powi(2) / 20.0
            };
            let values: Vec<f32> = (0..98).flat_map(|t| (0..40).map(move |b| band(t, b))).collect();
            Content::Series(Series::of(&values, 40))
        }
        Kind::Text => Content::Text(Text::of(match sample % 4 {
            0 => "An ordinary film, made by people who seem to like each other and hardly anything else.",
            1 => "فيلم جميل جدا، لكنه أطول مما ينبغي. <script>alert(1)</script>",
            2 => {
                "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorstandssitzungsprotokollführer"
            }
            _ => {
                "It begins well enough.\n\nThen it goes on, and on, and on: nothing happens that had not happened before, and what happens is told by somebody who was not there. The music is good. The dog is very good. I have seen worse, on a ship, in a storm, without glasses, and there at least one could go on deck. Whoever wants to know how it ends may ask anybody in the queue for the tickets, for they all have seen it already, and all of them have come back for the dog, who has, so far as I know, no contract for another one. Such is the state of things, and one had better read a book."
            }
        })),
        Kind::Row => {
            let value = |k: usize| Value {
                name: ["alcohol", "malic acid", "ash", "colour intensity", "proline"][k].to_owned(),
                value: (k != 2).then_some(s / (1.0 + k as f32)),
                unusual: (k != 2).then_some([2.9, -2.2, 0.0, 1.4, -0.3][k]),
            };
            let values = (0..5).map(value).collect();
            Content::Row(Row { values, columns: 13 })
        }
    }
}

fn chirp(sample: u32) -> Recording {
    let value = |i: usize| {
        let t = i as f32 / 8000.0;
        0.7 * (TAU * (200.0 + (sample % 400) as f32 + 600.0 * t) * t).sin()
            * (-4.0 * (t - 0.4).powi(2) / 0.05).exp()
    };
    Recording::of(&(0..6400).map(value).collect::<Vec<_>>(), 8000)
}

/// Bytes that cannot be compressed.
pub(crate) fn noise(length: usize, salt: u64) -> Bytes {
    let mut state = salt.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    Bytes((0..length).map(|_| next()).collect())
}
