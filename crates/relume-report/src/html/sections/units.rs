//! Silent and dead units by layer.

use super::{Panel, Section, multiples};
use crate::html::aggregate::Group;
use crate::html::charts::units::{self, Shares};
use crate::html::palette::Looks;
use crate::html::text::{name, term};
use maud::html;
use relume_doctor::words::list;
use relume_doctor::words::percent;

/// Bars per layer and activation after training. `None` where nothing was watched.
pub(crate) fn units(groups: &[Group<'_>], looks: &Looks<'_>) -> Option<Section> {
    let watched: Vec<(&str, Vec<Shares>)> = groups
        .iter()
        .map(|g| (g.activation, g.watched().unit_shares()))
        .filter(|(_, layers)| !layers.is_empty())
        .collect();
    if watched.is_empty() {
        return None;
    }
    let (shown, quiet): (Vec<_>, Vec<_>) = watched
        .iter()
        .partition(|(_, layers)| layers.iter().any(Shares::any));
    let quiet: Vec<String> = quiet
        .iter()
        .map(|(activation, _)| (*activation).to_owned())
        .collect();
    Some(Section {
        id: "units",
        short: "Units",
        title: "Who falls silent",
        lead: html! {
            p {
                "The share of each layer’s units that at the end of training are " (term("dead", "dead"))
                ", " (term("dead_units", "silent")) " or " (term("saturated_units", "saturated")) ", mean over seeds. The fine stroke is the share of "
                (term("zeros", "zeros")) " in the layer’s output: sparsity, which is no fault."
            }
        },
        body: html! {
            (keys())
            (multiples(shown.iter().map(|(activation, layers)| {
                let most = layers.iter().map(|l| l.dead).fold(0.0, f64::max);
                let label = format!("Units of {} by layer: at most {} dead in a layer", activation, percent(most));
                Panel {
                    look: looks.of(activation),
                    activation,
                    note: html! { @if most >= 5e-4 { "≤ " (percent(most)) " dead" } },
                    picture: units::panel(layers, &label),
                }
            })))
            @if !quiet.is_empty() {
                p class="aside" { "No silent, dead or saturated units and hardly a zero in any layer: " (name(&list(&quiet))) "." }
            }
        },
    })
}

/// What the bars mean.
fn keys() -> maud::Markup {
    html! {
        ul class="keys" {
            li { (key("dead")) "dead" }
            li { (key("silent")) "silent, not dead" }
            li { (key("saturated")) "saturated" }
            li { svg class="key" width="14" height="12" aria-hidden="true" { line class="zeros" x1="7" x2="7" y1="0" y2="12" {} } "zeros" }
        }
    }
}

fn key(class: &str) -> maud::Markup {
    html! { svg class="key" width="14" height="12" aria-hidden="true" { rect class=(class) y="2" width="14" height="8" {} } }
}
