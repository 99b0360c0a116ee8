//! What networks get wrong: which classes they confuse, which samples they mistake most often, at which lengths.

mod confusion;
mod examples;
mod known;
mod lengths;

use super::Section;
use crate::html::aggregate::Group;
use crate::html::palette::Looks;
use crate::judge::Judgement;
use crate::judge::metric::Measure;
use crate::samples::Samples;
use crate::study::Study;
use known::Known;
use maud::html;

/// Confusions, examples and accuracy by length. `None` where nothing is known of the samples.
pub(crate) fn mistakes(
    samples: Option<&Samples>,
    groups: &[Group<'_>],
    judgement: &Judgement,
    study: &Study,
    looks: &Looks<'_>,
    measure: Measure<'_>,
) -> Option<Section> {
    let known = Known::of(samples?);
    let arms = arms(groups, judgement, study);
    let parts = [
        arms.and_then(|(best, current)| confusion::confusion(&known, best, current)),
        examples::examples(&known, groups, looks),
        lengths::lengths(&known, groups, looks, measure),
    ];
    if parts.iter().all(Option::is_none) {
        return None;
    }
    Some(Section {
        id: "mistakes",
        short: "Mistakes",
        title: "What they get wrong",
        lead: html! {
            p { "The answers of all networks of the comparison to samples that they were not trained on." }
            p class="aside" { "None of this enters the verdicts: it shows what a wrong answer is like." }
        },
        body: html! { @for part in parts.into_iter().flatten() { (part) } },
    })
}

/// The arm that is recommended, or else the best, and the one in use now if that is another.
fn arms<'g, 't>(
    groups: &'g [Group<'t>],
    judgement: &Judgement,
    study: &Study,
) -> Option<(&'g Group<'t>, Option<&'g Group<'t>>)> {
    let group = |name: &str| groups.iter().find(|group| group.activation == name);
    let best = judgement.recommendation.activation.as_deref();
    let best = best.or(judgement.best().map(|standing| standing.activation.as_str()));
    let best = best.map_or(groups.first(), group)?;
    let current = study.controls.first().or(study.current.as_ref());
    let current = current.and_then(|name| group(name));
    Some((
        best,
        current.filter(|current| current.activation != best.activation),
    ))
}
