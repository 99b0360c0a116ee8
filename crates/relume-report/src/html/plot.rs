//! Curves of functions as one drawing that stands alone: a file, or part of a page.

use super::charts::axis::Frame;
use super::charts::function::Curve;
use super::functions::Sketch;
use super::palette::{self, Look, Looks};
use super::scale::{Scale, Spread, Tick};
use super::svg::{line, xy};
use maud::{Markup, PreEscaped, html};
use relume::Activation;

const WIDTH: f64 = 760.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 560.0;
/// The least distance between two labels.
const LINE: f64 = 18.0;

/// Draws functions over a range of inputs and, if asked to, their derivatives below: an SVG file with its own
/// style for light and dark grounds. Kinks are marked; where a derivative jumps, the disc is the value taken and
/// the ring the one that is not.
pub fn plot_functions(activations: &[Activation], derivative: bool, range: (f64, f64)) -> String {
    let names: Vec<String> = activations.iter().map(ToString::to_string).collect();
    let looks = Looks::new(names.iter().map(String::as_str));
    let sketches: Vec<(Look, &str, Sketch)> = activations
        .iter()
        .zip(&names)
        .map(|(a, n)| (looks.of(n), n.as_str(), Sketch::from(a)))
        .collect();
    let range = Scale::new(Spread::Linear, range, (0.0, 1.0)).domain();

    let values: Vec<Plotted<'_>> = sketches.iter().map(|s| Plotted::values(s, range)).collect();
    let slopes: Vec<Plotted<'_>> = sketches.iter().map(|s| Plotted::slopes(s, range)).collect();
    let rows = LINE * activations.len() as f64;
    let tall = rows.max(340.0);
    let first = Frame {
        left: LEFT,
        top: 34.0,
        right: RIGHT,
        bottom: 34.0 + tall,
    };
    let second = Frame {
        top: first.bottom + 62.0,
        bottom: first.bottom + 62.0 + rows.max(220.0),
        ..first
    };
    let height = if derivative { second.bottom } else { first.bottom } + 28.0;
    let title = format!(
        "{}{} from {} to {}",
        names.join(", "),
        if derivative { " and derivatives" } else { "" },
        range.0,
        range.1
    );
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(WIDTH) height=(xy(height))
            viewBox={ "0 0 " (WIDTH) " " (xy(height)) } role="img" aria-label=(title) {
            title { (title) }
            style { (PreEscaped(include_str!("../../templates/plot.css"))) (palette::css()) (PreEscaped(include_str!("../../templates/chart.css"))) }
            rect class="ground" width="100%" height="100%" {}
            (panel("f(x)", &values, range, first))
            @if derivative { (panel("f′(x)", &slopes, range, second)) }
        }
    }
    .into_string()
}

/// One curve of a panel with the points that are marked on it.
struct Plotted<'a> {
    look: Look,
    name: &'a str,
    curve: Curve,
    discs: Vec<(f64, f64)>,
    rings: Vec<(f64, f64)>,
}

