//! Where an activation function is flat: the test for silence and saturation, two comparisons per element.
//!
//! Evaluating the slope for every element would cost more than the network's own forward pass. The tails of
//! all activation functions are simple, though: below some input the slope stays near zero, and above some
//! other input too, or not at all. Both inputs are found once per layer, from the slope itself.

use crate::thresholds::FLAT;
use relume::Activation;

/// The flat tails of one activation function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FlatTails {
    /// The slope is near zero for inputs below this; −∞ where it never is.
    pub(crate) low: f32,
    /// The slope is near zero for inputs above this; +∞ where it never is.
    pub(crate) high: f32,
    /// The function has a branch that gives exactly zero, so silence is an output of exactly zero. Its lower
    /// tail is then silence, not saturation, and `low` is −∞.
    pub(crate) zero: bool,
}

impl Default for FlatTails {
    /// Those of a function of which nothing is known.
    fn default() -> FlatTails {
        FlatTails {
            low: f32::NEG_INFINITY,
            high: f32::INFINITY,
            zero: true,
        }
    }
}

/// As far out as tails are looked for.
const FAR: f64 = 1e4;

/// What the slope has come down to at [`FAR`], relative to its maximum, if the tail is flat at all: 1/x², the
/// slowest tail of any activation in use (softsign), gives 1e-8, the slope of a leaky tail a constant.
const SETTLED: f64 = 1e-6;

/// Where a branch has surely reached its zero, and no smooth function has yet underflowed to one.
const BRANCH: f64 = -20.0;

/// The part of the axis on which the slope's maximum is taken.
const CENTRE: f64 = 10.0;

impl FlatTails {
    /// The tails of an activation in its text form. Of a function that relume does not know nothing is
    /// assumed: it is silent where its output is exactly zero, and never saturated.
    pub(crate) fn named(activation: &str) -> FlatTails {
        match activation.parse::<Activation>() {
            Ok(activation) => FlatTails::of(|x| activation.value(x), |x| activation.derivative(x)),
            Err(_) => FlatTails::default(),
        }
    }

    /// The tails of a function, from its value and its slope.
    pub(crate) fn of(value: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64) -> FlatTails {
        let steepest = axis()
            .filter(|x| x.abs() <= CENTRE)
            .map(|x| slope(x).abs())
            .filter(|s| s.is_finite())
            .fold(0.0, f64::max);
        let zero = value(BRANCH) == 0.0 && slope(BRANCH) == 0.0;
        let low = if zero { None } else { lower_flat(&slope, steepest) };
        let high = lower_flat(|x| slope(-x), steepest).map(|x| -x);
        FlatTails {
            low: low.map_or(f32::NEG_INFINITY, |x| x as f32),
            high: high.map_or(f32::INFINITY, |x| x as f32),
            zero,
        }
    }

    /// Whether it is flat on both sides, as bounded functions are.
    pub(crate) fn both(&self) -> bool {
        self.low > f32::NEG_INFINITY && self.high < f32::INFINITY
    }

    /// Whether any input at all counts as flat.
    pub(crate) fn any(&self) -> bool {
        self.low > f32::NEG_INFINITY || self.high < f32::INFINITY
    }
}

/// Inputs from −[`FAR`] to [`FAR`], ascending, dense around zero and ever wider outwards.
fn axis() -> impl Iterator<Item = f64> {
    let magnitudes = |k: i32| FAR * 10f64.powf(-f64::from(k) / 100.0);
    (0..700)
        .map(move |k| -magnitudes(k))
        .chain([0.0])
        .chain((0..700).rev().map(magnitudes))
}

/// The upper end of the tail, coming from −∞, on which the slope is below [`FLAT`] of `steepest`.
fn lower_flat(slope: impl Fn(f64) -> f64, steepest: f64) -> Option<f64> {
    if slope(-FAR).abs() > SETTLED * steepest {
        return None;
    }
    let is_flat = |x: f64| slope(x).abs() < FLAT * steepest;
    let mut flat = -FAR;
    let mut steep = axis().find(|&x| !is_flat(x))?;
    flat = axis().take_while(|&x| x < steep).last().unwrap_or(flat);
    for _ in 0..60 {
        let middle = 0.5 * (flat + steep);
        if is_flat(middle) {
            flat = middle
        } else {
            steep = middle
        }
    }
    Some(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_functions_are_flat_where_they_are() {
        let none = (f32::NEG_INFINITY, f32::INFINITY);
        let tails = |name| {
            let tails = FlatTails::named(name);
            (tails.low, tails.high)
        };
        for name in [
            "relu",
            "hard_silu",
            "identity",
            "leaky_relu",
            "leaky_relu(slope=0.0001)",
        ] {
            assert_eq!(tails(name), none, "{name}");
        }
        for (name, zero) in [
            ("relu", true),
            ("relu6", true),
            ("hard_silu", true),
            ("gelu", false),
            ("sigmoid", false),
        ] {
            assert_eq!(FlatTails::named(name).zero, zero, "{name}");
        }
        let unknown = FlatTails::named("no function of ours");
        assert_eq!(
            unknown,
            FlatTails {
                low: none.0,
                high: none.1,
                zero: true
            }
        );
        // σ'(x) = 0.01 · 1/4 at e^-x ≈ 398, tanh'(x) = 0.01 at tanh x = √0.99, elu'(x) = eˣ.
        let (low, high) = tails("sigmoid");
        assert!(
            (low + 5.9866).abs() < 1e-3 && (high - 5.9866).abs() < 1e-3,
            "{low} {high}"
        );
        let (low, high) = tails("tanh");
        assert!(
            (low + 2.9932).abs() < 1e-3 && (high - 2.9932).abs() < 1e-3,
            "{low} {high}"
        );
        let (low, high) = tails("elu");
        assert!(
            (low - 0.01f32.ln()).abs() < 1e-3 && high == f32::INFINITY,
            "{low} {high}"
        );
        assert!((tails("relu6").1 - 6.0).abs() < 1e-5);
    }

    #[test]
    fn thresholds_agree_with_the_slope_everywhere() {
        for f in relume::activations() {
            let tails = FlatTails::named(f.name());
            let grid = || (-40_000..=40_000).map(|i| f64::from(i) * 1e-3);
            let steepest = grid()
                .filter(|x| x.abs() <= CENTRE)
                .map(|x| f.derivative(x).abs())
                .fold(0.0, f64::max);
            let mut outermost = (f64::INFINITY, f64::NEG_INFINITY);
            for x in grid() {
                let in_tail = x < f64::from(tails.low) - 1e-3 || x > f64::from(tails.high) + 1e-3;
                let is_flat = f.derivative(x).abs() < FLAT * steepest;
                assert!(!in_tail || is_flat, "{f}: not flat at {x}");
                if !is_flat {
                    outermost = (outermost.0.min(x), outermost.1.max(x));
                }
            }
            // And not too narrow: next to each threshold the slope is not near zero.
            if tails.low > f32::NEG_INFINITY {
                assert!(
                    (outermost.0 - f64::from(tails.low)).abs() < 2e-3,
                    "{f}: {tails:?}"
                );
            }
            if tails.high < f32::INFINITY {
                assert!(
                    (outermost.1 - f64::from(tails.high)).abs() < 2e-3,
                    "{f}: {tails:?}"
                );
            }
        }
    }
}
