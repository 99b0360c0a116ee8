//! How each layer changed in the course of a run.

use super::Section;
use super::gradients::keys;
use crate::checkup::Checkup;
use crate::html::charts::heatmap::{Cell, Colours};
use crate::html::charts::strips::{Strip, strips};
use crate::html::text::term;
use maud::{Markup, html};
use relume_doctor::words::{number, percent};
use relume_doctor::{LayerInfo, LayerSnapshot, Snapshot};

/// One quantity: how it is titled, and what it says of a layer in a stretch.
type Quantity<'a> = (Markup, Box<dyn Fn(usize, &Snapshot) -> Cell + 'a>);

/// Layer × time pictures. `None` where no layer was seen.
pub(crate) fn timeline(checkup: &Checkup) -> Option<Section> {
    let record = &checkup.record;
    let sizes: Vec<Markup> = sizes(checkup)
        .iter()
        .filter_map(|quantity| {
            let rows = rows(checkup, quantity, number);
            let cells = || rows.iter().flat_map(|row| &row.cells);
            cells().any(|cell| *cell != Cell::Unknown).then(|| {
                let colours = Colours::around(cells());
                html! {
                    div {
                        (figure(checkup, &quantity.0, &colours, &rows))
                        div class="legend" { (colours.legend()) (keys(cells())) }
                    }
                }
            })
        })
        .collect();
    let colours = Colours::of_shares();
    let shares: Vec<Markup> = shares(checkup)
        .iter()
        .filter_map(|quantity| {
            let rows = rows(checkup, quantity, percent);
            let cells = || rows.iter().flat_map(|row| &row.cells);
            let any = cells().any(|cell| matches!(cell, Cell::Size(share) if *share > 0.0));
            any.then(|| figure(checkup, &quantity.0, &colours, &rows))
        })
        .collect();
    (!record.snapshots.is_empty() && !record.layers.is_empty()).then(|| Section {
        id: "time",
        short: "Through the run",
        title: "Through the run",
        lead: html! {
            p {
                "Each strip is a layer, from the network’s output (top) to its input, and runs from the first step to the "
                "last. The first cell is the untrained network."
            }
            p {
                "A gradient whose colour fades into the page towards the input is a "
                (term("vanishing_gradient", "vanishing gradient")) ", one that grows stronger an "
                (term("exploding_gradient", "exploding one")) "."
            }
        },
        body: html! {
            div class="pictures" { @for picture in &sizes { (picture) } }
            @if shares.is_empty() {
                p class="aside" { "No unit of any layer was dead, silent or saturated in any stretch, and no output was exactly zero." }
            } @else {
                div class="pictures" { @for picture in &shares { (picture) } }
                div class="legend" { span { "Share of the layer’s units; of zeros, of its outputs" } (colours.legend()) }
            }
        },
    })
}

/// Measures that range over decades.
fn sizes(checkup: &Checkup) -> [Quantity<'_>; 2] {
    let gradient = |layer: usize, snapshot: &Snapshot| match snapshot.layers.get(layer) {
        Some(LayerSnapshot {
            gradient_rms: None,
            non_finite: 1..,
            ..
        }) => Cell::NonFinite,
        seen => size(seen.and_then(|layer| layer.gradient_rms)),
    };
    let update = |layer: usize, snapshot: &Snapshot| {
        let parameter = checkup.weight_of(&checkup.record.layers[layer]);
        size(parameter.and_then(|p| snapshot.parameters.get(p)?.update_ratio))
    };
    [
        (
            html! { (term("vanishing_gradient", "Gradient")) " at the pre-activations, root mean square" },
            Box::new(gradient),
        ),
        (
            html! { (term("update_size", "Update / weight")) ", the median step" },
            Box::new(update),
        ),
    ]
}

/// Measures between none and all.
fn shares(checkup: &Checkup) -> [Quantity<'_>; 4] {
    let of_outputs = |share: fn(&LayerSnapshot) -> f64| {
        Box::new(move |layer: usize, snapshot: &Snapshot| {
            let seen = snapshot.layers.get(layer).filter(|layer| layer.observed());
            seen.map_or(Cell::Unknown, |seen| Cell::Size(share(seen)))
        })
    };
    let of_units = |count: fn(&LayerSnapshot) -> usize| {
        Box::new(move |layer: usize, snapshot: &Snapshot| {
            let units = checkup.record.layers[layer].units.max(1) as f64;
            let seen = snapshot.layers.get(layer).filter(|layer| layer.observed());
            seen.map_or(Cell::Unknown, |seen| Cell::Size(count(seen) as f64 / units))
        })
    };
    [
        (
            html! { (term("dead", "Dead")) " units" },
            of_units(|layer| layer.dead),
        ),
        (
            html! { (term("dead_units", "Silent")) " units that are not dead" },
            of_units(|layer| layer.silent.saturating_sub(layer.dead)),
        ),
        (
            html! { (term("saturated_units", "Saturated")) " units" },
            of_units(|layer| layer.saturated),
        ),
        (
            html! { (term("Sparsity", "Zeros")) " among the outputs, which are no fault" },
            of_outputs(|layer| layer.zeros),
        ),
    ]
}

fn size(size: Option<f64>) -> Cell {
    match size {
        None => Cell::Unknown,
        Some(size) if size > 0.0 => Cell::Size(size),
        Some(_) => Cell::Zero,
    }
}

fn rows<'a>(checkup: &'a Checkup, (_, of): &Quantity<'_>, words: fn(f64) -> String) -> Vec<Strip<'a>> {
    let layers = checkup.record.layers.iter().enumerate();
    let strip = |(layer, info): (usize, &'a LayerInfo)| {
        let cells: Vec<Cell> = checkup.record.snapshots.iter().map(|s| of(layer, s)).collect();
        let end = match cells.last() {
            Some(Cell::Size(size)) => words(*size),
            Some(Cell::Zero) => "0".to_owned(),
            Some(Cell::NonFinite) => "not finite".to_owned(),
            Some(Cell::Unknown) | None => "–".to_owned(),
        };
        Strip {
            layer: &info.name,
            cells,
            end,
        }
    };
    layers.map(strip).collect()
}

fn figure(checkup: &Checkup, title: &Markup, colours: &Colours, rows: &[Strip<'_>]) -> Markup {
    let steps = checkup.stretches();
    let starts: Vec<u64> = steps.iter().map(|[first, _]| *first).collect();
    strips(
        title,
        colours,
        rows,
        &starts,
        steps.last().map_or(0, |[_, last]| *last),
    )
}
