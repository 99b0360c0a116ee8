//! Numbers as people read them: a true minus sign, powers of ten, percent and points.

use crate::trial::Metric;

/// With so many decimals and a true minus; never "−0".
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|b| b == b'0' || b == b'.') => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// As [`fixed`], with a plus sign where it is positive.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    let positive = value > 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b));
    if positive { format!("+{text}") } else { text }
}

/// With so many significant digits; as a power of ten where it is far from one.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return "–".to_owned();
    }
    let scientific = format!("{value:.*e}", digits.max(1) - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-3..5).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        return fixed(value, decimals);
    }
    format!("{} × 10{}", mantissa.replace('-', "−"), superscript(exponent))
}

/// As [`significant`], without the zeros that say how precise a number is: for round numbers.
pub(crate) fn round(value: f64, digits: usize) -> String {
    let text = significant(value, digits);
    match text.split_once(" × ") {
        Some((mantissa, power)) if trim_zeros(mantissa) == "1" => power.to_owned(),
        Some((mantissa, power)) => format!("{} × {power}", trim_zeros(mantissa)),
        None => trim_zeros(&text),
    }
}

/// A power of ten for an axis: `1`, `10`, `10⁻³`.
pub(crate) fn power_of_ten(value: f64) -> String {
    match value.log10().round() as i32 {
        0 => "1".to_owned(),
        1 => "10".to_owned(),
        exponent => format!("10{}", superscript(exponent)),
    }
}

/// A share in percent, with one decimal below ten.
pub(crate) fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value == 0.0 || (9.95..=100.0).contains(&value) {
        format!("{} %", fixed(value, 0))
    } else if value > 0.0 && value < 0.05 {
        "< 0.1 %".to_owned()
    } else {
        format!("{} %", fixed(value, 1))
    }
}

/// Seconds, in the unit that suits.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds >= 120.0 {
        format!("{} min {} s", (seconds / 60.0).floor(), (seconds % 60.0).floor())
    } else if seconds >= 1.0 {
        format!("{} s", fixed(seconds, 1))
    } else {
        format!("{} ms", fixed(seconds * 1000.0, 0))
    }
}

/// How a study's metric is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measure<'a>(pub(crate) &'a Metric);

impl Measure<'_> {
    /// Its name in the middle of a sentence.
    pub(crate) fn name(&self) -> &str {
        match self.0 {
            Metric::Accuracy => "accuracy",
            Metric::R2 => "R²",
            Metric::Other(name) => name,
        }
    }

    /// The highest value it can take.
    pub(crate) fn most(&self) -> f64 {
        match self.0 {
            Metric::Accuracy | Metric::R2 => 1.0,
            Metric::Other(_) => f64::INFINITY,
        }
    }

    /// How its values are called beside a number: `97.2 %`, `84.1`, `0.612`.
    pub(crate) fn value(&self, value: f64) -> String {
        match self.0 {
            Metric::Accuracy => format!("{} %", fixed(value * 100.0, 1)),
            Metric::R2 => fixed(value * 100.0, 1),
            Metric::Other(_) => significant(value, 4),
        }
    }

    /// Half of an interval's width.
    pub(crate) fn plus_minus(&self, half_width: f64) -> String {
        match self.0 {
            Metric::Accuracy | Metric::R2 => format!("± {}", fixed(half_width * 100.0, 1)),
            Metric::Other(_) => format!("± {}", significant(half_width, 2)),
        }
    }

    /// A difference, with its sign but without its unit.
    pub(crate) fn difference(&self, value: f64) -> String {
        match self.0 {
            Metric::Accuracy | Metric::R2 => signed(value * 100.0, 1),
            Metric::Other(_) if value > 0.0 => format!("+{}", significant(value, 2)),
            Metric::Other(_) => significant(value, 2),
        }
    }

    /// The unit of a difference: `points`, or nothing.
    pub(crate) fn unit(&self) -> &'static str {
        match self.0 {
            Metric::Accuracy | Metric::R2 => "points",
            Metric::Other(_) => "",
        }
    }

    /// A value at an axis tick, where the neighbours are `step` away.
    pub(crate) fn tick(&self, value: f64) -> String {
        match self.0 {
            Metric::Accuracy => format!("{} %", trim_zeros(&fixed(value * 100.0, 2))),
            Metric::R2 => trim_zeros(&fixed(value * 100.0, 2)),
            Metric::Other(_) => round(value, 3),
        }
    }

    /// A difference at an axis tick.
    pub(crate) fn difference_tick(&self, value: f64) -> String {
        match self.0 {
            Metric::Accuracy | Metric::R2 => trim_zeros(&signed(value * 100.0, 2)),
            Metric::Other(_) => round(value, 3),
        }
    }
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

fn superscript(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let sign = if exponent < 0 { "⁻" } else { "" };
    let digits = exponent.unsigned_abs().to_string();
    sign.chars()
        .chain(digits.bytes().map(|b| DIGITS[usize::from(b - b'0')]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(fixed(-0.04, 1), "0.0");
        assert_eq!(fixed(-0.06, 1), "−0.1");
        assert_eq!(signed(0.04, 1), "0.0");
        assert_eq!(signed(0.06, 1), "+0.1");
        assert_eq!(significant(0.0, 3), "0");
    }

    #[test]
    fn sizes_far_from_one_are_powers_of_ten() {
        assert_eq!(significant(1.234e-9, 2), "1.2 × 10⁻⁹");
        assert_eq!(significant(1e-12, 2), "1.0 × 10⁻¹²");
        assert_eq!(round(1e-12, 2), "10⁻¹²");
        assert_eq!(round(2.5e-7, 3), "2.5 × 10⁻⁷");
        assert_eq!(
            (significant(3.0, 2), round(3.0, 2)),
            ("3.0".to_owned(), "3".to_owned())
        );
        assert_eq!(significant(0.0123, 2), "0.012");
        assert_eq!(significant(1234.0, 2), "1234");
        assert_eq!(significant(-2.5e7, 2), "−2.5 × 10⁷");
        assert_eq!(significant(9.99, 2), "10");
        assert_eq!(significant(f64::NAN, 2), "–");
    }

    #[test]
    fn shares_keep_what_matters() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.0001), "< 0.1 %");
        assert_eq!(percent(0.034), "3.4 %");
        assert_eq!(percent(0.997), "100 %");
    }

    #[test]
    fn metrics_are_written_in_their_own_unit() {
        assert_eq!(Measure(&Metric::Accuracy).value(0.9721), "97.2 %");
        assert_eq!(Measure(&Metric::Accuracy).difference(-0.004), "−0.4");
        assert_eq!(Measure(&Metric::R2).value(-0.5), "−50.0");
        let other = Metric::Other("F1".to_owned());
        assert_eq!(Measure(&other).value(0.61234), "0.6123");
        assert_eq!(Measure(&other).difference(0.02), "+0.020");
    }
}
