//! Dots and intervals, one row each, on a shared horizontal axis.
//!
//! A row is a drawing of its own whose positions are percentages: it stretches with the page while its dots and
//! the text next to it keep their size.

use crate::html::palette::Look;
use crate::html::scale::{Scale, Spread, Tick};
use crate::html::svg::{share, xy};
use maud::{Markup, html};

/// The axis that all rows share.
pub(crate) struct Track {
    scale: Scale,
    /// A band of values to be seen behind every row.
    band: Option<(f64, f64)>,
    /// A value to be seen as a line through every row.
    reference: Option<f64>,
}

/// The shape of a dot where the shape says what it is and the colour whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Disc,
    Triangle,
    Square,
}

impl Shape {
    /// The shape at a position, as an outline that its style may fill.
    pub(crate) fn draw(self, x: &str, y: f64) -> Markup {
        let (class, outline) = match self {
            Shape::Disc => ("mark", "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z"),
            Shape::Triangle => ("mark open", "M0 -5.5L5.5 4.2H-5.5Z"),
            Shape::Square => ("mark open", "M-4.2 -4.2H4.2V4.2H-4.2Z"),
        };
        html! { svg x=(x) y=(xy(y)) class=(class) overflow="visible" { path d=(outline) {} } }
    }
}

const HEIGHT: f64 = 30.0;
const MIDDLE: f64 = HEIGHT / 2.0;

impl Track {
    pub(crate) fn new(domain: (f64, f64), band: Option<(f64, f64)>, reference: Option<f64>) -> Self {
        Self {
            scale: Scale::new(Spread::Linear, domain, (2.0, 98.0)),
            band,
            reference,
        }
    }

    fn row(&self, class: &str, content: Markup) -> Markup {
        html! {
            svg class={ "row " (class) } height=(HEIGHT) aria-hidden="true" {
                @if let Some((low, high)) = self.band {
                    @let (low, high) = (self.scale.clamped(low), self.scale.clamped(high));
                    rect class="margin" x=(share(low)) width=(share(high - low)) y="0" height=(HEIGHT) {}
                }
                @if let Some(reference) = self.reference {
                    @let x = share(self.scale.clamped(reference));
                    line class="reference" x1=(x) x2=(x) y1="0" y2=(HEIGHT) {}
                }
                (content)
            }
        }
    }

    /// A dot with its interval. What lies beyond the axis is an arrow at its end.
    pub(crate) fn interval(&self, look: Look, value: f64, interval: Option<(f64, f64)>) -> Markup {
        let content = html! {
            @if let Some((low, high)) = interval {
                @let (from, to) = (self.scale.clamped(low), self.scale.clamped(high));
                line class="interval" x1=(share(from)) x2=(share(to)) y1=(MIDDLE) y2=(MIDDLE) {}
                @for end in [low, high] {
                    @if self.holds(end) {
                        @let x = share(self.scale.at(end));
                        line class="interval" x1=(x) x2=(x) y1=(MIDDLE - 4.0) y2=(MIDDLE + 4.0) {}
                    }
                }
            }
            @if self.holds(value) {
                (look.mark(&share(self.scale.at(value)), MIDDLE))
            } @else {
                (self.arrow(value))
            }
        };
        self.row(&look.class(), content)
    }

    /// Dots of several shapes, joined.
    pub(crate) fn dots(&self, look: Look, dots: &[(Shape, f64)]) -> Markup {
        let at = |v: &f64| self.scale.clamped(*v);
        let low = dots.iter().map(|(_, v)| at(v)).fold(f64::INFINITY, f64::min);
        let high = dots.iter().map(|(_, v)| at(v)).fold(f64::NEG_INFINITY, f64::max);
        let content = html! {
            @if low < high {
                line class="link" x1=(share(low)) x2=(share(high)) y1=(MIDDLE) y2=(MIDDLE) {}
            }
            @for (shape, value) in dots.iter().rev() {
                (shape.draw(&share(at(value)), MIDDLE))
            }
        };
        self.row(&look.class(), content)
    }

