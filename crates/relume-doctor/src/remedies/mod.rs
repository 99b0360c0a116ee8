//! The remedies: one file each, which says what the remedy is in words, how it is written in PyTorch and in Keras, and
//! what it changes. `relume.torch.treat` carries out those that change weights, activations or steps.
//!
//! A new remedy is one new file, one line in [`remedies`], and, if a program can do it, one file in `relume.torch._treat`.

mod activation;
mod adaptive_optimiser;
mod add_activations;
mod axis_of_classes;
mod axis_of_samples;
mod bounded_activation;
mod call_step;
mod classes_as_classes;
mod clean_data;
mod clip;
mod definition;
mod differentiable_loss;
mod exchange;
mod gated_layers;
mod give_parameters;
mod initialise;
mod keep_connected;
mod larger_batch;
mod later_schedule;
mod less_dropout;
mod less_weight_decay;
mod look_at_targets;
mod lower_learning_rate;
mod match_loss;
mod match_shapes;
mod minimise;
mod network;
mod normalise;
mod open_gates;
mod overfit_one_batch;
mod raise_learning_rate;
mod rate;
mod register;
mod remedy;
mod revive;
mod scale_targets;
mod shift_once;
mod shuffle;
mod skip_connections;
mod stable_loss;
mod standardise;
mod take_last_activation_away;
mod two_sided_output;
mod unfreeze;
mod usual_decay_rates;
mod valid_targets;
mod warm_up;
mod weigh_terms;
mod wider;
mod zero_gradients;

pub(crate) use activation::ACTIVATION;
pub(crate) use adaptive_optimiser::ADAPTIVE_OPTIMISER;
pub(crate) use add_activations::ADD_ACTIVATIONS;
pub(crate) use axis_of_classes::AXIS_OF_CLASSES;
pub(crate) use axis_of_samples::AXIS_OF_SAMPLES;
pub(crate) use bounded_activation::BOUNDED_ACTIVATION;
pub(crate) use call_step::CALL_STEP;
pub(crate) use classes_as_classes::CLASSES_AS_CLASSES;
pub(crate) use clean_data::CLEAN_DATA;
pub(crate) use clip::CLIP;
pub use definition::RemedyDefinition;
pub(crate) use differentiable_loss::DIFFERENTIABLE_LOSS;
pub(crate) use gated_layers::GATED_LAYERS;
pub(crate) use give_parameters::GIVE_PARAMETERS;
pub(crate) use initialise::INITIALISE;
pub(crate) use keep_connected::KEEP_CONNECTED;
pub(crate) use larger_batch::LARGER_BATCH;
pub(crate) use later_schedule::LATER_SCHEDULE;
pub(crate) use less_dropout::LESS_DROPOUT;
pub(crate) use less_weight_decay::LESS_WEIGHT_DECAY;
pub(crate) use look_at_targets::LOOK_AT_TARGETS;
pub(crate) use lower_learning_rate::LOWER_LEARNING_RATE;
pub(crate) use match_loss::MATCH_LOSS;
pub(crate) use match_shapes::MATCH_SHAPES;
pub(crate) use minimise::MINIMISE;
pub(crate) use network::{Network, saturating};
pub(crate) use normalise::NORMALISE;
pub(crate) use open_gates::OPEN_GATES;
pub(crate) use overfit_one_batch::OVERFIT_ONE_BATCH;
pub(crate) use raise_learning_rate::RAISE_LEARNING_RATE;
pub(crate) use register::REGISTER;
pub use remedy::{Changes, Remedy};
pub(crate) use revive::REVIVE;
pub(crate) use scale_targets::SCALE_TARGETS;
pub(crate) use shift_once::SHIFT_ONCE;
pub(crate) use shuffle::SHUFFLE;
pub(crate) use skip_connections::SKIP_CONNECTIONS;
pub(crate) use stable_loss::STABLE_LOSS;
pub(crate) use standardise::STANDARDISE;
pub(crate) use take_last_activation_away::TAKE_LAST_ACTIVATION_AWAY;
pub(crate) use two_sided_output::TWO_SIDED_OUTPUT;
pub(crate) use unfreeze::UNFREEZE;
pub(crate) use usual_decay_rates::USUAL_DECAY_RATES;
pub(crate) use valid_targets::VALID_TARGETS;
pub(crate) use warm_up::WARM_UP;
pub(crate) use weigh_terms::WEIGH_TERMS;
pub(crate) use wider::WIDER;
pub(crate) use zero_gradients::ZERO_GRADIENTS;

use crate::record::Record;

/// All remedies.
static REMEDIES: &[&RemedyDefinition] = &[
    &LOWER_LEARNING_RATE,
    &RAISE_LEARNING_RATE,
    &WARM_UP,
    &CLIP,
    &INITIALISE,
    &OPEN_GATES,
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
    &ADD_ACTIVATIONS,
    &CALL_STEP,
    &GIVE_PARAMETERS,
    &REGISTER,
    &DIFFERENTIABLE_LOSS,
    &KEEP_CONNECTED,
    &CLEAN_DATA,
    &STABLE_LOSS,
    &MATCH_LOSS,
    &CLASSES_AS_CLASSES,
    &AXIS_OF_CLASSES,
    &AXIS_OF_SAMPLES,
    &MINIMISE,
    &WEIGH_TERMS,
    &TWO_SIDED_OUTPUT,
    &MATCH_SHAPES,
    &VALID_TARGETS,
    &ZERO_GRADIENTS,
    &LESS_DROPOUT,
    &LESS_WEIGHT_DECAY,
    &USUAL_DECAY_RATES,
    &LATER_SCHEDULE,
    &LARGER_BATCH,
    &UNFREEZE,
    &SHIFT_ONCE,
    &SHUFFLE,
    &LOOK_AT_TARGETS,
    &OVERFIT_ONE_BATCH,
    &GATED_LAYERS,
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
