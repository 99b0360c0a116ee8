//! The loss through a run.

use super::axis::Frame;
use crate::html::scale::{Scale, Spread, Tick};
use crate::html::svg::{line, xy};
use maud::{Markup, html};

const FRAME: Frame = Frame {
    left: 38.0,
    top: 6.0,
    right: 196.0,
    bottom: 106.0,
};

/// The loss at some steps, and the loss of the best constant prediction. `None` where there are less than two.
pub(crate) fn panel(points: &[(f64, f64)], baseline: Option<f64>) -> Option<Markup> {
    let (first, last) = (points.first()?, points.last()?);
    let values = || points.iter().map(|(_, loss)| *loss).chain(baseline);
    let low = values().fold(f64::INFINITY, f64::min);
    let high = values().fold(f64::NEG_INFINITY, f64::max);
    if points.len() < 2 {
        return None;
    }
    // Losses that range over decades are told apart only by their factors.
    let spread = if low > 0.0 && high > 100.0 * low {
        Spread::Log
    } else {
        Spread::Linear
    };
    let low = if spread == Spread::Linear {
        low.min(0.0)
    } else {
        low
    };
    let x = Scale::new(Spread::Linear, (first.0, last.0), (FRAME.left, FRAME.right));
    let y = Scale::new(spread, (low, high), (FRAME.bottom, FRAME.top));
    let steps = [("step ", first.0), ("", last.0)].map(|(word, step)| Tick {
        value: step,
        at: x.at(step),
        label: format!("{word}{step}"),
    });
    let label = format!("The loss from {} to {}", first.1, last.1);
    Some(html! {
        svg class="chart" viewBox="0 0 200 122" role="img" aria-label=(label) {
            (FRAME.rows(&y.plain_ticks(4)))
            @if let Some(baseline) = baseline {
                @let at = xy(y.at(baseline));
                line class="of-slope" x1=(xy(FRAME.left)) x2=(xy(FRAME.right)) y1=(at) y2=(at) {}
            }
            path class="of-value" d=(line(points.iter().map(|&(step, loss)| Some((x.at(step), y.clamped(loss)))))) {}
            (FRAME.labels_below(&steps))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_needs_two_points() {
        assert!(panel(&[], None).is_none() && panel(&[(0.0, 1.0)], Some(1.0)).is_none());
        let picture = panel(&[(0.0, 1.0), (9.0, 0.5)], Some(1.1)).unwrap().into_string();
        assert!(picture.contains("of-slope") && picture.contains("step 0") && !picture.contains("NaN"));
    }
}
