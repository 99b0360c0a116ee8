//! The tokens that a network may know: those of its training texts.

use crate::{Dataset, Shape};
use std::cmp::Reverse;

/// The most tokens that a network knows; the rarer ones are unknown to it.
const MOST_TOKENS: usize = 20_000;

/// Which tokens of a data set a network knows, and by which numbers. 0 stands for every one that it does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    numbers: Vec<u32>,
    len: usize,
}

impl Dataset {
    /// The tokens of the samples `train`, the most frequent first. Where a token that occurs only once would leave the
    /// network without practice in meeting the unknown, it counts as unknown: so it is if more than `MOST_ONCE` of the
    /// tokens do, as of words, but hardly of characters. Empty for what is not text.
    ///
    /// # Panics
    /// If an index in `train` is out of range.
    pub fn vocabulary(&self, train: &[usize]) -> Vocabulary {
        let Shape::Text { tokens, .. } = &self.inputs.shape else {
            return Vocabulary {
                numbers: vec![],
                len: 1,
            };
        };
        let mut counts = vec![0_usize; tokens.len()];
        for &sample in train {
            for &token in self.inputs.sample(sample) {
                counts[token as usize] += 1;
            }
        }
        let known = counts.iter().filter(|&&count| count > 0).count();
        let once = counts.iter().filter(|&&count| count == 1).count();
        let fewest = if once as f64 > MOST_ONCE * known as f64 {
            2
        } else {
            1
        };
        let mut order: Vec<usize> = (0..tokens.len())
            .filter(|&token| counts[token] >= fewest)
            .collect();
        order.sort_by_key(|&token| (Reverse(counts[token]), token));
        order.truncate(MOST_TOKENS);
        let mut numbers = vec![0; tokens.len()];
        for (place, &token) in order.iter().enumerate() {
            numbers[token] = place as u32 + 1;
        }
        Vocabulary {
            numbers,
            len: order.len() + 1,
        }
    }
}

/// The share of tokens that occur once beyond which these are taken for unknown.
const MOST_ONCE: f64 = 0.25;

impl Vocabulary {
    /// How many numbers there are, that of the unknown included.
    #[allow(clippy::len_without_is_empty)] // the unknown is always there
    pub fn len(&self) -> usize {
        self.len
    }

    /// The network's number of a token of the data set.
    ///
    /// # Panics
    /// If the data set has no such token.
    pub fn number(&self, token: usize) -> usize {
        self.numbers[token] as usize
    }
}
