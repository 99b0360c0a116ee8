//! Makes `data/spoken.gz`, the spoken digits that are embedded: espeak-ng says each digit several times in each of many
//! voices, at speeds, pitches, loudnesses and in noise that a seed draws. `data/README.md` describes the file.
//!
//! `data/make_spoken` runs this and checks the result.

use flate2::{Compression, GzBuilder};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use relume_data::mel::{LogMel, Settings};
use relume_data::resample::at_rate;
use relume_data::wav::{self, Recording};
use std::error::Error;
use std::f64::consts::TAU;
use std::io::Write;
use std::ops::RangeInclusive;
use std::process::Command;

const DIGITS: [&str; 10] = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];

/// Variants of espeak-ng 1.51, one of each family: of Gene and Gene2 the first.
const VOICES: &str = "adam Alex Alicia Andrea Andy anika Annie antonio aunty belinda benjamin boris caleb croak david \
                      Denis Diogo ed edward f1 f2 f3 f4 f5 Gene grandma grandpa gustave Henrique Hugo iven Jacky john \
                      klatt Lee linda m1 m2 m3 m4 m5 m6 m7 m8 marcelo Marco Mario max michael miguel Mike norbert \
                      pablo paul pedro quincy rob robert shelby steph Storm travis victor zac";

/// Kinds of English; each voice has one.
const ACCENTS: [&str; 6] = [
    "en-us",
    "en-gb",
    "en-gb-scotland",
    "en-gb-x-rp",
    "en-gb-x-gbclan",
    "en-029",
];

/// How often each voice says each digit.
const TAKES: u64 = 4;
const RATE: u32 = 16_000;
/// Every other frame of what recordings in folders have: half the file, and half the steps.
const STEP: f64 = 0.020;
/// Words per minute; espeak-ng's own is 175.
const SPEEDS: RangeInclusive<f64> = 120.0..=300.0;
/// Of espeak-ng's pitches from 0 to 99.
const PITCHES: RangeInclusive<f64> = 10.0..=90.0;
/// Decibels below full scale.
const LOUDNESSES: RangeInclusive<f64> = -26.0..=-6.0;
/// Decibels of the word above the noise, in the mean of their powers.
const SIGNAL_TO_NOISE: RangeInclusive<f64> = 0.0..=20.0;
/// How much a sample of the noise has of the one before: 0 is white.
const COLOURS: RangeInclusive<f64> = 0.0..=0.9;
/// Seconds of noise before and after the word.
const PAUSES: RangeInclusive<f64> = 0.0..=0.25;
/// What byte 0 stands for (the natural logarithm of a power), and one more.
const LOWEST: f32 = -30.0;
const PER_BYTE: f32 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("the file to be written?")?;
    let voices: Vec<&str> = VOICES.split_whitespace().collect();
    let settings = Settings {
        step: STEP,
        ..Settings::default()
    };
    let mel = LogMel::new(RATE, settings);
    let samples: Vec<(usize, usize, u64)> = (0..voices.len())
        .flat_map(|voice| {
            (0..DIGITS.len()).flat_map(move |digit| (0..TAKES).map(move |take| (voice, digit, take)))
        })
        .collect();
    let said = samples
        .par_iter()
        .map(|&(voice, digit, take)| {
            let mut random = Random::new(voice as u64, digit as u64, take);
            let accent = ACCENTS[voice % ACCENTS.len()];
            let word = say(&format!("{accent}+{}", voices[voice]), DIGITS[digit], &mut random)?;
            let bands = mel.of(&in_noise(word, &mut random));
            let bytes: Vec<u8> = bands.iter().copied().map(quantised).collect();
            let off = bands
                .iter()
                .zip(&bytes)
                .map(|(band, byte)| (band - value(*byte)).abs());
            Ok((
                packed(voice, digit, &bytes, settings.bands),
                off.fold(0.0, f32::max),
            ))
        })
        .collect::<Result<Vec<(Vec<u8>, f32)>, String>>()?;
    // Without a time and a name, so that the same samples make the same file.
    let mut gz = GzBuilder::new().write(vec![], Compression::best());
    writeln!(gz, "{LOWEST} {PER_BYTE} {}", settings.bands)?;
    writeln!(gz, "{}", voices.join(" "))?;
    said.iter().try_for_each(|(sample, _)| gz.write_all(sample))?;
    let bytes = gz.finish()?;
    let off = said.iter().map(|(_, off)| *off).fold(0.0, f32::max);
    println!(
        "{} recordings of {} voices in {} bytes; no band is off by more than {off:.3}, that is {:.2} dB",
        said.len(),
        voices.len(),
        bytes.len(),
        10.0 * off / 10f32.ln()
    );
    std::fs::write(file, bytes)?;
    Ok(())
}

