//! The ranked table with its verdicts.

use super::Section;
use crate::html::palette::Looks;
use crate::html::text::term;
use crate::judge::metric::Measure;
use crate::judge::{Judgement, Standing, Verdict};
use crate::table::{open_for, word};
use maud::{Markup, html};
use relume_doctor::Severity;
use relume_doctor::words::{fixed, number, percent};

/// All activations, the highest test metric first.
pub(crate) fn standings(judgement: &Judgement, looks: &Looks<'_>, measure: Measure<'_>) -> Section {
    let margin = measure.margin(judgement.margin);
    let any = |of: fn(&Standing) -> Option<f64>| judgement.standings.iter().any(|s| of(s).is_some());
    let shown = Shown {
        gap: any(|s| s.gap),
        epochs: any(|s| s.epochs_to_95),
    };
    Section {
        id: "ranking",
        short: "Ranking",
        title: "Ranking",
        lead: html! {
            p {
                (count(judgement.standings.len(), "activation")) ", " (judgement.seeds.len()) " "
                (term("seed", if judgement.seeds.len() == 1 { "seed" } else { "seeds" }))
                " at most, compared pair by pair with the " (term("best", "best")) "; who was shown to be beaten stopped. Differences within "
                (term("margin", &margin)) " count as none."
            }
            @for note in &judgement.notes { p class="aside" { (note) } }
        },
        body: html! {
            div class="scroll" tabindex="0" role="region" aria-labelledby="ranking-title" {
                table class="sortable" {
                    thead { tr {
                        th scope="col" { "Activation" }
                        th scope="col" { "Verdict" }
                        th scope="col" class="n" { "Test " (measure.name()) }
                        th scope="col" class="n" { (term("seed", "Seeds")) }
                        th scope="col" class="n" { (term("interval", "To the best")) }
                        @if shown.gap { th scope="col" class="n" { (term("gap", "Train − test")) } }
                        @if shown.epochs { th scope="col" class="n" { (term("epochs to 95 %", "Epochs to 95 %")) } }
                        th scope="col" class="n" { (term("dead", "Dead")) }
                        th scope="col" class="n" { (term("zeros", "Zeros")) }
                        th scope="col" class="n" { (term("gradient ratio", "Gradient ratio")) }
                        th scope="col" class="n" { (term("ns per element", "ns / element")) }
                        th scope="col" { (term("healthy", "Health")) }
                    } }
                    tbody { @for standing in &judgement.standings { (row(standing, &shown, looks, measure)) } }
                }
            }
        },
    }
}

/// Which columns there are: those of which something was measured.
struct Shown {
    gap: bool,
    epochs: bool,
}

fn row(standing: &Standing, shown: &Shown, looks: &Looks<'_>, measure: Measure<'_>) -> Markup {
    let look = looks.of(&standing.activation);
    html! {
        tr data-a=(look.index) class=[(standing.verdict == Verdict::Best).then_some("best")] {
            (looks.row_heading(&standing.activation))
            td data-v=(rank(standing)) { (verdict(standing)) }
            (cell(standing.test.map(|test| test.mean), |mean| html! {
                strong { (measure.value(mean)) }
                @if let Some(i) = standing.test.and_then(|test| test.interval) {
                    span class="soft small" { (measure.bare(i.low)) " … " (measure.bare(i.high)) }
                }
            }))
            td class="n" data-v=(standing.trials) {
                (standing.trials)
                @if standing.stopped.is_some() { span class="soft small" { "stopped" } }
            }
            (cell(standing.difference.as_ref().map(|d| d.mean), |_| html! {
                @if let Some(d) = &standing.difference {
                    (measure.signed(d.mean))
                    span class="soft small" { (measure.signed(d.interval.low)) " … " (measure.signed(d.interval.high)) }
                }
            }))
            @if shown.gap { (cell(standing.gap, |v| html! { (measure.gap(v)) })) }
            @if shown.epochs { (cell(standing.epochs_to_95, |v| html! { (fixed(v, 1)) })) }
            (cell(standing.dead_share, |v| html! {
                (percent(v))
                @if let (Some(dead @ 0.05..), Some(units)) = (standing.dead_units, standing.units) {
                    span class="soft small" { (fixed(dead, if dead < 9.95 { 1 } else { 0 })) " of " (units) }
                }
            }))
            (cell(standing.zeros, |v| html! { (percent(v)) }))
            (cell(standing.gradient_ratio, |v| html! { (number(v)) }))
            (cell(standing.cost.map(|c| c.total()), |v| html! { (number(v)) }))
            td { (health(standing)) }
        }
    }
}

fn cell(value: Option<f64>, show: impl Fn(f64) -> Markup) -> Markup {
    html! {
        @match value.filter(|v| v.is_finite()) {
            Some(value) => td class="n" data-v=(value) { (show(value)) },
            None => td class="n soft" { span title="not measured" { "–" } },
        }
    }
}

/// The order in which verdicts are sorted.
fn rank(standing: &Standing) -> usize {
    match standing.verdict {
        _ if standing.control => 6,
        Verdict::Best => 0,
        Verdict::Equivalent | Verdict::Better => 1,
        Verdict::Undecided { .. } => 2,
        Verdict::SlightlyWorse => 3,
        Verdict::Below { .. } => 4,
        Verdict::Worse => 5,
    }
}

/// A verdict as a badge: told by its word and mark, not by its colour alone.
pub(crate) fn verdict(standing: &Standing) -> Markup {
    let badge = |class: &str, word: &str| {
        html! { a class={ "badge " (class) } href={ "#" (crate::html::text::anchor(word)) } { (word) } }
    };
    let class = match standing.verdict {
        Verdict::SlightlyWorse | Verdict::Below { .. } => "worse",
        verdict => word(verdict),
    };
    html! {
        @if standing.control { (badge("control", "control")) " " }
        (badge(class, word(standing.verdict)))
        @if let Some(seeds) = open_for(standing.verdict) { span class="soft small" { "≈ " (seeds) " seeds" } }
    }
}

fn health(standing: &Standing) -> Markup {
    let faults = standing
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Fault)
        .count();
    let warnings = standing.findings.len() - faults;
    html! {
        @if standing.failed > 0 {
            (term("broke down", &format!("{} of {} broke down", standing.failed, standing.trials))) br;
        }
        @if standing.findings.is_empty() && standing.failed == 0 {
            span class="soft" { (if standing.healthy { "healthy" } else { "not healthy" }) }
        } @else if !standing.findings.is_empty() {
            a href="#findings" class=(if faults > 0 { "fault" } else { "warning" }) {
                @if faults > 0 { (count(faults, "fault")) }
                @if faults > 0 && warnings > 0 { ", " }
                @if warnings > 0 { (count(warnings, "warning")) }
            }
        }
    }
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
