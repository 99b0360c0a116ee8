//! How a source is to be read.

use crate::Tokens;

/// How a source is to be read; the default suits most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The column of a CSV file to predict, by name or by number (1 for the first); the last one if `None`.
    pub label: Option<String>,
    /// The column of a CSV file that holds a text to predict from, by name or by number; found if `None`.
    pub text: Option<String>,
    /// What the steps of a text are; words where the texts are long if `None`, otherwise characters.
    pub tokens: Option<Tokens>,
    /// Height and width that the images of a folder are brought to.
    pub image_size: Option<(usize, usize)>,
    /// Whether the images of a folder become grey.
    pub grey: bool,
    /// Keep about this many samples, drawn from each class in proportion.
    pub limit: Option<usize>,
}
