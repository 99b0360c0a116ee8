//! The page about one run.

use super::page::Page;
use super::text::{self, name};
use crate::checkup::Checkup;
use maud::html;

/// What the doctor says about one run, as one HTML file that loads nothing.
pub fn checkup(checkup: &Checkup, title: &str) -> String {
    let page = Page {
        title: format!("{title} · relume"),
        opening: html! {
            p class="overline" { "Doctor’s report · " (name(title)) }
            h1 { (checkup.headline()) }
            p { (checkup.seen()) }
        },
        sections: Vec::new(),
        written_by: concat!("relume ", env!("CARGO_PKG_VERSION")),
    };
    text::visible(&page.markup().into_string())
}
