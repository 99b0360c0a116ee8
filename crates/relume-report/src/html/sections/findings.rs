//! What the doctor found, by activation.

use super::Section;
use crate::html::palette::Looks;
use crate::html::text::{name, term, threshold};
use crate::judge::{FindingSummary, Judgement};
use maud::{Markup, html};
use relume_doctor::words::{number, round};
use relume_doctor::{Finding, Severity};

/// The findings of the main comparison, with their evidence. `None` where nothing was watched.
pub(crate) fn findings(judgement: &Judgement, looks: &Looks<'_>) -> Option<Section> {
    let watched = judgement.standings.iter().any(|s| s.units.is_some());
    let sick: Vec<_> = judgement
        .standings
        .iter()
        .filter(|s| !s.findings.is_empty())
        .collect();
    if sick.is_empty() && !watched {
        return None;
    }
    Some(Section {
        id: "findings",
        short: "Findings",
        title: "What the doctor found",
        lead: html! {
            p { "Findings in the networks of the main comparison, each with its numbers, what bounds them, and what to do, the least invasive first." }
        },
        body: html! {
            @if sick.is_empty() { p { "Nothing wrong with any network that was watched." } }
            @for standing in sick {
                h3 class="who" data-a=(looks.of(&standing.activation).index) {
                    (looks.of(&standing.activation).swatch())
                    span class="name" { (name(&standing.activation)) }
                }
                @for summary in &standing.findings { (finding(summary)) }
            }
        },
    })
}

fn finding(summary: &FindingSummary) -> Markup {
    let example = &summary.example;
    html! {
        details class="finding" {
            summary {
                (badge(summary.severity))
                span { (summary.words) }
                span class="soft small" { "in " (summary.found_in) " of " (summary.trials) }
            }
            p { "For example: " (example.summary) }
            (details(example))
        }
    }
}

/// The numbers of a finding, what bounds them, and what to do.
fn details(finding: &Finding) -> Markup {
    html! {
        (numbers(finding))
        (prescription(finding, |_| None))
    }
}

/// The numbers of a finding with their thresholds, and what bounds them.
pub(crate) fn numbers(finding: &Finding) -> Markup {
    html! {
        @if !finding.evidence.is_empty() {
            ul {
                @for evidence in &finding.evidence {
                    li {
                        (evidence.quantity) ": "
                        strong { (evidence.value.map_or_else(|| "not finite".to_owned(), number)) }
                        " " (evidence.unit)
                        @if let Some(bound) = evidence.threshold {
                            " (" (term(&threshold(&finding.check), "threshold")) " " (round(bound)) ")"
                        }
                    }
                }
            }
        }
        @if !finding.layers.is_empty() { p class="soft" { "Layers: " (name(&finding.layers.join(", "))) } }
        p class="soft" {
            @if !finding.certainty.is_empty() { (finding.certainty) ". " }
            (finding.samples) " samples. Definition: " (term(&finding.check, &title(&finding.check))) "."
        }
    }
}

/// What to do, step by step, and where a step has code, the code; that of the first step is open.
pub(crate) fn prescription(finding: &Finding, code: impl Fn(usize) -> Option<String>) -> Markup {
    let steps: Vec<(&String, Option<String>)> = finding
        .prescription
        .iter()
        .enumerate()
        .map(|(i, step)| (step, code(i)))
        .collect();
    let first = steps.iter().position(|(_, code)| code.is_some());
    html! {
        @if !steps.is_empty() {
            p { "What to try, one after the other:" }
            ol class="steps" {
                @for (i, (step, code)) in steps.iter().enumerate() {
                    li {
                        (step)
                        @if let Some(code) = code {
                            details class="code" open[first == Some(i)] {
                                summary { "In PyTorch" }
                                pre tabindex="0" { code { (code.trim_end()) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How bad a finding is.
pub(crate) fn badge(severity: Severity) -> Markup {
    let (class, word) = match severity {
        Severity::Fault => ("badge worse", "fault"),
        Severity::Warning => ("badge undecided", "warning"),
    };
    html! { span class=(class) { (word) } }
}

/// The name of a check in words.
pub(crate) fn title(check: &str) -> String {
    let known = relume_doctor::checks().iter().find(|c| c.name == check);
    known.map_or_else(
        || check.replace('_', " "),
        |c| c.title.trim_end_matches('.').to_owned(),
    )
}
