//! The doctor's recorder, over memory that is given by its address.

mod course;
mod report;
mod tensors;

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyIndexError, PyOSError, PyValueError};
use pyo3::prelude::*;
use relume_doctor::{Inner, LayerId, LayerInfo, LossFloor, ParameterId, ParameterInfo};
use relume_report::store::StoreError;

use crate::parameter::Before;

/// What is counted of one training run, step by step; see `relume_doctor::Run`.
///
/// The methods take a type of elements (`F16`, `BF16`, `F32` or `F64`) and an address. They trust the caller: the array
/// must hold that many elements, contiguous and aligned, and must not be written to by others during the call. A layout is
/// `(rows, units, values of a unit in a row, rows of a sample)`.
#[pyclass(frozen, module = "relume._native")]
#[derive(Default)]
pub(crate) struct Run(Mutex<State>);

#[derive(Default)]
struct State {
    run: relume_doctor::Run,
    layers: Vec<LayerId>,
    parameters: Vec<(ParameterId, Before)>,
    /// Of the parameters that are followed through all steps: their type of elements.
    followed: Vec<usize>,
    followed_elements: usize,
    scratch: Vec<f32>,
}

#[pymethods]
impl Run {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Adds an activation layer; returns its number.
    fn layer(&self, name: String, activation: String, units: usize, fan_in: usize) -> usize {
        let state = &mut *self.state();
        let info = LayerInfo {
            name,
            activation,
            units,
            fan_in,
        };
        state.layers.push(state.run.add_layer(info));
        state.layers.len() - 1
    }

    /// Adds a trainable parameter; returns its number.
    fn parameter(&self, name: String, elements: usize) -> usize {
        let state = &mut *self.state();
        let parameter = state.run.add_parameter(ParameterInfo { name, elements });
        state.parameters.push((parameter, Before::Unknown));
        state.parameters.len() - 1
    }

    /// Says which parameter computes the pre-activations of a layer.
    fn weight(&self, layer: &str, parameter: &str) {
        self.state().run.set_weight(layer, parameter);
    }

    /// Says that a layer stands inside of another, and as what.
    fn inner(&self, layer: &str, of: String, kind: &str) -> PyResult<()> {
        let kind = serde_json::from_value(kind.into()).map_err(value_error)?;
        self.state().run.set_inner(layer, Inner { of, kind });
        Ok(())
    }

    /// The loss of the best constant prediction.
    fn baseline_loss(&self, loss: f64) {
        self.state().run.set_baseline_loss(loss);
    }

    /// The root mean square of the model's inputs.
    fn input_rms(&self, rms: f64) {
        self.state().run.set_input_rms(rms);
    }

    /// The smallest loss that the activation behind the last layer allows.
    fn loss_floor(&self, activation: String, loss: f64) {
        self.state().run.set_loss_floor(LossFloor { activation, loss });
    }

    /// Why a part is not observed.
    fn not_observed(&self, name: &str, reason: &str) {
        self.state().run.not_observed(name, reason);
    }

    /// A sentence for the reader of the report.
    fn note(&self, sentence: &str) {
        self.state().run.note(sentence);
    }

    /// What the training consists of, as JSON.
    fn setup(&self, setup: &str) -> PyResult<()> {
        let setup = serde_json::from_str(setup).map_err(value_error)?;
        *self.state().run.setup() = setup;
        Ok(())
    }
}

impl From<relume_doctor::Run> for Run {
    fn from(run: relume_doctor::Run) -> Self {
        Self(Mutex::new(State {
            run,
            ..State::default()
        }))
    }
}

impl Run {
    fn state(&self) -> MutexGuard<'_, State> {
        // Counts are sums: those of a thread that panicked half-way are still counts of what it saw.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_layer() -> PyErr {
    PyIndexError::new_err("there is no layer with this number")
}

fn no_parameter() -> PyErr {
    PyIndexError::new_err("there is no parameter with this number")
}

pub(crate) fn value_error(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What the system refused is an `OSError`, what a file says wrongly a `ValueError`.
pub(crate) fn os_error(error: StoreError) -> PyErr {
    match error {
        StoreError::Io { .. } => PyOSError::new_err(error.to_string()),
        _ => value_error(error),
    }
}
