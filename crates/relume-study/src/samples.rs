//! What the samples are that networks were judged on, for the report.

use relume_data::{Dataset, Shape, Targets, resample, wav};
use relume_report::mistakes::{judged, most_mistaken};
use relume_report::samples::{
    Content, Judged, MOST_SHOWN, MOST_VALUES, Picture, Recording, Row, SAMPLES_SCHEMA, Samples, Series,
    Shown, Text, Value,
};
use relume_report::trial::Trial;
use std::collections::BTreeSet;
use std::path::Path;

/// Samples per second of a recording in the report, at most: what is in the bands below is what tells words apart.
const RATE: u32 = 8_000;

/// The samples of the main panel, and the content of those most often mistaken; with the recordings in the folder that the
/// data was read from, where they still are. `None` where a number is predicted.
pub(crate) fn of(data: &Dataset, folder: &Path, trials: &[Trial]) -> Option<Samples> {
    let Targets::Classes { labels, names } = &data.targets else {
        return None;
    };
    let numbers: BTreeSet<u32> = trials
        .iter()
        .filter_map(judged)
        .flat_map(|scores| scores.samples.iter().copied())
        .collect();
    let numbers: Vec<u32> = numbers.into_iter().collect();
    let steps = |&i: &u32| data.inputs.steps(i as usize) as u32;
    let contents = Contents::of(data);
    let origin = |sample: u32| data.origins.as_ref().map(|origins| &origins[sample as usize]);
    let shown = most_mistaken(trials, MOST_SHOWN)
        .into_iter()
        .map(|mistaken| Shown {
            sample: mistaken.sample,
            origin: origin(mistaken.sample).cloned(),
            content: contents.sample(mistaken.sample as usize),
            recording: origin(mistaken.sample).and_then(|origin| recording(&folder.join(origin))),
        });
    Some(Samples {
        schema: SAMPLES_SCHEMA.to_string(),
        fingerprint: data.fingerprint(),
        classes: names.clone(),
        judged: Judged {
            truth: numbers.iter().map(|&i| labels[i as usize]).collect(),
            steps: data
                .inputs
                .shape
                .step()
                .map(|_| numbers.iter().map(steps).collect()),
            samples: numbers,
        },
        shown: shown.collect(),
    })
}

/// What was recorded in a file; `None` if it is gone or no recording.
fn recording(file: &Path) -> Option<Recording> {
    let bytes = std::fs::read(file).ok()?;
    let recorded = wav::decode(&file.display().to_string(), &bytes).ok()?;
    let rate = recorded.rate.min(RATE);
    let recorded = resample::at_rate(recorded, rate);
    Some(Recording::of(&recorded.samples, recorded.rate))
}

/// What is the same for all samples that are shown.
struct Contents<'a> {
    data: &'a Dataset,
    /// The smallest and the largest of all values, so that a dark picture stays dark.
    range: (f32, f32),
    /// Of a table, mean and standard deviation of each column.
    columns: Vec<(f64, f64)>,
}

impl<'a> Contents<'a> {
    fn of(data: &'a Dataset) -> Self {
        let values = || data.inputs.values.iter().copied();
        let columns = match &data.inputs.shape {
            Shape::Features { names } => (0..names.len())
                .map(|column| moments(values().skip(column).step_by(names.len())))
                .collect(),
            _ => Vec::new(),
        };
        Self {
            data,
            range: (
                values().fold(f32::INFINITY, f32::min),
                values().fold(f32::NEG_INFINITY, f32::max),
            ),
            columns,
        }
    }

    fn sample(&self, sample: usize) -> Content {
        let values = self.data.inputs.sample(sample);
        match &self.data.inputs.shape {
            Shape::Features { names } => Content::Row(self.row(names, values)),
            &Shape::Image {
                channels,
                height,
                width,
            } => Content::Picture(Picture::of(values, [channels, height, width], self.range)),
            Shape::Sequence { channels, .. } => Content::Series(Series::of(values, *channels)),
            Shape::Text { tokens, .. } => Content::Text(Text::of(&text(values, tokens))),
        }
    }

    /// The values that are furthest from the mean.
    fn row(&self, names: &[String], values: &[f32]) -> Row {
        let unusual = |value: f32, (mean, deviation): (f64, f64)| (f64::from(value) - mean) / deviation;
        let mut all: Vec<Value> = names
            .iter()
            .zip(values)
            .zip(&self.columns)
            .map(|((name, &value), &moments)| Value {
                name: name.clone(),
                value: Some(value).filter(|value| value.is_finite()),
                // In a column without spread nothing is unusual.
                unusual: Some(unusual(value, moments) as f32).filter(|unusual| unusual.is_finite()),
            })
            .collect();
        all.sort_by(|a, b| {
            let [a, b] = [a, b].map(|value| value.unusual.map_or(0.0, f32::abs));
            b.total_cmp(&a)
        });
        all.truncate(MOST_VALUES);
        Row {
            values: all,
            columns: names.len(),
        }
    }
}

/// Mean and standard deviation of the values that are not missing.
fn moments(values: impl Iterator<Item = f32> + Clone) -> (f64, f64) {
    let values = || values.clone().filter(|value| value.is_finite()).map(f64::from);
    let n = values().count() as f64;
    let mean = values().sum::<f64>() / n;
    let squares: f64 = values().map(|value| (value - mean).powi(2)).sum();
    (mean, (squares / n).sqrt())
}

/// A text from its tokens. Words were taken out of their spaces, characters were not.
fn text(numbers: &[f32], tokens: &[String]) -> String {
    let between = match tokens.iter().all(|token| token.chars().nth(1).is_none()) {
        true => "",
        false => " ",
    };
    let words: Vec<&str> = numbers
        .iter()
        .filter_map(|&number| tokens.get(number as usize))
        .map(String::as_str)
        .collect();
    words.join(between)
}
