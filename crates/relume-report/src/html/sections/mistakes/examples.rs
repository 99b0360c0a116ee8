//! The samples that most networks mistake.

use super::known::{Known, counted, part};
use crate::html::aggregate::Group;
use crate::html::charts::{raster, signal};
use crate::html::palette::Looks;
use crate::html::text::{name, shortened};
use crate::mistakes::{Mistaken, is_wrong, judged, most_mistaken};
use crate::samples::{Content, Row, Shown, Text};
use maud::{Markup, html};
use relume_doctor::words::{fixed, number};
use std::collections::BTreeMap;

/// A series of more numbers per step than this is a picture.
const MOST_LINES: usize = 4;
/// The most wrong answers that are told.
const MOST_ANSWERS: usize = 3;

/// How networks fared on one sample.
struct Fate<'a> {
    shown: &'a Shown,
    mistaken: Mistaken,
    /// How often each class was the wrong answer, the most frequent first; empty where no answers are known.
    answers: Vec<(Option<u32>, usize)>,
    /// By arm: how many networks, and how many of them were wrong.
    arms: Vec<(&'a str, usize, usize)>,
}

/// Those samples that are shown, the most often mistaken first. `None` if there are none.
pub(super) fn examples(known: &Known<'_>, groups: &[Group<'_>], looks: &Looks<'_>) -> Option<Markup> {
    let fates = fates(known, groups);
    let first = fates.first()?;
    Some(part(
        "The examples most often mistaken",
        html! {
            p {
                "Over all activations and seeds; how many networks took each for another class, of those that it was held out from."
                @if matches!(first.shown.content, Content::Text(_)) { " Texts are as the networks read them." }
                @if matches!(first.shown.content, Content::Row(_)) { " The most unusual values come first, with their distance from the mean of the data in standard deviations (σ)." }
                @if has_spectrum(&fates) { " In pictures of many numbers over time, time runs to the right and the first number is at the bottom; the lighter, the larger." }
            }
            ol class={ "examples " (kind(&first.shown.content)) } {
                @for fate in &fates { li { (figure(known, fate, looks)) } }
            }
        },
    ))
}

