//! Recordings at other rates.

use crate::wav::Recording;
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler, WindowFunction};

/// Samples that are transformed at once, roughly. At many more the filter would ring for longer.
const BLOCK: usize = 1024;

/// A block that both rates divide into whole samples, and of an even number: that of an odd one is late by half a sample.
fn block(from: usize, to: usize) -> usize {
    let (mut divisor, mut rest) = (from, to);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (2 * from / divisor) * (BLOCK * divisor / (2 * from)).max(1)
}

/// How many samples there are at another rate.
pub(crate) fn length(samples: usize, from: u32, to: u32) -> usize {
    (samples as u64 * u64::from(to)).div_ceil(u64::from(from)) as usize
}

/// A recording at another rate. What the lower of the two cannot carry is filtered out.
///
/// # Panics
/// If a rate is 0.
pub fn at_rate(recording: Recording, rate: u32) -> Recording {
    if recording.rate == rate || recording.samples.is_empty() {
        return Recording { rate, ..recording };
    }
    let (from, to, frames) = (recording.rate as usize, rate as usize, recording.samples.len());
    let input = SequentialSlice::new(&recording.samples, 1, frames).expect("one channel of that length");
    let (block, window) = (block(from, to), WindowFunction::BlackmanHarris2);
    let mut samples = Fft::new_custom(from, to, block, 1, 1, window, FixedSync::Both)
        .expect("no rate is 0")
        .process_all(&input, frames, None)
        .expect("the buffers are as long as the library asked for")
        .take_data();
    // The library rounds up a product of floats, which may be one too many.
    samples.truncate(length(frames, recording.rate, rate));
    Recording { rate, samples }
}
