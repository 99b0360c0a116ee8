//! How the activations do under stress.

use super::Section;
use crate::html::charts::track::{Shape, Track};
use crate::html::palette::Looks;
use crate::html::text::{name, term};
use crate::judge::metric::Measure;
use crate::judge::{Judgement, StressPanel, StressRow};
use crate::trial::Panel;
use maud::{Markup, html};
use relume_doctor::words::percent;

/// The main comparison and its stress panels. `None` where nothing was stressed.
pub(crate) fn stress(judgement: &Judgement, looks: &Looks<'_>, measure: Measure<'_>) -> Option<Section> {
    if judgement.stress.is_empty() {
        return None;
    }
    let values: Vec<f64> = judgement
        .standings
        .iter()
        .filter_map(|s| s.test.map(|test| test.mean))
        .chain(
            judgement
                .stress
                .iter()
                .flat_map(|p| p.rows.iter().filter_map(|r| r.test)),
        )
        .filter(|v| v.is_finite())
        .collect();
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let track = Track::new((low, high), None, None);
    Some(Section {
        id: "stress",
        short: "Stress",
        title: "Under stress",
        lead: html! {
            p {
                "The same data and network, treated badly. A long line is an activation that depends on being "
                "treated well; one that loses little " (term("survives", "survives")) "."
            }
            ul class="keys" {
                li { (key(Shape::Disc)) "main comparison" }
                @for panel in &judgement.stress { li { (key(shape(panel.panel))) (title(panel.panel)) } }
            }
        },
        body: html! {
            figure class="rows stress" {
                figcaption { "Test " (measure.name()) span class="note" { "lost at worst" } }
                ol {
                    @for activation in activations(judgement) {
                        @let look = looks.of(activation);
                        li data-a=(look.index) {
                            span class="name" { (name(activation)) }
                            (track.dots(look, &dots(judgement, activation)))
                            span class="value" { (words(judgement, activation, measure)) }
                        }
                    }
                }
                div class="foot" { (track.axis(|v| measure.tick(v))) }
            }
            @for panel in &judgement.stress { (details(panel, looks, measure)) }
        },
    })
}

/// Everyone who was stressed, in the order of the ranking.
fn activations(judgement: &Judgement) -> Vec<&str> {
    let stressed = |name: &str| {
        judgement
            .stress
            .iter()
            .any(|p| p.rows.iter().any(|r| r.activation == name))
    };
    let ranked = judgement
        .standings
        .iter()
        .map(|s| s.activation.as_str())
        .filter(|n| stressed(n));
    let others = judgement
        .stress
        .iter()
        .flat_map(|p| p.rows.iter().map(|r| r.activation.as_str()));
    let mut names: Vec<&str> = ranked.collect();
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn row<'a>(panel: &'a StressPanel, activation: &str) -> Option<&'a StressRow> {
    panel.rows.iter().find(|r| r.activation == activation)
}

fn dots(judgement: &Judgement, activation: &str) -> Vec<(Shape, f64)> {
    let main = judgement
        .standing(activation)
        .and_then(|s| Some((Shape::Disc, s.test?.mean)));
    let stressed = judgement
        .stress
        .iter()
        .filter_map(|p| Some((shape(p.panel), row(p, activation)?.test?)));
    main.into_iter()
        .chain(stressed)
        .filter(|(_, v)| v.is_finite())
        .collect()
}

/// The loss in the worst panel.
fn words(judgement: &Judgement, activation: &str, measure: Measure<'_>) -> Markup {
    let rows = || judgement.stress.iter().filter_map(|p| row(p, activation));
    let worst = rows().filter_map(|r| r.drop).fold(f64::NEG_INFINITY, f64::max);
    html! {
        @if rows().all(|r| r.survived) { span class="soft" { "survives" } }
        @else if worst.is_finite() { span class="fault" { (measure.signed(-worst)) } }
        @else { span class="fault" { "fails" } }
    }
}

fn details(panel: &StressPanel, looks: &Looks<'_>, measure: Measure<'_>) -> Markup {
    html! {
        h3 { (title(panel.panel)) }
        @let (outset, rest) = panel.words.split_at(panel.words.len().min(2));
        @for words in outset { p { (words) } }
        details {
            summary { "Each activation, and the numbers" }
            @if !rest.is_empty() { ul { @for words in rest { li { (words) } } } }
            div class="scroll" tabindex="0" role="region" aria-label={ "Numbers of the panel: " (title(panel.panel)) } {
                table {
                    thead { tr {
                        th scope="col" { "Activation" }
                        th scope="col" class="n" { "Test " (measure.name()) }
                        th scope="col" class="n" { "Lowest … highest" }
                        th scope="col" class="n" { "Lost" }
                        th scope="col" class="n" { (term("dead", "Dead units")) }
                        th scope="col" class="n" { (term("broke down", "Broke down")) }
                        th scope="col" { "Findings" }
                    } }
                    tbody {
                        @for row in &panel.rows {
                            tr data-a=(looks.of(&row.activation).index) {
                                (looks.row_heading(&row.activation))
                                td class="n" { (row.test.map_or_else(|| "–".to_owned(), |test| measure.value(test))) }
                                td class="n" { @if let Some(range) = row.range { (measure.value(range.low)) " … " (measure.value(range.high)) } @else { "–" } }
                                td class="n" { (row.drop.map_or_else(|| "–".to_owned(), |d| measure.signed(-d))) }
                                td class="n" { (row.dead_share.map_or_else(|| "–".to_owned(), percent)) }
                                td class="n" { (row.failed) " of " (row.trials) }
                                td { @for (k, finding) in row.findings.iter().enumerate() {
                                    @if k > 0 { ", " }
                                    (term(&finding.check, &super::findings::title(&finding.check)))
                                    " " (finding.found_in) "/" (finding.trials)
                                } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn title(panel: Panel) -> &'static str {
    match panel {
        Panel::Main => "Main comparison",
        Panel::Search => "Learning-rate search",
        Panel::RaisedLearningRate => "Raised learning rate",
        Panel::PoorInitialisation => "Poor initialisation",
    }
}

fn shape(panel: Panel) -> Shape {
    match panel {
        Panel::Main | Panel::Search => Shape::Disc,
        Panel::RaisedLearningRate => Shape::Triangle,
        Panel::PoorInitialisation => Shape::Square,
    }
}

fn key(shape: Shape) -> Markup {
    html! { svg class="key plain" width="14" height="12" aria-hidden="true" { (shape.draw("7", 6.0)) } }
}
