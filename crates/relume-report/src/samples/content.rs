//! What a sample is, in a form small enough to be shown.

use super::bytes::Bytes;
use serde::{Deserialize, Serialize};

/// The most characters of a text.
pub const MOST_CHARACTERS: usize = 600;
/// The longest side of a picture, in pixels.
pub const LONGEST_SIDE: usize = 64;
/// The most numbers per step of a series.
pub const MOST_CHANNELS: usize = 64;
/// The most steps of a series.
pub const MOST_STEPS: usize = 256;
/// The most values of a row.
pub const MOST_VALUES: usize = 8;
/// The most bytes of a recording: 1.5 seconds at 16 kHz, 3 at 8 kHz.
pub const MOST_PCM: usize = 48 * 1024;

/// What a sample is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Characters or words.
    Text(Text),
    /// Pixels.
    Picture(Picture),
    /// Numbers in the order of time.
    Series(Series),
    /// Named numbers.
    Row(Row),
}

/// A text, or its beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// At most [`MOST_CHARACTERS`].
    pub text: String,
    /// Whether it is all of it.
    pub whole: bool,
}

/// A picture, or a smaller one like it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Columns, at most [`LONGEST_SIDE`].
    pub width: usize,
    /// Rows, at most [`LONGEST_SIDE`].
    pub height: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// Row by row, and pixel by pixel.
    pub pixels: Bytes,
}

/// A series, or a coarser one like it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Numbers per step, at most [`MOST_CHANNELS`].
    pub channels: usize,
    /// At most [`MOST_STEPS`].
    pub steps: usize,
    /// Step by step; 0 stands for `low`, 255 for `high`.
    pub values: Bytes,
    /// The smallest value.
    pub low: f32,
    /// The largest value.
    pub high: f32,
}

/// The most unusual values of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The most unusual first, at most [`MOST_VALUES`].
    pub values: Vec<Value>,
    /// How many columns the row has.
    pub columns: usize,
}

/// A value of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// The name of the column.
    pub name: String,
    /// The number; `None` where it is missing.
    pub value: Option<f32>,
    /// How far it is from the mean of the data, in standard deviations.
    pub unusual: Option<f32>,
}

/// What a sample sounds like, or its beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    /// Samples per second.
    pub rate: u32,
    /// One channel of signed 16-bit samples, the low byte first; at most [`MOST_PCM`] bytes.
    pub pcm: Bytes,
    /// How long all of it is.
    pub seconds: f64,
}

impl Text {
    /// A text as it is, or its beginning.
    pub fn of(text: &str) -> Self {
        let end = text.char_indices().nth(MOST_CHARACTERS).map(|(end, _)| end);
        Self {
            text: text[..end.unwrap_or(text.len())].to_owned(),
            whole: end.is_none(),
        }
    }
}

impl Picture {
    /// A picture of so many channels, rows and columns, stored channel by channel and row by row; `range` is what is black
    /// and what is white. Of channels that are no colours the first is shown. Too large a picture is made smaller.
    ///
    /// # Panics
    /// If there are not as many values.
    pub fn of(values: &[f32], [channels, height, width]: [usize; 3], range: (f32, f32)) -> Self {
        assert_eq!(values.len(), channels * height * width);
        let by = height.max(width).div_ceil(LONGEST_SIDE).max(1);
        let shown = if channels < 3 { 1 } else { 3 };
        let plane = height * width;
        let planes: Vec<Vec<f32>> = (0..shown)
            .map(|c| reduced(&values[c * plane..], height, width, (by, by)))
            .collect();
        let (height, width) = (height.div_ceil(by), width.div_ceil(by));
        let pixels = (0..height * width).flat_map(|i| planes.iter().map(move |plane| plane[i]));
        Self {
            width,
            height,
            channels: shown,
            pixels: Bytes(pixels.map(|value| byte(value, range)).collect()),
        }
    }
}

impl Series {
    /// A series of so many numbers per step, stored step by step. Too long or too broad a one is made coarser.
    ///
    /// # Panics
    /// If a step is not complete.
    pub fn of(values: &[f32], channels: usize) -> Self {
        let channels = channels.max(1);
        assert!(values.len().is_multiple_of(channels));
        let steps = values.len() / channels;
        let by = (
            steps.div_ceil(MOST_STEPS).max(1),
            channels.div_ceil(MOST_CHANNELS),
        );
        let coarse = reduced(values, steps, channels, by);
        let finite = || coarse.iter().copied().filter(|value| value.is_finite());
        let low = finite().reduce(f32::min).unwrap_or(0.0);
        let high = finite().reduce(f32::max).unwrap_or(0.0);
        Self {
            channels: channels.div_ceil(by.1),
            steps: steps.div_ceil(by.0),
            values: Bytes(coarse.into_iter().map(|value| byte(value, (low, high))).collect()),
            low,
            high,
        }
    }
}

impl Recording {
    /// A recording of samples from −1 to 1, or its beginning.
    pub fn of(samples: &[f32], rate: u32) -> Self {
        let kept = &samples[..samples.len().min(MOST_PCM / 2)];
        let full = f32::from(i16::MAX);
        let pcm = kept
            .iter()
            .flat_map(|sample| ((sample.clamp(-1.0, 1.0) * full).round() as i16).to_le_bytes());
        Self {
            rate,
            pcm: Bytes(pcm.collect()),
            seconds: samples.len() as f64 / f64::from(rate.max(1)),
        }
    }
}

