//! How it was measured, and how to do it again.

use super::Section;
use super::choices::choices;
use crate::html::palette::Looks;
use crate::html::text::{name, setting, words};
use crate::judge::Judgement;
use crate::judge::metric::Measure;
use crate::study::Study;
use crate::trial::Trial;
use maud::{Markup, html};
use relume_doctor::words::{fixed, percent};

/// Data, settings, what was chosen for whom, statistics, machine, time and the command.
pub(crate) fn method(
    study: &Study,
    judgement: &Judgement,
    trials: &[Trial],
    looks: &Looks<'_>,
    measure: Measure<'_>,
) -> Section {
    let task = &judgement.task;
    Section {
        id: "method",
        short: "Method",
        title: "How it was measured",
        lead: html! { p { "Everything needed to doubt it, or to do it again." } },
        body: html! {
            h3 { "The task" }
            p { (name(&task.description)) }
            @if let Some(samples) = task.samples {
                p {
                    (samples.train) " samples to train on, " (samples.test) " held out, on which " (measure.name()) " is reported."
                }
            }
            @if !study.settings.is_empty() {
                h3 { "Settings shared by all" }
                dl class="settings" {
                    @for (key, value) in &study.settings { div { dt { (name(&words(key))) } dd { (name(&setting(value))) } } }
                }
            }
            (choices(&judgement.standings, trials, looks, measure))
            h3 { "The statistics" }
            @for statement in &judgement.method.statements { p { (statement) } }
            @if !judgement.method.sources.is_empty() {
                ul class="sources" { @for source in &judgement.method.sources { li { (source) } } }
            }
            @if let Some(share) = judgement.watching {
                p { "Watching the layers added " (percent(share)) " to the time of training." }
            }
            (phases(&study.phases))
            @if !study.machine.is_empty() { h3 { "The machine" } p { (name(&study.machine)) } }
            @if !study.command.is_empty() {
                h3 { "Do it again" }
                pre tabindex="0" { code { (study.command) } }
            }
        },
    }
}

/// Where the time went, as one bar.
fn phases(phases: &[(String, f64)]) -> Markup {
    let phases: Vec<_> = phases
        .iter()
        .filter(|(_, s)| s.is_finite() && *s >= 0.0)
        .collect();
    let total: f64 = phases.iter().map(|(_, s)| s).sum();
    html! {
        @if total > 0.0 {
            h3 { "Where the time went" }
            p { (duration(total)) " in all." }
            ol class="phases" {
                @for (phase, seconds) in phases {
                    li {
                        span { (name(phase)) }
                        svg class="bar" height="8" aria-hidden="true" { rect width={ (fixed(seconds / total * 100.0, 2)) "%" } height="8" rx="2" {} }
                        span class="value" { (duration(*seconds)) }
                    }
                }
            }
        }
    }
}

/// Seconds, in the unit that suits.
fn duration(seconds: f64) -> String {
    if seconds >= 120.0 {
        format!("{} min {} s", (seconds / 60.0).floor(), (seconds % 60.0).floor())
    } else if seconds >= 1.0 {
        format!("{} s", fixed(seconds, 1))
    } else {
        format!("{} ms", fixed(seconds * 1000.0, 0))
    }
}
