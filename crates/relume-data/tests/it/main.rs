//! The data sets as their callers see them, in one test program.

mod allocation;
mod csv;
mod dataset;
mod digits;
mod generated;
mod hostile;
mod idx;
mod images;
mod mel;
mod npz;
mod places;
mod sequences;
mod sounds;
mod source;
mod spoken;
mod texts;
mod wav;

use relume_data::{Dataset, Error, Targets};

/// A file made by `fixtures/make.py`.
fn fixture(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    std::fs::read(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn labels(data: &Dataset) -> (Vec<u32>, Vec<&str>) {
    match &data.targets {
        Targets::Classes { labels, names } => (labels.clone(), names.iter().map(|name| &**name).collect()),
        Targets::Values(values) => panic!("a regression: {values:?}"),
    }
}

fn message(result: Result<Dataset, Error>) -> String {
    let message = result.expect_err("this data is wrong").to_string();
    assert!(!message.contains('\n'), "more than one line: {message}");
    message
}
