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

/// The number of letters to insert, delete or replace, or of neighbours to swap, to get from one word to the other.
fn edit_distance(from: &str, to: &str) -> usize {
    let [from, to] = [from, to].map(|word| word.chars().collect::<Vec<char>>());
    // The distances of the beginnings of `from`, one row each, to those of `to`.
    let mut rows: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 0..from.len() {
        let mut row = vec![i + 1];
        for j in 0..to.len() {
            let replaced = rows[i][j] + usize::from(from[i] != to[j]);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j] {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::edit_distance;

    #[test]
    fn edits_are_counted() {
        for (from, to, edits) in [
            ("gelu", "gelu", 0),
            ("gleu", "gelu", 1),
            ("gleu", "glu", 1),
            ("gel", "gelu", 1),
            ("swsh", "swish", 1),
            ("tahn", "tanh", 1),
            ("", "elu", 3),
            ("relu", "silu", 2),
        ] {
            assert_eq!(edit_distance(from, to), edits, "{from} {to}");
            assert_eq!(edit_distance(to, from), edits, "{to} {from}");
        }
    }
}
