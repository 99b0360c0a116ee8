//! The recommendation on top of the page.

use crate::html::functions::Sketch;
use crate::html::text::{name, term};
use crate::judge::metric::Measure;
use crate::judge::{Judgement, Standing};
use crate::table::help;
use maud::{Markup, html};
use relume_doctor::words::{fixed, list, number, percent};

/// The headline, why, what speaks against it, and the recommended function's portrait.
pub(crate) fn recommendation(judgement: &Judgement, measure: Measure<'_>) -> Markup {
    let advice = &judgement.recommendation;
    let standing = advice.activation.as_deref().and_then(|a| judgement.standing(a));
    let sketch = advice.activation.as_deref().and_then(Sketch::of);
    html! {
        div class="hero" {
            div class="words" {
                p class="overline" { "Activation study · " (name(&judgement.task.name)) }
                h1 { (advice.headline) }
                @if advice.group.len() > 1 { p class="group" { "The group of best: " (name(&list(&advice.group))) "." } }
                @if !judgement.treatments.is_empty() {
                    ul class="reasons" { @for treatment in &judgement.treatments { li { (name(&help(treatment))) } } }
                }
                @if !advice.reasons.is_empty() {
                    ul class="reasons" { @for reason in &advice.reasons { li { (reason) } } }
                }
                @if !advice.caveats.is_empty() {
                    div class="caveats" {
                        h2 { "Before you rely on it" }
                        ul { @for caveat in &advice.caveats { li { (caveat) } } }
                    }
                }
            }
            @if let (Some(sketch), Some(activation)) = (sketch, advice.activation.as_deref()) {
                figure class="portrait" {
                    (sketch.portrait(activation))
                    figcaption { (name(activation)) span class="note" { "line: value, dashed: slope" } }
                }
            }
        }
        @if let Some(standing) = standing { (facts(standing, measure)) }
    }
}

fn facts(standing: &Standing, measure: Measure<'_>) -> Markup {
    let interval = standing
        .test
        .and_then(|test| test.interval)
        .map(|i| format!("{} to {}", measure.bare(i.low), measure.value(i.high)));
    let fact = |value: String, note: Option<String>, label: Markup| {
        html! {
            div {
                dt { (label) }
                dd { (value) @if let Some(note) = note { " " span class="note" { (note) } } }
            }
        }
    };
    html! {
        dl class="facts" {
            @if let Some(test) = standing.test {
                (fact(measure.value(test.mean), interval, html! { "test " (measure.name()) }))
            }
            @if let Some(epochs) = standing.epochs_to_95 {
                (fact(fixed(epochs, 1), None, term("epochs to 95 %", "epochs to 95 % of its best")))
            }
            @if let Some(cost) = standing.cost {
                (fact(format!("{} ns", number(cost.total())), None,
                    term("ns per element", "per element, forward and backward")))
            }
            @if let Some(dead) = standing.dead_share {
                (fact(percent(dead), None, term("dead", "dead units")))
            }
            @if let Some(ratio) = standing.gradient_ratio {
                (fact(number(ratio), None, term("gradient ratio", "gradient, first / last layer")))
            }
        }
    }
}
