//! What can be wrong with a text.

use std::fmt;

/// Where and why a text is no formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The number of characters before the place.
    pub position: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A character that the language does not have.
    Character(char),
    /// A number without digits, or with more digits than are kept exactly.
    Number,
    /// Something else was expected; the text ends there if `found` is `None`.
    Unexpected {
        /// What would be right.
        expected: &'static str,
        /// What is there.
        found: Option<String>,
    },
    /// A name that is no parameter and is not defined.
    UnknownName(String),
    /// A name that is defined although it has a meaning already.
    NameTaken(String),
    /// A function with another number of arguments.
    Arguments {
        /// The function.
        function: &'static str,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The text has too many symbols, or too many parentheses within each other.
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after {} characters: ", self.position)?;
        match &self.problem {
            Problem::Character(character) => write!(f, "{character:?} has no meaning"),
            Problem::Number => f.write_str("a number has 1 to 36 digits"),
            Problem::Unexpected {
                expected,
                found: Some(found),
            } => write!(f, "expected {expected}, found {found:?}"),
            Problem::Unexpected {
                expected,
                found: None,
            } => write!(f, "expected {expected}, found the end"),
            Problem::UnknownName(name) => write!(f, "{name:?} is no parameter and is not defined"),
            Problem::NameTaken(name) => write!(f, "{name:?} has a meaning already"),
            Problem::Arguments {
                function,
                expected,
                found,
            } => {
                write!(f, "{function} has {found} arguments, expected {expected}")
            }
            Problem::TooLong => f.write_str("the formula is too long or too deep"),
        }
    }
}

impl std::error::Error for Error {}
