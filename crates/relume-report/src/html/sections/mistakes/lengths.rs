//! Accuracy by the length of a sample.

use super::known::{Known, counted, part, trials};
use crate::html::aggregate::Group;
use crate::html::charts::lengths::{Axes, Curve};
use crate::html::palette::Looks;
use crate::html::sections::{Panel, multiples};
use crate::judge::metric::Measure;
use crate::mistakes::{Bin, Counted, accuracies, bins};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// One arm's accuracy in each group of lengths.
struct Line<'a> {
    activation: &'a str,
    counted: Vec<Counted>,
}

/// One panel per activation, and the numbers. `None` where samples do not differ in length.
pub(super) fn lengths(
    known: &Known<'_>,
    groups: &[Group<'_>],
    looks: &Looks<'_>,
    measure: Measure<'_>,
) -> Option<Markup> {
    let judged = &known.samples.judged;
    let steps = judged.steps.as_ref()?;
    let bins = bins(steps);
    let of_sample: BTreeMap<u32, u32> = judged
        .samples
        .iter()
        .copied()
        .zip(steps.iter().copied())
        .collect();
    let lines: Vec<Line<'_>> = groups
        .iter()
        .map(|group| Line {
            activation: group.activation,
            counted: accuracies(trials(group), &of_sample, &bins),
        })
        .filter(|line| line.counted.iter().any(|counted| counted.answers > 0))
        .collect();
    if lines.is_empty() {
        return None;
    }
    Some(part(
        "Accuracy by length",
        html! {
            p {
                "Held-out samples in " (bins.len()) " groups of about equal size, from short to long, all seeds together; "
                "at the axis, the middle length of the first and of the last group in steps (of a text, its characters or words). The other "
                "activations lie behind in grey."
            }
            (panels(&bins, &lines, looks, measure))
            (table(&bins, &lines, looks, measure))
        },
    ))
}

fn panels(bins: &[Bin], lines: &[Line<'_>], looks: &Looks<'_>, measure: Measure<'_>) -> Markup {
    let curve = |line: &Line<'_>| Curve {
        look: looks.of(line.activation),
        shares: line.counted.iter().map(|counted| counted.share()).collect(),
    };
    let curves: Vec<Curve> = lines.iter().map(curve).collect();
    let lengths: Vec<u32> = bins.iter().map(|bin| bin.median).collect();
    let axes = Axes::around(&lengths, &curves);
    let written =
        |share: Option<f64>| share.map_or_else(|| "unknown".to_owned(), |share| measure.value(share));
    html! {
        (axes.background("all-lengths", &curves))
        (multiples(lines.iter().zip(&curves).map(|(line, curve)| {
            let of = |counted: Option<&Counted>| written(counted.and_then(|counted| counted.share()));
            let label = format!(
                "Accuracy of {} by length: {} on the shortest samples, {} on the longest",
                line.activation, of(line.counted.first()), of(line.counted.last()),
            );
            Panel {
                look: curve.look,
                activation: line.activation,
                note: html! {},
                picture: axes.panel(curve, "all-lengths", &label, |v| measure.tick(v)),
            }
        })))
    }
}

fn table(bins: &[Bin], lines: &[Line<'_>], looks: &Looks<'_>, measure: Measure<'_>) -> Markup {
    let steps = |bin: &Bin| match bin.shortest == bin.longest {
        true => bin.shortest.to_string(),
        false => format!("{} to {}", bin.shortest, bin.longest),
    };
    html! {
        details {
            summary { "The numbers" }
            div class="scroll" tabindex="0" role="region" aria-label="Accuracy by length" {
                table {
                    thead { tr {
                        th scope="col" { "Steps" }
                        @for bin in bins { th scope="col" class="n" { (steps(bin)) " " span class="small" { (counted(bin.samples, "sample")) } } }
                    } }
                    tbody {
                        @for line in lines {
                            tr data-a=(looks.of(line.activation).index) {
                                (looks.row_heading(line.activation))
                                @for counted in &line.counted {
                                    td class="n" { (counted.share().map_or_else(|| "–".to_owned(), |share| measure.value(share))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
