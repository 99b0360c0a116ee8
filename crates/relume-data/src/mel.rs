//! What a network hears of a recording: the logarithm of its power in bands of equal width to the ear, frame by frame.
//!
//! A frame x of N samples, weighted by a Hann window, has the power |FFT(w·x)|² at each frequency, w[n] = ½ − ½·cos(2πn/N).
//! Band b sums it with the weights of a triangle that rises from the centre of band b − 1 to its own and falls to that of
//! band b + 1; the centres stand at equal distances in mel, from 0 Hz to half the rate, and each triangle has the area 1
//! (over Hz). What comes out is the natural logarithm, but of no less than a share of the loudest band of the recording.
//!
//! Mel are those of M. Slaney (Auditory Toolbox, 1998), which librosa takes too: 200/3 Hz each up to 1000 Hz, from there
//! on 27 of them for a factor of 6.4.

use crate::wav::Recording;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// How a recording is cut into frames and a frame into bands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The length of a frame in seconds.
    pub frame: f64,
    /// From the start of a frame to that of the next, in seconds.
    pub step: f64,
    /// Bands of a frame.
    pub bands: usize,
    /// How far below the loudest band of the recording, in decibels, all is equally silent.
    pub range: f64,
}

impl Default for Settings {
    /// 40 bands of 25 ms every 10 ms, and 80 dB.
    ///
    /// The frames and bands are those of T. Sainath and C. Parada (Convolutional Neural Networks for Small-footprint
    /// Keyword Spotting, 2015), 80 dB librosa's.
    fn default() -> Self {
        Self {
            frame: 0.025,
            step: 0.010,
            bands: 40,
            range: 80.0,
        }
    }
}

/// Log-mel features at one rate.
pub struct LogMel {
    settings: Settings,
    rate: u32,
    window: Vec<f32>,
    step: usize,
    fft: Arc<dyn RealToComplex<f32>>,
    filters: Vec<Filter>,
}

/// The weights of one band, from the first frequency on that has one.
struct Filter {
    first: usize,
    weights: Vec<f32>,
}

impl LogMel {
    /// Features of recordings at this rate.
    ///
    /// # Panics
    /// If a frame or a step has less than one sample.
    pub fn new(rate: u32, settings: Settings) -> Self {
        let samples = |seconds: f64| {
            let samples = (seconds * f64::from(rate)).round() as usize;
            assert!(samples > 0, "{seconds} s at {rate} Hz are no sample");
            samples
        };
        let frame = samples(settings.frame);
        let size = frame.next_power_of_two();
        let filters = filters(rate, size, settings.bands).into_iter().map(|weights| {
            let first = weights.iter().position(|weight| *weight > 0.0).unwrap_or(0);
            let last = weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
            Filter {
                first,
                weights: weights[first..=last]
                    .iter()
                    .map(|weight| *weight as f32)
                    .collect(),
            }
        });
        Self {
            settings,
            rate,
            window: (0..frame).map(|n| hann(n, frame)).collect(),
            step: samples(settings.step),
            fft: RealFftPlanner::new().plan_fft_forward(size),
            filters: filters.collect(),
        }
    }

    /// The rate that recordings must have.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// How many frames that many samples have: those that fit in.
    pub fn frames(&self, samples: usize) -> usize {
        match samples.checked_sub(self.window.len()) {
            Some(rest) => rest / self.step + 1,
            None => 0,
        }
    }

    /// The bands of every frame, frame after frame.
    ///
    /// # Panics
    /// If the recording has another rate.
    pub fn of(&self, recording: &Recording) -> Vec<f32> {
        assert_eq!(recording.rate, self.rate, "recordings are resampled first");
        let frames = self.frames(recording.samples.len());
        let mut input = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let mut power = vec![0f32; spectrum.len()];
        let mut features = Vec::with_capacity(frames * self.filters.len());
        for start in (0..frames).map(|frame| frame * self.step) {
            // The transform leaves something else in its input.
            input.fill(0.0);
            let frame = &recording.samples[start..start + self.window.len()];
            for ((input, sample), weight) in input.iter_mut().zip(frame).zip(&self.window) {
                *input = sample * weight;
            }
            self.fft
                .process_with_scratch(&mut input, &mut spectrum, &mut scratch)
                .expect("the buffers are as long as the library made them");
            for (power, value) in power.iter_mut().zip(&spectrum) {
                *power = value.norm_sqr();
            }
            features.extend(self.filters.iter().map(|filter| {
                let power = &power[filter.first..];
                let weighted = filter
                    .weights
                    .iter()
                    .zip(power)
                    .map(|(weight, power)| weight * power);
                weighted.sum::<f32>()
            }));
        }
        let loudest = features.iter().copied().fold(0.0, f32::max);
        let share = 10f64.powf(-self.settings.range / 10.0) as f32;
        // What is too quiet for `f32` is silent, whatever the range.
        let floor = (loudest * share).max(f32::MIN_POSITIVE);
        for value in &mut features {
            *value = value.max(floor).ln();
        }
        features
    }
}

/// The weights of each band at the `size / 2 + 1` frequencies of a transform of that size.
pub fn filters(rate: u32, size: usize, bands: usize) -> Vec<Vec<f64>> {
    let half = f64::from(rate) / 2.0;
    let edges: Vec<f64> = (0..bands + 2)
        .map(|edge| hertz(mel(half) * edge as f64 / (bands + 1) as f64))
        .collect();
    let frequencies = (0..=size / 2).map(|bin| bin as f64 * f64::from(rate) / size as f64);
    edges
        .windows(3)
        .map(|edges| {
            let (low, centre, high) = (edges[0], edges[1], edges[2]);
            let weight = |frequency: f64| {
                let rising = (frequency - low) / (centre - low);
                let falling = (high - frequency) / (high - centre);
                rising.min(falling).max(0.0) * 2.0 / (high - low)
            };
            frequencies.clone().map(weight).collect()
        })
        .collect()
}

/// Where the scale turns from linear to logarithmic.
const TURN: f64 = 1000.0;
const HERTZ_PER_MEL: f64 = 200.0 / 3.0;
const MEL_AT_TURN: f64 = TURN / HERTZ_PER_MEL;

/// The logarithm of the factor of one mel above the turn.
fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

fn mel(hertz: f64) -> f64 {
    if hertz < TURN {
        hertz / HERTZ_PER_MEL
    } else {
        MEL_AT_TURN + (hertz / TURN).ln() / log_step()
    }
}

fn hertz(mel: f64) -> f64 {
    if mel < MEL_AT_TURN {
        mel * HERTZ_PER_MEL
    } else {
        TURN * ((mel - MEL_AT_TURN) * log_step()).exp()
    }
}

fn hann(n: usize, length: usize) -> f32 {
    (0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / length as f64).cos()) as f32
}
