//! How the intervals were made, and what a reader must know about the data, in words.

use super::compare::{CONFIDENCE, Comparisons};
use super::dunnett::Family;
use super::panel::{PanelRuns, Runs};
use super::verdict::{Method, Standing};
use relume_doctor::words::list;

/// How the intervals were made.
pub(super) fn method(panel: &PanelRuns<'_>, comparisons: Option<&Comparisons>) -> Method {
    let none = Family {
        comparisons: 0,
        correlation: 0.0,
    };
    let family = comparisons.map_or(none, |c| c.family);
    let test_set = match panel.fixed_test_set {
        Some(true) => "All seeds were tested on the same samples.",
        Some(false) => "Each seed has its own split of the data, so test samples differ and overlap.",
        None => "It is not known which samples were tested on, so intervals cover the seeds only.",
    };
    let choice = if panel.validated {
        "The best is chosen on validation samples; the others are compared with it on test samples, seed by \
         seed, because trials of one seed share split and order of batches."
    } else {
        "The best is chosen by the same numbers by which the others are compared with it, because nothing else \
         was measured to choose it by; so the intervals hold for every pair of activations. Trials are compared \
         seed by seed."
    };
    let mut statements = vec![choice.to_owned(), test_set.to_owned()];
    if panel.fixed_test_set.is_some() {
        statements.push(
            "The variance of a mean difference is the spread between seeds plus what shared test samples add \
             to all seeds (two-way cluster-robust), so intervals cover both other seeds and other test \
             samples of the same kind."
                .to_owned(),
        );
    }
    statements.push(format!(
        "Intervals of differences hold simultaneously at {:.0} % (Dunnett's two-sided critical value for {} \
         comparisons with a common reference, each with its own variance, average correlation {:.2}). \
         The interval beside a mean is for that mean alone.",
        100.0 * CONFIDENCE,
        family.comparisons,
        family.correlation
    ));
    statements.push(
        "They do not cover what was not varied: another data set, network, or search for the learning rate."
            .to_owned(),
    );
    Method {
        confidence: CONFIDENCE,
        comparisons: family.comparisons,
        validated: panel.validated,
        fixed_test_set: panel.fixed_test_set,
        correlation: family.correlation,
        statements,
        sources: SOURCES.iter().map(|s| (*s).to_owned()).collect(),
    }
}

const SOURCES: [&str; 5] = [
    "C. W. Dunnett, A multiple comparison procedure for comparing several treatments with a control, Journal \
     of the American Statistical Association 50 (1955) 1096-1121.",
    "M. Hasler, L. A. Hothorn, Multiple contrast tests in the presence of heteroscedasticity, Biometrical \
     Journal 50 (2008) 793-800.",
    "A. C. Cameron, J. B. Gelbach, D. L. Miller, Robust inference with multiway clustering, Journal of \
     Business & Economic Statistics 29 (2011) 238-249.",
    "A. B. Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1 (2007) 386-411.",
    "D. J. Schuirmann, A comparison of the two one-sided tests procedure and the power approach for assessing \
     the equivalence of average bioavailability, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987) \
     657-680 (equivalence as an interval within a margin).",
];

/// What is incomplete in the data.
pub(super) fn notes(panel: &PanelRuns<'_>, standings: &[Standing], seeds: &[u64]) -> Vec<String> {
    let mut notes = Vec::new();
    let named = |of: &dyn Fn(&Standing) -> bool| -> Vec<&str> {
        standings
            .iter()
            .filter(|s| of(s))
            .map(|s| s.activation.as_str())
            .collect()
    };
    if seeds.len() < 2 {
        notes.push("A single seed shows no spread, so nothing can be decided: run at least 5.".to_owned());
    }
    let missing = named(&|s| s.trials < seeds.len());
    if !missing.is_empty() {
        notes.push(format!(
            "Not every seed is there (of {}): {}. They are compared on the seeds they share with the best.",
            seeds.len(),
            list(&missing)
        ));
    }
    let seeds_only = named(&|s| s.difference.is_some_and(|d| !d.includes_sampling));
    if !seeds_only.is_empty() {
        notes.push(format!(
            "The scores of single test samples are not known for every trial, so these intervals do not \
             include the test set's sampling: {}.",
            list(&seeds_only)
        ));
    }
    let failed = named(&|s| s.failed > 0);
    if !failed.is_empty() {
        notes.push(format!(
            "Some trials broke down; without a complete epoch they count with the lowest score: {}.",
            list(&failed)
        ));
        notes.extend(panel.runs.iter().filter_map(what_happened));
    }
    notes
}

/// What stopped the first of the trials that broke down.
fn what_happened(runs: &Runs<'_>) -> Option<String> {
    let mut stopped = runs
        .trials
        .iter()
        .filter_map(|t| Some((t.seed, t.failure.as_ref()?)));
    let (seed, failure) = stopped.next()?;
    let more = match stopped.count() {
        0 => String::new(),
        n => format!("; {n} more broke down"),
    };
    Some(format!("{}, seed {seed}: {failure}{more}.", runs.activation))
}
