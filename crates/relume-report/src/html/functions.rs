//! Curves of the activation functions that relume knows by name.

use super::charts::axis::Frame;
use super::charts::function::Curve;
use super::scale::{Scale, Spread};
use super::svg::line;
use maud::{Markup, html};
use relume::Activation;

/// A function that can be drawn.
pub(crate) struct Sketch {
    activation: Activation,
}

impl Sketch {
    /// The function of that text form; `None` where relume does not know it.
    pub(crate) fn of(activation: &str) -> Option<Self> {
        activation.parse().ok().map(|activation| Self { activation })
    }

    pub(crate) fn from(activation: &Activation) -> Self {
        Self {
            activation: *activation,
        }
    }

    /// Where the slope jumps.
    pub(crate) fn kinks(&self) -> Vec<f64> {
        self.activation
            .elementwise()
            .kinks
            .iter()
            .map(|kink| kink.at)
            .collect()
    }

    pub(crate) fn value(&self, x: f64) -> f64 {
        self.activation.value(x)
    }

    pub(crate) fn slope(&self, x: f64) -> f64 {
        self.activation.derivative(x)
    }

    /// Its values.
    pub(crate) fn curve(&self, range: (f64, f64)) -> Curve {
        Curve::sample(|x| self.activation.value(x), range, &self.kinks())
    }

    /// Its slopes.
    pub(crate) fn slopes(&self, range: (f64, f64)) -> Curve {
        Curve::sample(|x| self.activation.derivative(x), range, &self.kinks())
    }

    /// Value and slope in one small square drawing.
    pub(crate) fn portrait(&self, name: &str) -> Markup {
        const RANGE: (f64, f64) = (-4.0, 4.0);
        let (values, slopes) = (self.curve(RANGE), self.slopes(RANGE));
        let frame = Frame {
            left: 20.0,
            top: 8.0,
            right: 252.0,
            bottom: 204.0,
        };
        let (low, high) = (
            values.extent().0.min(slopes.extent().0),
            values.extent().1.max(slopes.extent().1),
        );
        let pad = 0.06 * (high - low);
        let x = Scale::new(Spread::Linear, RANGE, (frame.left, frame.right));
        let y = Scale::new(Spread::Linear, (low - pad, high + pad), (frame.bottom, frame.top));
        let path = |curve: &Curve| line(curve.points().map(|p| p.map(|(v, f)| (x.at(v), y.at(f)))));
        html! {
            svg class="chart" viewBox="0 0 260 220" role="img" aria-label={ "Curve of " (name) " and its derivative from −4 to 4" } {
                (frame.columns(&x.plain_ticks(4)))
                (frame.rows(&y.plain_ticks(5)))
                path class="of-slope" d=(path(&slopes)) {}
                path class="of-value" d=(path(&values)) {}
            }
        }
    }
}
