//! What is known about the functions that are not elementwise: one entry for each.

use crate::definition::{Convention, Origin};

/// What there is to say about a function of more than one element at a time.
///
/// The elementwise functions have a [`Definition`](crate::Definition) instead.
///
/// ```
/// let softmax = relume::rows::SOFTMAX.facts;
/// println!("{} = {}, {}", softmax.title, softmax.formula, softmax.origin);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Facts {
    /// The name by which it is found; PyTorch's where it has one.
    pub name: &'static str,
    /// Its name in running text.
    pub title: &'static str,
    /// What it is, in a sentence or two.
    pub summary: &'static str,
    /// The function, in symbols.
    pub formula: &'static str,
    /// The backward, in symbols.
    pub backward: &'static str,
    /// How large the error of a result can be.
    pub accuracy: &'static str,
    /// What frameworks that have it call it, and where they choose otherwise.
    pub conventions: &'static [Convention],
    /// Who proposed it.
    pub origin: Origin,
}

/// Every function that is not elementwise.
///
/// ```
/// assert!(relume::facts().any(|facts| facts.name == "swiglu"));
/// ```
pub fn facts() -> impl Iterator<Item = &'static Facts> {
    let rows = crate::rows::catalogue().iter().map(|function| &function.facts);
    let gated = crate::gated::catalogue().iter().map(|unit| &unit.facts);
    [&crate::prelu::FACTS, &crate::crelu::FACTS]
        .into_iter()
        .chain(gated)
        .chain(rows)
}
