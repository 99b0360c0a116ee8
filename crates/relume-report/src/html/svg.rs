//! Small parts that every drawing is made of.

use std::fmt::Write;

/// A coordinate with as few digits as a screen can show.
pub(crate) fn xy(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Adding zero turns −0 into 0.
    format!("{}", rounded + 0.0)
}

/// A position in percent of the drawing's width, for drawings that stretch while their text does not.
pub(crate) fn share(value: f64) -> String {
    format!("{}%", (value * 100.0).round() / 100.0 + 0.0)
}

/// A line through points; it is interrupted where a point is missing.
pub(crate) fn line(points: impl IntoIterator<Item = Option<(f64, f64)>>) -> String {
    let mut path = String::new();
    let mut pen_down = false;
    for point in points {
        match point {
            Some((x, y)) => {
                path.push(if pen_down { 'L' } else { 'M' });
                let _ = write!(path, "{} {}", xy(x), xy(y));
                // A lone point becomes a dot, given round line caps.
                if !pen_down {
                    path.push_str("h0");
                }
                pen_down = true;
            }
            None => pen_down = false,
        }
    }
    path
}

/// The area between two lines; each run of `(x, low, high)` without a gap is closed by itself.
pub(crate) fn band(points: &[Option<(f64, f64, f64)>]) -> String {
    let mut path = String::new();
    for run in points.split(Option::is_none).filter(|run| run.len() > 1) {
        let run: Vec<_> = run.iter().flatten().collect();
        let there = run.iter().map(|(x, low, _)| (x, low));
        let back = run.iter().rev().map(|(x, _, high)| (x, high));
        for (k, (x, y)) in there.chain(back).enumerate() {
            let _ = write!(path, "{}{} {}", if k == 0 { 'M' } else { 'L' }, xy(*x), xy(*y));
        }
        path.push('Z');
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!(xy(12.3456), "12.3");
        assert_eq!(xy(-0.01), "0");
        assert_eq!(xy(40.0), "40");
        assert_eq!(share(33.333333), "33.33%");
    }

    #[test]
    fn a_missing_point_interrupts_the_line() {
        let points = [Some((0.0, 1.0)), Some((1.0, 2.0)), None, Some((3.0, 4.0))];
        assert_eq!(line(points), "M0 1h0L1 2M3 4h0");
    }

    #[test]
    fn a_band_goes_there_and_back() {
        let points = [
            Some((0.0, 1.0, 2.0)),
            Some((1.0, 3.0, 4.0)),
            None,
            Some((5.0, 5.0, 5.0)),
        ];
        assert_eq!(band(&points), "M0 1L1 3L1 4L0 2Z");
    }
}