/// A word without the silence around it.
fn say(voice: &str, word: &str, random: &mut Random) -> Result<Recording, String> {
    let [speed, pitch] = [SPEEDS, PITCHES].map(|range| (random.within(range).round() as u32).to_string());
    let output = Command::new("espeak-ng")
        .args(["--stdout", "-v", voice, "-s", &speed, "-p", &pitch, word])
        .output()
        .map_err(|error| format!("espeak-ng: {error}"))?;
    let mut recording = wav::decode(word, &output.stdout).map_err(|error| format!("{voice}: {error}"))?;
    let loudest = recording
        .samples
        .iter()
        .fold(0f32, |most, sample| most.max(sample.abs()));
    let is_heard = |sample: &f32| sample.abs() > 0.01 * loudest;
    let (first, last) = (
        recording.samples.iter().position(is_heard),
        recording.samples.iter().rposition(is_heard),
    );
    let (Some(first), Some(last)) = (first, last) else {
        return Err(format!("{voice} says nothing"));
    };
    recording.samples = recording.samples[first..=last].to_vec();
    Ok(at_rate(recording, RATE))
}

/// The word at some loudness, with noise around and beneath it.
fn in_noise(word: Recording, random: &mut Random) -> Recording {
    let power =
        |samples: &[f32]| samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64;
    let [before, after] = [(); 2].map(|()| (random.within(PAUSES) * f64::from(RATE)) as usize);
    let colour = random.within(COLOURS);
    let mut last = 0.0;
    let mut noise: Vec<f32> = (0..before + word.samples.len() + after)
        .map(|_| {
            last = colour * last + random.normal();
            last as f32
        })
        .collect();
    let ratio = 10f64.powf(random.within(SIGNAL_TO_NOISE) / 10.0);
    let quieter = (power(&word.samples) / power(&noise) / ratio).sqrt() as f32;
    noise.iter_mut().for_each(|sample| *sample *= quieter);
    for (sample, word) in noise[before..].iter_mut().zip(&word.samples) {
        *sample += word;
    }
    let loudest = noise.iter().fold(0f32, |most, sample| most.max(sample.abs()));
    let gain = 10f64.powf(random.within(LOUDNESSES) / 20.0) as f32 / loudest;
    // As a microphone does, to 16 bits.
    let rounded = |sample: f32| (sample * gain * 32_767.0).round() / 32_768.0;
    Recording {
        rate: RATE,
        samples: noise.into_iter().map(rounded).collect(),
    }
}

/// A band as a byte. One that is quieter than byte 0 is byte 0.
fn quantised(band: f32) -> u8 {
    ((band - LOWEST) / PER_BYTE).round() as u8
}

fn value(byte: u8) -> f32 {
    LOWEST + PER_BYTE * f32::from(byte)
}

/// Voice, digit, number of frames, and each band as the difference from the frame before, which compresses better.
fn packed(voice: usize, digit: usize, bands: &[u8], per_frame: usize) -> Vec<u8> {
    let first = vec![0; per_frame];
    let before = first.iter().chain(bands);
    let differences = bands
        .iter()
        .zip(before)
        .map(|(now, before)| now.wrapping_sub(*before));
    let frames = bands.len() / per_frame;
    [voice as u8, digit as u8, frames as u8]
        .into_iter()
        .chain(differences)
        .collect()
}

/// What a seed draws.
struct Random(ChaCha8Rng);

impl Random {
    fn new(voice: u64, digit: u64, take: u64) -> Self {
        let mut seed = [0; 32];
        for (part, number) in seed.chunks_exact_mut(8).zip([voice, digit, take]) {
            part.copy_from_slice(&number.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(seed))
    }

    /// From 0 to 1.
    fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn within(&mut self, range: RangeInclusive<f64>) -> f64 {
        range.start() + self.uniform() * (range.end() - range.start())
    }

    /// Normally distributed, after Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }
}
