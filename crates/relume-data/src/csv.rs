//! Tables as text: CSV with commas, semicolons or tabs.
//!
//! - A cell in quotes may hold separators and line breaks. Between tabs, quotes that would join lines of which each is
//!   a row already are characters like others.
//! - The first row is a header if some column has text there and numbers below, or if it holds no number and
//!   none of its cells comes again further down its column. Without a header the columns are called by their
//!   numbers, 1 for the first.
//! - The column to predict is given by name or by number (1 for the first); otherwise it is the last. Text is
//!   classes. Numbers are classes if all are whole, at most 20 differ and there are at least 5 rows per different
//!   number; otherwise they are a quantity to regress.
//! - A column of numbers is one feature; a column of text is one feature per category (0 or 1).
//! - An empty cell, `?`, `NA`, `N/A`, `NaN`, `null` and `none` are missing values: filled with the mean of the
//!   training samples (numbers), a category of its own (text), the row dropped (target). Notes report them.
//! - A column of text is what is predicted from, character by character or word by word, if it is named, or if it is
//!   the only column that there is to predict from, most of its cells differ, and there are more than 100 of them or
//!   most have several words. Then the column to predict is the last other that can be used, unless it is given. A row
//!   without a text is left out, and so is one that repeats a text and its target: a note says how many.
//! - Left out, with a note: columns without values, columns that only number the rows, and text of more than 100
//!   values that differ in most rows (names, tickets).

use crate::columns::{self, Column, is_missing, number};
use crate::dataset::MAX_VALUES;
use crate::encoding::decoded;
use crate::error::{Place, nearest, one_line};
use crate::text_column::{self, Roles};
use crate::texts::{At, Blank, Text, Texts};
use crate::{Dataset, Error, Inputs, Options, Shape, Tokens};

/// How many columns a message lists.
const MOST_SHOWN: usize = 12;

/// The rows of a file, as many cells in each.
struct Table {
    names: Vec<String>,
    /// Each with the line it starts on.
    rows: Vec<(u64, ::csv::StringRecord)>,
}

/// A data set from the bytes of a CSV file, called `file` in messages. Of the options, those for tables and texts are
/// followed.
pub fn parse(name: &str, file: &str, bytes: &[u8], options: &Options) -> Result<Dataset, Error> {
    let table = read(file, bytes)?;
    let column = |given: &Option<String>, purpose| {
        let given = given.as_ref();
        given
            .map(|given| find_column(file, &table.names, given, purpose))
            .transpose()
    };
    let label = column(&options.label, "to predict")?;
    let text = column(&options.text, "of text")?;
    let roles = match text {
        Some(text) => {
            let others = || (0..table.names.len()).filter(|column| *column != text);
            let label = label.or_else(|| others().next_back());
            let label = label.filter(|label| *label != text).ok_or_else(|| {
                let problem = format!(
                    "{} is both the text and what is to be predicted",
                    table.names[text]
                );
                Error::unfit(file, problem, "name two columns")
            })?;
            Some(Roles { text, label })
        }
        None => text_column::find(&table.names, |column| table.cells(column), label),
    };
    match roles {
        Some(roles) => texts(name, file, table, roles, options.tokens),
        None if options.tokens.is_some() => Err(Error::NeedlessOption {
            name: one_line(file),
            option: "tokens",
            meant_for: "texts",
            kind: "a table in which no column of text was found or named",
        }),
        None => {
            let label = label.unwrap_or(table.names.len() - 1);
            features(name, file, table, label)
        }
    }
}

impl Table {
    /// The cells of a column with their lines, trimmed.
    fn cells(&self, column: usize) -> Vec<(u64, &str)> {
        let cells = self.rows.iter();
        cells.map(|(line, row)| (*line, row[column].trim())).collect()
    }

    /// Without the rows that have no value to predict, and a note if there are any.
    fn drop_unlabelled(&mut self, label: usize) -> Option<String> {
        let before = self.rows.len();
        self.rows.retain(|(_, row)| !is_missing(&row[label]));
        let dropped = before - self.rows.len();
        (dropped > 0).then(|| {
            format!(
                "{dropped} of {before} rows dropped: no value in {}",
                self.names[label]
            )
        })
    }
}

