//! A folder of recordings: from WAV files to sequences of log-mel bands. [`sound_files`] says what it may look like.
//!
//! A file that cannot be read as what it claims to be is an error, as an image is. One that can, but in which there is
//! nothing to be learnt from, or too much, is left out with a note.

use crate::dataset::{MAX_STEPS, MAX_VALUES};
use crate::mel::{LogMel, Settings};
use crate::sound_files::{self, Found, Sound, left_out};
use crate::wav::Wav;
use crate::words::{counted, grouped};
use crate::{Dataset, Error, Groups, Inputs, Options, Targets, resample, split};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The most recordings of one folder. Speech Commands has 105,829.
const MAX_FILES: usize = 250_000;

/// The highest common rate: what lies above 8 kHz tells little of what is said.
const MAX_RATE: u32 = 16_000;

/// How much of a file is read to know its rate. The format stands before the samples, usually in the first 44 bytes; a
/// file in which it stands further behind has no say in the common rate.
const HEAD: u64 = 1 << 14;

/// The most bytes of one file: a hundred seconds at the highest rate, of four channels of 32 bits.
const MAX_BYTES: u64 = 400 << 20;

/// How many files are decoded before it is asked whether there is room for more.
const CHUNK: usize = 512;

/// Reads a folder of recordings.
pub(crate) fn read(folder: &Path, name: &str, options: &Options) -> Result<Dataset, Error> {
    let mut found = sound_files::find(folder)?;
    let classes = found.classes();
    draw(&mut found, &classes, options.limit);
    let shown = folder.display().to_string();
    check_count(&shown, found.sounds.len())?;
    let mel = LogMel::new(common_rate(folder, &found.sounds), Settings::default());
    let heard = hear(folder, &shown, found.sounds, &mel)?;
    heard.check(&shown)?;
    let mut notes = found.notes;
    notes.extend(heard.notes(&mel));
    dataset(name, classes, heard, notes)
}

fn check_count(shown: &str, n: usize) -> Result<(), Error> {
    if n <= MAX_FILES {
        return Ok(());
    }
    Err(Error::unfit(
        shown,
        format!("{} recordings are too many", grouped(n)),
        format!("at most {} are read: ask for a limit", grouped(MAX_FILES)),
    ))
}

/// Keeps `limit` recordings, of each class and part in proportion.
fn draw(found: &mut Found, classes: &[String], limit: Option<usize>) {
    let n = found.sounds.len();
    let Some(limit) = limit.filter(|limit| *limit < n) else {
        return;
    };
    let targets = Targets::Classes {
        labels: labels(&found.sounds, classes),
        names: classes.to_vec(),
    };
    let kept = split::draw(&targets, test_from(&found.sounds), limit);
    found.notes.push(split::limit_note(kept.len(), n));
    found.sounds = kept.iter().map(|&i| found.sounds[i].clone()).collect();
}

fn labels(sounds: &[Sound], classes: &[String]) -> Vec<u32> {
    let label = |sound: &Sound| classes.partition_point(|class| *class < sound.class) as u32;
    sounds.iter().map(label).collect()
}

fn test_from(sounds: &[Sound]) -> Option<usize> {
    let first = sounds.partition_point(|sound| !sound.test);
    (first < sounds.len()).then_some(first)
}

/// The most frequent rate of the recordings (the lowest of several), and at most [`MAX_RATE`].
fn common_rate(folder: &Path, sounds: &[Sound]) -> u32 {
    let rate = |sound: &Sound| {
        let mut head = vec![];
        let file = std::fs::File::open(folder.join(&sound.path)).ok()?;
        file.take(HEAD).read_to_end(&mut head).ok()?;
        Wav::rate_of(&head)
    };
    // What cannot be read is reported when all are decoded, in their order.
    let rates: Vec<u32> = sounds.par_iter().filter_map(rate).collect();
    let mut counts = BTreeMap::new();
    rates
        .into_iter()
        .for_each(|rate| *counts.entry(rate).or_insert(0) += 1);
    let most = counts.values().copied().max().unwrap_or(0);
    let rate = counts.into_iter().find(|(_, count)| *count == most);
    rate.map_or(MAX_RATE, |(rate, _)| rate.min(MAX_RATE))
}

/// Why a recording that can be read is left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unusable {
    Silent,
    Short,
    Long,
}

/// One recording as a network hears it.
struct Features {
    bands: Vec<f32>,
    mixed: bool,
    resampled: bool,
}

/// What became of a folder.
#[derive(Default)]
struct Heard {
    sounds: Vec<Sound>,
    values: Vec<f32>,
    steps: Vec<usize>,
    mixed: Vec<String>,
    resampled: Vec<String>,
    unusable: Vec<(Unusable, Sound)>,
}

fn hear(folder: &Path, shown: &str, sounds: Vec<Sound>, mel: &LogMel) -> Result<Heard, Error> {
    let bands = Settings::default().bands;
    let mut heard = Heard::default();
    for chunk in sounds.chunks(CHUNK) {
        let features: Vec<Result<Result<Features, Unusable>, Error>> = chunk
            .par_iter()
            .map(|sound| features(&folder.join(&sound.path), mel))
            .collect();
        for (sound, features) in chunk.iter().zip(features) {
            let path = || sound.path.clone();
            match features? {
                Err(why) => heard.unusable.push((why, sound.clone())),
                Ok(features) => {
                    heard.mixed.extend(features.mixed.then(path));
                    heard.resampled.extend(features.resampled.then(path));
                    heard.steps.push(features.bands.len() / bands);
                    heard.values.extend(features.bands);
                    heard.sounds.push(sound.clone());
                }
            }
        }
        if heard.values.len() > MAX_VALUES {
            let steps = grouped(MAX_VALUES / bands);
            return Err(Error::unfit(
                shown,
                format!("the recordings have more than {steps} frames"),
                "ask for a limit",
            ));
        }
    }
    Ok(heard)
}

