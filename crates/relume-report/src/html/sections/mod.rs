//! The parts of a report: each a function from data to markup, independent of the others.

pub(crate) mod accuracies;
pub(crate) mod article;
pub(crate) mod choices;
pub(crate) mod courses;
pub(crate) mod curves;
pub(crate) mod findings;
pub(crate) mod glossary;
pub(crate) mod gradients;
pub(crate) mod inputs;
pub(crate) mod method;
pub(crate) mod mistakes;
pub(crate) mod race;
pub(crate) mod rates;
pub(crate) mod recommendation;
pub(crate) mod standings;
pub(crate) mod stress;
pub(crate) mod through_time;
pub(crate) mod timeline;
pub(crate) mod units;

use super::palette::Look;
use super::text::name;
use maud::{Markup, html};

/// A part of a report.
pub(crate) struct Section {
    /// Its anchor.
    pub(crate) id: &'static str,
    /// Its name in the list of sections.
    pub(crate) short: &'static str,
    /// Its heading.
    pub(crate) title: &'static str,
    /// What the picture shows and how to read it.
    pub(crate) lead: Markup,
    /// The picture or table.
    pub(crate) body: Markup,
}

impl Section {
    pub(crate) fn markup(&self) -> Markup {
        html! {
            section id=(self.id) aria-labelledby={ (self.id) "-title" } {
                header { h2 id={ (self.id) "-title" } { (self.title) } (self.lead) }
                div class="body" { (self.body) }
            }
        }
    }
}

/// One of many pictures of the same kind.
pub(crate) struct Panel<'a> {
    pub(crate) look: Look,
    pub(crate) activation: &'a str,
    /// A word or number at the end of its title.
    pub(crate) note: Markup,
    pub(crate) picture: Markup,
}

/// Many pictures of the same kind, side by side.
pub(crate) fn multiples<'a>(panels: impl IntoIterator<Item = Panel<'a>>) -> Markup {
    html! {
        div class="multiples" {
            @for panel in panels {
                figure data-a=(panel.look.index) {
                    figcaption {
                        (panel.look.swatch())
                        span class="name" { (name(panel.activation)) }
                        span class="note" { (panel.note) }
                    }
                    (panel.picture)
                }
            }
        }
    }
}
