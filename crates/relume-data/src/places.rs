//! The embedded texts: names of places, and in which language each is. See `data/README.md` for where they come from.

use crate::targets::{from_keys, numbered};
use crate::texts::{At, Text, Texts};
use crate::{Dataset, Groups, Tokens};
use flate2::read::GzDecoder;
use std::io::Read;

/// One line per name: its language, the place, the name.
const FILE: &[u8] = include_bytes!("../data/places.tsv.gz");

/// The names of countries, parts of the world and cities in twelve languages of Latin script: which language is it? A
/// place is a group, so that none is learnt by one name and asked for by another.
pub fn places() -> Dataset {
    let mut content = String::new();
    GzDecoder::new(FILE)
        .read_to_string(&mut content)
        .expect("the embedded file is whole: its checksum is tested");
    let rows: Vec<[&str; 3]> = content
        .lines()
        .map(|line| {
            let mut cells = line.split('\t');
            std::array::from_fn(|_| cells.next().expect("the embedded file has three columns"))
        })
        .collect();
    let texts = Texts {
        texts: rows
            .iter()
            .map(|&[_, _, text]| Text {
                text,
                file: "places.tsv",
                at: At::Whole,
            })
            .collect(),
        targets: from_keys(rows.iter().map(|[language, ..]| *language)),
        test_from: None,
        notes: vec![],
    };
    let origin = "names of places in Unicode CLDR 48 (licence Unicode-3.0); the classes are languages";
    let data = texts.into_dataset("places", origin, Some(Tokens::Characters));
    let (of, names) = numbered(rows.iter().map(|[_, place, _]| *place));
    let kind = "place";
    data.and_then(|data| data.with_groups(Groups { kind, of, names }))
        .expect("the embedded data is complete")
}
