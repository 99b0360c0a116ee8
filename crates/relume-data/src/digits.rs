//! The embedded data set: 1,797 handwritten digits of 8x8 pixels. See `data/README.md` for where they come from.

use crate::{Dataset, Inputs, Shape, Targets};
use flate2::read::GzDecoder;
use std::io::Read;

/// One line per image: 64 pixels, row by row, each 0 to 16, and the digit.
const FILE: &[u8] = include_bytes!("../data/digits.csv.gz");

/// The handwritten digits of 13 people: 1,797 grey images of 8x8 pixels from 0 to 16, in ten classes.
pub fn digits() -> Dataset {
    let mut text = String::new();
    GzDecoder::new(FILE)
        .read_to_string(&mut text)
        .expect("the embedded file is whole: its checksum is tested");
    let (mut values, mut labels) = (vec![], vec![]);
    for line in text.lines() {
        let mut numbers = line
            .split(',')
            .map(|cell| cell.parse::<u32>().expect("the embedded file holds integers"));
        values.extend(numbers.by_ref().take(64).map(|pixel| pixel as f32));
        labels.extend(numbers);
    }
    let inputs = Inputs::new(
        values,
        Shape::Image {
            channels: 1,
            height: 8,
            width: 8,
        },
    );
    let targets = Targets::Classes {
        labels,
        names: (0..10).map(|digit| digit.to_string()).collect(),
    };
    let origin = "the test part of Optical Recognition of Handwritten Digits (E. Alpaydin and C. Kaynak, UCI \
                  Machine Learning Repository, 1998, CC BY 4.0)";
    Dataset::new("digits", origin, inputs, targets, None, vec![]).expect("the embedded data is complete")
}
