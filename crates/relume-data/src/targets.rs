//! What a column of labels or numbers is: classes or a quantity.

use crate::Targets;
use std::collections::BTreeMap;

/// Numbers are classes where all are whole, at most this many differ, and each occurs often enough on average.
pub(crate) const MOST_NUMERIC_CLASSES: usize = 20;

/// How often the values of a numeric target must occur on average to be classes.
pub(crate) const CLASS_OCCURRENCES: usize = 5;

/// Classes or regression, from finite numbers. They are classes if all are whole numbers, at most 20 differ,
/// and there are at least 5 samples per different number; a quantity to regress otherwise.
pub(crate) fn from_numbers(numbers: &[f64]) -> Targets {
    let quantity = || Targets::Values(numbers.iter().map(|&number| number as f32).collect());
    // Beyond 2^53 neighbouring whole numbers can no longer be told apart.
    if numbers
        .iter()
        .any(|number| number.fract() != 0.0 || number.abs() > 9e15)
    {
        return quantity();
    }
    let mut different: Vec<i64> = numbers.iter().map(|&number| number as i64).collect();
    different.sort_unstable();
    different.dedup();
    if different.len() > MOST_NUMERIC_CLASSES || numbers.len() < CLASS_OCCURRENCES * different.len() {
        return quantity();
    }
    from_keys(numbers.iter().map(|&number| number as i64))
}

/// Classes from labels that can be ordered; the classes are in that order.
pub(crate) fn from_keys<K: Ord + ToString>(keys: impl ExactSizeIterator<Item = K>) -> Targets {
    let (labels, names) = numbered(keys);
    Targets::Classes { labels, names }
}

/// The different keys in their order, and for each key its place among them.
pub(crate) fn numbered<K: Ord + ToString>(keys: impl ExactSizeIterator<Item = K>) -> (Vec<u32>, Vec<String>) {
    let mut numbers = BTreeMap::new();
    // In order of appearance first ...
    let mut labels: Vec<u32> = Vec::with_capacity(keys.len());
    for key in keys {
        let next = numbers.len() as u32;
        labels.push(*numbers.entry(key).or_insert(next));
    }
    // ... then in the order of the keys.
    let mut rank = vec![0; numbers.len()];
    numbers
        .values()
        .enumerate()
        .for_each(|(place, &number)| rank[number as usize] = place as u32);
    labels.iter_mut().for_each(|label| *label = rank[*label as usize]);
    (labels, numbers.into_keys().map(|key| key.to_string()).collect())
}
