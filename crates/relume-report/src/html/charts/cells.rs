//! Pictures made of cells, each of a class of the style sheet.

use std::collections::BTreeMap;
use std::fmt::Write;

/// The cells of one class as one path, neighbours in a row joined, so that a picture of thousands of cells is a few
/// hundred bytes. Each cell is one unit wide and high; the first row is at the bottom.
pub(crate) fn paths<T>(rows: &[Vec<T>], class: impl Fn(&T) -> String) -> Vec<(String, String)> {
    let mut paths = BTreeMap::<String, String>::new();
    for (y, row) in rows.iter().rev().enumerate() {
        let classes: Vec<String> = row.iter().map(&class).collect();
        let mut x = 0;
        for run in classes.chunk_by(|a, b| a == b) {
            let path = paths.entry(run[0].clone()).or_default();
            let _ = write!(path, "M{x} {y}h{}v1h-{}z", run.len(), run.len());
            x += run.len();
        }
    }
    paths.into_iter().collect()
}
