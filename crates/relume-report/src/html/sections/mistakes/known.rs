//! What all parts of the section share.

use crate::html::aggregate::Group;
use crate::html::text::shortened;
use crate::samples::Samples;
use crate::trial::Trial;
use maud::{Markup, html};
use std::collections::BTreeMap;

/// What is known of the samples, by their numbers.
pub(super) struct Known<'a> {
    pub(super) samples: &'a Samples,
    /// The class of each.
    pub(super) truth: BTreeMap<u32, u32>,
}

impl<'a> Known<'a> {
    pub(super) fn of(samples: &'a Samples) -> Self {
        let judged = &samples.judged;
        Self {
            samples,
            truth: judged
                .samples
                .iter()
                .copied()
                .zip(judged.truth.iter().copied())
                .collect(),
        }
    }

    /// The name of an answer; some networks answer with no class.
    pub(super) fn class(&self, answer: Option<u32>) -> String {
        let Some(number) = answer else {
            return "none".to_owned();
        };
        let name = self.samples.classes.get(number as usize);
        name.map_or_else(|| format!("class {number}"), |name| shortened(name, 40))
    }
}

/// How many there are of something.
pub(super) fn counted(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The trials of a group, each on its own.
pub(super) fn trials<'t>(group: &Group<'t>) -> impl Iterator<Item = &'t Trial> + Clone {
    group.trials.clone().into_iter()
}

/// A part with its heading.
pub(super) fn part(title: &str, body: Markup) -> Markup {
    html! { h3 { (title) } (body) }
}
