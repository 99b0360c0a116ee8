//! Numbers over time as lines, and recordings as waves that can be listened to.

use crate::html::scale::{Scale, Spread};
use crate::html::svg::{line, xy};
use crate::samples::base64;
use maud::{Markup, html};

const WIDTH: f64 = 200.0;
const HEIGHT: f64 = 64.0;
/// How many strokes a wave is drawn with.
const STROKES: usize = 160;

/// Lines over time: `values` step by step, 0 at the bottom and 255 on top.
pub(crate) fn lines(steps: usize, channels: usize, values: &[u8], label: &str) -> Markup {
    let x = Scale::new(
        Spread::Linear,
        (0.0, (steps.max(2) - 1) as f64),
        (2.0, WIDTH - 2.0),
    );
    let y = Scale::new(Spread::Linear, (0.0, 255.0), (HEIGHT - 3.0, 3.0));
    let curve = |channel: usize| {
        line((0..steps).map(|step| {
            let value = f64::from(values[step * channels + channel]);
            Some((x.at(step as f64), y.at(value)))
        }))
    };
    html! {
        svg class="signal" viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(label) {
            @for channel in 0..channels { path class={ "s" (channel) } d=(curve(channel)) {} }
        }
    }
}

/// A recording of signed 16-bit samples, the low byte first: its wave, from the lowest to the highest sample of each of
/// many short stretches, as high as the loudest one makes it.
pub(crate) fn wave(pcm: &[u8], label: &str) -> Markup {
    let samples: Vec<i16> = pcm
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max();
    let peak = f64::from(peak.unwrap_or(0).max(1));
    let y = Scale::new(Spread::Linear, (-peak, peak), (HEIGHT / 2.0, 0.0));
    let stretch = samples.len().div_ceil(STROKES).max(1);
    let step = WIDTH / STROKES as f64;
    let strokes = samples
        .chunks(stretch)
        .enumerate()
        .fold(String::new(), |path, (k, part)| {
            let (low, high) = part
                .iter()
                .fold((i16::MAX, i16::MIN), |(low, high), s| (low.min(*s), high.max(*s)));
            // A silent stretch is still seen.
            let (top, bottom) = (
                y.at(f64::from(high)),
                y.at(f64::from(low)).max(y.at(f64::from(high)) + 0.4),
            );
            path + &format!("M{} {}V{}", xy((k as f64 + 0.5) * step), xy(top), xy(bottom))
        });
    html! {
        svg class="signal wave" viewBox={ "0 0 " (WIDTH) " " (HEIGHT / 2.0) } role="img" aria-label=(label) {
            path d=(strokes) {}
        }
    }
}

/// A player for such a recording.
pub(crate) fn player(rate: u32, pcm: &[u8], label: &str) -> Markup {
    html! {
        audio controls preload="metadata" aria-label=(label) src={ "data:audio/wav;base64," (base64(&wav(rate, pcm))) } {}
    }
}

/// A WAV file (RIFF, integer PCM, one channel of 16 bits).
fn wav(rate: u32, pcm: &[u8]) -> Vec<u8> {
    let long = |number: usize| (number as u32).to_le_bytes();
    let short = |number: u16| number.to_le_bytes();
    let mut file = Vec::with_capacity(44 + pcm.len());
    file.extend(b"RIFF");
    file.extend(long(36 + pcm.len()));
    file.extend(b"WAVEfmt ");
    file.extend(long(16));
    file.extend(short(1));
    file.extend(short(1));
    file.extend(rate.to_le_bytes());
    file.extend((2 * rate).to_le_bytes());
    file.extend(short(2));
    file.extend(short(16));
    file.extend(b"data");
    file.extend(long(pcm.len()));
    file.extend(pcm);
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_that_of_python_s_wave_module() {
        // wave.open(f, "wb") with setnchannels(1), setsampwidth(2), setframerate(8000), writeframes(b"\1\2\3\4")
        let expected = b"RIFF(\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x04\0\0\0\x01\x02\x03\x04";
        assert_eq!(wav(8000, &[1, 2, 3, 4]), expected);
    }

    #[test]
    fn a_wave_has_a_bounded_number_of_strokes() {
        for samples in [0, 1, 159, 160, 161, 20_000] {
            let wave = wave(&vec![0; 2 * samples], "silence").into_string();
            let strokes = wave.matches('V').count();
            assert!(
                strokes <= STROKES && strokes >= samples.min(STROKES) / 2,
                "{samples}: {strokes}"
            );
            assert!(!wave.contains("NaN"));
        }
    }

    /// Many recordings are quiet: on a scale of what a file can hold they would all be a line.
    #[test]
    fn a_quiet_wave_is_drawn_as_high_as_a_loud_one() {
        let pcm = |peak: i16| [0, peak, -peak].map(i16::to_le_bytes).concat();
        assert_eq!(
            wave(&pcm(40), "").into_string(),
            wave(&pcm(30_000), "").into_string()
        );
    }

    #[test]
    fn the_largest_value_is_on_top() {
        let drawn = lines(2, 1, &[0, 255], "up").into_string();
        assert!(drawn.contains("M2 61h0L198 3"), "{drawn}");
        assert!(!lines(0, 1, &[], "nothing").into_string().contains("NaN"));
        assert!(!lines(1, 2, &[3, 4], "one step").into_string().contains("NaN"));
    }
}
