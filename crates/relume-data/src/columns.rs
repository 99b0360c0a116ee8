//! What a column of a table means, and its values as numbers.

use crate::error::Place;
use crate::targets::{self, MOST_NUMERIC_CLASSES};
use crate::{Error, Targets};
use std::collections::BTreeSet;

/// The most categories that a column of text may have.
pub(crate) const MOST_CATEGORIES: usize = 100;

/// The category of a cell without a value.
const MISSING: &str = "missing";

/// A column that the network sees.
pub(crate) enum Column {
    /// One feature; NaN where the value is missing.
    Numbers(Vec<f32>),
    /// One feature per category: the categories, and which one each row is of.
    Categories(Vec<String>, Vec<u32>),
    /// No feature.
    LeftOut,
}

impl Column {
    /// Appends the names of its features.
    pub(crate) fn name_into(&self, column: &str, names: &mut Vec<String>) {
        match self {
            Column::Numbers(_) => names.push(column.to_owned()),
            Column::Categories(categories, _) => {
                names.extend(categories.iter().map(|category| format!("{column}={category}")));
            }
            Column::LeftOut => {}
        }
    }

    /// Appends the features of one row.
    pub(crate) fn encode_into(&self, row: usize, values: &mut Vec<f32>) {
        match self {
            Column::Numbers(numbers) => values.push(numbers[row]),
            Column::Categories(categories, labels) => {
                let first = values.len();
                values.resize(first + categories.len(), 0.0);
                values[first + labels[row] as usize] = 1.0;
            }
            Column::LeftOut => {}
        }
    }
}

/// Whether a cell has no value.
pub(crate) fn is_missing(cell: &str) -> bool {
    let cell = cell.trim();
    cell.is_empty()
        || ["?", "na", "n/a", "nan", "null", "none"]
            .iter()
            .any(|word| cell.eq_ignore_ascii_case(word))
}

/// The number in a cell, which may be infinite; `None` for text.
pub(crate) fn number(cell: &str) -> Option<f64> {
    cell.trim().parse().ok().filter(|number: &f64| !number.is_nan())
}

/// A column to predict from, and what its owner should know about it. Cells come with their lines, trimmed.
pub(crate) fn feature(
    file: &str,
    name: &str,
    cells: &[(u64, &str)],
) -> Result<(Column, Option<String>), Error> {
    let missing: Vec<u64> = cells
        .iter()
        .filter(|(_, cell)| is_missing(cell))
        .map(|(line, _)| *line)
        .collect();
    let present = cells.len() - missing.len();
    if present == 0 {
        return Ok((
            Column::LeftOut,
            Some(format!("column {name}: left out, it has no values")),
        ));
    }
    let report = |filled: &str| {
        let first = missing.first()?;
        let values = if missing.len() == 1 { "value" } else { "values" };
        Some(format!(
            "column {name}: {} missing {values} (first in line {first}), {filled}",
            missing.len()
        ))
    };
    if let Some(numbers) = numbers(file, name, cells)? {
        if counts_rows(name, &numbers) {
            return Ok((
                Column::LeftOut,
                Some(format!("column {name}: left out, it only counts the rows")),
            ));
        }
        let numbers = numbers.into_iter().map(|number| number as f32).collect();
        return Ok((
            Column::Numbers(numbers),
            report("filled with the mean of the training samples"),
        ));
    }
    let keys = cells
        .iter()
        .map(|(_, cell)| if is_missing(cell) { MISSING } else { *cell });
    let (labels, names) = targets::numbered(keys);
    if names.len() <= MOST_CATEGORIES {
        return Ok((
            Column::Categories(names, labels),
            report("made a category of their own"),
        ));
    }
    if 2 * names.len() > present {
        let note = format!(
            "column {name}: left out, text with {} different values in {present} rows; name it as the text to learn \
             from it alone",
            names.len()
        );
        return Ok((Column::LeftOut, Some(note)));
    }
    let (found, remedy) = (
        format!("{} of them", names.len()),
        "group its categories or remove the column",
    );
    let place = Place::Cell(cells[0].0, name.to_owned());
    Err(Error::malformed(
        file,
        place,
        format!("at most {MOST_CATEGORIES} categories"),
        found,
        remedy,
    ))
}

/// The column to predict, and as what it was taken. No value is missing.
pub(crate) fn target(file: &str, name: &str, cells: &[(u64, &str)]) -> Result<(Targets, String), Error> {
    let targets = match numbers(file, name, cells)? {
        Some(numbers) => targets::from_numbers(&numbers),
        None => targets::from_keys(cells.iter().map(|(_, cell)| *cell)),
    };
    let note = match &targets {
        Targets::Classes { names, .. } => format!("column {name}: predicted as {} classes", names.len()),
        Targets::Values(_) => format!("column {name}: predicted as a quantity (regression)"),
    };
    Ok((targets, note))
}

/// The values of a column of numbers, NaN where missing; `None` for a column of text. An error if it is clearly
/// meant to be numbers and some cell is not, or if a number is not finite.
fn numbers(file: &str, name: &str, cells: &[(u64, &str)]) -> Result<Option<Vec<f64>>, Error> {
    let place = |line: u64| Place::Cell(line, name.to_owned());
    let mut numbers = Vec::with_capacity(cells.len());
    let mut first_text = None;
    let mut texts = 0usize;
    for &(line, cell) in cells {
        if is_missing(cell) {
            numbers.push(f64::NAN);
        } else if let Some(number) = number(cell) {
            if !(number as f32).is_finite() {
                let expected = "a finite number (in the range of 32-bit floats)";
                let remedy = "mend it, or empty the cell if the value is missing";
                return Err(Error::malformed(
                    file,
                    place(line),
                    expected,
                    format!("`{cell}`"),
                    remedy,
                ));
            }
            numbers.push(number);
        } else {
            texts += 1;
            first_text = first_text.or(Some((line, cell)));
        }
    }
    let Some((line, cell)) = first_text else {
        return Ok(Some(numbers));
    };
    let count = numbers.iter().filter(|number| !number.is_nan()).count();
    // `3`, `4`, `5 or more` is a list of categories; hundreds of different numbers and one `1O.5` is a slip.
    if count > texts && different(cells) > MOST_NUMERIC_CLASSES {
        let expected = format!("a number as in {count} other rows");
        let found = format!("`{}`", cell.chars().take(40).collect::<String>());
        return Err(Error::malformed(
            file,
            place(line),
            expected,
            found,
            "mend it, or empty the cell",
        ));
    }
    Ok(None)
}

fn different(cells: &[(u64, &str)]) -> usize {
    cells.iter().map(|(_, cell)| *cell).collect::<BTreeSet<_>>().len()
}

/// Whether the column only numbers the rows (named `id` or the like, `index`, or without a name in the header): a
/// net could learn the order of the rows from it.
fn counts_rows(name: &str, numbers: &[f64]) -> bool {
    let name = name.to_lowercase();
    (name.ends_with("id") || name == "index" || name.starts_with("unnamed"))
        && numbers.len() > 1
        && (numbers[0] == 0.0 || numbers[0] == 1.0)
        && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1.0)
}
