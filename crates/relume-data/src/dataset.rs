//! The one form that every data set is brought into.

use crate::words::{counted, grouped};
use crate::{Error, Inputs, Shape};
use sha2::{Digest, Sha256};

/// The most input values that a data set may hold (2 GiB as `f32`), so that no header, however absurd, and
/// no slip in an option takes the machine down.
pub const MAX_VALUES: usize = 1 << 29;

/// The most steps that a sequence or a text may have: of a longer one, training would keep every state.
pub const MAX_STEPS: usize = 10_000;

/// Samples with what is to be predicted from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// A short name for people, such as `digits`.
    pub name: String,
    /// What the data is, with its counts and its source, in one sentence.
    pub description: String,
    /// What the network sees.
    pub inputs: Inputs,
    /// What it is to predict, one per sample.
    pub targets: Targets,
    /// The first sample of a test part that came with the data (it reaches to the end); `None` where a test
    /// part is to be split off.
    pub test_from: Option<usize>,
    /// Samples that belong together, such as those of one speaker: a split never divides a group.
    pub groups: Option<Groups>,
    /// Where each sample lies, such as a recording that may be played: a path from the folder of the data on, with `/`
    /// between folders. `None` where samples have no place of their own.
    pub origins: Option<Vec<String>>,
    /// What was done to the data that its owner should know, in sentences.
    pub notes: Vec<String>,
}

/// Which samples belong together. What a network has seen of one must not help it with another that is held out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    /// What a group is, in the singular: `speaker`.
    pub kind: &'static str,
    /// One per sample: an index into `names`.
    pub of: Vec<u32>,
    /// The groups.
    pub names: Vec<String>,
}

/// What is to be predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Targets {
    /// Classification.
    Classes {
        /// One per sample: an index into `names`.
        labels: Vec<u32>,
        /// The classes.
        names: Vec<String>,
    },
    /// Regression: one number per sample.
    Values(Vec<f32>),
}

impl Targets {
    pub(crate) fn len(&self) -> usize {
        match self {
            Targets::Classes { labels, .. } => labels.len(),
            Targets::Values(values) => values.len(),
        }
    }

    /// Those of these samples alone.
    pub(crate) fn only(&self, samples: &[usize]) -> Targets {
        match self {
            Targets::Classes { labels, names } => Targets::Classes {
                labels: samples.iter().map(|&i| labels[i]).collect(),
                names: names.clone(),
            },
            Targets::Values(values) => Targets::Values(samples.iter().map(|&i| values[i]).collect()),
        }
    }
}

impl Dataset {
    /// Puts a data set together and checks that a comparison can be made on it: as many targets as samples,
    /// at least two classes and enough samples of each to split (or a target that varies).
    ///
    /// `origin` completes the sentence "1,797 grey images ... from".
    pub fn new(
        name: impl Into<String>,
        origin: &str,
        inputs: Inputs,
        targets: Targets,
        test_from: Option<usize>,
        notes: Vec<String>,
    ) -> Result<Dataset, Error> {
        let mut data = Dataset {
            name: name.into(),
            description: String::new(),
            inputs,
            targets,
            test_from,
            groups: None,
            origins: None,
            notes,
        };
        data.description = format!("{} from {origin}", data.counts());
        data.check()?;
        Ok(data)
    }

    /// The data with groups that no split divides, and a note that says so. A test part that came with the data is kept
    /// as it is.
    ///
    /// # Errors
    /// If there are fewer than two groups.
    pub fn with_groups(mut self, groups: Groups) -> Result<Dataset, Error> {
        let Groups { kind, names, .. } = &groups;
        if names.len() < 2 {
            return Err(Error::unfit(
                &self.name,
                format!("all samples are of one {kind}"),
                format!("a split by {kind} needs at least two; split at random instead"),
            ));
        }
        self.notes.extend(self.apart(&groups));
        self.groups = Some(groups);
        Ok(self)
    }

