//! Tables as text: CSV with commas, semicolons or tabs.
//!
//! - The first row is a header if some column has text there and numbers below, or if it holds no number and
//!   none of its cells comes again further down its column. Without a header the columns are called by their
//!   numbers, 1 for the first.
//! - The column to predict is given by name or by number (1 for the first); otherwise it is the last. Text is
//!   classes. Numbers are classes if all are whole, at most 20 differ and there are at least 5 rows per different
//!   number; otherwise they are a quantity to regress.
//! - A column of numbers is one feature; a column of text is one feature per category (0 or 1).
//! - An empty cell, `?`, `NA`, `N/A`, `NaN`, `null` and `none` are missing values: filled with the mean of the
//!   training samples (numbers), a category of its own (text), the row dropped (target). Notes report them.
//! - Left out, with a note: columns without values, columns that only number the rows, and text of more than 100
//!   values that differ in most rows (names, tickets).

use crate::columns::{self, Column, is_missing, number};
use crate::dataset::MAX_VALUES;
use crate::error::{Place, nearest, one_line};
use crate::{Dataset, Error, Inputs, Shape};

/// The rows of a file, as many cells in each.
struct Table {
    names: Vec<String>,
    /// Each with the line it starts on.
    rows: Vec<(u64, ::csv::StringRecord)>,
}

/// A data set from the bytes of a CSV file, called `file` in messages; `label` is the column to predict.
pub fn parse(name: &str, file: &str, bytes: &[u8], label: Option<&str>) -> Result<Dataset, Error> {
    let mut table = read(file, bytes)?;
    let label = find_label(file, &table.names, label)?;
    let before = table.rows.len();
    table.rows.retain(|(_, row)| !is_missing(&row[label]));
    let mut notes = vec![];
    if table.rows.len() < before {
        let dropped = before - table.rows.len();
        notes.push(format!(
            "{dropped} of {before} rows dropped: no value in {}",
            table.names[label]
        ));
    }
    let cells = |column: usize| -> Vec<(u64, &str)> {
        table
            .rows
            .iter()
            .map(|(line, row)| (*line, row[column].trim()))
            .collect()
    };
    let (targets, note) = columns::target(file, &table.names[label], &cells(label))?;
    notes.push(note);
    let mut features: Vec<Column> = vec![];
    let mut names = vec![];
    for (column, column_name) in table
        .names
        .iter()
        .enumerate()
        .filter(|(column, _)| *column != label)
    {
        let (feature, note) = columns::feature(file, column_name, &cells(column))?;
        notes.extend(note);
        feature.name_into(column_name, &mut names);
        features.push(feature);
    }
    if names.is_empty() {
        let problem = format!("there is nothing to predict {} from", table.names[label]);
        return Err(Error::unfit(
            file,
            problem,
            "give it at least one other column that can be used",
        ));
    }
    let rows = table.rows.len();
    if rows.saturating_mul(names.len()) > MAX_VALUES {
        let problem = format!("{rows} rows of {} features are too many", names.len());
        return Err(Error::unfit(
            file,
            problem,
            "leave out columns of many categories, or rows",
        ));
    }
    let mut values = Vec::with_capacity(rows * names.len());
    (0..rows).for_each(|row| {
        features
            .iter()
            .for_each(|feature| feature.encode_into(row, &mut values))
    });
    let inputs = Inputs::new(values, Shape::Features { names });
    Dataset::new(
        name,
        &format!("the table {name}.csv"),
        inputs,
        targets,
        None,
        notes,
    )
}

