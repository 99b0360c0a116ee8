//! A share over the length of samples, group by group.

use super::small::{self, FRAME};
use crate::html::palette::Look;
use crate::html::scale::{Scale, Spread, Tick};
use crate::html::svg::{line, xy};
use maud::{Markup, html};

/// One curve: the share in each group, from the shortest samples to the longest; `None` where nothing was counted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    pub(crate) look: Look,
    pub(crate) shares: Vec<Option<f64>>,
}

/// The axes that all panels share.
pub(crate) struct Axes {
    x: Scale,
    y: Scale,
    ticks: Vec<Tick>,
}

impl Axes {
    /// Axes that hold all curves; the groups, of these lengths, stand at equal distances.
    pub(crate) fn around(lengths: &[u32], curves: &[Curve]) -> Self {
        let shares = curves.iter().flat_map(|curve| curve.shares.iter().flatten());
        let ends = shares.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), share| {
            (low.min(*share), high.max(*share))
        });
        let last = lengths.len().saturating_sub(1);
        let x = Scale::new(
            Spread::Linear,
            (0.0, last.max(1) as f64),
            (FRAME.left + 5.0, FRAME.right - 5.0),
        );
        let tick = |(place, length): (usize, &u32)| Tick {
            value: f64::from(*length),
            at: x.at(place as f64),
            label: length.to_string(),
        };
        let named = lengths
            .iter()
            .enumerate()
            .filter(|(place, _)| *place == 0 || *place == last);
        Self {
            ticks: named.map(tick).collect(),
            x,
            // Of few samples all may be right: the axis does not stretch towards 100 %.
            y: Scale::new(Spread::Linear, ends, (FRAME.bottom, FRAME.top)),
        }
    }

    fn places(&self, curve: &Curve) -> Vec<Option<(f64, f64)>> {
        let groups = curve.shares.iter().enumerate();
        groups
            .map(|(place, share)| Some((self.x.at(place as f64), self.y.clamped((*share)?))))
            .collect()
    }

    /// All curves in grey, defined once under an identifier and used behind every panel.
    pub(crate) fn background(&self, id: &str, curves: &[Curve]) -> Markup {
        small::background(id, curves.iter().map(|curve| line(self.places(curve))))
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
        let content = html! {
            use href={ "#" (background) } {}
            path class="line bold" d=(line(places.iter().copied())) {}
            @for (x, y) in places.into_iter().flatten() { circle class="mark" cx=(xy(x)) cy=(xy(y)) r="2.5" {} }
        };
        small::panel(curve.look, label, html! {}, (&self.y, tick), &self.ticks, content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_any_kind_are_a_drawing() {
        for (lengths, shares) in [
            (vec![], vec![]),
            (vec![0], vec![None]),
            (vec![0, 1, 10_000], vec![Some(0.0), None, Some(1.0)]),
            (vec![5], vec![Some(0.5)]),
        ] {
            let curve = Curve {
                look: Look::competitor(0),
                shares,
            };
            let axes = Axes::around(&lengths, std::slice::from_ref(&curve));
            let drawn = axes.panel(&curve, "all", "some", |v| v.to_string()).into_string();
            assert!(
                drawn.starts_with("<svg") && !drawn.contains("NaN") && !drawn.contains("inf"),
                "{drawn}"
            );
        }
    }

    #[test]
    fn the_first_and_the_last_length_are_named_at_the_ends() {
        let axes = Axes::around(&[3, 9, 120], &[]);
        let named: Vec<(&str, f64)> = axes.ticks.iter().map(|tick| (&*tick.label, tick.at)).collect();
        assert_eq!(named, [("3", FRAME.left + 5.0), ("120", FRAME.right - 5.0)]);
    }
}