    /// The data without its groups, and a note that says what that means.
    pub(crate) fn without_groups(mut self) -> Dataset {
        let Some(groups) = self.groups.take() else {
            return self;
        };
        if let Some(apart) = self.apart(&groups).filter(|_| self.test_from.is_none()) {
            self.notes.retain(|note| *note != apart);
            self.notes.push(format!(
                "split at random, not by {kind}: what is learnt of one {kind} may help with the same {kind} in the test",
                kind = groups.kind
            ));
        }
        self
    }

    /// What is to be said of groups and the split. A test part that came with the data may divide some.
    fn apart(&self, groups: &Groups) -> Option<String> {
        let Groups { kind, of, names } = groups;
        let Some(from) = self.test_from else {
            return Some(format!(
                "split by {kind}: none of the {} is in both the training and the test samples",
                counted(names.len(), kind)
            ));
        };
        let mut sides = vec![[false; 2]; names.len()];
        for (sample, &group) in of.iter().enumerate() {
            sides[group as usize][usize::from(sample >= from)] = true;
        }
        let divided = sides.iter().filter(|sides| **sides == [true; 2]).count();
        (divided > 0).then(|| {
            format!(
                "{} of {} in both the training and the given test part",
                grouped(divided),
                counted(names.len(), kind)
            )
        })
    }

    /// The data with its pictures as sequences, row by row or one by one their pixels, and a note that says so.
    ///
    /// # Errors
    /// If that makes too many steps.
    pub fn in_steps(mut self, pixel_by_pixel: bool) -> Result<Dataset, Error> {
        if let Shape::Image { .. } = self.inputs.shape {
            self.inputs = self.inputs.in_steps(pixel_by_pixel);
            let way = match pixel_by_pixel {
                true => "pixel by pixel",
                false => "row by row",
            };
            self.notes.push(format!(
                "each picture is read {way}, as a sequence of {} steps",
                self.inputs.span()
            ));
            self.check()?;
        }
        Ok(self)
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there is no sample. No data set made by this crate is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of classes; `None` for regression.
    pub fn classes(&self) -> Option<usize> {
        match &self.targets {
            Targets::Classes { names, .. } => Some(names.len()),
            Targets::Values(_) => None,
        }
    }

    /// The name of the data set's content: 32 hexadecimal digits, the same on every machine for the same inputs,
    /// targets and given test part (the first half of a SHA-256), whatever the files are called.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        match &self.inputs.shape {
            Shape::Features { names } => {
                hash.update(format!("features {}\n", names.len()));
                hash_names(&mut hash, names);
            }
            Shape::Image {
                channels,
                height,
                width,
            } => {
                hash.update(format!("image {channels} {height} {width}\n"));
            }
            Shape::Sequence { channels, .. } => hash.update(format!("sequence {channels}\n")),
            Shape::Text { tokens, .. } => {
                hash.update(format!("text {}\n", tokens.len()));
                hash_names(&mut hash, tokens);
            }
        }
        for start in self.inputs.starts.iter().flatten() {
            hash.update((*start as u64).to_le_bytes());
        }
        hash_values(&mut hash, &self.inputs.values);
        match &self.targets {
            Targets::Classes { labels, names } => {
                hash.update(format!("classes {}\n", names.len()));
                hash_names(&mut hash, names);
                labels.iter().for_each(|label| hash.update(label.to_le_bytes()));
            }
            Targets::Values(values) => {
                hash.update("values\n");
                hash_values(&mut hash, values);
            }
        }
        match self.test_from {
            Some(first) => hash.update(format!("test from {first}")),
            None => hash.update("no test part"),
        }
        if let Some(Groups { of, .. }) = &self.groups {
            of.iter().for_each(|group| hash.update(group.to_le_bytes()));
        }
        hash.finalize()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn counts(&self) -> String {
        let n = grouped(self.len());
        let what = match &self.inputs.shape {
            Shape::Features { names } => format!("{n} samples of {} features", names.len()),
            Shape::Image {
                channels,
                height,
                width,
            } => {
                let kind = match channels {
                    1 => "grey images".to_owned(),
                    3 => "colour images".to_owned(),
                    c => format!("{c}-channel images"),
                };
                format!("{n} {kind} of {height}x{width} pixels")
            }
            Shape::Sequence { channels, .. } => {
                let each = match channels {
                    1 => String::new(),
                    c => format!(" of {c} numbers"),
                };
                format!("{n} sequences of {} steps{each}", self.inputs.span())
            }
            Shape::Text { tokens, .. } => {
                format!(
                    "{n} texts of {} tokens, {} different",
                    self.inputs.span(),
                    grouped(tokens.len())
                )
            }
        };
        match &self.targets {
            Targets::Classes { names, .. } => format!("{what} in {} classes", names.len()),
            Targets::Values(_) => format!("{what} with a number to predict"),
        }
    }

