//! Test metrics with their intervals, and the differences that the verdicts rest on.

use super::Section;
use crate::html::charts::track::{Track, domain_of_leaders};
use crate::html::palette::Looks;
use crate::html::text::{name, term};
use crate::judge::metric::Measure;
use crate::judge::{Interval, Judgement};
use maud::{Markup, html};

/// One line of a figure.
struct Row<'a> {
    activation: &'a str,
    value: f64,
    interval: Option<Interval>,
    /// The value in words.
    words: String,
}

/// The metrics with the margin around the best, and the differences to the best. `None` without standings.
pub(crate) fn accuracies(judgement: &Judgement, looks: &Looks<'_>, measure: Measure<'_>) -> Option<Section> {
    let shown = judgement.best().or(judgement.standings.first())?;
    let margin = judgement.margin;
    let (best, mean) = (&shown.activation, shown.test?.mean);
    let values: Vec<Row<'_>> = judgement
        .standings
        .iter()
        .filter_map(|s| {
            let test = s.test?;
            Some(Row {
                activation: &s.activation,
                value: test.mean,
                interval: test.interval,
                words: measure.value(test.mean),
            })
        })
        .collect();
    let differences: Vec<Row<'_>> = judgement
        .standings
        .iter()
        .filter_map(|s| {
            let d = s.difference.as_ref()?;
            Some(Row {
                activation: &s.activation,
                value: d.mean,
                interval: Some(d.interval),
                words: measure.signed(d.mean),
            })
        })
        .collect();
    Some(Section {
        id: "accuracy",
        short: "Accuracy",
        title: "How good, how sure",
        lead: html! {
            p {
                "Dots are means over seeds on the test samples, bars their 95 % " (term("interval", "intervals"))
                ". The shaded band is " (term("margin", "the margin")) " around " (name(best))
                ", the best."
            }
            @if !differences.is_empty() { p {
                "The second figure is what the verdicts rest on: differences seed by seed, their intervals right "
                "all at once and whenever one looks. Inside the band: " (term("equivalent", "equivalent"))
                ". All of it to the left: " (term("worse", "worse"))
                ". An arrow marks what lies far off the axis."
            } }
        },
        body: html! {
            (figure(&format!("Test {}", measure.name()), &values, Some((mean - margin, mean + margin)), Some(mean),
                looks, |v| measure.tick(v), margin))
            @if !differences.is_empty() {
                (figure(&format!("Difference to {best}{}{}", if measure.unit().is_empty() { "" } else { ", " }, measure.unit()),
                    &differences, Some((-margin, margin)), Some(0.0), looks, |v| measure.difference_tick(v), margin))
            }
        },
    })
}

fn figure(
    title: &str,
    rows: &[Row<'_>],
    band: Option<(f64, f64)>,
    reference: Option<f64>,
    looks: &Looks<'_>,
    tick: impl Fn(f64) -> String,
    margin: f64,
) -> Markup {
    let mut extents: Vec<(f64, f64)> = rows
        .iter()
        .map(|r| r.interval.map_or((r.value, r.value), |i| (i.low, i.high)))
        .filter(|(low, high)| low.is_finite() && high.is_finite())
        .collect();
    extents.extend(band);
    let track = Track::new(domain_of_leaders(&extents, margin), band, reference);
    html! {
        figure class="rows" {
            figcaption { (title) }
            ol {
                @for row in rows {
                    @let look = looks.of(row.activation);
                    li data-a=(look.index) {
                        span class="name" { (name(row.activation)) }
                        (track.interval(look, row.value, row.interval.map(|i| (i.low, i.high))))
                        span class="value" { (row.words) }
                    }
                }
            }
            div class="foot" { (track.axis(tick)) }
        }
    }
}
