//! How a metric, and differences of it, are written: the same in the table, in the recommendation and on the page.

use super::verdict::{Difference, Interval};
use crate::trial::Metric;
use relume_doctor::words::{fixed, number, round, without_zeros};

/// A metric with its name, its unit and its number of digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure<'a>(pub(crate) &'a Metric);

impl<'a> Measure<'a> {
    /// What the metric is called, in the middle of a sentence.
    pub(crate) fn name(self) -> &'a str {
        match self.0 {
            Metric::Accuracy => "accuracy",
            Metric::R2 => "R²",
            Metric::Other(name) => name,
        }
    }

    /// The highest value that it can take.
    pub(crate) fn most(self) -> f64 {
        match self.0 {
            Metric::Accuracy | Metric::R2 => 1.0,
            Metric::Other(_) => f64::INFINITY,
        }
    }

    fn shown(self, x: f64, decimals: usize) -> String {
        match self.0 {
            Metric::Accuracy | Metric::R2 => fixed(100.0 * x, decimals),
            Metric::Other(_) => number(x),
        }
    }

    /// Without its unit, for the cells of a table: `97.31`.
    pub(crate) fn bare(self, x: f64) -> String {
        self.shown(x, 2)
    }

    /// With its unit: `97.31 %`.
    pub(crate) fn value(self, x: f64) -> String {
        self.bare(x) + self.percent_sign()
    }

    /// A mean with half of its interval's width, without its unit: `97.31 ± 0.67`.
    pub(crate) fn plus_minus(self, mean: f64, half: Option<f64>) -> String {
        half.map_or_else(
            || self.bare(mean),
            |half| format!("{} {}", self.bare(mean), self.half(half)),
        )
    }

    /// Half of an interval's width: `± 0.67`.
    pub(crate) fn half(self, x: f64) -> String {
        format!("± {}", self.bare(x))
    }

    /// The gap between training and test: `2.1`.
    pub(crate) fn gap(self, x: f64) -> String {
        self.shown(x, 1)
    }

    /// A difference with its sign, without its unit: `+0.42`.
    pub(crate) fn signed(self, x: f64) -> String {
        plus(x, self.bare(x))
    }

    /// A difference with its sign and its unit: `+0.42 points`.
    pub(crate) fn points(self, x: f64) -> String {
        format!("{}{}", self.signed(x), self.spaced_unit())
    }

    /// An interval of differences: `−0.40 to +0.20`.
    pub(crate) fn interval(self, x: Interval) -> String {
        format!("{} to {}", self.signed(x.low), self.signed(x.high))
    }

    /// A difference with its interval: `−0.10 points (−0.40 to +0.20)`.
    pub(crate) fn difference(self, d: &Difference) -> String {
        format!("{} ({})", self.points(d.mean), self.interval(d.interval))
    }

    /// The margin: `±0.50 points`.
    pub(crate) fn margin(self, x: f64) -> String {
        format!("±{}{}", self.bare(x), self.spaced_unit())
    }

    /// The unit of a difference: `points`, or nothing.
    pub(crate) fn unit(self) -> &'static str {
        self.spaced_unit().trim_start()
    }

    fn spaced_unit(self) -> &'static str {
        match self.0 {
            Metric::Accuracy | Metric::R2 => " points",
            Metric::Other(_) => "",
        }
    }

    fn percent_sign(self) -> &'static str {
        match self.0 {
            Metric::Accuracy => " %",
            Metric::R2 | Metric::Other(_) => "",
        }
    }

    /// A value at a tick of an axis: `97.5 %`.
    pub(crate) fn tick(self, x: f64) -> String {
        self.at_tick(x) + self.percent_sign()
    }

    /// A difference at a tick of an axis: `+0.5`.
    pub(crate) fn difference_tick(self, x: f64) -> String {
        plus(x, self.at_tick(x))
    }

    fn at_tick(self, x: f64) -> String {
        match self.0 {
            Metric::Accuracy | Metric::R2 => without_zeros(&fixed(100.0 * x, 2)).into(),
            Metric::Other(_) => round(x),
        }
    }
}

/// With a plus sign if it is positive and does not round to zero.
fn plus(x: f64, text: String) -> String {
    if x > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        format!("+{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_carry_their_units() {
        let accuracy = Measure(&Metric::Accuracy);
        assert_eq!(accuracy.value(0.97312), "97.31 %");
        assert_eq!(accuracy.plus_minus(0.97312, Some(0.0067)), "97.31 ± 0.67");
        assert_eq!(accuracy.margin(0.005), "±0.50 points");
        assert_eq!(accuracy.gap(0.0213), "2.1");
        assert_eq!(Measure(&Metric::R2).value(-0.5), "−50.00");
        let other = Metric::Other("Spearman's rho".into());
        assert_eq!(Measure(&other).value(0.61234), "0.612");
        assert_eq!(Measure(&other).points(0.25), "+0.250");
        assert_eq!(Measure(&other).difference_tick(0.25), "+0.25");
    }

    #[test]
    fn differences_carry_their_sign() {
        let accuracy = Measure(&Metric::Accuracy);
        assert_eq!(accuracy.points(-0.0042), "−0.42 points");
        assert_eq!(accuracy.points(0.0042), "+0.42 points");
        let none = [-0.000001, 0.000001].map(|x| accuracy.points(x));
        assert_eq!(none, ["0.00 points", "0.00 points"]);
        let interval = Interval {
            low: -0.004,
            high: 0.002,
        };
        assert_eq!(accuracy.interval(interval), "−0.40 to +0.20");
    }

    #[test]
    fn ticks_are_round() {
        let accuracy = Measure(&Metric::Accuracy);
        assert_eq!(accuracy.tick(0.975), "97.5 %");
        assert_eq!(
            [0.005, 0.0, -0.01].map(|x| accuracy.difference_tick(x)),
            ["+0.5", "0", "−1"]
        );
    }
}