    /// Whether a comparison can be made on it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let unfit = |problem: String, remedy: &str| Err(Error::unfit(&self.name, problem, remedy));
        let (len, targets) = (self.inputs.shape.len(), self.targets.len());
        if targets == 0 || len == 0 {
            return unfit(
                "the data is empty".into(),
                "give it samples with at least one value each",
            );
        }
        let samples = self.inputs.len();
        if samples != targets {
            return unfit(
                format!("there are {samples} samples but {targets} labels"),
                "give each sample exactly one label",
            );
        }
        if let Shape::Sequence { steps, .. } | Shape::Text { steps, .. } = self.inputs.shape
            && steps > MAX_STEPS
        {
            return unfit(
                format!("the longest sample has {} steps", grouped(steps)),
                &format!(
                    "at most {} can be learnt from: cut the samples, or take every n-th step",
                    grouped(MAX_STEPS)
                ),
            );
        }
        self.check_targets()
    }

    fn check_targets(&self) -> Result<(), Error> {
        let unfit = |problem: String, remedy: &str| Err(Error::unfit(&self.name, problem, remedy));
        let drawn_from = self.test_from.unwrap_or(self.len());
        match &self.targets {
            Targets::Classes { labels, names } => {
                if names.len() < 2 {
                    let only = names.first().map_or("?", |name| name);
                    return unfit(
                        format!("all samples are of one class (`{only}`)"),
                        "a comparison needs at least two classes",
                    );
                }
                let mut counts = vec![0usize; names.len()];
                labels[..drawn_from]
                    .iter()
                    .for_each(|&label| counts[label as usize] += 1);
                // One for each part that is drawn: training, validation and, unless it is given, test.
                let (needed, parts) = match self.test_from {
                    None => (3, "training, validation and test"),
                    Some(_) => (2, "training and validation"),
                };
                if let Some(class) = counts.iter().position(|&count| count < needed) {
                    return unfit(
                        format!("class `{}` has {} samples to split", names[class], counts[class]),
                        &format!(
                            "each class needs at least {needed}, one each for {parts}: add some or leave it out"
                        ),
                    );
                }
            }
            Targets::Values(values) => {
                if drawn_from < 10 {
                    return unfit(
                        format!("{drawn_from} samples are too few to split"),
                        "give at least 10",
                    );
                }
                if values[..drawn_from].iter().all(|value| *value == values[0]) {
                    return unfit(
                        format!("the number to predict is always {}", values[0]),
                        "choose a target that varies",
                    );
                }
            }
        }
        if self.test_from == Some(self.len()) {
            return unfit("the given test part is empty".into(), "add to it or take it away");
        }
        Ok(())
    }
}

fn hash_names(hash: &mut Sha256, names: &[String]) {
    for name in names {
        hash.update((name.len() as u64).to_le_bytes());
        hash.update(name);
    }
}

fn hash_values(hash: &mut Sha256, values: &[f32]) {
    let mut buffer = Vec::with_capacity(4 * 4096);
    for chunk in values.chunks(4096) {
        buffer.clear();
        for value in chunk {
            let value = if value.is_nan() { f32::NAN } else { *value };
            buffer.extend_from_slice(&value.to_bits().to_le_bytes());
        }
        hash.update(&buffer);
    }
}
