//! How the intervals were made, and what a reader must know about the data, in words.

use super::compare::CONFIDENCE;
use super::panel::{PanelRuns, Runs};
use super::sequential::FEWEST;
use super::verdict::{Method, Standing};
use relume_doctor::words::list;

/// How the intervals were made.
pub(super) fn method(panel: &PanelRuns<'_>, comparisons: usize) -> Method {
    let test_set = match panel.fixed_test_set {
        Some(true) => "All seeds were tested on the same samples.",
        Some(false) => "Each seed has its own split of the data, so test samples differ and overlap.",
        None => "It is not known which samples were tested on.",
    };
    let mut statements = vec![
        "Activations race, seed by seed: trials of one seed share split and order of batches and are compared with each \
         other. Who is shown to be worse than another stops; the others go on. Only seeds for which every activation \
         that was still running has a trial are judged, and of who has stopped none of the trials after that."
            .to_owned(),
        format!(
            "Each interval of a difference is Student's, of the spread between seeds, wide enough for all {comparisons} \
             pairs of activations (Bonferroni) and for a look after every seed (alpha spending): whichever leads and \
             whenever one stops, all hold together at {:.0} %. It is wider where differences are skewed, or few seeds may \
             hide that they are. Fewer than {FEWEST} seeds say nothing.",
            100.0 * CONFIDENCE
        ),
        format!(
            "They speak of this data set: of training on it with other splits, weights and orders. {test_set}"
        ),
    ];
    if panel.fixed_test_set.is_some() {
        statements.push(
            "For new data like this, the variance is the spread between seeds plus what shared test samples add to all \
             seeds (two-way cluster-robust)."
                .to_owned(),
        );
    }
    statements.push(
        "A trial that broke down enters no mean. Whether one breaks down more often than another is a sign test within \
         the same family. The interval beside a mean is for that mean alone."
            .to_owned(),
    );
    Method {
        confidence: CONFIDENCE,
        comparisons,
        fixed_test_set: panel.fixed_test_set,
        statements,
        sources: SOURCES.iter().map(|s| (*s).to_owned()).collect(),
    }
}

const SOURCES: [&str; 6] = [
    "K. K. G. Lan, D. L. DeMets, Discrete sequential boundaries for clinical trials, Biometrika 70 (1983) 659-663.",
    "P. Armitage, C. K. McPherson, B. C. Rowe, Repeated significance tests on accumulating data, Journal of the Royal \
     Statistical Society A 132 (1969) 235-244.",
    "P. Hall, On the removal of skewness by transformation, Journal of the Royal Statistical Society B 54 (1992) 221-228.",
    "A. C. Cameron, J. B. Gelbach, D. L. Miller, Robust inference with multiway clustering, Journal of \
     Business & Economic Statistics 29 (2011) 238-249.",
    "A. B. Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1 (2007) 386-411.",
    "D. J. Schuirmann, A comparison of the two one-sided tests procedure and the power approach for assessing \
     the equivalence of average bioavailability, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987) \
     657-680 (equivalence as an interval within a margin).",
];

/// What is incomplete in the data: of `all` seeds, so many were judged.
pub(super) fn notes(panel: &PanelRuns<'_>, standings: &[Standing], judged: usize, all: usize) -> Vec<String> {
    let mut notes = Vec::new();
    if judged < all {
        notes.push(format!(
            "Not judged: {} of {all} seeds, in which an activation that was still running has no trial.",
            all - judged
        ));
    }
    let unknown: Vec<&str> = standings
        .iter()
        .filter(|s| s.difference.as_ref().is_some_and(|d| d.new_data.is_none()))
        .map(|s| s.activation.as_str())
        .collect();
    if !unknown.is_empty() {
        notes.push(format!(
            "The scores of single test samples are not known for every trial, so nothing is said of new data for {}.",
            list(&unknown)
        ));
    }
    notes.extend(panel.runs.iter().filter_map(what_happened));
    notes
}

/// What stopped the first of the trials that broke down.
fn what_happened(runs: &Runs<'_>) -> Option<String> {
    let mut stopped = runs
        .trials
        .iter()
        .filter(|t| t.broke_down())
        .map(|t| (t.seed, t.failure.as_deref().unwrap_or("the result is absurd")));
    let (seed, failure) = stopped.next()?;
    let more = match stopped.count() {
        0 => String::new(),
        n => format!("; {n} more broke down"),
    };
    Some(format!("{}, seed {seed}: {failure}{more}.", runs.activation))
}
