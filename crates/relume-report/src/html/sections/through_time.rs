//! Gradient size by time step and epoch, and the gates of recurrent layers.

use super::gradients::keys;
use super::{Panel, Section, multiples};
use crate::html::aggregate::{Group, Watched};
use crate::html::charts::heatmap::{self, Cell, Colours};
use crate::html::palette::{Look, Looks};
use crate::html::text::{name, term};
use crate::html::unrolled::Unrolled;
use maud::{Markup, html};
use relume_doctor::Record;
use relume_doctor::words::{list, percent};

/// A picture of a layer, and under what it is shown.
struct Picture<'a> {
    look: Look,
    title: &'a str,
    /// The layer, where the title does not say it.
    layer: Option<&'a str>,
    unrolled: Unrolled<'a>,
}

/// A time step × epoch picture per activation and recurrent layer, and which gates are saturated. `None` where no network
/// is recurrent.
pub(crate) fn of_study(groups: &[Group<'_>], looks: &Looks<'_>) -> Option<Section> {
    let mut pictures = Vec::new();
    for group in groups {
        let layers = group.watched().unrolled();
        let several = layers.len() > 1;
        pictures.extend(layers.into_iter().map(|unrolled| Picture {
            look: looks.of(group.activation),
            title: group.activation,
            layer: several.then_some(unrolled.layer),
            unrolled,
        }));
    }
    let by_steps = groups.iter().any(|group| group.watched().by_steps());
    section(pictures, by_steps, saturated_gates(groups))
}

/// The same of one run; its gates stand in the table of its layers.
pub(crate) fn of_run(record: &Record, looks: &Looks<'_>) -> Option<Section> {
    let watched = Watched(vec![record]);
    let look = |name: &str| {
        let mut layers = record.layers.iter();
        // Of two directions each has the look of the layer.
        let layer = layers.find(|layer| name.starts_with(layer.name.as_str()));
        looks.of(layer.map_or(name, |layer| layer.activation.as_str()))
    };
    let pictures = watched.unrolled().into_iter().map(|unrolled| Picture {
        look: look(unrolled.layer),
        title: unrolled.layer,
        layer: None,
        unrolled,
    });
    section(pictures.collect(), watched.by_steps(), html! {})
}

fn section(pictures: Vec<Picture<'_>>, by_steps: bool, gates: Markup) -> Option<Section> {
    if pictures.is_empty() {
        return None;
    }
    let cells = || pictures.iter().flat_map(|p| p.unrolled.rows.iter().flatten());
    let colours = Colours::around(cells());
    Some(Section {
        id: "through-time",
        short: "Through time",
        title: "Does the gradient get back through time",
        lead: html! {
            p {
                "How much gradient reaches the state after each step of a sequence, from the last step (top) back to the "
                "first (bottom), "
                @if by_steps {
                    "in the steps of training in which it was measured, from left to right."
                } @else {
                    "epoch by epoch from left to right. Epoch 0 is the untrained network."
                }
            }
            p {
                "A colour that fades into the page on its way down "
                (term("vanishing_gradient", "vanishes through time")) ": what stands there cannot be learnt. One that "
                "grows stronger " (term("exploding_gradient", "explodes")) "."
            }
        },
        body: html! {
            (legend(&colours, cells()))
            (multiples(pictures.iter().map(|picture| panel(picture, &colours))))
            (gates)
        },
    })
}

fn panel<'a>(picture: &Picture<'a>, colours: &Colours) -> Panel<'a> {
    let Unrolled {
        layer,
        steps,
        times,
        rows,
    } = &picture.unrolled;
    let label = format!(
        "Gradient size of {} in {layer} over {steps} steps in time, {} times",
        picture.title,
        times.len()
    );
    Panel {
        look: picture.look,
        activation: picture.title,
        note: html! { @if let Some(layer) = picture.layer { (name(layer)) " · " } (steps) " steps" },
        picture: heatmap::panel(colours, times, rows, heatmap::STEPS, &label),
    }
}

/// What the colours mean.
fn legend<'a>(colours: &Colours, cells: impl Iterator<Item = &'a Cell> + Clone) -> Markup {
    html! {
        div class="legend" {
            span { "Norm of the gradient of the loss with respect to the state" }
            (colours.legend())
            (keys(cells))
        }
    }
}

/// The share of each gate's units that is saturated at the end.
fn saturated_gates(groups: &[Group<'_>]) -> Markup {
    let of_group = |group: &Group<'_>| {
        let watched = group.watched();
        let shares = watched.gates().into_iter().map(|(layer, info)| {
            let share = watched.share(layer, |seen| seen.saturated);
            (info.name.clone(), share)
        });
        let shares: Vec<_> = shares.filter(|&(_, share)| share >= 5e-4).collect();
        shares
    };
    let groups: Vec<_> = groups
        .iter()
        .map(|group| (group.activation, of_group(group)))
        .filter(|(_, shares)| !shares.is_empty())
        .collect();
    html! {
        @for (activation, shares) in &groups {
            @let words: Vec<String> = shares.iter().map(|(gate, share)| format!("{gate} {}", percent(*share))).collect();
            p class="aside" {
                (name(activation)) ": units of gates that are " (term("saturated_units", "saturated")) " at the end of training: "
                (name(&list(&words))) "."
            }
        }
    }
}
