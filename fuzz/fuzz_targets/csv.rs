//! CSV files from anywhere, their first line also taken for the name of the column to predict.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_data::Options;
use relume_data::csv::parse;

fuzz_target!(|bytes: &[u8]| {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    for label in [None, std::str::from_utf8(first).ok()] {
        let options = Options {
            label: label.map(str::to_owned),
            ..Options::default()
        };
        if let Ok(data) = parse("fuzz", "fuzz.csv", bytes, &options) {
            let split = data.split(0).expect("data that was accepted can be split");
            assert!(
                data.standardised(&split.train)
                    .iter()
                    .all(|value| value.is_finite())
            );
        }
    }
});
