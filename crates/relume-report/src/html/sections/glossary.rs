//! Every term and every check, defined.

use super::Section;
use crate::html::text::{anchor, threshold};
use crate::judge::DEFINITIONS;
use maud::{Markup, html};
use relume_doctor::{Check, checks, terms};

/// The definitions that the rest of the page links to: the judge's terms, and the doctor's checks with their
/// thresholds.
pub(crate) fn glossary() -> Section {
    section(DEFINITIONS.iter().map(|d| (d.term, d.meaning)).chain(doctors()))
}

/// The doctor's definitions alone.
pub(crate) fn doctors_glossary() -> Section {
    // The judge's words that the doctor uses too.
    let shared = DEFINITIONS.iter().filter(|d| ["dead", "zeros"].contains(&d.term));
    section(shared.map(|d| (d.term, d.meaning)).chain(doctors()))
}

fn doctors() -> impl Iterator<Item = (&'static str, &'static str)> {
    terms().iter().map(|t| (t.name, t.definition))
}

fn section<'a>(terms: impl Iterator<Item = (&'a str, &'a str)>) -> Section {
    Section {
        id: "glossary",
        short: "Glossary",
        title: "What the words mean",
        lead: html! { p { "The terms that are underlined with dots lead here." } },
        body: html! {
            dl class="glossary" {
                @for (term, meaning) in terms {
                    div id=(anchor(term)) { dt { (term) } dd { (meaning) } }
                }
            }
            h3 { "What the doctor looks for" }
            dl class="glossary checks" { @for check in checks() { (definition(check)) } }
        },
    }
}

fn definition(check: &Check) -> Markup {
    html! {
        div id=(anchor(check.name)) {
            dt { (check.title) }
            dd {
                p { (check.measures) }
                details {
                    summary { "Why it hurts, its threshold, what to do" }
                    p { (check.why) }
                    p id=(anchor(&threshold(check.name))) { (check.threshold) }
                    ul { @for step in steps(check.remedy) { li { (step) } } }
                }
            }
        }
    }
}

/// The lines of a list that may run over several lines each.
fn steps(list: &str) -> impl Iterator<Item = &str> {
    list.trim_start_matches("- ")
        .split("\n- ")
        .filter(|step| !step.is_empty())
}
