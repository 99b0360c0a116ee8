//! How findings, tables and pages write numbers and lists of names: one rule for each, so that the same number reads
//! the same wherever it stands.
//!
//! Negative numbers carry the minus sign `−`; a number that rounds to zero has no sign; what is not finite is `NaN`,
//! `inf` or `−inf`.

use std::borrow::Borrow;

/// Names as a sentence joins them; without any, `none`.
///
/// ```
/// # use relume_doctor::words::list;
/// assert_eq!(list(&["relu", "elu", "gelu"]), "relu, elu and gelu");
/// assert_eq!(list::<&str>(&[]), "none");
/// ```
pub fn list<S: Borrow<str>>(names: &[S]) -> String {
    match names {
        [] => "none".into(),
        [one] => one.borrow().into(),
        [first @ .., last] => format!("{} and {}", first.join(", "), last.borrow()),
    }
}

/// As [`list`], but of more than three names only the first two and how many more there are.
///
/// ```
/// # use relume_doctor::words::short_list;
/// assert_eq!(short_list(&["h1", "h2", "h3"]), "h1, h2 and h3");
/// assert_eq!(short_list(&["h1", "h2", "h3", "h4", "h5"]), "h1, h2 and 3 more");
/// ```
pub fn short_list<S: Borrow<str>>(names: &[S]) -> String {
    match names {
        [a, b, rest @ ..] if rest.len() > 1 => {
            format!("{}, {} and {} more", a.borrow(), b.borrow(), rest.len())
        }
        _ => list(names),
    }
}

/// A share in percent: two significant digits below ten, none after the point above. Only nothing is `0 %`, and only all
/// is `100 %`: what is nearly so has more digits, or is `<0.01 %` or `>99.99 %`.
///
/// ```
/// # use relume_doctor::words::percent;
/// let written = [0.0, 0.00001, 0.0028, 0.034, 0.994].map(percent);
/// assert_eq!(written, ["0 %", "<0.01 %", "0.28 %", "3.4 %", "99 %"]);
/// let written = [0.997, 0.9998, 0.99999, 1.0].map(percent);
/// assert_eq!(written, ["99.7 %", "99.98 %", ">99.99 %", "100 %"]);
/// ```
pub fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let text = match percent.abs() {
        size if size > 0.0 && size < 0.01 => return "<0.01 %".into(),
        size if size > 0.0 && size < 9.95 => significant(percent, 2),
        size if size > 99.99 && size < 100.0 => return ">99.99 %".into(),
        // With one digit after the point, 99.95 could become 100.
        size if size > 99.94 && size < 100.0 => fixed(percent, 2),
        size if (99.5..100.0).contains(&size) => fixed(percent, 1),
        _ => fixed(percent, 0),
    };
    format!("{text} %")
}

/// A measured number of any size: three significant digits, two below 0.1; whole numbers as they are; a power of ten
/// below 0.001 and from a million on.
///
/// ```
/// # use relume_doctor::words::number;
/// let written = [0.0, 40.0, 1234.5, 12.34, 0.205, 0.00213, -3.13e-9, 2e7].map(number);
/// assert_eq!(written, ["0", "40", "1234", "12.3", "0.205", "0.0021", "−3.1e-9", "2.0e7"]);
/// ```
pub fn number(x: f64) -> String {
    match x.abs() {
        size if size < 1e6 && size.fract() == 0.0 => fixed(x, 0),
        size if (0.1..1e6).contains(&size) => significant(x, 3),
        _ => significant(x, 2),
    }
}

/// A number that was chosen, such as a threshold or a tick of an axis: as [`number`], up to three digits, without
/// zeros at its end.
///
/// ```
/// # use relume_doctor::words::round;
/// let written = [0.5, 0.0125, 1e-4, 2.5e-7, 300.0].map(round);
/// assert_eq!(written, ["0.5", "0.0125", "1e-4", "2.5e-7", "300"]);
/// ```
pub fn round(x: f64) -> String {
    let text = significant(x, 3);
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", without_zeros(mantissa)),
        None => without_zeros(&text).into(),
    }
}

/// With this number of decimals.
///
/// ```
/// # use relume_doctor::words::fixed;
/// assert_eq!([fixed(-0.06, 1), fixed(-0.04, 1)], ["−0.1", "0.0"]);
/// ```
pub fn fixed(x: f64, decimals: usize) -> String {
    let text = format!("{x:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|b| b == b'0' || b == b'.') => digits.into(),
        Some(digits) => format!("−{digits}"),
        None => text,
    }
}

/// A written number without the zeros that end its decimals.
///
/// ```
/// # use relume_doctor::words::without_zeros;
/// assert_eq!(["97.50", "96.00", "100"].map(without_zeros), ["97.5", "96", "100"]);
/// ```
pub fn without_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

/// With this number of significant digits, never 0 of them; as a power of ten where it is far from one.
fn significant(x: f64, digits: usize) -> String {
    let scientific = format!("{x:.*e}", digits - 1);
    // What is not finite has no exponent.
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return fixed(x, 0);
    };
    match exponent.parse::<i32>() {
        Ok(exponent @ -3..6) => fixed(x, (digits as i32 - 1 - exponent).max(0) as usize),
        _ => format!("{}e{exponent}", mantissa.replace('-', "−")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_up_costs_a_digit_after_the_point() {
        assert_eq!([number(9.996), number(99.96)], ["10.0", "100"]);
        assert_eq!([percent(0.0994), percent(0.0996)], ["9.9 %", "10 %"]);
        assert_eq!(number(0.00099996), "0.0010");
    }

    #[test]
    fn only_nothing_is_zero_percent_and_only_all_is_a_hundred() {
        for i in 1..100_000 {
            let written = percent(f64::from(i) / 100_000.0);
            assert!(
                !["0 %", "100 %", "100.0 %", "100.00 %"].contains(&&*written),
                "{i}: {written}"
            );
        }
        assert_eq!([percent(1.0 - 1e-16), percent(1.004)], [">99.99 %", "100 %"]);
    }

    #[test]
    fn zero_has_no_sign() {
        assert_eq!(
            [number(-0.0), percent(-0.0), fixed(-0.001, 2)],
            ["0", "0 %", "0.00"]
        );
    }

    #[test]
    fn what_is_below_zero_has_a_true_minus() {
        assert_eq!(
            [number(-2.5), percent(-0.031), round(-0.5)],
            ["−2.50", "−3.1 %", "−0.5"]
        );
        assert_eq!(percent(-1e-6), "<0.01 %");
    }

    #[test]
    fn what_is_not_finite_is_called_so() {
        let all = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
        assert_eq!(all.map(number), ["NaN", "inf", "−inf"]);
        assert_eq!(all.map(round), ["NaN", "inf", "−inf"]);
        assert_eq!(all.map(|x| fixed(x, 2)), ["NaN", "inf", "−inf"]);
        assert_eq!(all.map(percent), ["NaN %", "inf %", "−inf %"]);
    }

    #[test]
    fn lists_of_any_length_read_as_sentences() {
        let names: Vec<String> = (1..=7).map(|i| format!("h{i}")).collect();
        assert_eq!(list(&names[..1]), "h1");
        assert_eq!(list(&names[..2]), "h1 and h2");
        assert_eq!(short_list(&names[..0]), "none");
        assert_eq!(short_list(&names[..3]), "h1, h2 and h3");
        assert_eq!(short_list(&names), "h1, h2 and 5 more");
    }
}
