//! From a value to a place on an axis, and the ticks a reader expects there.

use relume_doctor::words::{fixed, round};

/// How values are spread along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Equal steps.
    Linear,
    /// Equal factors; for sizes that range over decades.
    Log,
    /// Equal factors of `1 - x`; for shares where 99 % against 98 % matters as much as 90 % against 80 %.
    Error,
}

/// The smallest error that [`Spread::Error`] still tells from none.
const SMALLEST_ERROR: f64 = 1e-3;
/// The smallest size that [`Spread::Log`] still tells from none.
const SMALLEST_SIZE: f64 = 1e-30;

impl Spread {
    fn transform(self, value: f64) -> f64 {
        match self {
            Spread::Linear => value,
            Spread::Log => value.max(SMALLEST_SIZE).log10(),
            Spread::Error => -(1.0 - value).max(SMALLEST_ERROR).log10(),
        }
    }
}

/// A place on an axis with what is written there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    /// The value it marks.
    pub(crate) value: f64,
    /// Its position on the axis.
    pub(crate) at: f64,
    /// What is written next to it.
    pub(crate) label: String,
}

/// An axis: a domain of values laid over a range of positions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    spread: Spread,
    domain: (f64, f64),
    range: (f64, f64),
}

impl Scale {
    /// Lays `domain` over `range`. A domain without extent, or one that is not finite, is widened to one that
    /// can be drawn.
    pub(crate) fn new(spread: Spread, domain: (f64, f64), range: (f64, f64)) -> Self {
        let (mut low, mut high) = domain;
        if !(low.is_finite() && high.is_finite()) {
            (low, high) = (0.0, 1.0);
        }
        if low > high {
            (low, high) = (high, low);
        }
        if spread.transform(high) - spread.transform(low) < 1e-12 * (1.0 + spread.transform(high).abs()) {
            (low, high) = match spread {
                Spread::Linear => (low - 0.5 * low.abs().max(1.0), high + 0.5 * high.abs().max(1.0)),
                Spread::Log => (low / 10.0, high.max(SMALLEST_SIZE) * 10.0),
                Spread::Error => (low.min(1.0) - 0.5, 1.0),
            };
        }
        Self {
            spread,
            domain: (low, high),
            range,
        }
    }

    /// The values at both ends.
    pub(crate) fn domain(&self) -> (f64, f64) {
        self.domain
    }

    /// The position of a value; values outside the domain are placed outside the range.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let low = self.spread.transform(self.domain.0);
        let high = self.spread.transform(self.domain.1);
        let share = (self.spread.transform(value) - low) / (high - low);
        self.range.0 + share * (self.range.1 - self.range.0)
    }

    /// The position of a value, held within the range.
    pub(crate) fn clamped(&self, value: f64) -> f64 {
        let (from, to) = (self.range.0.min(self.range.1), self.range.0.max(self.range.1));
        self.at(value).clamp(from, to)
    }

    /// Round values within the domain, about `count` of them, never much more.
    pub(crate) fn ticks(&self, count: usize, label: impl Fn(f64) -> String) -> Vec<Tick> {
        let values = match self.spread {
            Spread::Linear => linear_values(self.domain, count),
            Spread::Log => decades(self.domain, count),
            Spread::Error => shares(self.domain),
        };
        let ticks = values.into_iter().map(|value| Tick {
            value,
            at: self.at(value),
            label: label(value),
        });
        let gap = (self.range.1 - self.range.0).abs() / (count as f64 + 1.0) * 0.6;
        thin(ticks.collect(), gap)
    }

    /// Ticks labelled by their plain value.
    pub(crate) fn plain_ticks(&self, count: usize) -> Vec<Tick> {
        match self.spread {
            Spread::Linear => {
                let decimals = step(self.domain, count).log10().floor().min(0.0).abs() as usize;
                self.ticks(count, |v| fixed(v, decimals))
            }
            Spread::Log => self.ticks(count, power_of_ten),
            Spread::Error => self.ticks(count, round),
        }
    }
}

/// A power of ten at an axis: `1`, `10`, `10⁻³`.
pub(crate) fn power_of_ten(value: f64) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let exponent = value.log10().round() as i32;
    match exponent {
        0 => return "1".to_owned(),
        1 => return "10".to_owned(),
        _ => {}
    }
    let sign = if exponent < 0 { "⁻" } else { "" };
    let digits = exponent.unsigned_abs().to_string();
    let raised = digits.bytes().map(|b| DIGITS[usize::from(b - b'0')]);
    ["10", sign]
        .into_iter()
        .map(str::to_owned)
        .chain(raised.map(String::from))
        .collect()
}

/// The round step (1, 2 or 5 times a power of ten) that gives about `count` intervals.
fn step(domain: (f64, f64), count: usize) -> f64 {
    let raw = (domain.1 - domain.0) / count.max(1) as f64;
    let power = 10f64.powf(raw.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|m| m * power >= raw * 0.999)
        .unwrap_or(10.0);
    round * power
}

