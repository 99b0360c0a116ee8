//! Which class is taken for which.

use super::known::{Known, counted, part, trials};
use crate::html::aggregate::Group;
use crate::html::text::name;
use crate::mistakes::{Confusion, Difference, differences};
use maud::{Markup, html};
use relume_doctor::words::{fixed, percent};

/// With more classes than this, a matrix is too large to be read.
const MOST_CLASSES: usize = 12;
/// The most lines of the list that takes its place.
const MOST_PAIRS: usize = 15;
/// The most differences to the arm in use now.
const MOST_DIFFERENCES: usize = 6;

/// The confusions of the best arm, and where they differ from those of the current one. `None` where no answers are
/// known.
pub(super) fn confusion(known: &Known<'_>, best: &Group<'_>, current: Option<&Group<'_>>) -> Option<Markup> {
    let confusion = Confusion::of(trials(best), &known.truth)?;
    let networks = trials(best)
        .filter(|t| crate::mistakes::judged(t).is_some())
        .count();
    let matrix = known.samples.classes.len() <= MOST_CLASSES;
    Some(part(
        "Which classes are confused",
        html! {
            p {
                (name(best.activation)) ", all " (counted(networks, "network")) " together: of the samples of each class, the share in percent "
                @if matrix { "that is taken for each." } @else { "that is taken for a wrong one, the most frequent mistakes first." }
            }
            @if matrix { (table(known, &confusion)) } @else { (pairs(known, &confusion)) }
            @if let Some(current) = current { (compared(known, best, current)) }
        },
    ))
}

fn table(known: &Known<'_>, confusion: &Confusion) -> Markup {
    let wrong = confusion.wrong();
    let shares = wrong
        .iter()
        .filter_map(|&(class, answer, _)| confusion.share(class, answer));
    let most = shares.fold(0.0, f64::max);
    let classes = || 0..known.samples.classes.len() as u32;
    let mut answers: Vec<Option<u32>> = classes().map(Some).collect();
    if wrong.iter().any(|(_, answer, _)| answer.is_none()) {
        answers.push(None);
    }
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="Confusion of classes" {
            table class="confusion" {
                thead {
                    tr {
                        th scope="col" { "Class" }
                        @for answer in &answers { th scope="col" class="n" { (name(&known.class(*answer))) } }
                        th scope="col" class="n" { "Answers" }
                    }
                }
                tbody {
                    @for class in classes() {
                        tr {
                            th scope="row" { (name(&known.class(Some(class)))) }
                            @for answer in &answers { (cell(confusion, class, *answer, most)) }
                            td class="n soft" { (confusion.total(class)) }
                        }
                    }
                }
            }
        }
    }
}

/// A share; the larger a wrong one is, next to the largest, the deeper its colour.
fn cell(confusion: &Confusion, class: u32, answer: Option<u32>, most: f64) -> Markup {
    let right = answer == Some(class);
    html! {
        @match confusion.share(class, answer) {
            Some(share) if right => td class="n right" { (fixed(100.0 * share, 1)) },
            Some(share) if share > 0.0 => {
                td class="n wrong" style={ "--depth:" (fixed(60.0 * (share / most).sqrt(), 0)) "%" } { (fixed(100.0 * share, 1)) }
            },
            Some(_) => td class="n never" { "0" },
            None => td class="n never" { "–" },
        }
    }
}

fn pairs(known: &Known<'_>, confusion: &Confusion) -> Markup {
    let mut wrong = confusion.wrong();
    let rest = wrong.split_off(wrong.len().min(MOST_PAIRS));
    let more: usize = rest.iter().map(|(_, _, count)| count).sum();
    html! {
        div class="scroll" tabindex="0" role="region" aria-label="The most frequent mistakes" {
            table {
                thead { tr {
                    th scope="col" { "Class" } th scope="col" { "Taken for" }
                    th scope="col" class="n" { "Of the class" } th scope="col" class="n" { "Answers" }
                } }
                tbody {
                    @for (class, answer, count) in wrong {
                        tr {
                            th scope="row" { (name(&known.class(Some(class)))) }
                            td { (name(&known.class(answer))) }
                            td class="n" { (confusion.share(class, answer).map_or_else(String::new, percent)) }
                            td class="n" { (count) }
                        }
                    }
                }
            }
        }
        @if more > 0 { p class="aside" { "Other mistakes: " (counted(more, "answer")) " in " (counted(rest.len(), "pair")) " of classes." } }
    }
}

/// Where the arms differ most.
fn compared(known: &Known<'_>, best: &Group<'_>, current: &Group<'_>) -> Markup {
    let mut differences = differences(&best.trials, &current.trials, &known.truth);
    differences.truncate(MOST_DIFFERENCES);
    html! {
        @if let Some(Difference { .. }) = differences.first() {
            p { "Where " (name(current.activation)) ", which is in use now, makes other mistakes: the largest differences, seed by seed." }
            div class="scroll" tabindex="0" role="region" aria-label="The largest differences" {
                table {
                    thead { tr {
                        th scope="col" { "Class" } th scope="col" { "Taken for" }
                        th scope="col" class="n" { (name(best.activation)) } th scope="col" class="n" { (name(current.activation)) }
                        th scope="col" class="n" { "Seeds that agree" }
                    } }
                    tbody {
                        @for d in &differences {
                            tr {
                                th scope="row" { (name(&known.class(Some(d.class)))) }
                                td { (name(&known.class(d.answer))) }
                                td class="n" { (percent(d.one)) } td class="n" { (percent(d.other)) }
                                td class="n" { (d.agree) " of " (d.seeds) }
                            }
                        }
                    }
                }
            }
            p class="aside" { "The largest of many differences are large by chance too: the fewer seeds agree, the more so." }
        }
    }
}
