//! The units of each layer through a run: who died when, and who came back.

use super::Section;
use crate::checkup::Checkup;
use crate::html::charts::courses;
use crate::html::text::{name, term};
use maud::{Markup, html};
use relume_doctor::words::list;
use relume_doctor::words::percent;
use relume_doctor::{LayerInfo, State, UnitCourse};

/// More layers than these are named, and not drawn.
const MOST_LAYERS: usize = 24;

/// More units than these are counted, and not named.
const MOST_NAMED: usize = 16;

/// Maps of the units of those layers in which any was ever silent or saturated. `None` if there are none.
pub(crate) fn courses(checkup: &Checkup) -> Option<Section> {
    let layers: Vec<(&LayerInfo, &[UnitCourse])> = checkup
        .record
        .layers
        .iter()
        .zip(checkup.courses.iter().map(Vec::as_slice))
        .collect();
    let troubled = |courses: &[UnitCourse]| {
        courses
            .iter()
            .flat_map(|c| &c.states)
            .any(|&state| state > State::Alive)
    };
    let (shown, sound): (Vec<_>, Vec<_>) = layers.into_iter().partition(|(_, courses)| troubled(courses));
    let (shown, more) = shown.split_at(shown.len().min(MOST_LAYERS));
    let names = |layers: &[(&LayerInfo, &[UnitCourse])]| {
        list(
            &layers
                .iter()
                .map(|(info, _)| info.name.clone())
                .collect::<Vec<_>>(),
        )
    };
    (!shown.is_empty()).then(|| Section {
        id: "units",
        short: "Units",
        title: "Who falls silent, and when",
        lead: html! {
            p {
                "Each row is a unit, and runs from the first step to the last: those that are " (term("dead", "dead"))
                " at the end lie at the bottom, those who died first lowest; above them the "
                (term("dead_units", "silent")) ", the " (term("saturated_units", "saturated")) ", and on top those that fire."
            }
            p class="aside" { "The number on the left is that of the layer’s units. Of large layers an even selection is drawn." }
        },
        body: html! {
            ul class="keys" {
                @for (state, word) in [
                    (State::Alive, "alive"), (State::Dead, "dead"), (State::Silent, "silent, not dead"),
                    (State::Saturated, "saturated"), (State::Unseen, "not seen"),
                ] {
                    li { svg class="key" width="14" height="12" aria-hidden="true" { rect class=(courses::class(state)) width="14" height="12" {} } (word) }
                }
            }
            div class="multiples maps" { @for (info, courses) in shown { (layer(checkup, info, courses)) } }
            @if !more.is_empty() { p class="aside" { "Not drawn: " (name(&names(more))) "." } }
            @if !sound.is_empty() {
                p class="aside" { "No unit was silent or saturated in any stretch in " (name(&names(&sound))) "." }
            }
        },
    })
}

fn layer(checkup: &Checkup, info: &LayerInfo, units: &[UnitCourse]) -> Markup {
    let steps = checkup.stretches();
    let ends = (
        steps.first().map_or(0, |s| s[0]),
        steps.last().map_or(0, |s| s[1]),
    );
    let dead = units
        .iter()
        .filter(|c| c.states.last() == Some(&State::Dead))
        .count();
    let share = percent(dead as f64 / units.len().max(1) as f64);
    let label = format!(
        "The {} units of {} through the run: {dead} dead at the end",
        units.len(),
        info.name
    );
    let events = events(checkup, units);
    html! {
        figure {
            figcaption {
                span class="name" { (name(&info.name)) }
                span class="note" { @if dead > 0 { (dead) " dead, " (share) } @else { "none dead at the end" } }
            }
            (courses::panel(units, ends.0, ends.1, &label))
            @if !events.is_empty() {
                details class="events" {
                    summary { "Who, and when" }
                    ul { @for event in &events { li { (event) } } }
                }
            }
        }
    }
}

/// Who died and who came back, stretch by stretch, in words.
fn events(checkup: &Checkup, units: &[UnitCourse]) -> Vec<String> {
    let mut events = Vec::new();
    for (i, snapshot) in checkup.record.snapshots.iter().enumerate() {
        let was_dead = |course: &UnitCourse| i > 0 && course.states[i - 1] == State::Dead;
        let turned = |change: &dyn Fn(&UnitCourse) -> bool| -> Vec<usize> {
            units
                .iter()
                .filter(|course| change(course))
                .map(|course| course.unit)
                .collect()
        };
        let died = turned(&|course| course.states[i] == State::Dead && !was_dead(course));
        let revived =
            turned(&|course| was_dead(course) && !matches!(course.states[i], State::Dead | State::Unseen));
        let verb = if i == 0 { "dead from the beginning" } else { "died" };
        let words: Vec<String> = [(died, verb), (revived, "came back")]
            .into_iter()
            .filter(|(who, _)| !who.is_empty())
            .map(|(who, verb)| format!("{} {verb} ({})", who.len(), numbers(&who)))
            .collect();
        if !words.is_empty() {
            events.push(format!("{}: {}", snapshot.when(), words.join("; ")));
        }
    }
    events
}

/// The numbers of some units, the first of them if there are many.
fn numbers(units: &[usize]) -> String {
    let named: Vec<String> = units.iter().take(MOST_NAMED).map(usize::to_string).collect();
    match units.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_units_are_counted_instead_of_named() {
        assert_eq!(numbers(&[3, 7]), "3, 7");
        let many: Vec<usize> = (0..40).collect();
        assert!(numbers(&many).ends_with("14, 15 and 24 more"));
    }
}
