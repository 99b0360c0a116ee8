//! The page about one run.

use super::aggregate::Watched;
use super::charts::loss;
use super::page::Page;
use super::palette::Looks;
use super::sections::courses::courses;
use super::sections::findings::{badge, numbers, prescription};
use super::sections::glossary::doctors_glossary;
use super::sections::through_time;
use super::sections::timeline::timeline;
use super::sections::{Panel, Section, inputs, multiples};
use super::text::{self, name, term};
use crate::checkup::{Checkup, LayerRow};
use maud::{Markup, html};
use relume_doctor::words::{number, percent};
use relume_doctor::{LayerSnapshot, Severity};

/// What the doctor says about one run, as one HTML file that loads nothing.
pub fn checkup(checkup: &Checkup, title: &str) -> String {
    let watched = Watched(vec![&checkup.record]);
    let looks = Looks::new(checkup.record.layers.iter().map(|l| l.activation.as_str()));
    let sections = [
        findings(checkup),
        layers(checkup),
        timeline(checkup),
        through_time::of_run(&checkup.record, &looks),
        courses(checkup),
        places(checkup, &watched, &looks),
        Some(doctors_glossary()),
    ];
    let page = Page {
        title: format!("{title} · relume"),
        opening: opening(checkup, title),
        sections: sections.into_iter().flatten().collect(),
        written_by: concat!("relume ", env!("CARGO_PKG_VERSION")),
    };
    text::visible(&page.markup().into_string())
}

impl Checkup {
    /// The first and the last step of each snapshot; of those that know no steps, the pass.
    pub(crate) fn stretches(&self) -> Vec<[u64; 2]> {
        let snapshots = self.record.snapshots.iter();
        snapshots.map(|s| s.steps.unwrap_or([s.pass as u64; 2])).collect()
    }
}

fn opening(checkup: &Checkup, title: &str) -> Markup {
    let unseen = &checkup.record.unseen;
    let points: Vec<(f64, f64)> = checkup
        .stretches()
        .iter()
        .zip(&checkup.record.snapshots)
        .filter_map(|([_, last], snapshot)| Some((*last as f64, snapshot.loss?)))
        .collect();
    let baseline = checkup.record.baseline_loss;
    html! {
        div class="hero" {
            div class="words" {
                p class="overline" { "Doctor’s report · " (name(title)) }
                h1 { (checkup.headline()) }
                p { (checkup.seen()) }
                @if !unseen.is_empty() || !checkup.notes.is_empty() {
                    div class="caveats" {
                        h2 { "What was not seen" }
                        ul {
                            @for note in &checkup.notes { li { (note) } }
                            @for part in unseen { li { (name(&part.name)) ": not observed: " (part.reason) } }
                        }
                    }
                }
            }
            @if let Some(picture) = loss::panel(&points, baseline) {
                figure class="portrait" {
                    (picture)
                    figcaption {
                        "Training loss"
                        @if baseline.is_some() { span class="note" { "dashed: " (term("Learns", "the best constant prediction")) } }
                    }
                }
            }
        }
    }
}

fn findings(checkup: &Checkup) -> Option<Section> {
    (!checkup.findings.is_empty()).then(|| Section {
        id: "findings",
        short: "Findings",
        title: "What the doctor found",
        lead: html! { p { "The likeliest cause first, with its numbers, what bounds them, and what to try; the rest folded below it." } },
        body: html! {
            @for (i, finding) in checkup.findings.iter().enumerate() {
                details class="finding" open[i == 0] {
                    summary { (badge(finding.severity)) span { (finding.summary) } }
                    (numbers(finding))
                    @if let Some(cause) = &finding.follows_from {
                        p class="soft" { "Follows from " (cause.replace('_', " ")) ", and should go with it." }
                    }
                    (prescription(finding, |step| finding.remedies.get(step)?.pytorch(&checkup.record)))
                }
            }
        },
    })
}

fn layers(checkup: &Checkup) -> Option<Section> {
    let rows = checkup.layers();
    (!rows.is_empty()).then(|| Section {
        id: "layers",
        short: "Layers",
        title: "Layer by layer",
        lead: html! { p { "The last stretch of the run that was watched, from the network’s input to its output." } },
        body: html! {
            div class="scroll" tabindex="0" role="region" aria-labelledby="layers-title" {
                table {
                    thead { tr {
                        th scope="col" { "Layer" } th scope="col" { "Activation" }
                        th scope="col" class="n" { "Units" }
                        th scope="col" class="n" { (term("dead_units", "Alive")) }
                        th scope="col" class="n" { (term("dead_units", "Silent")) }
                        th scope="col" class="n" { (term("dead", "Dead")) }
                        th scope="col" class="n" { (term("dead_units", "Revived")) }
                        th scope="col" class="n" { (term("saturated_units", "Saturated")) }
                        th scope="col" class="n" { (term("Sparsity", "Zeros")) }
                        th scope="col" class="n" { (term("vanishing_gradient", "Gradient")) }
                        th scope="col" class="n" { (term("update_size", "Update / weight")) }
                        th scope="col" { "Verdict" }
                    } }
                    tbody { @for row in &rows { (layer(row)) } }
                }
            }
        },
    })
}

fn layer(row: &LayerRow<'_>) -> Markup {
    let cell = |text: Option<String>| {
        html! { td class="n" { @match text { Some(text) => (text), None => span class="soft" { "–" } } } }
    };
    let count = |count: fn(&LayerSnapshot) -> usize| cell(row.seen.map(|layer| count(layer).to_string()));
    html! {
        tr {
            th scope="row" { (name(&row.info.name)) }
            td { (name(&row.info.activation)) }
            td class="n" { (row.info.units) }
            (cell(row.seen.map(|layer| row.info.units.saturating_sub(layer.silent).to_string())))
            (count(|layer| layer.silent.saturating_sub(layer.dead)))
            (count(|layer| layer.dead))
            td class="n" { (row.revived) }
            (count(|layer| layer.saturated))
            (cell(row.seen.map(|layer| percent(layer.zeros))))
            (cell(row.seen.and_then(|layer| layer.gradient_rms).map(number)))
            (cell(row.update.map(number)))
            td {
                @if row.seen.is_none() || row.findings.is_empty() {
                    span class=(if row.seen.is_none() { "soft" } else { "fine" }) { (row.verdict()) }
                }
                @for finding in &row.findings {
                    @let class = match finding.severity { Severity::Fault => "fault", Severity::Warning => "warning" };
                    span class={ "verdict " (class) } { (term(&finding.check, &finding.check.replace('_', " "))) } " "
                }
            }
        }
    }
}

fn places(checkup: &Checkup, watched: &Watched<'_>, looks: &Looks<'_>) -> Option<Section> {
    let panel = |activation| {
        let layers = checkup.record.layers.iter().enumerate();
        let mine = layers.filter(|(_, layer)| layer.activation == activation);
        let layers = mine.map(|(k, layer)| (layer.name.as_str(), watched.histograms(k)));
        inputs::picture(activation, looks.of(activation), layers.collect())
    };
    let panels: Vec<Panel<'_>> = looks.names().iter().copied().filter_map(panel).collect();
    (!panels.is_empty()).then(|| Section {
        id: "inputs",
        short: "Inputs",
        title: "Where the inputs fall",
        lead: html! {
            p {
                "Above, the curve of the function; below, on the same axis, how often each layer’s units met each input "
                "in the last stretch: the layer nearest to the output on top. Where the curve is flat, no gradient passes."
            }
            p class="aside" { "Each ridge is scaled to its own peak. In deep networks some layers are left out." }
        },
        body: multiples(panels),
    })
}
