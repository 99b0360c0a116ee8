//! From trials to a judgement: which activation is best here, which are as good, which to use and why.
//!
//! The arms of the main panel run a `race`, seed by seed, whose intervals hold whenever one looks (`sequential`). Each
//! is compared with the leader; `compare` says what follows, `recommend` what to do about it.

mod article;
mod compare;
mod definitions;
mod error;
mod estimate;
mod findings;
mod forecast;
mod measures;
mod method;
pub(crate) mod metric;
mod pair;
mod panel;
mod race;
mod rates;
mod recommend;
mod sequential;
mod standing;
mod stress;
mod treatments;
mod verdict;

pub use definitions::{CONTROL, DEFINITIONS, SURVIVES};
pub use error::JudgeError;
pub use forecast::Forecast;
pub use pair::Score;
pub use panel::check_outcome;
pub use race::{Comparison, Race, Rules};
pub use sequential::FEWEST;
pub use verdict::{
    Answer, Definition, Difference, Estimate, FindingSummary, Help, Interval, JUDGEMENT_SCHEMA, Judgement,
    Method, RateCurve, RatePoint, Recommendation, Standing, StressPanel, StressRow, Treatment, Verdict,
};

use crate::study::Study;
use crate::trial::{Panel, Trial};
use article::Evidence;
use metric::Measure;
use panel::PanelRuns;
use recommend::Case;

/// Which of these activations go on in a comparison, by the trials so far: those that are not beaten; none once every
/// comparison is decided.
///
/// # Errors
///
/// As of [`judge`].
pub fn running<'n>(study: &Study, trials: &[Trial], names: &[&'n str]) -> Result<Vec<&'n str>, JudgeError> {
    let asked: Vec<Trial> = trials
        .iter()
        .filter(|trial| names.contains(&trial.arm.name.as_str()))
        .cloned()
        .collect();
    let panel = PanelRuns::new(&asked, Panel::Main)?;
    let race = compare::race(&panel, study).race;
    if names.len() > 1 && panel.runs.len() == names.len() && race.finished() {
        return Ok(Vec::new());
    }
    let stopped = |name: &str| {
        let arm = panel.runs.iter().position(|runs| runs.activation == name);
        arm.is_some_and(|arm| race.stopped(arm).is_some())
    };
    Ok(names.iter().copied().filter(|name| !stopped(name)).collect())
}

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
    let mut panel = PanelRuns::new(trials, Panel::Main)?;
    let all = panel.seeds().len();
    let raced = compare::race(&panel, study);
    if !raced.seeds.is_empty() {
        for (arm, runs) in panel.runs.iter_mut().enumerate() {
            runs.keep(raced.judged(arm));
        }
    }
    let standings = standing::standings(study, &panel, &raced);
    let measure = Measure(&main.task.metric);
    let stress = stress::stress(trials, &standings, measure)?;
    let notes = method::notes(&panel, &standings, raced.seeds.len(), all);
    let case = Case {
        standings: &standings,
        margin: study.margin,
        measure,
        seeds: raced.seeds.len(),
        current: study.current.as_deref(),
        notes: &notes,
    };
    let treatments = treatments::treatments(study, &panel, &raced.race);
    let recommendation = match treatments.is_empty() {
        true => recommend::recommend(&case),
        false => treatments::recommend(
            &study.controls,
            &treatments,
            &standings,
            recommend::recommend(&case),
        ),
    };
    let article = article::answers(&Evidence {
        panel: &panel,
        race: &raced.race,
        standings: &standings,
        stress: &stress,
        measure,
    });
    Ok(Judgement {
        schema: JUDGEMENT_SCHEMA.into(),
        task: main.task.clone(),
        margin: study.margin,
        finished: raced.race.finished(),
        seeds: raced.seeds,
        recommendation,
        method: method::method(&panel, raced.race.comparisons()),
        rates: rates::curves(trials),
        watching: measures::watching(trials),
        standings,
        treatments,
        stress,
        article,
        notes,
    })
}
