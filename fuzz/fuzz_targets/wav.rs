//! WAV files from anywhere; the first two bytes say to which rate they are brought.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_data::mel::{LogMel, Settings};
use relume_data::resample::at_rate;
use relume_data::wav::{MAX_CHANNELS, MAX_SAMPLE, RATES, decode};

fuzz_target!(|bytes: &[u8]| {
    let Some(([low, high], file)) = bytes.split_first_chunk() else {
        return;
    };
    let Ok(recording) = decode("fuzz.wav", file) else {
        return;
    };
    assert!(RATES.contains(&recording.rate));
    assert!(recording.samples.len() <= file.len());
    // A mean of rounded numbers may exceed them by their rounding.
    let most = MAX_SAMPLE * (1.0 + f32::from(MAX_CHANNELS) * f32::EPSILON);
    assert!(recording.samples.iter().all(|sample| sample.abs() <= most));
    let rate = 4_000 + u32::from(u16::from_le_bytes([*low, *high])) % 12_001;
    let mel = LogMel::new(rate, Settings::default());
    let bands = mel.of(&at_rate(recording, rate));
    assert!(bands.iter().all(|band| band.is_finite()));
});
