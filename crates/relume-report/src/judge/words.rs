//! Numbers as people read them.

use super::verdict::{Difference, Interval};
use crate::trial::Metric;

/// How a metric and differences of it are written.
#[derive(Clone, Copy)]
pub(crate) struct Scale<'a>(pub(crate) &'a Metric);

impl Scale<'_> {
    /// What the metric is called.
    pub(crate) fn name(self) -> String {
        match self.0 {
            Metric::Accuracy => "accuracy".into(),
            Metric::R2 => "R²".into(),
            Metric::Other(name) => name.clone(),
        }
    }

    fn shown(self, x: f64, decimals: usize) -> String {
        let text = match self.0 {
            Metric::Accuracy | Metric::R2 => format!("{:.decimals$}", 100.0 * x),
            Metric::Other(_) => number(x),
        };
        minus(&text)
    }

    /// Without its unit, for the cells of a table: `97.31`.
    pub(crate) fn bare(self, x: f64) -> String {
        self.shown(x, 2)
    }

    /// As short as a gap is said: `2.1`.
    pub(crate) fn short(self, x: f64) -> String {
        self.shown(x, 1)
    }

    /// With its unit: `97.31 %`.
    pub(crate) fn value(self, x: f64) -> String {
        match self.0 {
            Metric::Accuracy => format!("{} %", self.bare(x)),
            Metric::R2 | Metric::Other(_) => self.bare(x),
        }
    }

    /// A difference, with its sign: `+0.42 points`.
    pub(crate) fn points(self, x: f64) -> String {
        format!("{}{}", self.signed(x), self.unit())
    }

    fn signed(self, x: f64) -> String {
        let text = self.bare(x);
        if x > 0.0 && !text.starts_with('−') {
            format!("+{text}")
        } else {
            text
        }
    }

    fn unit(self) -> &'static str {
        match self.0 {
            Metric::Accuracy | Metric::R2 => " points",
            Metric::Other(_) => "",
        }
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
        format!("±{}{}", self.bare(x), self.unit())
    }
}

/// A number of any size with two or three digits: `0.0021`, `12.3`, `3.1e-9`.
pub(crate) fn number(x: f64) -> String {
    let size = x.abs();
    let text = match size {
        s if s < 1e6 && s.fract() == 0.0 => format!("{x:.0}"),
        s if !(1e-3..1e6).contains(&s) => format!("{x:.1e}"),
        s if s >= 100.0 => format!("{x:.0}"),
        s if s >= 10.0 => format!("{x:.1}"),
        s if s >= 1.0 => format!("{x:.2}"),
        s if s >= 0.1 => format!("{x:.3}"),
        _ => format!("{x:.4}"),
    };
    minus(&text)
}

/// A share in percent: `12 %`, `0.4 %`, `<0.1 %`.
pub(crate) fn percent(share: f64) -> String {
    let x = 100.0 * share;
    if x > 0.0 && x < 0.05 {
        return "<0.1 %".into();
    }
    if x == 0.0 || x >= 9.95 {
        format!("{x:.0} %")
    } else {
        format!("{x:.1} %")
    }
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list(names: &[&str]) -> String {
    match names {
        [] => "none".into(),
        [one] => (*one).into(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn minus(text: &str) -> String {
    match text.strip_prefix('-') {
        // Nothing is gained by telling −0.00 from 0.00.
        Some(rest) if rest.bytes().all(|b| b == b'0' || b == b'.') => rest.into(),
        Some(rest) => format!("−{rest}"),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_carry_their_units() {
        let accuracy = Scale(&Metric::Accuracy);
        assert_eq!(accuracy.value(0.97312), "97.31 %");
        assert_eq!(accuracy.points(-0.0042), "−0.42 points");
        assert_eq!(accuracy.points(0.0042), "+0.42 points");
        assert_eq!(accuracy.points(-0.000001), "0.00 points");
        assert_eq!(
            accuracy.interval(Interval {
                low: -0.004,
                high: 0.002
            }),
            "−0.40 to +0.20"
        );
        assert_eq!(Scale(&Metric::R2).value(0.5), "50.00");
        let other = Metric::Other("Spearman's rho".into());
        assert_eq!(Scale(&other).points(0.25), "+0.250");
    }

    #[test]
    fn numbers_stay_short() {
        let cases = [
            (0.0, "0"),
            (-3.13e-9, "−3.1e-9"),
            (0.00213, "0.0021"),
            (12.34, "12.3"),
            (2e7, "2.0e7"),
            (40.0, "40"),
        ];
        for (x, text) in cases {
            assert_eq!(number(x), text);
        }
        assert_eq!(
            (percent(0.123), percent(0.0041), percent(0.0)),
            ("12 %".into(), "0.4 %".into(), "0 %".into())
        );
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
