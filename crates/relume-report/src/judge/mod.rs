//! From trials to a judgement: which activation is best here, which are as good, which to use and why.
//!
//! Each activation of the main panel is compared with the best, pair by pair of equal seed; the best is
//! chosen on validation samples and compared on test samples. `estimate` says how far chance goes, `dunnett`
//! how far one must reach for all comparisons to hold together, `compare` what follows, `recommend` what to
//! do about it.

mod article;
mod compare;
mod definitions;
mod dunnett;
mod error;
mod estimate;
mod findings;
mod measures;
mod method;
pub(crate) mod metric;
mod panel;
mod recommend;
mod standing;
mod stress;
mod verdict;

pub use definitions::{CONTROL, DEFINITIONS, SURVIVES};
pub use error::JudgeError;
pub use panel::check_outcome;
pub use verdict::{
    Answer, Definition, Difference, Estimate, FindingSummary, Interval, JUDGEMENT_SCHEMA, Judgement, Method,
    Recommendation, Standing, StressPanel, StressRow, Verdict,
};

use crate::study::Study;
use crate::trial::{Panel, Trial};
use article::Evidence;
use metric::Measure;
use panel::PanelRuns;
use recommend::Case;

/// Judges the trials of a study.
///
/// # Errors
///
/// If there is no trial of the main panel, or if trials contradict each other: see [`JudgeError`].
pub fn judge(study: &Study, trials: &[Trial]) -> Result<Judgement, JudgeError> {
    if !(study.margin > 0.0 && study.margin.is_finite()) {
        return Err(JudgeError::Margin(study.margin));
    }
    let main = trials
        .iter()
        .find(|t| t.panel == Panel::Main)
        .ok_or(JudgeError::NoTrials)?;
    for trial in trials {
        main.same_data(trial)?;
    }
    let panel = PanelRuns::new(trials, Panel::Main)?;
    let best = standing::best(&panel);
    let comparisons = best.map(|best| compare::compare(&panel, best));
    let standings = standing::standings(study, &panel, best, comparisons.as_ref());
    let measure = Measure(&main.task.metric);
    let stress = stress::stress(trials, &standings, measure)?;
    let seeds: Vec<u64> = panel.seeds().into_iter().collect();
    let notes = method::notes(&panel, &standings, &seeds);
    let case = Case {
        standings: &standings,
        margin: study.margin,
        measure,
        seeds: seeds.len(),
        validated: panel.validated,
        notes: &notes,
    };
    let recommendation = recommend::recommend(&case);
    let article = article::answers(&Evidence {
        panel: &panel,
        standings: &standings,
        stress: &stress,
        measure,
        margin: study.margin,
    });
    Ok(Judgement {
        schema: JUDGEMENT_SCHEMA.into(),
        task: main.task.clone(),
        margin: study.margin,
        seeds,
        recommendation,
        method: method::method(&panel, comparisons.as_ref()),
        watching: measures::watching(trials),
        standings,
        stress,
        article,
        notes,
    })
}
