//! More samples in a batch, or a normalisation that needs none.

use super::definition::RemedyDefinition;

pub(crate) static LARGER_BATCH: RemedyDefinition = RemedyDefinition::new(
    "larger_batch",
    "Take more samples into a batch, or normalise each sample by itself (layer or group normalisation).",
);
