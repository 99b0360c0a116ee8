//! Axes, grid lines and their labels.

use crate::html::scale::Tick;
use crate::html::svg::xy;
use maud::{Markup, html};

/// The box that data is drawn in, within a drawing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Frame {
    /// Horizontal grid lines with labels at their left.
    pub(crate) fn rows(&self, ticks: &[Tick]) -> Markup {
        html! {
            g class="axis" {
                @for tick in ticks {
                    line x1=(xy(self.left)) x2=(xy(self.right)) y1=(xy(tick.at)) y2=(xy(tick.at)) {}
                    text class="end" x=(xy(self.left - 4.0)) y=(xy(tick.at + 3.0)) { (tick.label) }
                }
            }
        }
    }

    /// Vertical grid lines with labels below.
    pub(crate) fn columns(&self, ticks: &[Tick]) -> Markup {
        html! {
            g class="axis" {
                @for tick in ticks {
                    line x1=(xy(tick.at)) x2=(xy(tick.at)) y1=(xy(self.top)) y2=(xy(self.bottom)) {}
                }
                (self.labels_below(ticks))
            }
        }
    }

    /// Labels below, without grid lines.
    pub(crate) fn labels_below(&self, ticks: &[Tick]) -> Markup {
        html! {
            g class="axis" {
                @for tick in ticks {
                    text class=(self.anchor(tick.at)) x=(xy(tick.at)) y=(xy(self.bottom + 11.0)) { (tick.label) }
                }
            }
        }
    }

    /// Names the ends of a network whose layers are drawn from its output (top) to its input (bottom); given are
    /// the middles of both rows.
    pub(crate) fn output_and_input(&self, output: f64, input: f64) -> Markup {
        self.ends(["output", "input"], output, input)
    }

    /// Names the row at the top and the one at the bottom; given are the middles of both.
    pub(crate) fn ends(&self, [upper, lower]: [&str; 2], top: f64, bottom: f64) -> Markup {
        html! {
            g class="axis" {
                text class="end" x=(xy(self.left - 5.0)) y=(xy(top + 3.0)) { (upper) }
                @if bottom > top + 9.0 {
                    text class="end" x=(xy(self.left - 5.0)) y=(xy(bottom + 3.0)) { (lower) }
                }
            }
        }
    }

    /// Text at an edge of the frame is set inwards, so that it is not cut off.
    fn anchor(&self, x: f64) -> &'static str {
        let edge = 0.06 * (self.right - self.left);
        if x > self.right - edge {
            "end"
        } else if x < self.left + edge {
            "start"
        } else {
            "middle"
        }
    }
}
