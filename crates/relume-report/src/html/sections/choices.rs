//! What was chosen for each activation, and the search that chose it.

use crate::html::aggregate::{Group, groups, mean};
use crate::html::palette::Looks;
use crate::html::text::{name, setting, words};
use crate::judge::Standing;
use crate::judge::metric::Measure;
use crate::trial::{Panel, Trial};
use maud::{Markup, html};
use relume_doctor::words::list;
use serde_json::Value;
use std::collections::BTreeSet;

/// The setting that the search varies.
const SEARCHED: &str = "learning_rate";

/// A table of the choices, and one of the search where its trials are at hand.
pub(crate) fn choices(
    standings: &[Standing],
    trials: &[Trial],
    looks: &Looks<'_>,
    measure: Measure<'_>,
) -> Markup {
    let keys: BTreeSet<&str> = standings
        .iter()
        .flat_map(|s| s.chosen.keys().map(String::as_str))
        .collect();
    let shared = |key: &&str| {
        standings
            .windows(2)
            .all(|pair| pair[0].chosen.get(*key) == pair[1].chosen.get(*key))
    };
    let (same, differing): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(shared);
    let same: Vec<String> = same
        .iter()
        .filter_map(|key| {
            Some(format!(
                "{} {}",
                words(key),
                setting(standings.first()?.chosen.get(*key)?)
            ))
        })
        .collect();
    html! {
        @if !same.is_empty() || !differing.is_empty() { h3 { "Chosen for each" } }
        @if !same.is_empty() { p { "The same for all: " (name(&list(&same))) "." } }
        @if !differing.is_empty() {
            div class="scroll" tabindex="0" role="region" aria-label="Chosen for each activation" {
                table {
                    thead { tr { th scope="col" { "Activation" } @for key in &differing { th scope="col" { (name(&words(key))) } } } }
                    tbody {
                        @for standing in standings {
                            tr data-a=(looks.of(&standing.activation).index) {
                                (looks.row_heading(&standing.activation))
                                @for key in &differing {
                                    td { @if let Some(value) = standing.chosen.get(*key) { (name(&setting(value))) } @else { "–" } }
                                }
                            }
                        }
                    }
                }
            }
        }
        (search(standings, trials, looks, measure))
    }
}

/// The metric that each learning rate reached in the search.
fn search(standings: &[Standing], trials: &[Trial], looks: &Looks<'_>, measure: Measure<'_>) -> Markup {
    let groups = groups(trials, Panel::Search, looks.names());
    let mut rates: Vec<f64> = groups
        .iter()
        .flat_map(|g| g.trials.iter().filter_map(|t| rate(t.arm.chosen.get(SEARCHED))))
        .collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    let seeds: BTreeSet<u64> = groups
        .iter()
        .flat_map(|g| g.trials.iter().map(|t| t.seed))
        .collect();
    html! {
        @if !rates.is_empty() {
            h3 { "The search for the learning rate" }
            p {
                "What each activation reached on average over " (seeds.len()) (if seeds.len() == 1 { " seed" } else { " seeds" })
                " that were used for nothing else."
            }
            div class="scroll" tabindex="0" role="region" aria-label="Metric by learning rate" {
                table class="searched" {
                    thead { tr { th scope="col" { "Activation" } @for rate in &rates { th scope="col" class="n" { (rate) } } } }
                    tbody {
                        @for group in &groups {
                            @let chosen = standings.iter().find(|s| s.activation == group.activation).and_then(|s| rate(s.chosen.get(SEARCHED)));
                            tr data-a=(looks.of(group.activation).index) {
                                (looks.row_heading(group.activation))
                                @for rate in &rates {
                                    td class=(if chosen == Some(*rate) { "n chosen" } else { "n" }) {
                                        (reached(group, *rate).map_or_else(|| "–".to_owned(), |v| measure.value(v)))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rate(value: Option<&Value>) -> Option<f64> {
    value?.as_f64()
}

/// The mean metric of the trials with that learning rate.
fn reached(group: &Group<'_>, wanted: f64) -> Option<f64> {
    let tried = group
        .trials
        .iter()
        .filter(|t| rate(t.arm.chosen.get(SEARCHED)) == Some(wanted));
    let sound = tried.filter(|t| !t.broke_down());
    mean(sound.filter_map(|t| Some(t.outcome.as_ref()?.test)))
}