fn read(file: &str, bytes: &[u8]) -> Result<Table, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = &bytes[..error.valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count() as u64;
        let found = format!("the byte {:02x}", bytes[valid.len()]);
        Error::malformed(
            file,
            Place::Line(line),
            "text in UTF-8",
            found,
            "save the table as UTF-8",
        )
    })?;
    let mut reader = ::csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut rows = vec![];
    for row in reader.records() {
        let row = row.map_err(|error| ragged(file, &error))?;
        rows.push((row.position().map_or(0, |position| position.line()), row));
    }
    let width = rows.first().map_or(0, |(_, row)| row.len());
    let mut names: Vec<String> = (1..=width).map(|number| number.to_string()).collect();
    if has_header(&rows) {
        for (number, (name, cell)) in (1..).zip(names.iter_mut().zip(rows.remove(0).1.iter())) {
            *name = match cell.trim() {
                "" => format!("unnamed {number}"),
                cell => one_line(cell),
            };
        }
    }
    if rows.is_empty() {
        return Err(Error::unfit(file, "the table is empty", "give it rows of data"));
    }
    Ok(Table { names, rows })
}

fn ragged(file: &str, error: &::csv::Error) -> Error {
    let remedy = "mend the line; a cell that holds the separator needs quotes";
    match error.kind() {
        ::csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => {
            let place = pos
                .as_ref()
                .map_or(Place::Whole, |position| Place::Line(position.line()));
            let expected = format!("{expected_len} cells as in the first row");
            Error::malformed(file, place, expected, len.to_string(), remedy)
        }
        _ => Error::malformed(file, Place::Whole, "a table", error.to_string(), remedy),
    }
}

/// The separator that the first line has most of, outside quotes.
fn delimiter(text: &str) -> u8 {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut counts = [(0usize, b'\t'), (0, b';'), (0, b',')];
    let mut quoted = false;
    for byte in first.bytes() {
        quoted ^= byte == b'"';
        if let (false, Some(count)) = (quoted, counts.iter_mut().find(|count| count.1 == byte)) {
            count.0 += 1;
        }
    }
    // Of equals the last is taken: the comma.
    counts
        .iter()
        .max_by_key(|(count, _)| count)
        .map_or(b',', |(_, byte)| *byte)
}

fn has_header(rows: &[(u64, ::csv::StringRecord)]) -> bool {
    let Some(((_, first), rest)) = rows.split_first() else {
        return false;
    };
    let is_text = |cell: &str| !is_missing(cell) && number(cell).is_none();
    let below = |column: usize| rest.iter().map(move |(_, row)| row[column].trim());
    let text_over_numbers = |column: usize| {
        let mut present = below(column).filter(|cell| !is_missing(cell)).peekable();
        is_text(&first[column]) && present.peek().is_some() && present.all(|cell| number(cell).is_some())
    };
    let is_name = |column: usize| {
        let cell = first[column].trim();
        number(cell).is_none() && below(column).all(|other| other != cell)
    };
    (0..first.len()).any(text_over_numbers) || (0..first.len()).all(is_name)
}

fn find_label(file: &str, names: &[String], label: Option<&str>) -> Result<usize, Error> {
    let Some(label) = label else {
        return Ok(names.len() - 1);
    };
    let label = label.trim();
    let unique = |same: &dyn Fn(&str) -> bool| {
        let mut found = names
            .iter()
            .enumerate()
            .filter(|(_, name)| same(name))
            .map(|(column, _)| column);
        found.next().filter(|_| found.next().is_none())
    };
    let by_name = unique(&|name| name == label);
    // A name that is there twice is not to be taken for a column number or for its other spelling.
    if by_name.is_none() && names.iter().all(|name| name != label) {
        if let Some(column) = unique(&|name| name.to_lowercase() == label.to_lowercase()) {
            return Ok(column);
        }
        if let Some(number) = label
            .parse()
            .ok()
            .filter(|number| (1..=names.len()).contains(number))
        {
            return Ok(number - 1);
        }
    }
    by_name.ok_or_else(|| Error::NoLabel {
        file: one_line(file),
        label: one_line(label),
        columns: match names.len() {
            0..=12 => names.join(", "),
            n => format!("{}, ... ({n} in all)", names[..12].join(", ")),
        },
        nearest: nearest(label, names.iter().map(|name| &**name)).filter(|name| name != label),
    })
}
