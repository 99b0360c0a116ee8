//! A layer × epoch or time step × epoch picture of sizes on one logarithmic colour scale that all panels of a figure share.

use super::axis::Frame;
use super::cells;
use super::curves::whole;
use crate::html::scale;
use crate::html::scale::{Scale, Spread, Tick};
use crate::html::svg::{share, xy};
use maud::{Markup, html};
use relume_doctor::words::percent;

/// What is known of one layer in one pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// It was not looked at.
    Unknown,
    /// Exactly nothing arrived.
    Zero,
    /// Not a number, or infinite.
    NonFinite,
    /// A size above zero.
    Size(f64),
}

/// How many steps the colour scale has; each is a class `h0`, `h1`, ... of the style sheet.
pub(crate) const LEVELS: usize = 24;
/// Decades beyond which a scale no longer tells sizes apart.
const MOST_DECADES: i32 = 12;

/// The shared colour scale.
pub(crate) struct Colours {
    spread: Spread,
    /// From a size to its step.
    scale: Scale,
}

impl Colours {
    /// A scale over whole decades that holds all sizes, the smallest left out where the range is absurd.
    pub(crate) fn around<'a>(cells: impl Iterator<Item = &'a Cell>) -> Self {
        let (mut low, mut high) = (i32::MAX, i32::MIN);
        for cell in cells {
            if let Cell::Size(size) = cell {
                low = low.min(size.log10().floor() as i32);
                high = high.max(size.log10().ceil() as i32);
            }
        }
        if low > high {
            (low, high) = (-3, 0);
        }
        let low = low.max(high - MOST_DECADES).min(high - 1);
        Self::over(Spread::Log, (10f64.powi(low), 10f64.powi(high)))
    }

    /// A scale for shares, from none to all.
    pub(crate) fn of_shares() -> Self {
        Self::over(Spread::Linear, (0.0, 1.0))
    }

    fn over(spread: Spread, domain: (f64, f64)) -> Self {
        let scale = Scale::new(spread, domain, (0.0, LEVELS as f64));
        Self { spread, scale }
    }

    fn level(&self, size: f64) -> usize {
        (self.scale.clamped(size) as usize).min(LEVELS - 1)
    }

    /// The class that a cell is drawn in.
    pub(crate) fn class(&self, cell: &Cell) -> String {
        match cell {
            Cell::Unknown => "h-unknown".to_owned(),
            Cell::Zero => "h-zero".to_owned(),
            Cell::NonFinite => "h-broken".to_owned(),
            Cell::Size(size) => format!("h{}", self.level(*size)),
        }
    }

    /// The bar that explains the colours.
    pub(crate) fn legend(&self) -> Markup {
        let (low, high) = self.scale.domain();
        let axis = Scale::new(self.spread, (low, high), (0.0, 100.0));
        let (label, ticks): (fn(f64) -> String, Vec<Tick>) = match self.spread {
            Spread::Log => (scale::power_of_ten, axis.plain_ticks(6)),
            _ => (percent, axis.ticks(4, percent)),
        };
        html! {
            svg class="scale" height="30" role="img"
                aria-label={ "Colour scale from " (label(low)) " to " (label(high)) } {
                @for level in 0..LEVELS {
                    @let width = 100.0 / LEVELS as f64;
                    rect class={ "h" (level) } x=(share(level as f64 * width)) width=(share(width + 0.2)) y="0" height="12" {}
                }
                g class="axis" {
                    @for tick in ticks {
                        @let anchor = if tick.at < 1.0 { "start" } else if tick.at > 99.0 { "end" } else { "middle" };
                        text class=(anchor) x=(share(tick.at)) y="26" { (tick.label) }
                    }
                }
            }
        }
    }
}

const LEFT: f64 = 38.0;
const WIDTH: f64 = 158.0;

/// What the rows of a panel are called at the top and at the bottom: layers.
pub(crate) const LAYERS: [&str; 2] = ["output", "input"];

/// The same: steps in time.
pub(crate) const STEPS: [&str; 2] = ["last", "first"];

