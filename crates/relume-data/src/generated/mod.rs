//! Data sets that are computed, not read, and named like an activation: `mnist1d`, `adding(length=200)`.

mod adding;
mod mnist1d;
mod recipe;

use crate::{Dataset, Error};
use recipe::Recipe;

const RECIPES: [&Recipe; 2] = [&mnist1d::RECIPE, &adding::RECIPE];

/// The names of all.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    RECIPES.iter().map(|recipe| recipe.name)
}

/// What stands before the parameters.
pub(crate) fn name(text: &str) -> &str {
    text.split_once('(').map_or(text, |(name, _)| name).trim()
}

/// Whether a text begins with the name of one, alone or before a parenthesis.
pub(crate) fn is_named(text: &str) -> bool {
    names().any(|known| known == name(text))
}

/// The data set that a text such as `mnist1d(test=20000)` stands for.
///
/// # Panics
/// Unless [`is_named`].
pub(crate) fn read(text: &str) -> Result<Dataset, Error> {
    let named = RECIPES.iter().find(|recipe| recipe.name == name(text));
    named.expect("its name was looked up").read(text)
}
