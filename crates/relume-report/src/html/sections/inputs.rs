//! Where each layer's inputs fall on the curve of the function.

use super::{Panel, Section, multiples};
use crate::html::aggregate::Group;
use crate::html::charts::histogram::{self, Density, MOST_LAYERS};
use crate::html::functions::Sketch;
use crate::html::palette::{Look, Looks};
use maud::html;
use relume_doctor::Histogram;
use relume_doctor::words::percent;

/// Pre-activation histograms below the function's curve. `None` where none were collected.
pub(crate) fn inputs(groups: &[Group<'_>], looks: &Looks<'_>) -> Option<Section> {
    let panels: Vec<Panel<'_>> = groups.iter().filter_map(|group| panel(group, looks)).collect();
    if panels.is_empty() {
        return None;
    }
    Some(Section {
        id: "inputs",
        short: "Inputs",
        title: "Where the inputs fall",
        lead: html! {
            p {
                "Above, the curve of the function; below, on the same axis, how often each layer’s units met each "
                "input at the end of training, all seeds together: the output’s layer on top, the input’s at the bottom. "
                "Where the curve is flat, no gradient passes."
            }
            p class="aside" { "Each ridge is scaled to its own peak. In deep networks some layers are left out. “Outside” is the share of the layer that lies most beyond the axis." }
        },
        body: multiples(panels),
    })
}

fn panel<'a>(group: &Group<'a>, looks: &Looks<'_>) -> Option<Panel<'a>> {
    let watched = group.watched();
    // Where others stand at the gates, or at the states, their inputs fall on another curve.
    let is_compared = |activation: &str| {
        let mut arms = group
            .trials
            .iter()
            .filter_map(|trial| trial.arm.activation.as_deref());
        arms.any(|compared| compared == activation)
    };
    let mut layers = watched.layers();
    if layers.iter().any(|(_, layer)| is_compared(&layer.activation)) {
        layers.retain(|(_, layer)| is_compared(&layer.activation));
    }
    let layers = layers.into_iter();
    let layers = layers.map(|(k, layer)| (layer.name.as_str(), watched.histograms(k)));
    let look = looks.of(group.activation);
    picture(group.activation, look, layers.collect())
}

/// The curve of a function, and the inputs of some layers.
pub(crate) fn picture<'a>(
    activation: &'a str,
    look: Look,
    mut layers: Vec<(&str, Vec<&Histogram>)>,
) -> Option<Panel<'a>> {
    layers.retain(|(_, histograms)| !histograms.is_empty());
    let shown: Vec<_> = selection(layers.len()).map(|k| &layers[k]).collect();
    let range = histogram::range(
        &shown
            .iter()
            .flat_map(|(_, h)| h.iter().copied())
            .collect::<Vec<_>>(),
    );
    let densities: Vec<Density> = shown
        .iter()
        .map(|(layer, h)| histogram::density((*layer).to_owned(), h, range))
        .collect();
    if densities.is_empty() {
        return None;
    }
    let outside = densities.iter().map(|d| d.outside).fold(0.0, f64::max);
    let names: Vec<&str> = densities.iter().map(|d| d.layer.as_str()).collect();
    let label = format!("Inputs to {activation} in {}", names.join(", "));
    let curve = Sketch::of(activation).map(|s| s.curve(range));
    Some(Panel {
        look,
        activation,
        note: html! { @if outside > 0.02 { (percent(outside)) " outside" } },
        picture: histogram::panel(&look.class(), curve.as_ref(), &densities, range, &label),
    })
}

/// The layers to draw: all, or a spread of them with the first and the last.
fn selection(layers: usize) -> impl Iterator<Item = usize> {
    let shown = layers.min(MOST_LAYERS);
    (0..shown).map(move |k| {
        if layers <= MOST_LAYERS {
            k
        } else {
            k * (layers - 1) / (shown - 1)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_layer_are_always_drawn() {
        assert_eq!(selection(3).collect::<Vec<_>>(), [0, 1, 2]);
        let many: Vec<_> = selection(40).collect();
        assert_eq!((many.len(), many[0], many[MOST_LAYERS - 1]), (MOST_LAYERS, 0, 39));
        assert!(many.is_sorted_by(|a, b| a < b));
        assert_eq!(selection(0).count(), 0);
    }
}
