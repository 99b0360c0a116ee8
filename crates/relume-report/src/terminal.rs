//! Tables and paragraphs that fit a terminal.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Row, Table};

/// How a terminal wants its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Columns to fill at most; what does not fit is left out, and that is said.
    pub width: usize,
    /// Whether to colour: on a terminal, not in a pipe.
    pub colour: bool,
}

/// One column of a table.
pub(crate) struct Column<'a, R> {
    /// By which it is known among the expendable ones.
    pub(crate) key: &'static str,
    pub(crate) head: String,
    /// Text stands left, numbers right.
    pub(crate) left: bool,
    pub(crate) cell: Box<dyn Fn(&R) -> Cell + 'a>,
}

/// The lines of a table, the keys of its columns, and those of the `expendable` ones that had to go because there is
/// little room, in that order.
pub(crate) fn fitted<R>(
    columns: &[Column<'_, R>],
    rows: &[&R],
    expendable: &[&'static str],
    terminal: Terminal,
) -> (Vec<String>, Vec<&'static str>, Vec<&'static str>) {
    let mut shown: Vec<&Column<'_, R>> = columns.iter().collect();
    let mut left_out = Vec::new();
    let mut table = laid_out(&shown, rows, terminal.colour);
    for &key in expendable {
        if width(&table) <= terminal.width {
            break;
        }
        shown.retain(|column| column.key != key);
        left_out.push(key);
        table = laid_out(&shown, rows, terminal.colour);
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned()).collect();
    (lines, shown.iter().map(|column| column.key).collect(), left_out)
}

fn laid_out<R>(columns: &[&Column<'_, R>], rows: &[&R], colour: bool) -> Table {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    if colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    let heads = columns
        .iter()
        .map(|column| Cell::new(&column.head).add_attribute(Attribute::Bold));
    table.set_header(Row::from(heads.collect::<Vec<_>>()));
    for &row in rows {
        let cells = columns.iter().map(|column| (column.cell)(row));
        table.add_row(Row::from(cells.collect::<Vec<_>>()));
    }
    for (column, shown) in table.column_iter_mut().zip(columns) {
        column.set_padding((0, 2));
        column.set_cell_alignment(if shown.left {
            CellAlignment::Left
        } else {
            CellAlignment::Right
        });
    }
    table
}

fn width(table: &Table) -> usize {
    let columns = table.column_max_content_widths();
    columns
        .iter()
        .map(|&w| usize::from(w) + 2)
        .sum::<usize>()
        .saturating_sub(2)
}

/// A line in bold, where there is such a thing.
pub(crate) fn bold(line: String, terminal: Terminal) -> String {
    match terminal.colour {
        true => format!("\x1b[1m{line}\x1b[0m"),
        false => line,
    }
}

/// Breaks a text at spaces; the first line begins with `bullet`, the others with as much room.
pub(crate) fn wrap(text: &str, bullet: &str, width: usize) -> Vec<String> {
    let mut lines = vec![bullet.to_owned()];
    let mut used = bullet.len();
    for word in text.split_whitespace().map(printable) {
        let length = word.chars().count();
        let line = lines.last_mut().expect("there is a first line");
        if used > bullet.len() && used + 1 + length > width {
            lines.push(" ".repeat(bullet.len()) + &word);
            used = bullet.len() + length;
        } else {
            if used > bullet.len() {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word);
            used += length;
        }
    }
    lines
}

/// Names come from files: none of them may move the cursor.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
