//! Learning curves.

use super::{Panel, Section, multiples};
use crate::html::aggregate::Group;
use crate::html::charts::curves::{Axes, Curve};
use crate::html::palette::Looks;
use crate::html::scale::Spread;
use crate::judge::metric::Measure;
use crate::trial::Metric;
use maud::html;

/// The metric on samples held out over epochs, one panel per activation. `None` where no epochs were recorded.
pub(crate) fn learning_curves(
    groups: &[Group<'_>],
    looks: &Looks<'_>,
    measure: Measure<'_>,
) -> Option<Section> {
    let curves: Vec<(&str, Curve)> = groups
        .iter()
        .map(|g| {
            (
                g.activation,
                Curve {
                    look: looks.of(g.activation),
                    points: g.learning_curve(),
                },
            )
        })
        .filter(|(_, curve)| curve.points.iter().any(Option::is_some))
        .collect();
    if curves.is_empty() {
        return None;
    }
    let stretched = *measure.0 == Metric::Accuracy;
    let all: Vec<Curve> = curves.iter().map(|(_, c)| c.clone()).collect();
    let axes = Axes::around(&all, if stretched { Spread::Error } else { Spread::Linear });
    Some(Section {
        id: "learning",
        short: "Learning",
        title: "How fast they learn",
        lead: html! {
            p {
                "Held-out " (measure.name()) " by epoch, mean over seeds; the band runs from the lowest to the "
                "highest seed. The other activations lie behind in grey."
            }
            @if stretched {
                p class="aside" { "The axis stretches towards 100 %: halving the errors is the same step anywhere." }
            }
        },
        body: html! {
            (axes.background("all-curves", &all))
            (multiples(curves.iter().map(|(activation, curve)| {
                let last = curve.points.iter().flatten().last();
                let first = curve.points.iter().flatten().next();
                let label = format!(
                    "Learning curve of {}: held-out {} from {} to {}",
                    activation,
                    measure.name(),
                    first.map_or_else(String::new, |p| measure.value(p.mean)),
                    last.map_or_else(String::new, |p| measure.value(p.mean)),
                );
                Panel {
                    look: curve.look,
                    activation,
                    note: html! { @if let Some(last) = last { (measure.value(last.mean)) } },
                    picture: axes.panel(curve, "all-curves", &label, |v| measure.tick(v)),
                }
            })))
        },
    })
}
