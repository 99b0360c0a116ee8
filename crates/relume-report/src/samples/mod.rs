//! The file next to the trials that says what the samples are which networks were judged on: `samples.json`.

mod bytes;
mod content;

pub use bytes::Bytes;
pub(crate) use bytes::base64;
pub use content::{
    Content, LONGEST_SIDE, MOST_CHANNELS, MOST_CHARACTERS, MOST_PCM, MOST_STEPS, MOST_VALUES, Picture,
    Recording, Row, Series, Text, Value,
};

use crate::trial::{Mismatch, Trial};
use serde::{Deserialize, Serialize};

/// The version of `samples.json` that this program reads and writes.
pub const SAMPLES_SCHEMA: &str = "relume-samples/1";

/// The most samples whose content is told.
pub const MOST_SHOWN: usize = 24;

/// What is known of the samples of a classification that networks were judged on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// Always [`SAMPLES_SCHEMA`].
    pub schema: String,
    /// The fingerprint of the data.
    pub fingerprint: String,
    /// The name of each class.
    pub classes: Vec<String>,
    /// All samples that a network of the main panel was judged on.
    pub judged: Judged,
    /// Some of them with their content, at most [`MOST_SHOWN`].
    pub shown: Vec<Shown>,
}

/// Samples, one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The number of each in the whole data set, ascending.
    pub samples: Vec<u32>,
    /// Its class.
    pub truth: Vec<u32>,
    /// How many steps it has; `None` of what has no steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Vec<u32>>,
}

/// A sample that can be shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Its number in the whole data set.
    pub sample: u32,
    /// Where it comes from, such as the name of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What it is.
    pub content: Content,
    /// What it sounds like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
}

/// What does not fit in what is said of samples.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: expected {expected}, found {found}")]
pub struct Misfit {
    /// Where, such as `judged.truth`.
    pub place: String,
    /// What would be right.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Samples {
    /// Whether its parts fit together and none is larger than it may be.
    pub fn check(&self) -> Result<(), Misfit> {
        let Judged {
            samples,
            truth,
            steps,
        } = &self.judged;
        if let Some(pair) = samples.windows(2).find(|pair| pair[0] >= pair[1]) {
            let found = format!("{} before {}", pair[0], pair[1]);
            return Err(misfit("judged.samples", "ascending numbers", found));
        }
        let per_sample = format!("{}, one for each sample", samples.len());
        exactly("judged.truth", truth.len(), samples.len(), &per_sample)?;
        if let Some(steps) = steps {
            exactly("judged.steps", steps.len(), samples.len(), &per_sample)?;
        }
        if let Some(class) = truth.iter().find(|class| **class as usize >= self.classes.len()) {
            let expected = format!("numbers below {}, that of the classes", self.classes.len());
            return Err(misfit("judged.truth", &expected, class.to_string()));
        }
        at_most("shown", self.shown.len(), MOST_SHOWN)?;
        for (i, shown) in self.shown.iter().enumerate() {
            let place = format!("shown[{i}]");
            if samples.binary_search(&shown.sample).is_err() {
                let expected = "a sample that is judged";
                return Err(misfit(
                    &format!("{place}.sample"),
                    expected,
                    shown.sample.to_string(),
                ));
            }
            shown.content.check(&format!("{place}.content"))?;
            if let Some(recording) = &shown.recording {
                recording.check(&format!("{place}.recording"))?;
            }
        }
        Ok(())
    }

    /// Whether they are of the data of a trial.
    pub fn belong_to(&self, trial: &Trial) -> Result<(), Mismatch> {
        if self.fingerprint == trial.task.fingerprint {
            return Ok(());
        }
        Err(Mismatch {
            what: "the data's fingerprint".to_owned(),
            expected: self.fingerprint.clone(),
            expected_in: "samples.json".to_owned(),
            found: trial.task.fingerprint.clone(),
            found_in: trial.name(),
        })
    }
}

impl Content {
    fn check(&self, place: &str) -> Result<(), Misfit> {
        let field = |name: &str| format!("{place}.{name}");
        match self {
            Content::Text(text) => at_most(&field("text"), text.text.chars().count(), MOST_CHARACTERS),
            Content::Picture(picture) => {
                let &Picture {
                    width,
                    height,
                    channels,
                    ..
                } = picture;
                within(&field("width"), width, LONGEST_SIDE)?;
                within(&field("height"), height, LONGEST_SIDE)?;
                if channels != 1 && channels != 3 {
                    return Err(misfit(&field("channels"), "1 or 3", channels.to_string()));
                }
                let expected = format!("{width} × {height} × {channels} bytes");
                exactly(
                    &field("pixels"),
                    picture.pixels.0.len(),
                    width * height * channels,
                    &expected,
                )
            }
            Content::Series(series) => {
                let &Series {
                    channels,
                    steps,
                    low,
                    high,
                    ..
                } = series;
                within(&field("channels"), channels, MOST_CHANNELS)?;
                at_most(&field("steps"), steps, MOST_STEPS)?;
                let expected = format!("{steps} × {channels} bytes");
                exactly(
                    &field("values"),
                    series.values.0.len(),
                    steps * channels,
                    &expected,
                )?;
                if low <= high {
                    return Ok(());
                }
                Err(misfit(
                    &field("low"),
                    &format!("at most {high}, which is `high`"),
                    low.to_string(),
                ))
            }
            Content::Row(row) => at_most(&field("values"), row.values.len(), MOST_VALUES),
        }
    }
}

impl Recording {
    fn check(&self, place: &str) -> Result<(), Misfit> {
        // What browsers play.
        if !(3_000..=192_000).contains(&self.rate) {
            let expected = "3,000 to 192,000 samples per second";
            return Err(misfit(&format!("{place}.rate"), expected, self.rate.to_string()));
        }
        let (pcm, place) = (self.pcm.0.len(), format!("{place}.pcm"));
        if !pcm.is_multiple_of(2) {
            return Err(misfit(&place, "two bytes per sample", pcm.to_string()));
        }
        at_most(&place, pcm, MOST_PCM)
    }
}

fn misfit(place: &str, expected: &str, found: String) -> Misfit {
    Misfit {
        place: place.to_owned(),
        expected: expected.to_owned(),
        found,
    }
}

fn at_most(place: &str, found: usize, most: usize) -> Result<(), Misfit> {
    match found <= most {
        true => Ok(()),
        false => Err(misfit(place, &format!("at most {most}"), found.to_string())),
    }
}

fn within(place: &str, found: usize, most: usize) -> Result<(), Misfit> {
    match (1..=most).contains(&found) {
        true => Ok(()),
        false => Err(misfit(place, &format!("1 to {most}"), found.to_string())),
    }
}

fn exactly(place: &str, found: usize, count: usize, expected: &str) -> Result<(), Misfit> {
    match found == count {
        true => Ok(()),
        false => Err(misfit(place, expected, found.to_string())),
    }
}
