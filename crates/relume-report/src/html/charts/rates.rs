//! A metric over learning rates.

use super::small::{self, FRAME};
use crate::html::palette::Look;
use crate::html::scale::{Scale, Spread, Tick};
use crate::html::svg::{line, xy};
use maud::{Markup, html};
use relume_doctor::words::round;

/// What was reached at a rate; `None` where nothing came to an end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) rate: f64,
    pub(crate) mean: Option<f64>,
    /// Whether any trial broke down there.
    pub(crate) broke_down: bool,
}

/// The axes that all panels share.
pub(crate) struct Axes {
    x: Scale,
    y: Scale,
}

impl Axes {
    /// Axes that hold these points.
    pub(crate) fn around<'a>(points: impl Iterator<Item = &'a Point> + Clone, spread: Spread) -> Self {
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
        };
        let rates = ends(&mut points.clone().map(|p| p.rate));
        let means = ends(&mut points.filter_map(|p| p.mean));
        Self {
            x: Scale::new(Spread::Log, rates, (FRAME.left + 6.0, FRAME.right - 6.0)),
            y: Scale::new(spread, means, (FRAME.bottom, FRAME.top)),
        }
    }

    /// One curve: a dot per rate, a ring where trials broke down, and a band over the rates that work.
    pub(crate) fn panel(
        &self,
        look: Look,
        points: &[Point],
        works: Option<(f64, f64)>,
        label: &str,
        tick: impl Fn(f64) -> String,
    ) -> Markup {
        let at = |p: &Point| Some((self.x.at(p.rate), self.y.clamped(p.mean?)));
        let margin = html! {
            @if let Some((low, high)) = works {
                @let (low, high) = (self.x.clamped(low) - 5.0, self.x.clamped(high) + 5.0);
                rect class="margin" x=(xy(low)) width=(xy(high - low)) y=(xy(FRAME.top)) height=(xy(FRAME.bottom - FRAME.top)) {}
            }
        };
        let content = html! {
            path class="line bold" d=(line(points.iter().map(at))) {}
            @for point in points {
                @let y = point.mean.map_or(FRAME.bottom, |mean| self.y.clamped(mean));
                @if point.broke_down {
                    circle class="mark open" cx=(xy(self.x.at(point.rate))) cy=(xy(y)) r="3.5" {}
                } @else {
                    circle class="mark" cx=(xy(self.x.at(point.rate))) cy=(xy(y)) r="2.5" {}
                }
            }
        };
        let below = self.ends(points);
        small::panel(look, label, margin, (&self.y, tick), &below, content)
    }

    /// The lowest and the highest rate.
    fn ends(&self, points: &[Point]) -> Vec<Tick> {
        let ends = [points.first(), points.last().filter(|_| points.len() > 1)];
        let tick = |p: &Point| Tick {
            value: p.rate,
            at: self.x.at(p.rate),
            label: round(p.rate),
        };
        ends.into_iter().flatten().map(tick).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rate_at_which_everything_broke_down_is_still_a_drawing() {
        let points = [Point {
            rate: 0.1,
            mean: None,
            broke_down: true,
        }];
        let axes = Axes::around(points.iter(), Spread::Error);
        let drawn = axes
            .panel(Look::competitor(0), &points, None, "none", |v| v.to_string())
            .into_string();
        assert!(drawn.contains("mark open") && !drawn.contains("NaN") && !drawn.contains("inf"));
    }
}
