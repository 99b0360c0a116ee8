//! Pairs of IDX files from anywhere; the first byte says where the one ends and the other begins.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_data::idx::{File, Pair, parse};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let (images, labels) = rest.split_at(rest.len() * usize::from(*first) / 256);
    let pair = Pair {
        images: File {
            name: "images",
            bytes: images,
        },
        labels: File {
            name: "labels",
            bytes: labels,
        },
    };
    let given_test_part = (first % 2 == 1).then_some(pair);
    if let Ok(data) = parse("fuzz", pair, given_test_part) {
        let split = data.split(0).expect("data that was accepted can be split");
        assert!(
            data.standardised(&split.train)
                .iter()
                .all(|value| value.is_finite())
        );
    }
});
