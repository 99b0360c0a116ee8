//! The small drawings that stand side by side: their frame, and the curves of others behind each.

use super::axis::Frame;
use crate::html::palette::Look;
use crate::html::scale::{Scale, Tick};
use maud::{Markup, html};

/// Where the axes of each are.
pub(crate) const FRAME: Frame = Frame {
    left: 38.0,
    top: 6.0,
    right: 196.0,
    bottom: 106.0,
};

/// All curves in grey, defined once under an identifier and used behind every panel.
pub(crate) fn background(id: &str, paths: impl Iterator<Item = String>) -> Markup {
    html! {
        svg class="hidden" width="0" height="0" aria-hidden="true" {
            defs { g id=(id) class="others" { @for path in paths { path d=(path) {} } } }
        }
    }
}

/// One panel: its axes over what is behind them, and its content.
pub(crate) fn panel(
    look: Look,
    label: &str,
    behind: Markup,
    (y, tick): (&Scale, impl Fn(f64) -> String),
    below: &[Tick],
    content: Markup,
) -> Markup {
    html! {
        svg class={ "chart " (look.class()) } viewBox="0 0 200 122" role="img" aria-label=(label) {
            (behind)
            (FRAME.rows(&y.ticks(4, tick)))
            (FRAME.labels_below(below))
            (content)
        }
    }
}
