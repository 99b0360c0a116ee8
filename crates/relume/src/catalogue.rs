//! The one list of all functions.

use crate::definition::Definition;
use crate::functions as f;

static CATALOGUE: &[&Definition] = &[
    &f::identity::IDENTITY,
    &f::relu::RELU,
    &f::relu6::RELU6,
    &f::leaky_relu::LEAKY_RELU,
    &f::threshold::THRESHOLD,
    &f::thresholded_relu::THRESHOLDED_RELU,
    &f::squared_relu::SQUARED_RELU,
    &f::elu::ELU,
    &f::selu::SELU,
    &f::celu::CELU,
    &f::gelu::GELU,
    &f::gelu_tanh::GELU_TANH,
    &f::quick_gelu::QUICK_GELU,
    &f::silu::SILU,
    &f::mish::MISH,
    &f::softplus::SOFTPLUS,
    &f::squareplus::SQUAREPLUS,
    &f::sparse_plus::SPARSE_PLUS,
    &f::sigmoid::SIGMOID,
    &f::log_sigmoid::LOG_SIGMOID,
    &f::sparse_sigmoid::SPARSE_SIGMOID,
    &f::tanh::TANH,
    &f::softsign::SOFTSIGN,
    &f::hard_sigmoid::HARD_SIGMOID,
    &f::hard_silu::HARD_SILU,
    &f::hard_tanh::HARD_TANH,
    &f::tanh_shrink::TANH_SHRINK,
    &f::soft_shrink::SOFT_SHRINK,
    &f::hard_shrink::HARD_SHRINK,
];

/// All activation functions.
///
/// ```
/// for definition in relume::catalogue() {
///     println!("{:12} {}", definition.name, definition.summary);
/// }
/// ```
pub fn catalogue() -> &'static [&'static Definition] {
    CATALOGUE
}

/// The function of this name or alias; upper case and hyphens do not matter.
///
/// ```
/// assert_eq!(relume::find("swish").unwrap().name, "silu");
/// assert!(relume::find("reluu").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static Definition> {
    let name = normalised(name);
    CATALOGUE
        .iter()
        .copied()
        .find(|definition| definition.name == name || definition.aliases.contains(&&*name))
}

/// The name or alias that looks most like this one, unless none does.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let name = normalised(name);
    CATALOGUE
        .iter()
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