impl<'a> Plotted<'a> {
    fn values((look, name, sketch): &(Look, &'a str, Sketch), range: (f64, f64)) -> Self {
        let rings = within(sketch.kinks(), range)
            .map(|x| (x, sketch.value(x)))
            .collect();
        Self {
            look: *look,
            name,
            curve: sketch.curve(range),
            discs: Vec::new(),
            rings,
        }
    }

    fn slopes((look, name, sketch): &(Look, &'a str, Sketch), range: (f64, f64)) -> Self {
        let near = (range.1 - range.0) * 1e-9;
        let discs: Vec<_> = within(sketch.kinks(), range)
            .map(|x| (x, sketch.slope(x)))
            .collect();
        let sides = |x: f64| [(x, sketch.slope(x - near)), (x, sketch.slope(x + near))];
        let taken = |(x, y): &(f64, f64)| discs.iter().any(|(a, b)| a == x && (b - y).abs() < 1e-6);
        let rings = within(sketch.kinks(), range)
            .flat_map(sides)
            .filter(|p| !taken(p))
            .collect();
        Self {
            look: *look,
            name,
            curve: sketch.slopes(range),
            discs,
            rings,
        }
    }
}

fn within(places: Vec<f64>, range: (f64, f64)) -> impl Iterator<Item = f64> {
    places
        .into_iter()
        .filter(move |x| (range.0..=range.1).contains(x))
}

fn panel(title: &str, plotted: &[Plotted<'_>], range: (f64, f64), frame: Frame) -> Markup {
    let extents = || plotted.iter().map(|p| p.curve.extent());
    let low = extents().map(|e| e.0).fold(f64::INFINITY, f64::min);
    let high = extents().map(|e| e.1).fold(f64::NEG_INFINITY, f64::max);
    let pad = 0.04 * (high - low);
    let x = Scale::new(Spread::Linear, range, (frame.left, frame.right));
    let y = Scale::new(Spread::Linear, (low - pad, high + pad), (frame.bottom, frame.top));
    let ends: Vec<f64> = plotted
        .iter()
        .map(|p| p.curve.end().map_or(frame.bottom, |(_, v)| y.clamped(v)))
        .collect();
    let labels = spread_out(&ends, LINE, frame.top, frame.bottom);
    let zero = |ticks: &[Tick]| ticks.iter().find(|t| t.value == 0.0).map(|t| xy(t.at));
    let (columns, rows) = (x.plain_ticks(8), y.plain_ticks(6));
    html! {
        text class="title" x=(LEFT) y=(xy(frame.top - 14.0)) { (title) }
        (frame.columns(&columns))
        (frame.rows(&rows))
        @if let Some(at) = zero(&columns) { line class="zero" x1=(at) x2=(at) y1=(xy(frame.top)) y2=(xy(frame.bottom)) {} }
        @if let Some(at) = zero(&rows) { line class="zero" x1=(xy(frame.left)) x2=(xy(frame.right)) y1=(at) y2=(at) {} }
        @for p in plotted {
            g class=(p.look.class()) {
                path class="line bold" d=(line(p.curve.points().map(|p| p.map(|(v, f)| (x.at(v), y.at(f)))))) {}
                @for (v, f) in &p.discs { circle class="disc" cx=(xy(x.at(*v))) cy=(xy(y.at(*f))) r="3.5" {} }
                @for (v, f) in &p.rings { circle class="ring" cx=(xy(x.at(*v))) cy=(xy(y.at(*f))) r="3.5" {} }
            }
        }
        @for ((p, end), label) in plotted.iter().zip(&ends).zip(&labels) {
            g class=(p.look.class()) {
                path class="leader" d={ "M" (xy(frame.right + 3.0)) " " (xy(*end)) "L" (xy(frame.right + 18.0)) " " (xy(*label)) } {}
                text class="label" x=(xy(frame.right + 23.0)) y=(xy(label + 4.5)) { (p.name) }
            }
        }
    }
}

/// Moves positions apart until they keep a distance, in their order, staying near where they were and, if there
/// is room, between the bounds.
fn spread_out(wanted: &[f64], distance: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    // Blocks of touching labels, each centred on what its members wanted.
    let mut blocks: Vec<(f64, Vec<usize>)> = Vec::new();
    let extent = |members: &[usize]| distance * (members.len() as f64 - 1.0);
    let centre = |members: &[usize]| {
        let middle = members.iter().map(|k| wanted[*k]).sum::<f64>() / members.len() as f64;
        let half = extent(members) / 2.0;
        middle.max(low + half).min((high - half).max(low + half))
    };
    for k in order {
        let mut members = vec![k];
        while let Some((middle, before)) = blocks.last() {
            if middle + extent(before) / 2.0 + distance <= centre(&members) - extent(&members) / 2.0 {
                break;
            }
            let mut joined = before.clone();
            joined.append(&mut members);
            members = joined;
            blocks.pop();
        }
        blocks.push((centre(&members), members));
    }
    let mut places = vec![0.0; wanted.len()];
    for (middle, members) in blocks {
        let top = middle - extent(&members) / 2.0;
        for (j, k) in members.into_iter().enumerate() {
            places[k] = top + distance * j as f64;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relu_and(other: &str) -> Vec<Activation> {
        ["relu", other]
            .into_iter()
            .map(|name| name.parse().expect("a known function"))
            .collect()
    }

    #[test]
    fn labels_keep_their_distance_and_their_order() {
        let places = spread_out(&[50.0, 52.0, 10.0, 51.0, 99.0], 10.0, 0.0, 100.0);
        let mut sorted = places.clone();
        sorted.sort_by(f64::total_cmp);
        assert!(
            sorted.windows(2).all(|w| w[1] - w[0] >= 10.0 - 1e-9),
            "{places:?}"
        );
        assert!(places[2] < places[0] && places[0] < places[3] && places[3] < places[1]);
        assert_eq!(places[2], 10.0, "who is alone stays");
        assert!(sorted.iter().all(|p| (0.0..=100.0).contains(p)));
    }

    #[test]
    fn a_plot_is_well_formed_and_names_its_functions() {
        for derivative in [false, true] {
            let svg = plot_functions(&relu_and("leaky_relu(slope=0.1)"), derivative, (-4.0, 4.0));
            let tree = roxmltree::Document::parse(&svg).expect("well-formed XML");
            let text: String = tree.descendants().filter_map(|n| n.text()).collect();
            assert!(text.contains("leaky_relu(slope=0.1)"));
            assert_eq!(text.contains("f′(x)"), derivative);
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }

    #[test]
    fn a_jump_of_the_derivative_shows_which_value_is_taken() {
        let slopes = Plotted::slopes(
            &(Look::competitor(0), "relu", Sketch::from(&relu_and("elu")[0])),
            (-2.0, 2.0),
        );
        assert_eq!(slopes.discs, [(0.0, 1.0)]);
        assert_eq!(slopes.rings, [(0.0, 0.0)]);
    }

    #[test]
    fn no_functions_and_no_range_are_still_a_drawing() {
        let svg = plot_functions(&[], true, (1.0, 1.0));
        assert!(roxmltree::Document::parse(&svg).is_ok());
    }
}
