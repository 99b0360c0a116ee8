//! One strip of colour per layer, from the beginning of a run to its end.
//!
//! A strip stretches with the page while the text next to it keeps its size.

use super::cells;
use super::heatmap::{Cell, Colours};
use crate::html::svg::share;
use crate::html::text::name;
use maud::{Markup, html};

/// One layer's strip.
pub(crate) struct Strip<'a> {
    pub(crate) layer: &'a str,
    pub(crate) cells: Vec<Cell>,
    /// What it came to at the end.
    pub(crate) end: String,
}

/// The strips of a network, drawn from its output (top) to its input, above the steps at which stretches begin.
pub(crate) fn strips(
    title: &Markup,
    colours: &Colours,
    rows: &[Strip<'_>],
    starts: &[u64],
    end: u64,
) -> Markup {
    html! {
        figure class="rows strips" {
            figcaption { span { (title) } span class="note" { "at the end" } }
            ol {
                @for row in rows.iter().rev() {
                    li {
                        span class="name" { (name(row.layer)) }
                        svg class="row cells" height="16" viewBox={ "0 0 " (row.cells.len()) " 1" } preserveAspectRatio="none" aria-hidden="true" {
                            @for (class, path) in cells::paths(std::slice::from_ref(&row.cells), |cell| colours.class(cell)) {
                                path class=(class) d=(path) {}
                            }
                        }
                        span class="value" { (row.end) }
                    }
                }
                li aria-hidden="true" { (axis(starts, end)) }
            }
        }
    }
}

/// The steps at which some stretches begin, and the last step.
fn axis(starts: &[u64], end: u64) -> Markup {
    let n = starts.len();
    // Where there is room for them, the beginnings at the quarters.
    let mut shown: Vec<usize> = (1..4).map(|quarter| quarter * n / 4).collect();
    shown.dedup();
    shown.retain(|&i| i > 0 && n >= 8);
    html! {
        svg class="row steps-axis" height="20" aria-hidden="true" {
            g class="axis" {
                text x="0" y="13" { "step " (starts.first().copied().unwrap_or(0)) }
                @for i in shown {
                    text x=(share(100.0 * i as f64 / n as f64)) y="13" { (starts[i]) }
                }
                @if n > 1 { text class="end" x="100%" y="13" { (end) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strip_has_its_layer_its_end_and_the_steps() {
        let row = Strip {
            layer: "hidden<1>",
            cells: vec![Cell::Size(0.0), Cell::Size(1.0), Cell::Unknown],
            end: "100 %".into(),
        };
        let title = html! { "Dead" };
        let page = strips(&title, &Colours::of_shares(), &[row], &[0, 1, 33], 64).into_string();
        for part in [
            "hidden&lt;1&gt;",
            "100 %",
            "step 0",
            ">64<",
            "class=\"h0\"",
            "class=\"h23\"",
            "h-unknown",
        ] {
            assert!(page.contains(part), "{part} not in {page}");
        }
    }
}
