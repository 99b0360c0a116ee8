//! What a study tells of the samples that its networks were judged on.

use relume_data::{Dataset, Inputs, Options, Shape, Targets, open};
use relume_report::mistakes::most_mistaken;
use relume_report::samples::{Content, MOST_SHOWN, Samples};
use relume_report::store::Store;
use relume_report::trial::{Panel, Trial};
use relume_study::{NetworkKind, Session, Settings};
use std::fmt::Write;

/// A study of two activations with little training, so that there are mistakes.
fn study(kind: NetworkKind, data: &Dataset) -> (Vec<Trial>, Option<Samples>) {
    let mut settings = Settings::new(kind, "digits");
    settings.activations = vec!["relu".parse().unwrap(), "tanh".parse().unwrap()];
    settings.learning_rate = Some(0.01);
    settings.network.depth = 1;
    settings.network.width = 8;
    settings.max_seeds = 3;
    settings.epochs = 1;
    settings.stress = false;
    let folder = tempfile::tempdir().unwrap();
    let session = Session::open(&settings, data, folder.path(), false, "relume study").unwrap();
    let (_, trials) = session.run(&()).unwrap();
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.read_trials().unwrap().len(), trials.len());
    (trials, store.read_samples().unwrap())
}

fn labels(data: &Dataset) -> &[u32] {
    match &data.targets {
        Targets::Classes { labels, .. } => labels,
        Targets::Values(_) => panic!("no classes"),
    }
}

/// What holds of every classification.
fn checked(data: &Dataset, trials: &[Trial], samples: Option<Samples>) -> Samples {
    let samples = samples.expect("a classification has samples");
    let labels = labels(data);
    let judged = &samples.judged;
    for (&sample, &truth) in judged.samples.iter().zip(&judged.truth) {
        assert_eq!(truth, labels[sample as usize]);
    }
    let mut seen = vec![false; data.len()];
    for trial in trials.iter().filter(|trial| trial.panel == Panel::Main) {
        assert_eq!(samples.belong_to(trial), Ok(()));
        let scores = trial.outcome.as_ref().unwrap().scores.as_ref().unwrap();
        let predicted = scores.predicted.as_ref().expect("answers");
        assert_eq!(predicted.len(), scores.samples.len());
        for ((&sample, &score), &answer) in scores.samples.iter().zip(&scores.values).zip(predicted) {
            seen[sample as usize] = true;
            assert_eq!(score == 1.0, answer == Some(labels[sample as usize]));
        }
    }
    let seen: Vec<u32> = (0..)
        .zip(seen)
        .filter(|(_, seen)| *seen)
        .map(|(i, _)| i)
        .collect();
    assert_eq!(judged.samples, seen);
    let worst = most_mistaken(trials, MOST_SHOWN);
    let shown: Vec<u32> = samples.shown.iter().map(|shown| shown.sample).collect();
    assert_eq!(
        shown,
        worst.iter().map(|mistaken| mistaken.sample).collect::<Vec<_>>()
    );
    samples
}

#[test]
fn pictures_are_shown_as_they_are() {
    let data = relume_data::digits();
    let (trials, samples) = study(NetworkKind::Mlp, &data);
    let samples = checked(&data, &trials, samples);
    assert_eq!((samples.classes.len(), samples.shown.len()), (10, MOST_SHOWN));
    assert_eq!(samples.judged.steps, None);
    for shown in &samples.shown {
        let Content::Picture(picture) = &shown.content else {
            panic!("{:?}", shown.content)
        };
        assert_eq!((picture.width, picture.height, picture.channels), (8, 8, 1));
        // Digits have 16 greys above black.
        let values = data.inputs.sample(shown.sample as usize);
        let bytes: Vec<u8> = values
            .iter()
            .map(|value| (255.0 * value / 16.0).round() as u8)
            .collect();
        assert_eq!(picture.pixels.0, bytes);
    }
}

/// Texts of two classes that nothing tells apart, of 1 to 40 characters.
fn texts(words: bool) -> String {
    let mut csv = "text,label\n".to_owned();
    for i in 0..120 {
        let text = match words {
            true => (0..25 + i % 7)
                .map(|k| format!("word{}", (i * 7 + k) % 40))
                .collect::<Vec<_>>()
                .join(" "),
            false => (0..1 + i % 40)
                .map(|k| char::from(b'a' + ((i * 11 + k * k) % 26) as u8))
                .collect(),
        };
        writeln!(csv, "{text},{}", ["no", "yes"][i / 3 % 2]).unwrap();
    }
    csv
}

