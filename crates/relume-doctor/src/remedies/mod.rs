//! The remedies: one file each, which says what the remedy is in words, how it is written in PyTorch and in Keras, and
//! what it changes. `relume.torch.treat` carries out those that change weights, activations or steps.
//!
//! A new remedy is one new file, one line in [`remedies`], and, if a program can do it, one file in `relume.torch._treat`.

mod activation;
mod adaptive_optimiser;
mod bounded_activation;
mod clip;
mod exchange;
mod initialise;
mod lower_learning_rate;
mod network;
mod normalise;
mod raise_learning_rate;
mod rate;
mod remedy;
mod revive;
mod scale_targets;
mod skip_connections;
mod standardise;
mod take_last_activation_away;
mod warm_up;
mod wider;

pub(crate) use activation::ACTIVATION;
pub(crate) use adaptive_optimiser::ADAPTIVE_OPTIMISER;
pub(crate) use bounded_activation::BOUNDED_ACTIVATION;
pub(crate) use clip::CLIP;
pub(crate) use initialise::INITIALISE;
pub(crate) use lower_learning_rate::LOWER_LEARNING_RATE;
pub(crate) use network::{Network, saturating};
pub(crate) use normalise::NORMALISE;
pub(crate) use raise_learning_rate::RAISE_LEARNING_RATE;
pub use remedy::{Changes, Remedy, RemedyDefinition};
pub(crate) use revive::REVIVE;
pub(crate) use scale_targets::SCALE_TARGETS;
pub(crate) use skip_connections::SKIP_CONNECTIONS;
pub(crate) use standardise::STANDARDISE;
pub(crate) use take_last_activation_away::TAKE_LAST_ACTIVATION_AWAY;
pub(crate) use warm_up::WARM_UP;
pub(crate) use wider::WIDER;

use crate::record::Record;

/// All remedies.
static REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &RAISE_LEARNING_RATE,
    &WARM_UP,
    &CLIP,
    &INITIALISE,
    &REVIVE,
    &ACTIVATION,
    &BOUNDED_ACTIVATION,
    &NORMALISE,
    &STANDARDISE,
    &SCALE_TARGETS,
    &ADAPTIVE_OPTIMISER,
    &TAKE_LAST_ACTIVATION_AWAY,
    &WIDER,
    &SKIP_CONNECTIONS,
];

/// All remedies.
pub fn remedies() -> &'static [&'static RemedyDefinition] {
    REMEDIES
}

impl Remedy {
    /// Its definition; `None` for a remedy that this program does not know.
    pub fn definition(&self) -> Option<&'static RemedyDefinition> {
        remedies().iter().find(|definition| definition.is(self)).copied()
    }

    /// What to do in a network of which this is known, in words.
    pub fn words(&self, record: &Record) -> String {
        self.words_in(&Network::of(record))
    }

    /// The same as PyTorch code, for a script that has a `model` and an `optimizer`; `None` where no few lines can do it.
    pub fn pytorch(&self, record: &Record) -> Option<String> {
        (self.definition()?.pytorch)(self, &Network::of(record))
    }

    /// The same in Keras, for a script that has a `model`.
    pub fn keras(&self, record: &Record) -> Option<String> {
        (self.definition()?.keras)(self, &Network::of(record))
    }

    /// Whether it is anything new to this network.
    pub(crate) fn fits(&self, record: &Record) -> bool {
        self.definition()
            .is_none_or(|definition| (definition.fits)(self, &Network::of(record)))
    }

    pub(crate) fn words_in(&self, network: &Network<'_>) -> String {
        let Some(definition) = self.definition() else {
            return self.kind.replace('_', " ");
        };
        match (definition.here)(self, network) {
            Some(here) => format!("{} Here: {here}.", definition.text),
            None => definition.text.to_owned(),
        }
    }
}