/// One panel. `rows` run from the network's input to its output, or from the first step to the last; the first is drawn at
/// the bottom. All rows are as long as `passes`.
pub(crate) fn panel(
    colours: &Colours,
    passes: &[usize],
    rows: &[Vec<Cell>],
    ends: [&str; 2],
    label: &str,
) -> Markup {
    let height = (96.0 / rows.len().max(1) as f64).clamp(2.0, 14.0) * rows.len() as f64;
    let frame = Frame {
        left: LEFT,
        top: 4.0,
        right: LEFT + WIDTH,
        bottom: 4.0 + height,
    };
    let columns = passes.len().max(1) as f64;
    let (first, last) = (
        passes.first().copied().unwrap_or(0),
        passes.last().copied().unwrap_or(0),
    );
    // Labels stand under the middle of their column.
    let half = WIDTH / columns / 2.0;
    let epochs = scale::Scale::new(
        Spread::Linear,
        (first as f64, last as f64),
        (frame.left + half, frame.right - half),
    );
    // Where passes are missing, only the ends of the axis are right.
    let gapless = passes.windows(2).all(|pair| pair[1] == pair[0] + 1);
    let mut ticks = if last > first { whole(&epochs) } else { Vec::new() };
    ticks.retain(|t| gapless || t.value == first as f64 || t.value == last as f64);
    let row = height / rows.len().max(1) as f64;
    html! {
        svg class="chart" viewBox={ "0 0 200 " (xy(frame.bottom + 16.0)) } role="img" aria-label=(label) {
            rect class="cells" x=(xy(frame.left)) y=(xy(frame.top)) width=(WIDTH) height=(xy(height)) {}
            g class="cells" transform={ "translate(" (frame.left) " " (frame.top) ") scale("
                (format!("{:.4}", WIDTH / columns)) " " (format!("{row:.4}")) ")" } {
                @for (class, path) in cells::paths(rows, |cell| colours.class(cell)) { path class=(class) d=(path) {} }
            }
            (frame.ends(ends, frame.top + row / 2.0, frame.bottom - row / 2.0))
            (frame.labels_below(&ticks))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_holds_all_sizes_in_order() {
        let cells = [Cell::Size(3e-9), Cell::Zero, Cell::Size(0.2), Cell::Unknown];
        let colours = Colours::around(cells.iter());
        assert_eq!(colours.scale.domain(), (1e-9, 1.0));
        assert_eq!(colours.level(1e-9), 0);
        assert_eq!(colours.level(1.0), LEVELS - 1);
        let levels: Vec<_> = (-9..=0).map(|k| colours.level(10f64.powi(k))).collect();
        assert!(levels.is_sorted());
        assert_eq!(
            colours.level(1e-30),
            0,
            "smaller than the scale is drawn as its smallest"
        );
    }

    #[test]
    fn an_absurd_range_keeps_its_upper_decades() {
        let cells = [Cell::Size(1e-200), Cell::Size(10.0)];
        let colours = Colours::around(cells.iter());
        assert_eq!(colours.scale.domain(), (10f64.powi(1 - MOST_DECADES), 10.0));
        assert_eq!(Colours::around([].iter()).level(1.0), LEVELS - 1);
    }

    #[test]
    fn shares_are_spread_evenly() {
        let colours = Colours::of_shares();
        let levels = [0.0, 0.5, 1.0].map(|share| colours.level(share));
        assert_eq!(levels, [0, LEVELS / 2, LEVELS - 1]);
        assert!(colours.legend().into_string().contains("50 %"));
    }

    #[test]
    fn neighbours_of_one_colour_are_one_piece_and_the_input_is_at_the_bottom() {
        let colours = Colours::around([Cell::Size(1.0), Cell::Size(0.01)].iter());
        let input = vec![Cell::Zero, Cell::Zero, Cell::Size(1.0)];
        let output = vec![Cell::NonFinite; 3];
        let paths = cells::paths(&[input, output], |cell| colours.class(cell));
        assert!(paths.contains(&("h-zero".to_owned(), "M0 1h2v1h-2z".to_owned())));
        assert!(paths.contains(&("h-broken".to_owned(), "M0 0h3v1h-3z".to_owned())));
    }
}
