//! The report as one HTML file, and curves of functions as drawings.
//!
//! A page is a list of [sections](sections), each a function from data to markup that knows nothing of the
//! others; drawings are made by [charts](charts), which know nothing of trials.

mod aggregate;
mod charts;
mod checkup;
mod functions;
mod page;
mod palette;
mod plot;
mod scale;
mod sections;
mod svg;
mod text;
mod unrolled;

pub use checkup::checkup;
pub use plot::plot_functions;

use crate::judge::Judgement;
use crate::judge::metric::Measure;
use crate::samples::{Misfit, Samples};
use crate::study::Study;
use crate::trial::{Mismatch, Panel, Trial};
use page::Page;
use palette::Looks;

/// Why a report cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The judgement ranks nothing.
    #[error("expected a judgement with at least one activation, found none: there is nothing to report")]
    NothingRanked,
    /// What is said of the samples does not fit together.
    #[error("the samples: {0}")]
    Samples(#[from] Misfit),
    /// The samples are not those of the trials.
    #[error(transparent)]
    OtherSamples(#[from] Mismatch),
}

/// The most bytes of a page that the content of samples takes, and what is said of their mistakes for a dozen activations.
pub const MOST_OF_SAMPLES: usize = 2_500_000;

/// The report of a study: one HTML file that loads nothing, for screens large and small, light and dark, and for
/// paper. What the networks get wrong is shown where it is known what the samples are; of that, a page has no more than
/// [`MOST_OF_SAMPLES`] bytes.
pub fn render(
    study: &Study,
    judgement: &Judgement,
    trials: &[Trial],
    samples: Option<&Samples>,
) -> Result<String, RenderError> {
    if judgement.standings.is_empty() {
        return Err(RenderError::NothingRanked);
    }
    if let Some(samples) = samples {
        samples.check()?;
        trials.iter().try_for_each(|trial| samples.belong_to(trial))?;
    }
    let measure = Measure(&judgement.task.metric);
    let ranked: Vec<&str> = judgement
        .standings
        .iter()
        .map(|s| s.activation.as_str())
        .collect();
    let stressed = judgement
        .stress
        .iter()
        .flat_map(|p| p.rows.iter().map(|r| r.activation.as_str()));
    let looks = Looks::new(
        ranked
            .iter()
            .copied()
            .chain(trials.iter().map(|t| t.arm.name.as_str()))
            .chain(stressed),
    );
    let main = aggregate::groups(trials, Panel::Main, looks.names());

    let sections = [
        Some(sections::standings::standings(judgement, &looks, measure)),
        sections::accuracies::accuracies(judgement, &looks, measure),
        sections::race::race(judgement, &looks, measure),
        sections::curves::learning_curves(&main, &looks, measure),
        sections::rates::rates(judgement, &looks, measure),
        sections::mistakes::mistakes(samples, &main, judgement, study, &looks, measure),
        sections::gradients::gradients(&main, &looks, judgement),
        sections::through_time::of_study(&main, &looks),
        sections::units::units(&main, &looks),
        sections::inputs::inputs(&main, &looks),
        sections::findings::findings(judgement, &looks),
        sections::stress::stress(judgement, &looks, measure),
        sections::article::article(&judgement.article),
        Some(sections::method::method(
            study, judgement, trials, &looks, measure,
        )),
        Some(sections::glossary::glossary()),
    ];
    let written_by = trials.first().map_or("relume", |t| t.written_by.as_str());
    let page = Page {
        title: format!("{} · relume", judgement.task.name),
        opening: sections::recommendation::recommendation(judgement, measure),
        sections: sections.into_iter().flatten().collect(),
        written_by,
    };
    Ok(text::visible(&page.markup().into_string()))
}
