//! Numbers and lists as people read them.

/// `hidden1`, `hidden1 and hidden2`, `hidden1, hidden2 and 5 more`.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [a, b] => format!("{a} and {b}"),
        [a, b, c] => format!("{a}, {b} and {c}"),
        [a, b, rest @ ..] => format!("{a}, {b} and {} more", rest.len()),
    }
}

/// A share as a percentage, with as many digits as it deserves.
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    match percent.abs() {
        p if p >= 10.0 || p == 0.0 => format!("{percent:.0} %"),
        p if p >= 0.01 => format!("{percent:.2} %"),
        _ => format!("{percent:.1e} %"),
    }
}

/// A number of any size with two or three significant digits.
pub(super) fn number(x: f64) -> String {
    match x.abs() {
        a if a == 0.0 || (0.01..10.0).contains(&a) => format!("{x:.2}"),
        a if (10.0..10_000.0).contains(&a) => format!("{x:.0}"),
        _ => format!("{x:.1e}"),
    }
}

/// The rule of three: what was never seen in `n` samples happens, with 95 % confidence, in at most 3/n of them.
pub(super) fn upper_bound(n: u64) -> f64 {
    (3.0 / n as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_well() {
        let names: Vec<String> = (1..=7).map(|i| format!("h{i}")).collect();
        assert_eq!(list(&names), "h1, h2 and 5 more");
        assert_eq!(list(&names[..3]), "h1, h2 and h3");
        assert_eq!(list(&names[..1]), "h1");
        assert_eq!(
            [percent(0.5), percent(0.0028), percent(1e-6)],
            ["50 %", "0.28 %", "1.0e-4 %"]
        );
        assert_eq!(
            [number(2.3), number(3125.0), number(1e-9), number(0.0)],
            ["2.30", "3125", "1.0e-9", "0.00"]
        );
        assert_eq!([upper_bound(1000), upper_bound(1)], [0.003, 1.0]);
    }
}
