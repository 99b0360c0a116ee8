//! The curve of a function and, below it on the same axis, where each layer's inputs to it fall.

use super::axis::Frame;
use super::function::Curve;
use crate::html::scale::{Scale, Spread};
use crate::html::svg::{line, xy};
use maud::{Markup, html};
use relume_doctor::Histogram;

/// How many bins a layer is drawn with.
const BINS: usize = 56;
/// More layers than this are drawn by a selection.
pub(crate) const MOST_LAYERS: usize = 6;

/// One layer's inputs as densities over equal bins of a shared range, the highest being 1.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Density {
    pub(crate) layer: String,
    pub(crate) heights: Vec<f64>,
    /// Share of the values that lie outside the range.
    pub(crate) outside: f64,
}

/// The range that holds nearly all values of these histograms, wide enough to show what is around zero.
pub(crate) fn range(histograms: &[&Histogram]) -> (f64, f64) {
    let (mut low, mut high) = (-3.0, 3.0);
    for h in histograms {
        let total: u64 = h.counts.iter().sum();
        let width = (h.high - h.low) / h.counts.len().max(1) as f64;
        let rare = total / 200;
        if let Some(k) = first_common(h.counts.iter(), rare) {
            low = f64::min(low, h.low + k as f64 * width);
        }
        if let Some(k) = first_common(h.counts.iter().rev(), rare) {
            high = f64::max(high, h.high - k as f64 * width);
        }
    }
    (low.max(-1e6), high.min(1e6))
}

/// How many bins come before more than `rare` values have been seen.
fn first_common<'a>(mut counts: impl Iterator<Item = &'a u64>, rare: u64) -> Option<usize> {
    let mut seen = 0;
    counts.position(|count| {
        seen += count;
        seen > rare
    })
}

/// Pours histograms of any binning into one density over a range.
pub(crate) fn density(layer: String, histograms: &[&Histogram], range: (f64, f64)) -> Density {
    let width = (range.1 - range.0) / BINS as f64;
    let mut heights = vec![0.0; BINS];
    let mut total = 0.0;
    for h in histograms {
        let bin = (h.high - h.low) / h.counts.len().max(1) as f64;
        total += (h.counts.iter().sum::<u64>() + h.below + h.above) as f64;
        for (k, count) in h.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (from, to) = (h.low + k as f64 * bin, h.low + (k + 1) as f64 * bin);
            let first = ((from - range.0) / width).floor().max(0.0) as usize;
            let last = ((to - range.0) / width).ceil().clamp(0.0, BINS as f64) as usize;
            for (j, height) in heights.iter_mut().enumerate().take(last).skip(first) {
                let (left, right) = (range.0 + j as f64 * width, range.0 + (j + 1) as f64 * width);
                let overlap = (to.min(right) - from.max(left)).max(0.0);
                *height += *count as f64 * overlap / bin;
            }
        }
    }
    let inside: f64 = heights.iter().sum();
    let peak = heights.iter().copied().fold(0.0, f64::max);
    if peak > 0.0 {
        heights.iter_mut().for_each(|h| *h /= peak);
    }
    Density {
        layer,
        heights,
        outside: if total > 0.0 { 1.0 - inside / total } else { 0.0 },
    }
}

/// One panel: the function over the range and a ridge per layer, the network's input at the bottom.
pub(crate) fn panel(
    class: &str,
    curve: Option<&Curve>,
    layers: &[Density],
    range: (f64, f64),
    label: &str,
) -> Markup {
    let top = if curve.is_some() { 62.0 } else { 4.0 };
    let step = 13.0;
    let frame = Frame {
        left: 38.0,
        top: 4.0,
        right: 196.0,
        bottom: top + 12.0 + step * layers.len() as f64,
    };
    let x = Scale::new(Spread::Linear, range, (frame.left, frame.right));
    html! {
        svg class={ "chart " (class) } viewBox={ "0 0 200 " (xy(frame.bottom + 16.0)) } role="img" aria-label=(label) {
            (frame.columns(&x.plain_ticks(5)))
            @let zero = xy(x.at(0.0));
            line class="zero" x1=(zero) x2=(zero) y1=(xy(frame.top)) y2=(xy(frame.bottom)) {}
            @if let Some(curve) = curve {
                @let y = Scale::new(Spread::Linear, curve.extent(), (top - 6.0, frame.top + 4.0));
                path class="line bold solid" d=(line(curve.points().map(|p| p.map(|(v, f)| (x.at(v), y.clamped(f)))))) {}
            }
            @for (k, layer) in layers.iter().rev().enumerate() {
                @let base = top + 12.0 + step * (k as f64 + 1.0);
                path class="ridge" d=(ridge(layer, &x, range, base, step * 1.5)) {}
            }
            @let base = |k: f64| top + 12.0 + step * k;
            (frame.output_and_input(base(0.6), base(layers.len() as f64 - 0.4)))
        }
    }
}

fn ridge(layer: &Density, x: &Scale, range: (f64, f64), base: f64, height: f64) -> String {
    let width = (range.1 - range.0) / BINS as f64;
    let tops = layer.heights.iter().enumerate().map(|(k, h)| {
        let middle = range.0 + (k as f64 + 0.5) * width;
        (x.at(middle), base - h * height)
    });
    let ends = |value: f64| std::iter::once((x.at(value), base));
    line(ends(range.0).chain(tops).chain(ends(range.1)).map(Some)).replacen("h0", "", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(low: f64, high: f64, bins: usize, count: u64) -> Histogram {
        Histogram {
            low,
            high,
            counts: vec![count; bins],
            below: 0,
            above: 0,
        }
    }

    #[test]
    fn a_flat_histogram_is_flat_in_any_binning() {
        for bins in [7, 56, 300] {
            let h = flat(-4.0, 4.0, bins, 100);
            let density = density("a".into(), &[&h], (-4.0, 4.0));
            assert!(density.heights.iter().all(|v| (v - 1.0).abs() < 1e-9), "{bins}");
            assert!(density.outside.abs() < 1e-9);
        }
    }

    #[test]
    fn what_lies_outside_is_counted() {
        let mut h = flat(-4.0, 4.0, 8, 10);
        h.above = 20;
        let density = density("a".into(), &[&h], (-4.0, 0.0));
        assert!((density.outside - 0.6).abs() < 1e-9);
        assert_eq!(super::density("b".into(), &[], (-1.0, 1.0)).outside, 0.0);
    }

    #[test]
    fn the_range_follows_the_values_but_not_the_rare_ones() {
        let mut h = flat(-10.0, 10.0, 20, 0);
        h.counts[3] = 1000;
        h.counts[0] = 1;
        assert_eq!(range(&[&h]), (-7.0, 3.0));
        assert_eq!(range(&[]), (-3.0, 3.0));
    }
}