#[test]
fn texts_are_put_together_again() {
    for words in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("texts.csv");
        std::fs::write(&file, texts(words)).unwrap();
        let data = open(file.to_str().unwrap(), &Options::default()).unwrap();
        assert!(
            matches!(data.inputs.shape, Shape::Text { .. }),
            "{}",
            data.description
        );
        let (trials, samples) = study(NetworkKind::Cnn1d, &data);
        let samples = checked(&data, &trials, samples);
        let rows = texts(words);
        let originals: Vec<&str> = rows
            .lines()
            .skip(1)
            .map(|row| row.split(',').next().unwrap())
            .collect();
        for shown in &samples.shown {
            let Content::Text(text) = &shown.content else {
                panic!("{:?}", shown.content)
            };
            assert!(
                text.whole && originals.contains(&text.text.as_str()),
                "{}",
                text.text
            );
        }
        let steps = samples.judged.steps.expect("texts have steps");
        for (&sample, steps) in samples.judged.samples.iter().zip(steps) {
            assert_eq!(steps as usize, data.inputs.steps(sample as usize));
        }
    }
}

#[test]
fn a_row_tells_what_is_unusual_in_it() {
    let columns = ["plain", "wild", "constant"].map(str::to_owned).to_vec();
    let values: Vec<f32> = (0..90_u16)
        .flat_map(|i| {
            [
                f32::from(i % 9),
                if i % 10 == 0 {
                    f32::NAN
                } else {
                    f32::from(i * i % 31)
                },
                5.0,
            ]
        })
        .collect();
    let inputs = Inputs::new(values, Shape::Features { names: columns });
    let targets = Targets::Classes {
        labels: (0..90).map(|i| i * 7 % 11 % 3).collect(),
        names: ["a", "b", "c"].map(str::to_owned).to_vec(),
    };
    let data = Dataset::new("rows", "a test", inputs, targets, None, vec![]).unwrap();
    let (trials, samples) = study(NetworkKind::Mlp, &data);
    for shown in checked(&data, &trials, samples).shown {
        let Content::Row(row) = &shown.content else {
            panic!("{:?}", shown.content)
        };
        let sample = data.inputs.sample(shown.sample as usize);
        assert_eq!((row.columns, row.values.len()), (3, 3));
        for value in &row.values {
            let column = ["plain", "wild", "constant"]
                .iter()
                .position(|name| *name == value.name)
                .unwrap();
            assert_eq!(value.value, Some(sample[column]).filter(|v| !v.is_nan()));
            let all: Vec<f64> = (0..90)
                .map(|i| f64::from(data.inputs.sample(i)[column]))
                .filter(|v| !v.is_nan())
                .collect();
            let n = all.len() as f64;
            let mean = all.iter().sum::<f64>() / n;
            let deviation = (all.iter().map(|v| v * v).sum::<f64>() / n - mean * mean).sqrt();
            match value.unusual {
                None => assert!(column == 2 || value.value.is_none()),
                Some(unusual) => {
                    let expected = (f64::from(sample[column]) - mean) / deviation;
                    assert!(
                        (f64::from(unusual) - expected).abs() < 1e-4,
                        "{unusual} {expected}"
                    );
                }
            }
        }
        let sizes: Vec<f32> = row
            .values
            .iter()
            .map(|v| v.unusual.map_or(0.0, f32::abs))
            .collect();
        assert!(sizes.is_sorted_by(|a, b| a >= b), "{sizes:?}");
    }
}

#[test]
fn of_predicted_numbers_nothing_is_told() {
    let values = (0..60_u8)
        .flat_map(|i| [f32::from(i % 7), f32::from(i % 5)])
        .collect();
    let inputs = Inputs::new(
        values,
        Shape::Features {
            names: vec!["a".into(), "b".into()],
        },
    );
    let targets = Targets::Values((0..60_u8).map(|i| f32::from(i % 7 + i % 5)).collect());
    let data = Dataset::new("numbers", "a test", inputs, targets, None, vec![]).unwrap();
    let (trials, samples) = study(NetworkKind::Mlp, &data);
    assert_eq!(samples, None);
    let scores = trials[0].outcome.as_ref().unwrap().scores.as_ref().unwrap();
    assert_eq!(scores.predicted, None);
}
