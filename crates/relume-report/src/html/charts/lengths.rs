//! A share over the length of samples.

use super::axis::Frame;
use crate::html::palette::Look;
use crate::html::scale::{Scale, Spread, Tick};
use crate::html::svg::{line, xy};
use maud::{Markup, html};
use relume_doctor::words::fixed;

/// One curve: length and share, from the shortest to the longest; `None` where nothing was counted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) look: Look,
    pub(crate) points: Vec<(f64, Option<f64>)>,
}

/// The axes that all panels share.
pub(crate) struct Axes {
    x: Scale,
    y: Scale,
    ticks: Vec<Tick>,
}

const FRAME: Frame = Frame {
    left: 38.0,
    top: 6.0,
    right: 196.0,
    bottom: 106.0,
};

impl Axes {
    /// Axes that hold all curves.
    pub(crate) fn around(curves: &[Curve]) -> Self {
        let ends = |values: &mut dyn Iterator<Item = f64>| {
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            })
        };
        let points = || curves.iter().flat_map(|curve| curve.points.iter());
        // A text without a token has no place on a scale of factors.
        let lengths = ends(&mut points().map(|(length, _)| length.max(1.0)));
        let shares = ends(&mut points().filter_map(|(_, share)| *share));
        let x = Scale::new(Spread::Log, lengths, (FRAME.left + 5.0, FRAME.right - 5.0));
        let ticks = [lengths.0, lengths.1].map(|length| Tick {
            value: length,
            at: x.clamped(length),
            label: fixed(length, 0),
        });
        Self {
            ticks: ticks.into_iter().filter(|tick| tick.value.is_finite()).collect(),
            x,
            y: Scale::new(Spread::Error, shares, (FRAME.bottom, FRAME.top)),
        }
    }

    fn places(&self, curve: &Curve) -> Vec<Option<(f64, f64)>> {
        let place = |&(length, share): &(f64, Option<f64>)| {
            Some((self.x.clamped(length.max(1.0)), self.y.clamped(share?)))
        };
        curve.points.iter().map(place).collect()
    }

    /// All curves in grey, defined once under an identifier and used behind every panel.
    pub(crate) fn background(&self, id: &str, curves: &[Curve]) -> Markup {
        html! {
            svg class="hidden" width="0" height="0" aria-hidden="true" {
                defs { g id=(id) class="others" { @for curve in curves { path d=(line(self.places(curve))) {} } } }
            }
        }
    }

    /// One panel: this curve before the background of that identifier.
    pub(crate) fn panel(
        &self,
        curve: &Curve,
        background: &str,
        label: &str,
        tick: impl Fn(f64) -> String,
    ) -> Markup {
        let places = self.places(curve);
        html! {
            svg class={ "chart " (curve.look.class()) } viewBox="0 0 200 122" role="img" aria-label=(label) {
                (FRAME.rows(&self.y.ticks(4, tick)))
                (FRAME.labels_below(&self.ticks))
                use href={ "#" (background) } {}
                path class="line bold" d=(line(places.iter().copied())) {}
                @for (x, y) in places.into_iter().flatten() { circle class="mark" cx=(xy(x)) cy=(xy(y)) r="2.5" {} }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_any_kind_are_a_drawing() {
        for points in [
            vec![],
            vec![(0.0, None)],
            vec![(0.0, Some(0.0)), (1.0, None), (10_000.0, Some(1.0))],
            vec![(5.0, Some(0.5))],
        ] {
            let curve = Curve {
                look: Look::competitor(0),
                points,
            };
            let axes = Axes::around(std::slice::from_ref(&curve));
            let drawn = axes.panel(&curve, "all", "some", |v| v.to_string()).into_string();
            assert!(
                drawn.starts_with("<svg") && !drawn.contains("NaN") && !drawn.contains("inf"),
                "{drawn}"
            );
        }
    }
}
