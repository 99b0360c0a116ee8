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
use crate::study::Study;
use crate::trial::{Panel, Trial};
use page::Page;
use palette::Looks;

/// Why a report cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The judgement ranks nothing.
    #[error("expected a judgement with at least one activation, found none: there is nothing to report")]
    NothingRanked,
}

/// The report of a study: one HTML file that loads nothing, for screens large and small, light and dark, and for
/// paper.
pub fn render(study: &Study, judgement: &Judgement, trials: &[Trial]) -> Result<String, RenderError> {
    if judgement.standings.is_empty() {
        return Err(RenderError::NothingRanked);
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
