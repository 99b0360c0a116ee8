//! The page around the sections: one file that needs nothing else.

use super::palette;
use super::sections::Section;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What a page is put together from.
pub(crate) struct Page<'a> {
    /// The title of the window.
    pub(crate) title: String,
    /// What stands on top.
    pub(crate) opening: Markup,
    /// What follows, in order.
    pub(crate) sections: Vec<Section>,
    /// Who made it.
    pub(crate) written_by: &'a str,
}

impl Page<'_> {
    pub(crate) fn markup(&self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(self.written_by);
                    title { (self.title) }
                    // An icon of its own, so that no browser asks a server for one.
                    link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 13H7L14 3' fill='none' stroke='%230b7a6f' stroke-width='2.5'/%3E%3C/svg%3E";
                    style {
                        (PreEscaped(include_str!("../../templates/page.css")))
                        (palette::css())
                        (PreEscaped(include_str!("../../templates/chart.css")))
                    }
                }
                body {
                    a class="skip" href="#main" { "Skip to the report" }
                    nav aria-label="Sections" {
                        ol { @for section in &self.sections { li { a href={ "#" (section.id) } { (section.short) } } } }
                    }
                    main id="main" {
                        (self.opening)
                        @for section in &self.sections { (section.markup()) }
                    }
                    footer { p { "Made by " (self.written_by) ". One file, nothing loaded from anywhere." } }
                    script { (PreEscaped(include_str!("../../templates/page.js"))) }
                }
            }
        }
    }
}