fn fates<'a>(known: &Known<'a>, groups: &[Group<'a>]) -> Vec<Fate<'a>> {
    let shown: BTreeMap<u32, &Shown> = known
        .samples
        .shown
        .iter()
        .map(|shown| (shown.sample, shown))
        .collect();
    let mut answers = BTreeMap::<u32, BTreeMap<Option<u32>, usize>>::new();
    let mut arms = BTreeMap::<u32, Vec<(&str, usize, usize)>>::new();
    for group in groups {
        let mut of_arm = BTreeMap::<u32, (usize, usize)>::new();
        for scores in group.trials.iter().filter_map(|trial| judged(trial)) {
            for (i, (sample, score)) in scores.samples.iter().zip(&scores.values).enumerate() {
                if !shown.contains_key(sample) {
                    continue;
                }
                let (networks, wrong) = of_arm.entry(*sample).or_default();
                *networks += 1;
                if is_wrong(*score) {
                    *wrong += 1;
                    if let Some(answer) = scores.predicted.as_ref().and_then(|predicted| predicted.get(i)) {
                        *answers.entry(*sample).or_default().entry(*answer).or_default() += 1;
                    }
                }
            }
        }
        for (sample, (networks, wrong)) in of_arm {
            arms.entry(sample)
                .or_default()
                .push((group.activation, networks, wrong));
        }
    }
    let mistaken = most_mistaken(
        groups.iter().flat_map(|group| group.trials.iter().copied()),
        usize::MAX,
    );
    let mut fate = |mistaken: Mistaken| {
        let sample = mistaken.sample;
        let mut answers: Vec<_> = answers.remove(&sample).unwrap_or_default().into_iter().collect();
        answers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Some(Fate {
            shown: shown.get(&sample)?,
            mistaken,
            answers,
            arms: arms.remove(&sample).unwrap_or_default(),
        })
    };
    mistaken.into_iter().filter_map(&mut fate).collect()
}

fn has_spectrum(fates: &[Fate<'_>]) -> bool {
    fates
        .iter()
        .any(|fate| matches!(&fate.shown.content, Content::Series(series) if series.channels > MOST_LINES))
}

/// The class that the list is laid out by.
fn kind(content: &Content) -> &'static str {
    match content {
        Content::Picture(_) => "narrow",
        Content::Series(_) | Content::Row(_) => "broad",
        Content::Text(_) => "broader",
    }
}

fn figure(known: &Known<'_>, fate: &Fate<'_>, looks: &Looks<'_>) -> Markup {
    let sample = fate.shown.sample;
    let truth = known.truth.get(&sample).copied();
    let class = known.class(truth);
    let label = format!("Sample {sample}, of class {class}");
    let mistaken = &fate.mistaken;
    html! {
        figure {
            (content(&fate.shown.content, &label))
            @if let Some(recording) = &fate.shown.recording {
                (signal::wave(&recording.pcm.0, &format!("{label}: the wave")))
                (signal::player(recording.rate, &recording.pcm.0, &format!("{label}: listen")))
                @let heard = recording.pcm.0.len() as f64 / 2.0 / f64::from(recording.rate);
                @if heard < recording.seconds - 0.05 {
                    p class="soft" { "The first " (fixed(heard, 1)) " of " (fixed(recording.seconds, 1)) " s" }
                }
            }
            figcaption {
                p { strong { (name(&class)) } (taken_for(known, &fate.answers)) }
                details {
                    summary { (mistaken.wrong) " of " (counted(mistaken.networks, "network")) }
                    ul {
                        @for (arm, networks, wrong) in &fate.arms {
                            @let look = looks.of(arm);
                            li data-a=(look.index) {
                                (look.swatch()) span class="name" { (name(arm)) }
                                span class="value" { (wrong) " of " (networks) }
                            }
                        }
                    }
                }
                p class="soft" {
                    "Sample " (sample)
                    @if let Some(origin) = &fate.shown.origin { ", " (name(&shortened(origin, 80))) }
                }
            }
        }
    }
}

/// What a sample is taken for, and how often.
fn taken_for(known: &Known<'_>, answers: &[(Option<u32>, usize)]) -> Markup {
    let (told, rest) = answers.split_at(answers.len().min(MOST_ANSWERS));
    let others: usize = rest.iter().map(|(_, count)| count).sum();
    html! {
        @for (k, (answer, count)) in told.iter().enumerate() {
            (if k == 0 { ", taken for " } else { ", " })
            (name(&known.class(*answer)))
            span class="soft" { "\u{a0}×\u{a0}" (count) }
        }
        @if others > 0 { ", others" span class="soft" { "\u{a0}×\u{a0}" (others) } }
    }
}

fn content(content: &Content, label: &str) -> Markup {
    match content {
        Content::Text(text) => quoted(text, label),
        Content::Picture(p) => raster::picture(p.width, p.height, p.channels, &p.pixels.0, label),
        Content::Series(s) if s.steps == 0 => html! { p class="soft" { "nothing in it" } },
        Content::Series(s) if s.channels > MOST_LINES => {
            let label = format!("{label}: {} numbers over time", s.channels);
            raster::spectrum(s.steps, s.channels, &s.values.0, &label)
        }
        Content::Series(s) => {
            let label = format!(
                "{label}: from {} to {} over time",
                number(s.low.into()),
                number(s.high.into())
            );
            signal::lines(s.steps, s.channels, &s.values.0, &label)
        }
        Content::Row(row) => values(row),
    }
}

fn quoted(text: &Text, label: &str) -> Markup {
    html! {
        blockquote dir="auto" tabindex="0" aria-label=(label) { (text.text) @if !text.whole { "…" } }
    }
}

fn values(row: &Row) -> Markup {
    html! {
        dl class="values" {
            @for value in &row.values {
                div {
                    dt { (name(&shortened(&value.name, 60))) }
                    dd {
                        (value.value.map_or_else(|| "missing".to_owned(), |v| number(v.into())))
                        @if let Some(unusual) = value.unusual.filter(|unusual| unusual.is_finite()) {
                            span class="soft" { " " (if unusual < 0.0 { "−" } else { "+" }) (fixed(f64::from(unusual.abs()), 1)) " σ" }
                        }
                    }
                }
            }
        }
        @if row.values.len() < row.columns {
            p class="soft" { (row.values.len()) " of " (counted(row.columns, "value")) }
        }
    }
}