/// From a table whose columns are what is predicted from.
fn features(name: &str, file: &str, mut table: Table, label: usize) -> Result<Dataset, Error> {
    let mut notes = Vec::from_iter(table.drop_unlabelled(label));
    let (targets, note) = columns::target(file, &table.names[label], &table.cells(label))?;
    notes.push(note);
    let mut features: Vec<Column> = vec![];
    let mut names = vec![];
    for (column, column_name) in table
        .names
        .iter()
        .enumerate()
        .filter(|(column, _)| *column != label)
    {
        let (feature, note) = columns::feature(file, column_name, &table.cells(column))?;
        notes.extend(note);
        feature.name_into(column_name, &mut names);
        features.push(feature);
    }
    if names.is_empty() {
        let problem = format!("there is nothing to predict {} from", table.names[label]);
        return Err(Error::unfit(
            file,
            problem,
            "give it at least one other column that can be used, or name a column of text",
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

/// From a table with a column of text; its other columns are left out.
fn texts(
    name: &str,
    file: &str,
    mut table: Table,
    roles: Roles,
    tokens: Option<Tokens>,
) -> Result<Dataset, Error> {
    let Roles { text, label } = roles;
    let mut notes = Vec::from_iter(table.drop_unlabelled(label));
    let mut blank = Blank::default();
    let at = |line| At::Cell(line, &table.names[text]);
    table
        .rows
        .retain(|(line, row)| !blank.is(&row[text], file, at(*line)));
    notes.extend(blank.note());
    let (targets, note) = columns::target(file, &table.names[label], &table.cells(label))?;
    notes.push(note);
    notes.push(format!("column {}: taken for the text", table.names[text]));
    let others: Vec<&str> = (0..table.names.len())
        .filter(|column| *column != text && *column != label)
        .map(|column| &*table.names[column])
        .collect();
    if !others.is_empty() {
        let shown = others[..others.len().min(MOST_SHOWN)].join(", ");
        let all = match others.len() {
            0..=MOST_SHOWN => String::new(),
            n => format!(", ... ({n} in all)"),
        };
        notes.push(format!("left out beside the text: {shown}{all}"));
    }
    let cells = table.cells(text);
    let texts = cells
        .iter()
        .map(|(line, cell)| Text {
            text: cell,
            file,
            at: at(*line),
        })
        .collect();
    let texts = Texts {
        texts,
        targets,
        test_from: None,
        notes,
    };
    texts.into_dataset(name, &format!("the table {name}.csv"), tokens)
}

fn read(file: &str, bytes: &[u8]) -> Result<Table, Error> {
    let text = decoded(file, bytes)?;
    let mut rows = rows(file, text)?;
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

/// The rows of a table, each with the line it starts on.
fn rows(file: &str, text: &str) -> Result<Vec<(u64, ::csv::StringRecord)>, Error> {
    let delimiter = delimiter(text);
    let read = |quoting| {
        let mut reader = ::csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(delimiter)
            .quoting(quoting)
            .from_reader(text.as_bytes());
        let row = |row: Result<::csv::StringRecord, ::csv::Error>| {
            let row = row.map_err(|error| ragged(file, &error))?;
            Ok((row.position().map_or(0, |position| position.line()), row))
        };
        reader.records().map(row).collect::<Result<Vec<_>, Error>>()
    };
    let quoted = read(true);
    if delimiter == b'\t' {
        let lines = || text.lines().filter(|line| !line.is_empty());
        let tabs = |line: &str| line.matches('\t').count();
        let first = lines().next().map_or(0, tabs);
        let as_many = quoted.as_ref().is_ok_and(|rows| rows.len() == lines().count());
        if !as_many && lines().all(|line| tabs(line) == first) {
            // Every line is a row as it stands: a quotation mark that opens a text was taken for one that joins lines.
            return read(false);
        }
    }
    quoted
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

/// The column that is called so, or has this number.
fn find_column(file: &str, names: &[String], label: &str, purpose: &'static str) -> Result<usize, Error> {
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
    by_name.ok_or_else(|| Error::NoColumn {
        file: one_line(file),
        label: one_line(label),
        purpose,
        columns: match names.len() {
            0..=MOST_SHOWN => names.join(", "),
            n => format!("{}, ... ({n} in all)", names[..MOST_SHOWN].join(", ")),
        },
        nearest: nearest(label, names.iter().map(|name| &**name)).filter(|name| name != label),
    })
}
