use crate::labels;
use flate2::read::GzDecoder;
use relume_data::{Options, Shape, open, places};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

fn content() -> String {
    let file = include_bytes!("../../data/places.tsv.gz");
    let mut content = String::new();
    GzDecoder::new(&file[..]).read_to_string(&mut content).unwrap();
    content
}

#[test]
fn the_file_is_the_described_one() {
    let hash = Sha256::digest(content());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hash,
        "8aad36e4fc3fc3a41a9f62f037db84ed110e7a755ccf6908744530d742e203d9"
    );
}

#[test]
fn every_name_is_there_with_its_language_and_place() {
    let data = places();
    assert_eq!(data, open("places", &Options::default()).unwrap());
    let (labels, languages) = labels(&data);
    let groups = data.groups.as_ref().unwrap();
    let Shape::Text { tokens, .. } = &data.inputs.shape else {
        panic!("no texts")
    };
    let lines: String = (0..data.len())
        .map(|i| {
            let name: String = data
                .inputs
                .sample(i)
                .iter()
                .map(|&token| &*tokens[token as usize])
                .collect();
            let place = &groups.names[groups.of[i] as usize];
            format!("{}\t{place}\t{name}\n", languages[labels[i] as usize])
        })
        .collect();
    assert_eq!(lines, content());
    assert_eq!(
        data.notes,
        ["split by place: none of the 485 places is in both the training and the test samples"]
    );
    assert!(
        data.description
            .starts_with("2,798 texts of 2 to 49 tokens, 129 different in 12 classes"),
        "{}",
        data.description
    );
    assert!(data.description.contains("Unicode CLDR 48 (licence Unicode-3.0)"));
}

#[test]
fn a_name_tells_its_language() {
    let content = content();
    let mut languages: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut names = BTreeMap::new();
    for line in content.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        languages
            .entry(cells[2].to_lowercase())
            .or_default()
            .insert(cells[0]);
        *names.entry(cells[0]).or_insert(0) += 1;
    }
    assert!(languages.values().all(|languages| languages.len() == 1));
    assert_eq!(names.len(), 12);
    assert!(names.values().all(|count| *count >= 150), "{names:?}");
    let line = |text: &str| content.lines().any(|line| line == text);
    assert!(line("German\tDE\tDeutschland") && line("Hungarian\tEurope/Vienna\tBécs"));
    assert!(!content.contains("\tBerlin\n"), "the same in several");
}

#[test]
fn a_held_out_place_is_unknown_in_every_language() {
    let data = places();
    let split = data.hold_out(3, 0.2).unwrap();
    let of = &data.groups.as_ref().unwrap().of;
    let trained: BTreeSet<u32> = split.train.iter().map(|&i| of[i]).collect();
    assert!(split.test.iter().all(|&i| !trained.contains(&of[i])));
    let share = split.test.len() as f64 / data.len() as f64;
    assert!((share - 0.2).abs() < 0.01, "{share}");
}
