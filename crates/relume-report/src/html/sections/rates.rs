//! What each activation reaches by learning rate, and how wide the range is that works.

use super::{Panel, Section, multiples};
use crate::html::charts::rates::{Axes, Point};
use crate::html::palette::Looks;
use crate::html::scale::Spread;
use crate::html::text::term;
use crate::judge::metric::Measure;
use crate::judge::{Judgement, RateCurve};
use crate::trial::Metric;
use maud::html;
use relume_doctor::words::round;

/// One panel per activation. `None` where not more than one rate was tried.
pub(crate) fn rates(judgement: &Judgement, looks: &Looks<'_>, measure: Measure<'_>) -> Option<Section> {
    let rank = |curve: &&RateCurve| {
        let same = |name: &&str| *name == curve.activation;
        looks.names().iter().position(same)
    };
    let mut curves: Vec<&RateCurve> = judgement.rates.iter().filter(|c| c.points.len() > 1).collect();
    curves.sort_by_key(rank);
    if curves.is_empty() {
        return None;
    }
    let points: Vec<Vec<Point>> = curves.iter().map(|curve| points(curve)).collect();
    let stretched = *measure.0 == Metric::Accuracy;
    let spread = if stretched { Spread::Error } else { Spread::Linear };
    let axes = Axes::around(points.iter().flatten(), spread);
    Some(Section {
        id: "rates",
        short: "Rates",
        title: "How much the learning rate matters",
        lead: html! {
            p {
                "Mean " (measure.name()) " by learning rate, over seeds that were used for nothing else. The shaded range works: "
                "no training " (term("broke down", "broke down")) ", and less than a tenth of the best is lost. A ring marks a "
                "rate at which some training broke down."
            }
        },
        body: html! {
            (multiples(curves.iter().zip(&points).map(|(curve, points)| {
                let works = curve.works.map(|range| (range.low, range.high));
                let words = works.map_or_else(
                    || "no rate works".to_owned(),
                    |(low, high)| format!("{} to {}, × {}", round(low), round(high), round(high / low)),
                );
                let label = format!("{} over learning rates of {}: works from {words}", measure.name(), curve.activation);
                Panel {
                    look: looks.of(&curve.activation),
                    activation: &curve.activation,
                    note: html! { (words) },
                    picture: axes.panel(looks.of(&curve.activation), points, works, &label, |v| measure.tick(v)),
                }
            })))
        },
    })
}

fn points(curve: &RateCurve) -> Vec<Point> {
    let point = |p: &crate::judge::RatePoint| Point {
        rate: p.rate,
        mean: p.mean,
        broke_down: p.failed > 0,
    };
    curve.points.iter().map(point).collect()
}
