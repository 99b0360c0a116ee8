//! The curve of a function, sampled finely, with its kinks and jumps where they are.

/// How finely a curve is sampled over its range.
const SAMPLES: usize = 200;

/// A sampled function; an interruption where it jumps or is not finite.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Curve {
    points: Vec<Option<(f64, f64)>>,
}

impl Curve {
    /// Samples `f` over a range. `breaks` are the places where it has a kink or jumps: it is sampled exactly
    /// there, from both sides.
    pub(crate) fn sample(f: impl Fn(f64) -> f64, range: (f64, f64), breaks: &[f64]) -> Self {
        let (low, high) = range;
        let mut breaks: Vec<f64> = breaks.iter().copied().filter(|b| *b > low && *b < high).collect();
        breaks.sort_by(f64::total_cmp);
        let mut points = Vec::with_capacity(SAMPLES + 4 * breaks.len());
        let mut push = |x: f64, at: f64| {
            let y = f(at);
            points.push(y.is_finite().then_some((x, y)));
        };
        let near = (high - low) * 1e-9;
        let mut next = breaks.iter().peekable();
        for k in 0..=SAMPLES {
            let x = low + (high - low) * k as f64 / SAMPLES as f64;
            while let Some(b) = next.next_if(|b| **b <= x) {
                push(*b, *b - near);
                push(*b, *b + near);
            }
            push(x, if breaks.contains(&x) { x + near } else { x });
        }
        Self {
            points: interrupted(points),
        }
    }

    /// The points, in order.
    pub(crate) fn points(&self) -> impl Iterator<Item = Option<(f64, f64)>> + '_ {
        self.points.iter().copied()
    }

    /// The lowest and highest value.
    pub(crate) fn extent(&self) -> (f64, f64) {
        let ys = || self.points.iter().flatten().map(|(_, y)| *y);
        (
            ys().fold(f64::INFINITY, f64::min),
            ys().fold(f64::NEG_INFINITY, f64::max),
        )
    }

    /// The last point drawn.
    pub(crate) fn end(&self) -> Option<(f64, f64)> {
        self.points.iter().flatten().next_back().copied()
    }
}

/// Inserts a gap where two points share a place but not a value: a jump is not a line.
fn interrupted(points: Vec<Option<(f64, f64)>>) -> Vec<Option<(f64, f64)>> {
    let mut with_gaps: Vec<Option<(f64, f64)>> = Vec::with_capacity(points.len());
    for point in points {
        if let (Some((x, y)), Some((before, value))) = (point, with_gaps.last().copied().flatten())
            && x == before
        {
            if (y - value).abs() < 1e-6 {
                continue;
            }
            with_gaps.push(None);
        }
        with_gaps.push(point);
    }
    with_gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kink_is_a_corner_and_a_jump_is_a_gap() {
        let relu = Curve::sample(|x| x.max(0.0), (-1.0, 3.03), &[0.0]);
        assert!(relu.points().all(|p| p.is_some()));
        assert!(relu.points().flatten().any(|(x, y)| x == 0.0 && y.abs() < 1e-6));
        let step = Curve::sample(|x| if x >= 0.0 { 1.0 } else { 0.0 }, (-1.0, 1.0), &[0.0]);
        assert_eq!(step.points().filter(Option::is_none).count(), 1);
        let ends: Vec<f64> = step
            .points()
            .flatten()
            .filter(|(x, _)| *x == 0.0)
            .map(|(_, y)| y)
            .collect();
        assert_eq!(ends, [0.0, 1.0]);
    }

    #[test]
    fn what_is_not_finite_is_not_drawn() {
        let log = Curve::sample(f64::ln, (-1.0, 1.0), &[]);
        assert!(log.points().any(|p| p.is_none()));
        assert!(log.extent().0.is_finite());
    }
}
