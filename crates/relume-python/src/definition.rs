//! The catalogue as Python sees it.

use pyo3::prelude::*;

use crate::activation::value_error;

/// Everything that is known about one activation function.
#[pyclass(frozen, get_all, module = "relume._native")]
pub(crate) struct Definition {
    name: &'static str,
    aliases: Vec<&'static str>,
    title: &'static str,
    summary: &'static str,
    formula: &'static str,
    derivative: &'static str,
    parameters: Vec<Parameter>,
    range: [f64; 2],
    monotone: bool,
    kinks: Vec<Kink>,
    limits: [f64; 2],
    /// What the backward pass has to know: "nothing", "one bit per element", "output" or "input".
    needs: String,
    gain: f64,
    initialisation: &'static str,
    origin: String,
    /// What frameworks call it, and where they choose otherwise.
    hosts: Vec<Convention>,
    /// In units in the last place, for float32 and float64.
    error_bound: [f64; 2],
}

/// A parameter of an activation function.
#[pyclass(frozen, get_all, from_py_object, module = "relume._native")]
#[derive(Clone)]
pub(crate) struct Parameter {
    name: &'static str,
    default: f64,
    description: &'static str,
    /// Which values make sense.
    domain: String,
}

/// A point at which the derivative jumps, and the value that is taken there.
#[pyclass(frozen, get_all, from_py_object, module = "relume._native")]
#[derive(Clone)]
pub(crate) struct Kink {
    at: f64,
    derivative: f64,
}

/// What a framework calls a function, and where it chooses otherwise.
#[pyclass(frozen, get_all, from_py_object, module = "relume._native")]
#[derive(Clone)]
pub(crate) struct Convention {
    host: String,
    name: &'static str,
    /// Its default parameters that are not ours: pairs of our name and its value.
    defaults: Vec<(&'static str, f64)>,
    note: &'static str,
}

#[pymethods]
impl Definition {
    /// Raises a `ValueError` if a parameter cannot have this value.
    fn check(&self, parameter: &str, value: f64) -> PyResult<()> {
        relume::Activation::new(self.name)
            .and_then(|activation| activation.with(parameter, value))
            .map(drop)
            .map_err(value_error)
    }
}

/// All activation functions.
#[pyfunction]
pub(crate) fn catalogue() -> Vec<Definition> {
    relume::catalogue()
        .iter()
        .map(|definition| Definition::from(*definition))
        .collect()
}

impl From<&'static relume::Definition> for Definition {
    fn from(definition: &'static relume::Definition) -> Self {
        Self {
            name: definition.name,
            aliases: definition.aliases.to_vec(),
            title: definition.title,
            summary: definition.summary,
            formula: definition.formula,
            derivative: definition.derivative,
            parameters: definition
                .parameters
                .iter()
                .map(|parameter| Parameter {
                    name: parameter.name,
                    default: parameter.default,
                    description: parameter.description,
                    domain: parameter.domain.to_string(),
                })
                .collect(),
            range: definition.range,
            monotone: definition.monotone,
            kinks: definition
                .kinks
                .iter()
                .map(|kink| Kink {
                    at: kink.at,
                    derivative: kink.derivative,
                })
                .collect(),
            limits: definition.limits,
            needs: definition.needs.to_string(),
            gain: relume::Activation::from(definition).gain(),
            initialisation: definition.initialisation.name(),
            origin: definition.origin.to_string(),
            hosts: definition
                .hosts
                .iter()
                .map(|convention| Convention {
                    host: convention.host.to_string(),
                    name: convention.name,
                    defaults: convention.defaults.to_vec(),
                    note: convention.note,
                })
                .collect(),
            error_bound: [definition.error_bound.single, definition.error_bound.double],
        }
    }
}
