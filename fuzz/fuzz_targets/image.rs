//! PNG and JPEG files from anywhere; the first byte says what is wanted of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_data::picture::{Pixels, Wanted, decode};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, file)) = bytes.split_first() else {
        return;
    };
    let wanted = Wanted {
        height: 1 + usize::from(first & 15),
        width: 1 + usize::from(first >> 4),
        grey: first & 1 == 1,
    };
    match decode("fuzz.png", file, wanted) {
        Ok(Pixels::Grey(pixels)) => assert_eq!(pixels.len(), wanted.height * wanted.width),
        Ok(Pixels::Colour(pixels)) => assert_eq!(pixels.len(), 3 * wanted.height * wanted.width),
        Err(_) => {}
    }
});
