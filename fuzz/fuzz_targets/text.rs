//! Texts from anywhere: the first byte says how they are read, zeros divide files, of two classes in turn. The first file
//! is also taken for a table.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_data::text::{Examples, File, parse};
use relume_data::{Dataset, Error, MAX_STEPS, Options, Shape, Tokens, csv};

fn check(result: Result<Dataset, Error>) {
    match result {
        Ok(data) => {
            let Shape::Text { tokens, steps } = &data.inputs.shape else {
                return;
            };
            assert!((1..=MAX_STEPS).contains(steps));
            assert!((0..data.len()).all(|sample| (1..=*steps).contains(&data.inputs.steps(sample))));
            assert!(
                data.inputs
                    .values
                    .iter()
                    .all(|number| (*number as usize) < tokens.len())
            );
            let split = data.split(0).expect("data that was accepted can be split");
            assert!(data.vocabulary(&split.train).len() <= tokens.len() + 1);
        }
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, content)) = bytes.split_first() else {
        return;
    };
    let tokens = [None, Some(Tokens::Characters), Some(Tokens::Words), None][usize::from(first & 3)];
    let examples = if first & 4 == 0 {
        Examples::Lines
    } else {
        Examples::Whole
    };
    let test_from = usize::from(first >> 4);
    let contents: Vec<&[u8]> = content.split(|byte| *byte == 0).collect();
    let files: Vec<File> = contents
        .iter()
        .enumerate()
        .map(|(i, bytes)| File {
            name: "fuzz.txt",
            bytes,
            class: ["a", "b"][i % 2],
            examples,
            test: first & 8 != 0 && i >= test_from,
        })
        .collect();
    check(parse("fuzz", &files, tokens));
    let options = Options {
        text: Some("1".to_owned()),
        tokens,
        ..Options::default()
    };
    check(csv::parse("fuzz", "fuzz.csv", contents[0], &options));
});
