//! Bars per layer: the share of units that are dead, silent or saturated, and next to them the share of zeros.

use super::axis::Frame;
use crate::html::scale::{Scale, Spread};
use crate::html::svg::xy;
use maud::{Markup, html};
use relume_doctor::words::percent;

/// Shares of one layer's units, between 0 and 1. Dead units are silent too.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shares {
    pub(crate) dead: f64,
    pub(crate) silent: f64,
    pub(crate) saturated: f64,
    /// The share of outputs that are zero.
    pub(crate) zeros: f64,
}

impl Shares {
    /// Whether there is anything to draw.
    pub(crate) fn any(&self) -> bool {
        [self.dead, self.silent, self.saturated]
            .into_iter()
            .any(|share| share >= 5e-4)
            || self.zeros >= 5e-3
    }
}

/// One panel. `layers` run from the network's input, drawn at the bottom, to its output.
pub(crate) fn panel(layers: &[Shares], label: &str) -> Markup {
    let step = (110.0 / layers.len().max(1) as f64).clamp(4.0, 16.0);
    let height = step * layers.len() as f64;
    let frame = Frame {
        left: 38.0,
        top: 4.0,
        right: 196.0,
        bottom: 4.0 + height,
    };
    let x = Scale::new(Spread::Linear, (0.0, 1.0), (frame.left, frame.right));
    let bar = (step * 0.62).min(9.0);
    html! {
        svg class="chart" viewBox={ "0 0 200 " (xy(frame.bottom + 16.0)) } role="img" aria-label=(label) {
            (frame.columns(&x.ticks(3, percent)))
            @for (k, layer) in layers.iter().rev().enumerate() {
                @let y = frame.top + step * (k as f64 + 0.5);
                @for (class, share) in [
                    ("saturated", layer.saturated), ("silent", layer.silent), ("dead", layer.dead),
                ] {
                    @if share > 0.0 {
                        rect class=(class) x=(xy(frame.left)) y=(xy(y - bar / 2.0))
                            width=(xy((x.clamped(share) - frame.left).max(1.0))) height=(xy(bar)) {}
                    }
                }
                @if layer.zeros >= 5e-4 {
                    @let at = xy(x.clamped(layer.zeros));
                    line class="zeros" x1=(at) x2=(at) y1=(xy(y - step * 0.42)) y2=(xy(y + step * 0.42)) {}
                }
                @if layer.dead >= 5e-4 {
                    @let after = x.clamped(layer.dead.max(layer.silent).max(layer.saturated)) + 4.0;
                    @let zeros = x.clamped(layer.zeros);
                    // Text and the stroke of zeros do not cross.
                    @let after = if zeros > after - 3.0 && zeros < after + 28.0 { zeros + 4.0 } else { after };
                    @let inside = after > frame.right - 30.0;
                    text class=(if inside { "value end inside" } else { "value" })
                        x=(xy(if inside { x.clamped(layer.dead) - 3.0 } else { after }))
                        y=(xy(y + 3.2)) { (percent(layer.dead)) }
                }
            }
            (frame.output_and_input(frame.top + step / 2.0, frame.bottom - step / 2.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_healthy_layer_has_no_bar_and_a_dead_one_says_how_much() {
        let healthy = panel(&[Shares::default()], "healthy").into_string();
        assert!(!healthy.contains("class=\"dead\""));
        let sick = panel(
            &[Shares {
                dead: 0.25,
                silent: 0.5,
                ..Shares::default()
            }],
            "sick",
        )
        .into_string();
        assert!(sick.contains("class=\"dead\"") && sick.contains("25 %"));
    }
}
