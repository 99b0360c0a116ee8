//! The terms of the judge, for the reader of a table or report.

use super::verdict::Definition;

/// An activation survives a stress panel if no trial broke down, fewer than half have a fault, and its mean
/// test metric lost less than this share of what it reaches in the main panel.
pub const SURVIVES: f64 = 0.1;

/// The activation that shows what any non-linearity is worth; compared, never recommended.
pub const CONTROL: &str = "identity";

/// Every term that tables and reports use, in the order in which a reader meets them.
pub const DEFINITIONS: &[Definition] = &[
    Definition {
        term: "best",
        meaning: "The activation with the highest mean metric, of those that no other is shown to beat. It is chosen \
                  by the scores that are compared; the intervals allow for that. The control is never the best.",
    },
    Definition {
        term: "margin",
        meaning: "The difference that would not matter in practice, set before looking (--margin).",
    },
    Definition {
        term: "interval",
        meaning: "A range for what training on this data gives with other splits, weights and orders. Intervals of \
                  differences hold simultaneously, for every pair of activations and whenever one looks: in 95 of 100 \
                  studies all of them are right all the time. New data like this has wider ones.",
    },
    Definition {
        term: "equivalent",
        meaning: "The whole interval of its difference to the best lies within the margin: whatever the true \
                  difference is, it does not matter. It is denied to an activation that seems to break down more often.",
    },
    Definition {
        term: "better",
        meaning: "The whole interval of its difference to the best lies above 0: so it may with the control, which \
                  cannot be the best.",
    },
    Definition {
        term: "worse",
        meaning: "The whole interval of its difference to the best lies below minus the margin, or it is shown to \
                  break down more often. It is not trained any further.",
    },
    Definition {
        term: "slightly worse",
        meaning: "The whole interval lies within the margin and below 0, and the activation seems to break down more \
                  often (sign test at 5 %), so it is not called equivalent.",
    },
    Definition {
        term: "below",
        meaning: "The whole interval of its difference to the best lies below 0; whether by more than the margin is open.",
    },
    Definition {
        term: "undecided",
        meaning: "The interval says none of these. The number of seeds is what would decide if the \
                  differences and their spread stay as measured; where it is missing, no practical number of \
                  seeds would, because the difference lies on the margin.",
    },
    Definition {
        term: "control",
        meaning: "The network with the identity in place of an activation: a linear model. It shows what any \
                  non-linearity is worth on this task and is never recommended.",
    },
    Definition {
        term: "seed",
        meaning: "One repetition: its own split of the data, initial weights and order of batches. All \
                  activations see the same seeds and are compared pair by pair.",
    },
    Definition {
        term: "broke down",
        meaning: "Training diverged: something was no longer finite, or the error was more than ten times that of a \
                  constant prediction. Such a trial enters no mean; how often it happens is counted and compared.",
    },
    Definition {
        term: "gap",
        meaning: "The metric on the training samples minus the metric on the test samples.",
    },
    Definition {
        term: "epochs to 95 %",
        meaning: "The first epoch whose validation metric reached 95 % of its best: how fast it learns.",
    },
    Definition {
        term: "dead",
        meaning: "A unit that gave no output (or, where the function is smooth, had almost no slope) on any \
                  sample of a whole pass over the training data and received no gradient.",
    },
    Definition {
        term: "zeros",
        meaning: "The share of a layer's outputs that are exactly zero: sparsity, never a fault by itself.",
    },
    Definition {
        term: "gradient ratio",
        meaning: "The size of the gradient that arrives at the first activation layer divided by that at the \
                  last. Far below 1 the gradient vanishes on its way back, far above 1 it explodes.",
    },
    Definition {
        term: "ns per element",
        meaning: "Nanoseconds per number that the activation takes, forward and backward together, measured \
                  on the machine of the study.",
    },
    Definition {
        term: "healthy",
        meaning: "Fewer than half of its trials broke down or have a finding of severity fault.",
    },
    Definition {
        term: "survives",
        meaning: "Under stress: no trial broke down, fewer than half have a finding of severity fault, and \
                  less than a tenth of the test metric of the main comparison was lost.",
    },
];