/// The bands of one file.
fn features(file: &Path, mel: &LogMel) -> Result<Result<Features, Unusable>, Error> {
    let shown = file.display().to_string();
    let unreadable = |error| Error::Unreadable {
        file: shown.clone(),
        error,
    };
    if std::fs::metadata(file).map_err(unreadable)?.len() > MAX_BYTES {
        return Ok(Err(Unusable::Long));
    }
    let bytes = std::fs::read(file).map_err(unreadable)?;
    let wav = Wav::open(&shown, &bytes)?;
    match mel.frames(resample::length(wav.len(), wav.rate(), mel.rate())) {
        0 => return Ok(Err(Unusable::Short)),
        frames if frames > MAX_STEPS => return Ok(Err(Unusable::Long)),
        _ => {}
    }
    let (mixed, other_rate) = (wav.channels() > 1, wav.rate() != mel.rate());
    let recording = wav.recording()?;
    if recording.samples.windows(2).all(|pair| pair[0] == pair[1]) {
        return Ok(Err(Unusable::Silent));
    }
    Ok(Ok(Features {
        bands: mel.of(&resample::at_rate(recording, mel.rate())),
        mixed,
        resampled: other_rate,
    }))
}

impl Heard {
    /// What was done to the recordings.
    fn notes(&self, mel: &LogMel) -> Vec<String> {
        let Settings {
            frame, step, bands, ..
        } = Settings::default();
        let mut notes = vec![format!(
            "{bands} log-mel bands of {} ms, every {} ms, at {} Hz",
            1000.0 * frame,
            1000.0 * step,
            grouped(mel.rate() as usize)
        )];
        let mut some = |what: &str, files: &[String]| {
            if let Some(first) = files.first() {
                let all = counted(files.len(), "recording");
                notes.push(format!("{all} {what}, first {first}"));
            }
        };
        some("brought to that rate", &self.resampled);
        some("mixed down from several channels", &self.mixed);
        notes.extend(self.unusable(|_| true));
        notes
    }

    /// What is left out of these recordings, and why.
    fn unusable(&self, of: impl Fn(&Sound) -> bool) -> Vec<String> {
        let Settings { frame, step, .. } = Settings::default();
        let reasons = [
            (Unusable::Silent, "silent".to_owned()),
            (Unusable::Short, format!("shorter than {} ms", 1000.0 * frame)),
            (
                Unusable::Long,
                format!(
                    "longer than {} s or {} MiB",
                    MAX_STEPS as f64 * step,
                    MAX_BYTES >> 20
                ),
            ),
        ];
        let note = |(why, words): (Unusable, String)| {
            let files = self
                .unusable
                .iter()
                .filter(|(reason, sound)| *reason == why && of(sound));
            let files: Vec<String> = files.map(|(_, sound)| sound.path.clone()).collect();
            left_out(&words, &files)
        };
        reasons.into_iter().filter_map(note).collect()
    }

    /// That each class which had a recording still has one.
    fn check(&self, shown: &str) -> Result<(), Error> {
        let lost = |(_, sound): &&(Unusable, Sound)| self.sounds.iter().all(|kept| kept.class != sound.class);
        let Some((_, Sound { class, .. })) = self.unusable.iter().find(lost) else {
            return Ok(());
        };
        let why = self.unusable(|sound| sound.class == *class).join("; ");
        Err(Error::unfit(
            shown,
            format!("no recording of the class `{class}` can be used ({why})"),
            "add others, or remove the class",
        ))
    }
}

fn dataset(name: &str, classes: Vec<String>, heard: Heard, notes: Vec<String>) -> Result<Dataset, Error> {
    let sounds = heard.sounds;
    let inputs = Inputs::sequences(heard.values, Settings::default().bands, &heard.steps);
    let targets = Targets::Classes {
        labels: labels(&sounds, &classes),
        names: classes,
    };
    let origin = format!("the recordings in {name}");
    let mut data = Dataset::new(name, &origin, inputs, targets, test_from(&sounds), notes)?;
    data.origins = Some(sounds.iter().map(|sound| sound.path.clone()).collect());
    match speakers(&sounds) {
        Ok(groups) if groups.names.len() > 1 => data.with_groups(groups),
        Ok(groups) => {
            let only = groups.names.first().map_or("one speaker", |name| name);
            data.notes.push(format!(
                "all recordings are of {only}: the split is drawn at random"
            ));
            Ok(data)
        }
        Err(path) => {
            data.notes.push(format!(
                "the split is drawn at random, and may test on the voices that were trained on: {path} does not tell who \
                 speaks"
            ));
            Ok(data)
        }
    }
}

/// Who speaks, or a recording that does not tell.
fn speakers(sounds: &[Sound]) -> Result<Groups, String> {
    let mut numbers = BTreeMap::new();
    for sound in sounds {
        let speaker = sound.speaker.clone().ok_or_else(|| sound.path.clone())?;
        numbers.insert(speaker, 0);
    }
    numbers.values_mut().zip(0..).for_each(|(number, i)| *number = i);
    let speaker = |sound: &Sound| sound.speaker.as_ref().map_or(0, |speaker| numbers[speaker]);
    Ok(Groups {
        kind: "speaker",
        of: sounds.iter().map(speaker).collect(),
        names: numbers.into_keys().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_and_no_more() {
        assert!(check_count("calls", MAX_FILES).is_ok());
        assert_eq!(
            check_count("calls", MAX_FILES + 1).unwrap_err().to_string(),
            "calls: 250,001 recordings are too many; at most 250,000 are read: ask for a limit"
        );
    }
}
