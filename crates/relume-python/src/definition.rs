//! The catalogue as Python sees it.

use pyo3::prelude::*;

use crate::activation::{Activation, value_error};
use crate::doc;

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
    /// Of values, in units in the last place, for float32 and float64.
    error_bound: [f64; 2],
    /// Of the frameworks that have the function.
    conventions: Vec<Convention>,
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
#[pyclass(frozen, from_py_object, module = "relume._native")]
#[derive(Clone)]
pub(crate) struct Convention(relume::Convention);

#[pymethods]
impl Convention {
    /// "PyTorch", "Keras", "JAX" or "ONNX".
    #[getter]
    fn framework(&self) -> String {
        self.0.framework.to_string()
    }

    /// Its name of the function.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name
    }

    /// Its default parameters that are not ours, under our names: pairs of name and value.
    #[getter]
    fn defaults(&self) -> Vec<(&'static str, f64)> {
        self.0.defaults.to_vec()
    }

    /// What else is different.
    #[getter]
    fn note(&self) -> &'static str {
        self.0.note
    }

    /// Where the derivative of an activation is not ours, and what it is there: pairs of x and f′(x).
    fn kinks(&self, activation: &Activation) -> Vec<(f64, f64)> {
        let places = self.0.kinks.iter();
        places
            .filter_map(|(place, _)| activation.0.activation.point(*place))
            .map(|at| (at, activation.0.activation.derivative_in(&self.0, at)))
            .collect()
    }
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

/// What is known about a function that is not elementwise.
#[pyclass(frozen, get_all, module = "relume._native")]
pub(crate) struct Facts {
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    formula: &'static str,
    backward: &'static str,
    accuracy: String,
    /// Of the frameworks that have the function.
    conventions: Vec<Convention>,
    origin: String,
    doc: String,
    backward_doc: String,
}

impl From<&'static relume::Definition> for Facts {
    fn from(definition: &'static relume::Definition) -> Self {
        Self {
            name: definition.name,
            title: definition.title,
            summary: definition.summary,
            formula: definition.formula,
            backward: definition.derivative,
            accuracy: definition.accuracy(),
            conventions: definition.conventions.iter().copied().map(Convention).collect(),
            origin: definition.origin.to_string(),
            doc: doc::forward(definition),
            backward_doc: doc::backward(definition),
        }
    }
}

/// All functions of more than one element.
#[pyfunction]
pub(crate) fn facts() -> Vec<Facts> {
    relume::catalogue()
        .filter(|definition| definition.elementwise().is_none())
        .map(Facts::from)
        .collect()
}

/// All activation functions of one element.
#[pyfunction]
pub(crate) fn catalogue() -> Vec<Definition> {
    relume::activations().map(Definition::from).collect()
}

impl From<relume::Activation> for Definition {
    fn from(activation: relume::Activation) -> Self {
        let (definition, known) = (activation.definition(), activation.elementwise());
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
            range: known.range,
            monotone: known.monotone,
            kinks: known
                .kinks
                .iter()
                .map(|kink| Kink {
                    at: kink.at,
                    derivative: kink.derivative,
                })
                .collect(),
            limits: known.limits,
            needs: definition.needs.to_string(),
            gain: activation.gain(),
            initialisation: known.initialisation.name(),
            origin: definition.origin.to_string(),
            error_bound: [known.error_bound.f32, known.error_bound.f64],
            conventions: definition.conventions.iter().copied().map(Convention).collect(),
        }
    }
}
