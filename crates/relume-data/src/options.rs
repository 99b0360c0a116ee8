//! How a source is to be read.

use crate::Tokens;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

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
    /// What a split keeps on one side.
    pub split: SplitBy,
    /// Keep about this many samples, drawn from each class in proportion.
    pub limit: Option<usize>,
}

/// What a split keeps on one side.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SplitBy {
    /// The groups that the data has, such as all samples of one speaker; where it has none, nothing.
    #[default]
    Groups,
    /// Nothing, though the data has groups.
    Random,
}
