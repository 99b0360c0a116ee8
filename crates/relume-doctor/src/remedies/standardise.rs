//! Inputs of mean 0 and variance 1.

use super::definition::RemedyDefinition;
use super::network::Network;
use super::remedy::{Changes, Remedy};

pub(crate) static STANDARDISE: RemedyDefinition = RemedyDefinition {
    changes: Changes::Inputs,
    pytorch,
    keras,
    ..RemedyDefinition::new(
        "standardise",
        "Standardise the inputs, and the targets of a regression: subtract each column's mean over the training data, \
         and divide by its standard deviation.",
    )
};

fn pytorch(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# x: the training data, samples first; new data is to be treated with the same mean and std\n\
         mean, std = x.mean(0), x.std(0).clamp_min(1e-6)\n\
         x = ((x - mean) / std).clamp(-5, 5)  # a rare value in an almost constant column is many std away\n\
         # for a regression on targets t that are large or far from 0: t = (t - t.mean(0)) / t.std(0)\n"
            .into(),
    )
}

fn keras(_: &Remedy, _: &Network<'_>) -> Option<String> {
    Some(
        "# x: the training data\n\
         scaling = keras.layers.Normalization()\nscaling.adapt(x)\n\
         model = keras.Sequential([scaling, model])\n\
         # for a regression on targets t that are large or far from 0: t = (t - t.mean(0)) / t.std(0)\n"
            .into(),
    )
}