fn linear_values(domain: (f64, f64), count: usize) -> Vec<f64> {
    let step = step(domain, count);
    let slack = 1e-9;
    let first = (domain.0 / step - slack).ceil() as i64;
    let last = (domain.1 / step + slack).floor() as i64;
    // Multiples, not sums, so that no error builds up and zero is exactly zero.
    (first..=last).map(|k| k as f64 * step).collect()
}

fn decades(domain: (f64, f64), count: usize) -> Vec<f64> {
    let first = domain.0.max(SMALLEST_SIZE).log10().ceil() as i32;
    let last = domain.1.max(SMALLEST_SIZE).log10().floor() as i32;
    let stride = ((last - first + 1) as usize).div_ceil(count.max(1)).max(1);
    let mut values: Vec<f64> = (first..=last)
        .rev()
        .step_by(stride)
        .map(|k| 10f64.powi(k))
        .collect();
    values.reverse();
    values
}

fn shares(domain: (f64, f64)) -> Vec<f64> {
    const ROUND: [f64; 13] = [
        0.0, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0,
    ];
    let slack = 1e-9;
    ROUND
        .into_iter()
        .filter(|v| *v >= domain.0 - slack && *v <= domain.1 + slack)
        .collect()
}

/// Drops ticks that would crowd their neighbour, keeping the highest.
fn thin(ticks: Vec<Tick>, gap: f64) -> Vec<Tick> {
    let mut kept: Vec<Tick> = Vec::with_capacity(ticks.len());
    for tick in ticks.into_iter().rev() {
        if kept.last().is_none_or(|k| (k.at - tick.at).abs() >= gap) {
            kept.push(tick);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale, count: usize) -> Vec<String> {
        scale.plain_ticks(count).into_iter().map(|t| t.label).collect()
    }

    #[test]
    fn ends_of_the_domain_lie_on_the_ends_of_the_range() {
        for spread in [Spread::Linear, Spread::Log, Spread::Error] {
            let scale = Scale::new(spread, (0.1, 0.9), (20.0, 5.0));
            assert!((scale.at(0.1) - 20.0).abs() < 1e-12);
            assert!((scale.at(0.9) - 5.0).abs() < 1e-12);
        }
    }

    #[test]
    fn equal_factors_are_equally_far_apart() {
        let log = Scale::new(Spread::Log, (1e-8, 1.0), (0.0, 80.0));
        assert!((log.at(1e-3) - 50.0).abs() < 1e-9);
        let error = Scale::new(Spread::Error, (0.9, 0.999), (0.0, 2.0));
        assert!((error.at(0.99) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn clamped_stays_on_the_axis_in_both_directions() {
        let up = Scale::new(Spread::Linear, (0.0, 1.0), (100.0, 0.0));
        assert_eq!(up.clamped(-5.0), 100.0);
        assert_eq!(up.clamped(7.0), 0.0);
    }

    #[test]
    fn ticks_are_round_numbers() {
        let scale = Scale::new(Spread::Linear, (-3.0, 3.0), (0.0, 1.0));
        assert_eq!(labels(&scale, 6), ["−3", "−2", "−1", "0", "1", "2", "3"]);
        let scale = Scale::new(Spread::Linear, (0.93, 0.981), (0.0, 1.0));
        assert_eq!(labels(&scale, 5), ["0.94", "0.96", "0.98"]);
        let scale = Scale::new(Spread::Log, (1e-9, 1.0), (0.0, 90.0));
        assert_eq!(labels(&scale, 5), ["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1"]);
    }

    #[test]
    fn there_are_never_many_more_ticks_than_asked_for() {
        for k in -12..12 {
            for width in [1.0, 1.7, 3.3, 9.9] {
                let high = width * 10f64.powi(k);
                let scale = Scale::new(Spread::Linear, (0.0, high), (0.0, 100.0));
                let ticks = scale.plain_ticks(5);
                assert!((2..=6).contains(&ticks.len()), "{high}: {ticks:?}");
                assert!(ticks.iter().all(|t| (-1e-6..=100.000001).contains(&t.at)));
            }
        }
    }

    #[test]
    fn a_domain_that_cannot_be_drawn_is_widened() {
        for domain in [
            (2.0, 2.0),
            (0.0, 0.0),
            (f64::NAN, 1.0),
            (f64::NEG_INFINITY, 0.0),
            (3.0, 1.0),
            (1.0, 1.0),
        ] {
            for spread in [Spread::Linear, Spread::Log, Spread::Error] {
                let scale = Scale::new(spread, domain, (0.0, 10.0));
                assert!(scale.at(scale.domain().0).is_finite(), "{spread:?} {domain:?}");
                assert!(scale.clamped(1.0).is_finite());
                assert!(scale.plain_ticks(4).len() < 8);
            }
        }
    }
}
