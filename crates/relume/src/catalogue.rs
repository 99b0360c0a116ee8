//! All functions, by name.

use crate::definition::Definition;
use crate::functions::{FUNCTIONS, Function};

/// All activation functions: first those of single elements, which [`activations`](crate::activations) lists with their
/// parameters, then those of rows, halves and channels.
///
/// ```
/// for definition in relume::catalogue() {
///     println!("{:12} {}", definition.name, definition.summary);
/// }
/// ```
pub fn catalogue() -> impl ExactSizeIterator<Item = &'static Definition> + Clone {
    FUNCTIONS.iter().map(|function| function.definition)
}

/// The function of this name or alias; upper case and hyphens do not matter.
///
/// ```
/// assert_eq!(relume::find("swish").unwrap().name, "silu");
/// assert_eq!(relume::find("softmax").unwrap().title, "softmax");
/// assert!(relume::find("reluu").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static Definition> {
    function(name).map(|function| function.definition)
}

/// The function of this name or alias, with its code.
pub(crate) fn function(name: &str) -> Option<&'static Function> {
    let name = normalised(name);
    FUNCTIONS.iter().find(|function| {
        let definition = function.definition;
        definition.name == name || definition.aliases.contains(&&*name)
    })
}

/// The name or alias that looks most like this one, unless none does.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let name = normalised(name);
    catalogue()
        .flat_map(|definition| std::iter::once(&definition.name).chain(definition.aliases))
        .map(|known| (edit_distance(&name, known), *known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

fn normalised(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', ' '], "_")
}

/// The number of letters to insert, delete or replace to get from one word to the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for j in 0..to.len() {
            let replaced = diagonal + usize::from(letter != to[j]);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}
