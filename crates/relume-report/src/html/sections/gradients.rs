//! Gradient size by layer and epoch.

use super::{Panel, Section, multiples};
use crate::html::aggregate::Group;
use crate::html::charts::heatmap::{self, Cell, Colours};
use crate::html::palette::Looks;
use crate::html::text::{name, term};
use crate::judge::Judgement;
use maud::{Markup, html};
use relume_doctor::words::number;

/// A layer × epoch picture per activation on one colour scale. `None` where no gradient was watched.
pub(crate) fn gradients(groups: &[Group<'_>], looks: &Looks<'_>, judgement: &Judgement) -> Option<Section> {
    let pictures: Vec<_> = groups
        .iter()
        .map(|g| (g.activation, g.watched().times(), g.watched().gradients()))
        .filter(|(_, _, rows)| rows.iter().flatten().any(|c| *c != Cell::Unknown))
        .collect();
    if pictures.is_empty() {
        return None;
    }
    let unseen: Vec<(&str, String)> = groups
        .iter()
        .map(|g| (g.activation, g.watched().not_observed().join(", ")))
        .filter(|(_, layers)| !layers.is_empty())
        .collect();
    let cells = || pictures.iter().flat_map(|(_, _, rows)| rows.iter().flatten());
    let colours = Colours::around(cells());
    let by_steps = groups.iter().any(|g| g.watched().by_steps());
    let stretches = if by_steps { "stretches" } else { "passes" };
    Some(Section {
        id: "gradients",
        short: "Gradients",
        title: "Does the gradient get through",
        lead: html! {
            p {
                "How much gradient reaches each layer, from the output (top) back to the input (bottom), "
                @if by_steps {
                    "stretch by stretch of the steps from left to right. Step 0 is the untrained network."
                } @else {
                    "epoch by epoch from left to right. Epoch 0 is the untrained network."
                }
            }
            p {
                "A colour that fades into the page on its way down is a "
                (term("vanishing_gradient", "vanishing gradient")) ", one that grows stronger an "
                (term("exploding_gradient", "exploding one")) "; × is the "
                (term("gradient ratio", "ratio of first to last layer")) ". Fading to the right on all layers is only a "
                "network that has little left to learn."
            }
        },
        body: html! {
            @for (activation, layers) in &unseen { p class="aside" { (name(activation)) ": not observed: " (name(layers)) "." } }
            (legend(&colours, cells()))
            (multiples(pictures.iter().map(|(activation, times, rows)| {
                let ratio = judgement.standing(activation).and_then(|s| s.gradient_ratio);
                let words = ratio.map_or_else(String::new, |r| format!("; first to last layer {}", number(r)));
                let label = format!("Gradient size of {} over {} layers and {} {stretches}{words}", activation, rows.len(), times.len());
                Panel {
                    look: looks.of(activation),
                    activation,
                    note: html! { @if let Some(ratio) = ratio { "× " (number(ratio)) } },
                    picture: heatmap::panel(&colours, times, rows, heatmap::LAYERS, &label),
                }
            })))
        },
    })
}

/// What the colours mean.
fn legend<'a>(colours: &Colours, cells: impl Iterator<Item = &'a Cell> + Clone) -> Markup {
    html! {
        div class="legend" {
            span { "Gradient of the loss with respect to the layer’s inputs, root mean square" }
            (colours.legend())
            (keys(cells))
        }
    }
}

/// What the colours mean that are not on the scale.
pub(crate) fn keys<'a>(cells: impl Iterator<Item = &'a Cell> + Clone) -> Markup {
    let any = |cell: Cell| cells.clone().any(|c| *c == cell);
    html! {
        ul class="keys" {
            @if any(Cell::Zero) { li { (key("h-zero")) "none at all" } }
            @if any(Cell::NonFinite) { li { (key("h-broken")) "not finite" } }
            @if any(Cell::Unknown) { li { (key("h-unknown")) "not observed" } }
        }
    }
}

/// A patch of a colour, to stand next to its meaning.
fn key(class: &str) -> Markup {
    html! { svg class="key" width="14" height="12" aria-hidden="true" { rect class=(class) width="14" height="12" {} } }
}
