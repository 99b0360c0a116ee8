//! NumPy archives from anywhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_data::npz::parse;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(data) = parse("fuzz", "fuzz.npz", bytes) {
        let split = data.split(0).expect("data that was accepted can be split");
        assert!(
            data.standardised(&split.train)
                .iter()
                .all(|value| value.is_finite())
        );
    }
});
