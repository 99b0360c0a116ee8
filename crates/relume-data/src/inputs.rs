//! What a network sees of each sample.

use crate::words::grouped;

/// The samples of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// Sample after sample. Images are stored channel by channel, row by row; sequences step by step; a text is the
    /// numbers of its tokens. A NaN is a missing value (only CSV files have them);
    /// [`Dataset::standardised`](crate::Dataset::standardised) fills it.
    pub values: Vec<f32>,
    /// The shape of one sample.
    pub shape: Shape,
    /// Where each sample begins in `values`, and where the last one ends, if they differ in length; `None` where each
    /// has [`Shape::len`] values.
    pub starts: Option<Vec<usize>>,
}

/// The shape of one sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Numbers in no spatial order.
    Features {
        /// The name of each.
        names: Vec<String>,
    },
    /// A picture.
    Image {
        /// 1 for grey, 3 for colour.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// Numbers in the order of time.
    Sequence {
        /// The steps of the longest sample.
        steps: usize,
        /// Numbers per step.
        channels: usize,
    },
    /// Characters or words in their order, each the number of a token: 0 for the first.
    Text {
        /// The tokens of the longest sample.
        steps: usize,
        /// All different tokens.
        tokens: Vec<String>,
    },
}

impl Shape {
    /// How many values one sample has at most.
    #[allow(clippy::len_without_is_empty)] // no sample is empty
    pub fn len(&self) -> usize {
        match self {
            Shape::Features { names } => names.len(),
            Shape::Image {
                channels,
                height,
                width,
            } => channels * height * width,
            Shape::Sequence { steps, channels } => steps * channels,
            Shape::Text { steps, .. } => *steps,
        }
    }

    /// How many values one step of a sequence has; `None` for what has no steps.
    pub fn step(&self) -> Option<usize> {
        match self {
            Shape::Features { .. } | Shape::Image { .. } => None,
            Shape::Sequence { channels, .. } => Some(*channels),
            Shape::Text { .. } => Some(1),
        }
    }
}

impl Inputs {
    /// Samples of one length.
    pub fn new(values: Vec<f32>, shape: Shape) -> Self {
        Self {
            values,
            shape,
            starts: None,
        }
    }

    /// Sequences of `channels` numbers a step, one after another, with the number of steps of each.
    pub fn sequences(values: Vec<f32>, channels: usize, steps: &[usize]) -> Self {
        let shape = Shape::Sequence {
            steps: steps.iter().copied().max().unwrap_or(0),
            channels,
        };
        Self::of_steps(values, shape, channels, steps)
    }

    /// Texts as the numbers of their tokens, one after another, with the number of tokens of each.
    pub fn texts(values: Vec<f32>, tokens: Vec<String>, steps: &[usize]) -> Self {
        let shape = Shape::Text {
            steps: steps.iter().copied().max().unwrap_or(0),
            tokens,
        };
        Self::of_steps(values, shape, 1, steps)
    }

    fn of_steps(values: Vec<f32>, shape: Shape, channels: usize, steps: &[usize]) -> Self {
        let differ = steps.windows(2).any(|pair| pair[0] != pair[1]);
        let starts = differ.then(|| {
            let ends = steps.iter().scan(0, |end, steps| {
                *end += steps * channels;
                Some(*end)
            });
            std::iter::once(0).chain(ends).collect()
        });
        Self {
            values,
            shape,
            starts,
        }
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        match &self.starts {
            Some(starts) => starts.len() - 1,
            None => self.values.len() / self.shape.len().max(1),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the values of a sample are.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn range(&self, sample: usize) -> std::ops::Range<usize> {
        match &self.starts {
            Some(starts) => starts[sample]..starts[sample + 1],
            None => sample * self.shape.len()..(sample + 1) * self.shape.len(),
        }
    }

    /// The values of a sample.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn sample(&self, sample: usize) -> &[f32] {
        &self.values[self.range(sample)]
    }

    /// How many steps a sample has: of a sequence or a text; 1 for anything else.
    ///
    /// # Panics
    /// If there is no such sample.
    pub fn steps(&self, sample: usize) -> usize {
        self.shape
            .step()
            .map_or(1, |step| self.range(sample).len() / step)
    }

    /// How many steps every sample has, if all have as many; `None` of what has no steps too.
    pub fn steps_of_all(&self) -> Option<usize> {
        let steps = self.shape.len() / self.shape.step()?;
        self.starts.is_none().then_some(steps)
    }

    /// Pictures as sequences, row by row, each row a step, or one by one their pixels; anything else as it is.
    #[must_use]
    pub fn in_steps(self, pixel_by_pixel: bool) -> Self {
        let Shape::Image {
            channels,
            height,
            width,
        } = self.shape
        else {
            return self;
        };
        let samples = self.len();
        let plane = height * width;
        let values = self.values.chunks_exact(channels * plane).flat_map(|picture| {
            (0..plane).flat_map(move |i| (0..channels).map(move |c| picture[c * plane + i]))
        });
        let (steps, numbers) = match pixel_by_pixel {
            true => (plane, channels),
            false => (height, width * channels),
        };
        Self::sequences(values.collect(), numbers, &vec![steps; samples])
    }

    /// These samples alone.
    pub(crate) fn only(&self, samples: &[usize]) -> Self {
        let values = samples.iter().flat_map(|&i| self.sample(i)).copied().collect();
        let shape = self.shape.clone();
        let steps = || samples.iter().map(|&i| self.steps(i)).collect::<Vec<_>>();
        match shape {
            Shape::Sequence { channels, .. } => Self::sequences(values, channels, &steps()),
            Shape::Text { tokens, .. } => Self::texts(values, tokens, &steps()),
            shape => Self::new(values, shape),
        }
    }

    /// The fewest and the most steps, for people: `40`, or `3 to 1,200`.
    pub(crate) fn span(&self) -> String {
        let steps = || (0..self.len()).map(|i| self.steps(i));
        match (steps().min().unwrap_or(0), steps().max().unwrap_or(0)) {
            (least, most) if least == most => grouped(most),
            (least, most) => format!("{} to {}", grouped(least), grouped(most)),
        }
    }
}
