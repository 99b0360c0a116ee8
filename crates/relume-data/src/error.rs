//! What can be wrong with data, in one line each: where, what was expected, what was found, what to do.

use std::fmt;
use std::io;

/// Why data could not be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing known has that name.
    #[error(
        "{given}: {problem}; expected `digits`, `spoken`, `places`, `mnist1d`, `adding`, a folder of images (one sub-folder \
         per class), of texts (one file or sub-folder per class), of WAV files or of IDX files, a .csv file or a .npz file{}",
        hint(nearest)
    )]
    UnknownSource {
        /// What was asked for.
        given: String,
        /// Why it is no data set.
        problem: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A generated data set was asked for in a way that it cannot be made.
    #[error("{given}: {problem}; expected for example `{example}`")]
    Parameters {
        /// What was asked for.
        given: String,
        /// What is wrong with it.
        problem: String,
        /// The same data set with all its parameters.
        example: String,
    },
    /// The operating system would not read it.
    #[error("{file}: cannot be read: {error}")]
    Unreadable {
        /// The file or folder.
        file: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// The content is not what the format asks for.
    #[error(transparent)]
    Malformed(Box<Malformed>),
    /// A column does not exist, or its name is not unique.
    #[error(
        "{file}: no single column `{label}` {purpose}; the columns are {columns}{}",
        hint(nearest)
    )]
    NoColumn {
        /// The CSV file.
        file: String,
        /// The column asked for.
        label: String,
        /// What it is asked for: `to predict`, or `of text`.
        purpose: &'static str,
        /// The columns there are, as a list for people.
        columns: String,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
    /// Well-formed data that no comparison can be made on.
    #[error("{name}: {problem}; {remedy}")]
    Unfit {
        /// The data set.
        name: String,
        /// What stands in the way.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// An option that means nothing for this kind of data.
    #[error("{name}: the option {option} is for {meant_for}, but this is {kind}; leave it out")]
    NeedlessOption {
        /// The data set.
        name: String,
        /// The option.
        option: &'static str,
        /// The kind of data it is for.
        meant_for: &'static str,
        /// The kind of data this is.
        kind: &'static str,
    },
}

/// Content that is not what the format asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}{place}: expected {expected}, found {found}; {remedy}")]
pub struct Malformed {
    /// The file or folder.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What to do about it.
    pub remedy: String,
}

/// Where in a file something is wrong. Displayed as a continuation of the file's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    Whole,
    /// A line of text, 1 for the first.
    Line(u64),
    /// A line of text and the name of a column.
    Cell(u64, String),
    /// A byte, 0 for the first (of the uncompressed content, if it is compressed).
    Byte(u64),
    /// An array inside an archive.
    Array(String),
    /// A sample (0 for the first) and a value in it (0 for the first), of an array.
    Value(usize, usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Whole => Ok(()),
            Place::Line(line) => write!(f, ", line {line}"),
            Place::Cell(line, column) => write!(f, ", line {line}, column {column}"),
            Place::Byte(byte) => write!(f, ", byte {byte}"),
            Place::Array(name) => write!(f, ", array {name}"),
            Place::Value(sample, value) => write!(f, ", sample {sample}, value {value}"),
        }
    }
}

fn hint(nearest: &Option<String>) -> String {
    nearest
        .as_ref()
        .map(|name| format!("; did you mean {name}?"))
        .unwrap_or_default()
}

/// The candidate that `given` was probably meant to be: few letters apart, capitals aside.
pub(crate) fn nearest<'a>(given: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let given = given.to_lowercase();
    candidates
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(distance, name)| 3 * distance <= name.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

/// Text from a file or a user as part of a message: no line breaks, no more than 300 characters.
pub(crate) fn one_line(text: impl Into<String>) -> String {
    let text = text.into();
    let shown = text
        .chars()
        .take(300)
        .map(|c| if c.is_control() { ' ' } else { c });
    shown.chain(text.chars().nth(300).map(|_| '…')).collect()
}

impl Error {
    pub(crate) fn malformed(
        file: &str,
        place: Place,
        expected: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Error {
        Error::Malformed(Box::new(Malformed {
            file: one_line(file),
            place,
            expected: one_line(expected),
            found: one_line(found),
            remedy: remedy.into(),
        }))
    }

    pub(crate) fn unfit(name: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Error {
        Error::Unfit {
            name: one_line(name),
            problem: one_line(problem),
            remedy: remedy.into(),
        }
    }
}
