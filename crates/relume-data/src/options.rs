//! How a source is to be read.

/// How a source is to be read; the default suits most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The column of a CSV file to predict, by name or by number (1 for the first); the last one if `None`.
    pub label: Option<String>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SplitBy {
    /// The groups that the data has, such as all samples of one speaker; where it has none, nothing.
    #[default]
    Groups,
    /// Nothing, though the data has groups.
    Random,
}
