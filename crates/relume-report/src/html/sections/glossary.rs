//! Every term and every check, defined.

use super::Section;
use crate::html::text::anchor;
use crate::judge::DEFINITIONS;
use maud::{Markup, html};
use relume_doctor::{Check, checks, terms};

/// The definitions that the rest of the page links to: the judge's terms, and the doctor's checks with their
/// thresholds.
pub(crate) fn glossary() -> Section {
    let terms = DEFINITIONS
        .iter()
        .map(|d| (d.term, d.meaning))
        .chain(terms().iter().map(|t| (t.name, t.definition)));
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
                    p { (check.threshold) }
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