    /// How far something went: a line from the beginning to a dot, or to a square where it was stopped.
    pub(crate) fn lane(&self, look: Look, end: f64, stopped: bool) -> Markup {
        let (begin, x) = (self.scale.clamped(0.0), share(self.scale.clamped(end)));
        let shape = if stopped { Shape::Square } else { Shape::Disc };
        let content = html! {
            line class="interval" x1=(share(begin)) x2=(x) y1=(MIDDLE) y2=(MIDDLE) {}
            (shape.draw(&x, MIDDLE))
        };
        self.row(&look.class(), content)
    }

    fn holds(&self, value: f64) -> bool {
        let (low, high) = self.scale.domain();
        (low..=high).contains(&value)
    }

    fn arrow(&self, value: f64) -> Markup {
        let (x, outline) = if value < self.scale.domain().0 {
            ("0", "M2 0L9 -4.5V4.5Z")
        } else {
            ("100%", "M-2 0L-9 -4.5V4.5Z")
        };
        html! { svg x=(x) y=(MIDDLE) class="mark" overflow="visible" { path d=(outline) {} } }
    }

    /// The axis below the rows.
    pub(crate) fn axis(&self, tick: impl Fn(f64) -> String) -> Markup {
        let ticks: Vec<Tick> = self.scale.ticks(5, tick);
        html! {
            svg class="row" height="22" aria-hidden="true" {
                g class="axis" {
                    line x1="0" x2="100%" y1="0.5" y2="0.5" {}
                    @for tick in ticks {
                        @let x = share(tick.at);
                        line x1=(x) x2=(x) y1="0" y2="5" {}
                        text class=(if tick.at > 92.0 { "end" } else if tick.at < 8.0 { "start" } else { "middle" })
                            x=(x) y="17" { (tick.label) }
                    }
                }
            }
        }
    }
}

/// The domain that shows the leaders well. From the highest interval downwards it takes in the next as long as the
/// step down is not much longer than all the way before, `unit` being a short step; those below the gap are left
/// to an arrow at the end of the axis.
pub(crate) fn domain_of_leaders(intervals: &[(f64, f64)], unit: f64) -> (f64, f64) {
    let top = intervals
        .iter()
        .map(|(_, high)| *high)
        .fold(f64::NEG_INFINITY, f64::max);
    let mut below: Vec<f64> = intervals.iter().map(|(low, _)| top - low).collect();
    below.sort_by(f64::total_cmp);
    let mut reach = below.first().copied().unwrap_or(0.0);
    for next in below {
        if next > 2.0 * reach + 4.0 * unit {
            break;
        }
        reach = next;
    }
    let pad = 0.04 * reach;
    (top - reach - pad, top + pad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaders_fill_the_axis_and_losers_leave_it() {
        let (low, high) = domain_of_leaders(&[(0.96, 0.98), (0.95, 0.97), (0.1, 0.4)], 0.005);
        assert!(low > 0.94 && low < 0.95);
        assert!(high > 0.98 && high < 0.99);
        let track = Track::new((low, high), None, None);
        let arrow = "M2 0L9";
        assert!(
            track
                .interval(Look::competitor(0), 0.2, Some((0.1, 0.4)))
                .into_string()
                .contains(arrow)
        );
        assert!(
            !track
                .interval(Look::competitor(0), 0.97, None)
                .into_string()
                .contains(arrow)
        );
    }

    #[test]
    fn who_is_a_little_worse_than_the_last_stays_on_the_axis() {
        let intervals = [
            (0.965, 0.975),
            (0.96, 0.972),
            (0.935, 0.95),
            (0.9, 0.92),
            (0.08, 0.12),
        ];
        let (low, _) = domain_of_leaders(&intervals, 0.005);
        assert!(low < 0.9 && low > 0.85, "{low}");
    }

    #[test]
    fn no_values_give_an_axis_all_the_same() {
        let track = Track::new(domain_of_leaders(&[], 0.1), Some((0.0, 0.1)), Some(0.05));
        assert!(!track.axis(|v| v.to_string()).into_string().contains("NaN"));
    }
}
