//! Dropout that leaves out too much.
//!
//! # What it measures
//! The share of the values that each dropout leaves out in training, and what all of them leave of a sample, one
//! after the other.
//!
//! # Why it hurts
//! What is left is multiplied so that the mean stays: with 90 % left out a unit is 0 or ten times its value, and hardly
//! anything of a sample gets through two such layers. Often the argument was meant as the share that is kept.
//!
//! # Threshold and its source
//! Found if a dropout leaves out 80 % or more, or at least three of them together 90 %; a fault if the network does
//! not learn, a warning where it learns slowly or that is unknown, otherwise nothing; of several, a warning only if
//! after 200 steps the loss has come down by less than a quarter. Source: N. Srivastava and others, Dropout, JMLR 15
//! (2014), section 7.3: the error is least with 20 to 60 % left out of hidden layers and rises steeply beyond 80 %.
//!
//! # What to do
//! - Leave out less: the argument of a dropout is the share that is left out, not the one that is kept; 0.1 to 0.5 is
//!   usual.

use super::plan::Plan;
use crate::finding::{Evidence, Finding};
use crate::learning::{Learning, samples};
use crate::record::Record;
use crate::remedies::{LESS_DROPOUT, RemedyDefinition};
use crate::thresholds::{LEFT_OUT, LEFT_OUT_TOGETHER, LONG_ENOUGH, SEVERAL_DROPOUTS};
use crate::words::{percent, short_list};

/// What to do, as the documentation above lists it.
pub(super) const REMEDIES: &[&RemedyDefinition] = &[&LESS_DROPOUT];

pub(super) fn run(record: &Record) -> Vec<Finding> {
    let learning = Learning::of(record);
    let Some(severity) = learning.severity_of_disorder() else {
        return Vec::new();
    };
    let dropouts = &record.setup.dropouts;
    let most = dropouts.iter().max_by(|a, b| a.share.total_cmp(&b.share));
    let single = most.filter(|most| most.share >= LEFT_OUT);
    let (who, share, bound) = match single {
        Some(most) => (most.name.clone(), most.share, LEFT_OUT),
        None => {
            let hardly = learning.steps >= LONG_ENOUGH && learning.has_hardly_learnt();
            let left = dropouts
                .iter()
                .map(|dropout| 1.0 - dropout.share)
                .product::<f64>();
            if dropouts.len() < SEVERAL_DROPOUTS || 1.0 - left < LEFT_OUT_TOGETHER || !hardly {
                return Vec::new();
            }
            let names: Vec<String> = dropouts.iter().map(|dropout| dropout.name.clone()).collect();
            (
                format!("one after the other, {}", short_list(&names)),
                1.0 - left,
                LEFT_OUT_TOGETHER,
            )
        }
    };
    vec![Finding {
        evidence: vec![Evidence::of("left out", share, Some(bound), "share")],
        samples: samples(record),
        certainty: "as the layer is called".into(),
        remedies: Plan::of(REMEDIES, &[]).remedies(),
        ..Finding::of_network(
            "dropout",
            severity,
            match single {
                Some(_) => format!(
                    "{who} leaves out {} of its inputs{}",
                    percent(share),
                    learning.words()
                ),
                None => format!(
                    "{who} leave out {} of a sample{}",
                    percent(share),
                    learning.words()
                ),
            },
        )
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documentation;

    #[test]
    fn the_text_states_the_constants() {
        assert_eq!(SEVERAL_DROPOUTS, 3, "the text says three");
        let numbers = [
            format!("{} % or more", 100.0 * LEFT_OUT),
            format!("together {} %", 100.0 * LEFT_OUT_TOGETHER),
        ];
        documentation::assert_states(include_str!("dropout.rs"), "Threshold and its source", &numbers);
    }
}
