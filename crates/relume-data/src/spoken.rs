//! The embedded recordings: English digits, said by a synthesiser in many voices. See `data/README.md` for how they were
//! made and what the file looks like.

use crate::{Dataset, Groups, Inputs, Targets};
use flate2::read::GzDecoder;
use std::io::Read;

const FILE: &[u8] = include_bytes!("../data/spoken.gz");

const WHOLE: &str = "the embedded file is whole: its checksum is tested";

/// Spoken English digits: 2,560 sequences of 40 log-mel bands, every 20 ms, by 64 synthetic voices, each of which is a
/// speaker that a split keeps on one side.
pub fn spoken() -> Dataset {
    let mut bytes = vec![];
    GzDecoder::new(FILE).read_to_end(&mut bytes).expect(WHOLE);
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let mut part = || parts.next().expect(WHOLE);
    let scale: Vec<f32> = words(part()).map(|word| word.parse().expect(WHOLE)).collect();
    let (lowest, per_byte, bands) = (scale[0], scale[1], scale[2] as usize);
    let names: Vec<String> = words(part()).map(str::to_owned).collect();
    let mut recordings = part();
    let (mut values, mut steps, mut labels, mut of) = (vec![], vec![], vec![], vec![]);
    while let [voice, digit, frames, rest @ ..] = recordings {
        let (frames, rest) = rest.split_at(usize::from(*frames) * bands);
        let mut last = vec![0u8; bands];
        for frame in frames.chunks_exact(bands) {
            for (last, difference) in last.iter_mut().zip(frame) {
                *last = last.wrapping_add(*difference);
                values.push(lowest + per_byte * f32::from(*last));
            }
        }
        steps.push(frames.len() / bands);
        labels.push(u32::from(*digit));
        of.push(u32::from(*voice));
        recordings = rest;
    }
    let targets = Targets::Classes {
        labels,
        names: (0..10).map(|digit| digit.to_string()).collect(),
    };
    let origin = "English digits in noise, said by the synthesiser espeak-ng 1.51";
    let notes = vec!["40 log-mel bands of 25 ms, every 20 ms, at 16,000 Hz".to_owned()];
    let inputs = Inputs::sequences(values, bands, &steps);
    let kind = "speaker";
    Dataset::new("spoken", origin, inputs, targets, None, notes)
        .and_then(|data| data.with_groups(Groups { kind, of, names }))
        .expect("the embedded data is complete")
}

fn words(line: &[u8]) -> impl Iterator<Item = &str> {
    std::str::from_utf8(line).expect(WHOLE).split(' ')
}
