//! Which column of a table is a text to learn from.

use crate::columns::{self, Column, MOST_CATEGORIES, is_missing, number};
use std::collections::HashSet;

/// The column of a text, and the column to predict from it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Roles {
    pub(crate) text: usize,
    pub(crate) label: usize,
}

/// Finds the one column of text where there is nothing else to predict from. `cells` gives the cells of a column, with
/// their lines; `label` is the column to predict, if it is known. Otherwise it is the last one that is no text,
/// and holds more than numbers of rows.
///
/// Beside a text, a table may hold numbers of rows and empty columns only. One with other columns is taken for
/// features, as ever: a name among them is no text to learn from.
pub(crate) fn find<'a>(
    names: &[String],
    cells: impl Fn(usize) -> Vec<(u64, &'a str)>,
    label: Option<usize>,
) -> Option<Roles> {
    let is_text = |column: &usize| is_text(&cells(*column));
    // A column that has something wrong in it was meant to be used.
    let is_feature = |column: usize| {
        !matches!(
            columns::feature("", &names[column], &cells(column)),
            Ok((Column::LeftOut, _))
        )
    };
    let label = match label {
        Some(label) => label,
        None => (0..names.len())
            .rev()
            .find(|column| !is_text(column) && is_feature(*column))?,
    };
    let others = (0..names.len()).filter(|column| *column != label);
    let mut others = others.filter(|column| is_text(column) || is_feature(*column));
    let text = others.next().filter(is_text)?;
    others.next().is_none().then_some(Roles { text, label })
}

/// Whether most cells hold something of their own: too much to be categories, or several words.
fn is_text(cells: &[(u64, &str)]) -> bool {
    let present: Vec<&str> = cells
        .iter()
        .map(|(_, cell)| *cell)
        .filter(|cell| !is_missing(cell))
        .collect();
    let most =
        |which: &dyn Fn(&str) -> bool| 2 * present.iter().filter(|cell| which(cell)).count() > present.len();
    let different = present.iter().collect::<HashSet<_>>().len();
    2 * different > present.len()
        && most(&|cell| number(cell).is_none())
        && (different > MOST_CATEGORIES || most(&|cell| cell.contains(char::is_whitespace)))
}