/// The means over blocks of so many rows and columns.
fn reduced(values: &[f32], rows: usize, columns: usize, by: (usize, usize)) -> Vec<f32> {
    let blocks = |length: usize, by: usize| {
        (0..length)
            .step_by(by)
            .map(move |from| from..length.min(from + by))
    };
    let mut means = Vec::new();
    for down in blocks(rows, by.0) {
        for across in blocks(columns, by.1) {
            let cells = down
                .clone()
                .flat_map(|row| values[row * columns..][across.clone()].iter());
            // A sum of f32 neither overflows in f64 nor loses what would be seen.
            let sum: f64 = cells.map(|value| f64::from(*value)).sum();
            means.push((sum / (down.len() * across.len()) as f64) as f32);
        }
    }
    means
}

/// A value of a range as a byte. NaN is 0.
fn byte(value: f32, (low, high): (f32, f32)) -> u8 {
    let (value, low, high) = (f64::from(value), f64::from(low), f64::from(high));
    if high > low {
        // Out of range is cut off by the cast.
        (255.0 * (value - low) / (high - low)).round() as u8
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        for (letter, length, whole) in [
            ("a", MOST_CHARACTERS, true),
            ("語", MOST_CHARACTERS, true),
            ("a", MOST_CHARACTERS + 1, false),
            ("語", MOST_CHARACTERS + 1, false),
        ] {
            let text = Text::of(&letter.repeat(length));
            assert_eq!(
                (text.text.chars().count(), text.whole),
                (MOST_CHARACTERS.min(length), whole)
            );
        }
        assert_eq!(Text::of("").text, "");
    }

    #[test]
    fn a_small_picture_keeps_its_pixels_and_its_channels_are_interleaved() {
        let grey = Picture::of(&[0.0, 4.0, 8.0, 16.0], [1, 2, 2], (0.0, 16.0));
        assert_eq!(grey.pixels.0, [0, 64, 128, 255]);
        let colour = Picture::of(&[0.0, 1.0, 1.0, 0.0, 0.5, 0.5], [3, 1, 2], (0.0, 1.0));
        assert_eq!(
            (colour.channels, &colour.pixels.0[..]),
            (3, &[0, 255, 128, 255, 0, 128][..])
        );
        let two = Picture::of(&[1.0, 0.0], [2, 1, 1], (0.0, 1.0));
        assert_eq!((two.channels, &two.pixels.0[..]), (1, &[255][..]));
    }

    #[test]
    fn a_large_picture_keeps_its_mean_and_its_proportions() {
        for (height, width, expected) in [
            (128, 64, (64, 32)),
            (64, 64, (64, 64)),
            (65, 10, (33, 5)),
            (1000, 3, (63, 1)),
        ] {
            let picture = Picture::of(&vec![0.5; height * width], [1, height, width], (0.0, 1.0));
            assert_eq!((picture.height, picture.width), expected);
            assert!(picture.pixels.0.iter().all(|pixel| *pixel == 128));
            assert_eq!(picture.pixels.0.len(), picture.height * picture.width);
        }
        let halves = [0.0, 1.0].map(|value| vec![value; 64 * 128]).concat();
        let picture = Picture::of(&halves, [1, 128, 128], (0.0, 1.0));
        assert_eq!(picture.pixels.0, [[0; 64 * 32], [255; 64 * 32]].concat());
    }

    #[test]
    fn a_series_says_what_its_ends_stand_for() {
        let series = Series::of(&[-2.0, 0.0, 2.0, f32::NAN], 2);
        assert_eq!((series.steps, series.channels), (2, 2));
        assert_eq!((series.low, series.high), (-2.0, 2.0));
        assert_eq!(series.values.0, [0, 128, 255, 0]);
        assert_eq!(Series::of(&[3.0; 5], 1).values.0, [0; 5]);
        assert_eq!(Series::of(&[], 1).steps, 0);
    }

    #[test]
    fn a_long_series_is_made_coarser() {
        for (steps, channels) in [(256, 64), (257, 65), (10_000, 1), (3, 500), (511, 40)] {
            let values: Vec<f32> = (0..steps * channels).map(|i| (i / channels) as f32).collect();
            let series = Series::of(&values, channels);
            assert!(series.steps <= MOST_STEPS && series.channels <= MOST_CHANNELS);
            assert_eq!(series.values.0.len(), series.steps * series.channels);
            let first: Vec<u8> = series.values.0.iter().step_by(series.channels).copied().collect();
            assert!(first.is_sorted(), "the order of time stays");
            assert_eq!((first[0], first[series.steps - 1]), (0, 255));
        }
    }

    #[test]
    fn sound_is_rounded_to_16_bits_and_cut() {
        let short = Recording::of(&[0.0, 1.0, -1.0, 7.0], 8000);
        assert_eq!(short.pcm.0, [0, 0, 255, 127, 1, 128, 255, 127]);
        assert_eq!(short.seconds, 4.0 / 8000.0);
        let long = Recording::of(&vec![0.0; 80_000], 16_000);
        assert_eq!((long.pcm.0.len(), long.seconds), (MOST_PCM, 5.0));
    }
}
