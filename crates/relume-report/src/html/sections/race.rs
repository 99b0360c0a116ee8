//! The race: how far each arm ran, which was stopped when, and why.

use super::Section;
use crate::html::charts::track::Track;
use crate::html::palette::Looks;
use crate::html::text::{name, term};
use crate::judge::metric::Measure;
use crate::judge::{Judgement, Standing, Verdict};
use crate::table::{help, word};
use maud::html;
use relume_doctor::words::{fixed, list};

/// One lane for each arm, the longest first. `None` where nothing was judged.
pub(crate) fn race(judgement: &Judgement, looks: &Looks<'_>, measure: Measure<'_>) -> Option<Section> {
    let most = judgement.seeds.len();
    if most == 0 {
        return None;
    }
    let mut lanes: Vec<&Standing> = judgement.standings.iter().collect();
    lanes.sort_by_key(|lane| std::cmp::Reverse(lane.stopped.unwrap_or(most)));
    let stopped: Vec<&&Standing> = lanes.iter().rev().filter(|lane| lane.stopped.is_some()).collect();
    let track = Track::new((0.0, most as f64), None, None);
    Some(Section {
        id: "race",
        short: "Race",
        title: "Who stopped when, and why",
        lead: html! {
            p {
                "Arms run " (term("seed", "seed")) " by seed. A square marks where one was stopped because "
                (if judgement.treatments.is_empty() { "it was beaten" } else { "it was known whether it helps" })
                ", a dot where one was when the race ended. " (ending(judgement))
            }
        },
        body: html! {
            figure class="rows" {
                figcaption { "Seeds" }
                ol {
                    @for lane in &lanes {
                        @let look = looks.of(&lane.activation);
                        li data-a=(look.index) {
                            span class="name" { (name(&lane.activation)) }
                            (track.lane(look, lane.stopped.unwrap_or(most) as f64, lane.stopped.is_some()))
                            span class="value" { (lane.stopped.unwrap_or(most)) }
                        }
                    }
                }
                div class="foot" { (track.axis(|seeds| fixed(seeds, 0))) }
            }
            @if !stopped.is_empty() {
                ul class="reasons" {
                    @for lane in stopped { li { (name(&why(judgement, lane, measure))) } }
                }
            }
        },
    })
}

/// Why the race ended.
fn ending(judgement: &Judgement) -> String {
    if judgement.finished {
        return "It ended because every comparison was decided.".into();
    }
    let open = judgement.standings.iter().filter(|s| {
        let undecided = matches!(s.verdict, Verdict::Undecided { .. } | Verdict::Below { .. });
        s.stopped.is_none() && undecided
    });
    let open: Vec<&str> = open.map(|s| s.activation.as_str()).collect();
    match open.is_empty() {
        true => "It ended with the trials that there are.".into(),
        false => format!("It ended with the budget; still open: {}.", list(&open)),
    }
}

/// `sigmoid stopped after 9 seeds: worse, −3.10 points (−4.90 to −1.30) compared with selu.`
fn why(judgement: &Judgement, lane: &Standing, measure: Measure<'_>) -> String {
    let seeds = lane.stopped.unwrap_or_default();
    let shown = lane.difference.as_ref().map_or(String::new(), |d| {
        format!(", {} compared with {}", measure.difference(d), d.to)
    });
    let broke = match lane.failed {
        0 => String::new(),
        failed => format!("; {failed} of {} broke down", lane.trials),
    };
    if let Some(treatment) = judgement.treatments.iter().find(|t| t.arm == lane.activation) {
        return format!("Stopped after {seeds} seeds, {}{broke}.", help(treatment));
    }
    format!(
        "{} stopped after {seeds} seeds: {}{shown}{broke}.",
        lane.activation,
        word(lane.verdict)
    )
}
