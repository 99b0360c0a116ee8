//! Learning curves as small multiples: one curve in colour with its spread, all others behind it in grey.

use super::small::{self, FRAME};
use crate::html::palette::Look;
use crate::html::scale::{Scale, Spread};
use crate::html::svg::{band, line, xy};
use maud::{Markup, html};
use relume_doctor::words::fixed;

/// Mean and spread at one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) epoch: f64,
    pub(crate) mean: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// One curve; `None` where nothing was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) look: Look,
    pub(crate) points: Vec<Option<Point>>,
}

/// The axes that all panels share.
pub(crate) struct Axes {
    x: Scale,
    y: Scale,
}

/// More points than this cannot be seen in a panel of its size.
const MOST_POINTS: usize = 120;

impl Axes {
    /// Axes that hold all curves; `spread` says how values are spread.
    pub(crate) fn around(curves: &[Curve], spread: Spread) -> Self {
        let points = || curves.iter().flat_map(|c| c.points.iter().flatten());
        let last = points().map(|p| p.epoch).fold(1.0, f64::max);
        let low = points().map(|p| p.low).fold(f64::INFINITY, f64::min);
        let high = points().map(|p| p.high).fold(f64::NEG_INFINITY, f64::max);
        Self {
            x: Scale::new(
                Spread::Linear,
                (if last > 1.0 { 1.0 } else { 0.0 }, last),
                (FRAME.left, FRAME.right),
            ),
            y: Scale::new(spread, (low, high), (FRAME.bottom, FRAME.top)),
        }
    }

    fn path(&self, curve: &Curve) -> String {
        line(thinned(&curve.points).map(|p| p.map(|p| (self.x.at(p.epoch), self.y.clamped(p.mean)))))
    }

    /// All curves in grey, defined once under an identifier and used behind every panel.
    pub(crate) fn background(&self, id: &str, curves: &[Curve]) -> Markup {
        small::background(id, curves.iter().map(|curve| self.path(curve)))
    }

    /// One panel: this curve before the background of that identifier.
    pub(crate) fn panel(
        &self,
        curve: &Curve,
        background: &str,
        label: &str,
        tick: impl Fn(f64) -> String,
    ) -> Markup {
        let spread: Vec<_> = thinned(&curve.points)
            .map(|p| p.map(|p| (self.x.at(p.epoch), self.y.clamped(p.low), self.y.clamped(p.high))))
            .collect();
        let end = curve.points.iter().flatten().last();
        let content = html! {
            use href={ "#" (background) } {}
            path class="band" d=(band(&spread)) {}
            path class="line bold" d=(self.path(curve)) {}
            @if let Some(end) = end {
                (curve.look.mark(&xy(self.x.at(end.epoch)), self.y.clamped(end.mean)))
            }
        };
        let below = whole(&self.x);
        small::panel(curve.look, label, html! {}, (&self.y, tick), &below, content)
    }
}

/// Ticks at whole epochs only, the first and last among them.
pub(crate) fn whole(scale: &Scale) -> Vec<crate::html::scale::Tick> {
    let (first, last) = scale.domain();
    let mut ticks = scale.ticks(4, |v| fixed(v, 0));
    ticks.retain(|t| t.value.fract() == 0.0 && (t.value - first).abs() > 0.0);
    let room = 0.12 * (scale.at(last) - scale.at(first)).abs();
    for value in [first, last] {
        if ticks.iter().all(|t| t.value != value) {
            ticks.retain(|t| (t.at - scale.at(value)).abs() > room);
            let label = fixed(value, 0);
            ticks.push(crate::html::scale::Tick {
                value,
                at: scale.at(value),
                label,
            });
        }
    }
    ticks
}

/// Every k-th point, the last among them.
fn thinned(points: &[Option<Point>]) -> impl Iterator<Item = Option<Point>> {
    let stride = points.len().div_ceil(MOST_POINTS).max(1);
    let last = points.len().saturating_sub(1);
    points
        .iter()
        .enumerate()
        .filter(move |(k, _)| (last - k).is_multiple_of(stride))
        .map(|(_, p)| *p)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rising(epochs: usize) -> Curve {
        let point = |k: usize| {
            let mean = 1.0 - 0.5 / k as f64;
            Some(Point {
                epoch: k as f64,
                mean,
                low: mean - 0.01,
                high: mean + 0.01,
            })
        };
        Curve {
            look: Look::competitor(0),
            points: (1..=epochs).map(point).collect(),
        }
    }

    #[test]
    fn a_long_training_is_drawn_with_few_points_up_to_its_end() {
        let curve = rising(5000);
        let thin: Vec<_> = thinned(&curve.points).collect();
        assert!(thin.len() <= MOST_POINTS);
        assert_eq!(thin.last(), curve.points.last());
    }

    #[test]
    fn the_first_and_the_last_epoch_are_labelled() {
        for epochs in [1, 2, 7, 30, 97, 100] {
            let curve = rising(epochs);
            let axes = Axes::around(std::slice::from_ref(&curve), Spread::Error);
            let mut labels: Vec<f64> = whole(&axes.x).iter().map(|t| t.value).collect();
            labels.sort_by(f64::total_cmp);
            assert_eq!(labels.last(), Some(&(epochs as f64)));
            assert!(labels.len() <= 6, "{labels:?}");
        }
    }

    #[test]
    fn nothing_measured_is_still_a_drawing() {
        let curve = Curve {
            look: Look::competitor(3),
            points: vec![None; 4],
        };
        let axes = Axes::around(std::slice::from_ref(&curve), Spread::Linear);
        let panel = axes
            .panel(&curve, "all", "nothing", |v| v.to_string())
            .into_string();
        assert!(panel.starts_with("<svg") && !panel.contains("NaN"));
    }
}
