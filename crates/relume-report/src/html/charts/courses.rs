//! The units of a layer through a run: one row each, in the order in which they fell silent.

use super::axis::Frame;
use super::cells;
use crate::html::scale::Tick;
use crate::html::svg::xy;
use maud::{Markup, html};
use relume_doctor::{State, UnitCourse};

/// More rows than these are drawn by a selection.
const MOST_ROWS: usize = 64;

/// The class of a state in the style sheet.
pub(crate) fn class(state: State) -> &'static str {
    match state {
        State::Unseen => "h-unknown",
        State::Alive => "alive",
        State::Saturated => "saturated",
        State::Silent => "silent",
        State::Dead => "dead",
    }
}

/// The courses to draw, the first at the bottom: by their last state, the worst first, and the earlier the more
/// lasting the trouble. Of many an even selection of this order, which keeps the shares.
pub(crate) fn ordered(courses: &[UnitCourse]) -> Vec<&UnitCourse> {
    let mut ordered: Vec<&UnitCourse> = courses.iter().collect();
    ordered.sort_by_key(|course| {
        let states = &course.states;
        let last = states.last().copied().unwrap_or(State::Unseen);
        let since = states
            .iter()
            .rposition(|&state| state != last)
            .map_or(0, |before| before + 1);
        // Who came back late stands next to those who did not.
        let far = if last <= State::Alive {
            states.len() - since
        } else {
            since
        };
        (std::cmp::Reverse(last), far)
    });
    let (units, rows) = (ordered.len(), ordered.len().min(MOST_ROWS));
    (0..rows)
        .map(|row| ordered[(2 * row + 1) * units / (2 * rows)])
        .collect()
}

/// One panel. All courses are as long as there are stretches.
pub(crate) fn panel(courses: &[UnitCourse], first: u64, last: u64, label: &str) -> Markup {
    let rows: Vec<Vec<State>> = ordered(courses)
        .iter()
        .map(|course| course.states.clone())
        .collect();
    let columns = rows.first().map_or(1, Vec::len).max(1) as f64;
    let row = (96.0 / rows.len().max(1) as f64).clamp(1.5, 12.0);
    let (left, width, height) = (26.0, 170.0, row * rows.len() as f64);
    let frame = Frame {
        left,
        top: 4.0,
        right: left + width,
        bottom: 4.0 + height,
    };
    let mut ticks = vec![(first, frame.left)];
    if last > first {
        ticks.push((last, frame.right));
    }
    let tick = |(step, at): (u64, f64)| Tick {
        value: step as f64,
        at,
        label: if step == first {
            format!("step {step}")
        } else {
            step.to_string()
        },
    };
    html! {
        svg class="chart" viewBox={ "0 0 200 " (xy(frame.bottom + 16.0)) } role="img" aria-label=(label) {
            g class="cells" transform={ "translate(" (left) " " (frame.top) ") scale("
                (format!("{:.4}", width / columns)) " " (format!("{row:.4}")) ")" } {
                @for (class, path) in cells::paths(&rows, |&state| class(state).to_owned()) {
                    path class=(class) d=(path) {}
                }
            }
            g class="axis" {
                text class="end" x=(xy(left - 5.0)) y=(xy(frame.top + 8.0)) { (courses.len()) }
            }
            (frame.labels_below(&ticks.into_iter().map(tick).collect::<Vec<_>>()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Alive, Dead, Silent};

    fn course(unit: usize, states: &[State]) -> UnitCourse {
        UnitCourse {
            unit,
            states: states.to_vec(),
        }
    }

    #[test]
    fn who_died_first_lies_at_the_bottom_and_who_never_did_on_top() {
        let courses = [
            course(0, &[Alive, Alive, Alive]),
            course(1, &[Alive, Alive, Dead]),
            course(2, &[Alive, Dead, Alive]),
            course(3, &[Dead, Dead, Dead]),
            course(4, &[Alive, Silent, Silent]),
        ];
        let units: Vec<usize> = ordered(&courses).iter().map(|course| course.unit).collect();
        assert_eq!(units, [3, 1, 4, 2, 0]);
    }

    #[test]
    fn a_selection_keeps_the_shares() {
        let courses: Vec<UnitCourse> = (0..4096)
            .map(|unit| course(unit, &[if unit % 4 == 0 { Dead } else { Alive }]))
            .collect();
        let shown = ordered(&courses);
        let dead = shown.iter().filter(|course| course.states[0] == Dead);
        assert_eq!((shown.len(), dead.count()), (MOST_ROWS, MOST_ROWS / 4));
        assert!(panel(&courses, 0, 0, "units").into_string().len() < 4000);
        panel(&[], 0, 0, "none");
    }
}
