//! The catalogue as Python sees it.

use pyo3::prelude::*;
use relume::Shape;

use crate::activation::{Activation, value_error};
use crate::doc;

/// Everything that is known about one function of the catalogue.
#[pyclass(frozen, get_all, module = "relume._native")]
pub(crate) struct Definition {
    name: &'static str,
    aliases: Vec<&'static str>,
    title: &'static str,
    summary: &'static str,
    /// f(x), in symbols.
    formula: &'static str,
    /// f′(x) of an elementwise function, else the gradients that the backward pass computes.
    derivative: &'static str,
    parameters: Vec<Parameter>,
    /// What the backward pass needs: "nothing", "one bit per element", "output" or "input".
    needs: String,
    origin: String,
    /// Of the frameworks that have the function.
    conventions: Vec<Convention>,
    /// How large the error of a result can be, in words.
    accuracy: String,
    /// What it works on: "elements", "rows", "halves" or "channels".
    works_on: &'static str,
    /// The function by which one half is multiplied; `None` for functions that do not work on halves.
    gate: Option<&'static str>,
    /// The docstrings of the function and of its backward pass.
    doc: String,
    backward_doc: String,
    /// What else is known of an elementwise function; `None` for others.
    elementwise: Option<Elementwise>,
}

/// What is known of an elementwise function with its default parameters.
#[pyclass(frozen, get_all, from_py_object, module = "relume._native")]
#[derive(Clone)]
pub(crate) struct Elementwise {
    /// The formula in words that a framework's operations compute well; `None` where it is so as it is.
    composed: Option<&'static str>,
    range: [f64; 2],
    monotone: bool,
    kinks: Vec<Kink>,
    limits: [f64; 2],
    gain: f64,
    initialisation: &'static str,
    /// Of values, in units in the last place, for float32 and float64.
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

/// All functions, those of single elements first.
#[pyfunction]
pub(crate) fn catalogue() -> Vec<Definition> {
    relume::catalogue().map(Definition::from).collect()
}

impl From<&'static relume::Definition> for Definition {
    fn from(definition: &'static relume::Definition) -> Self {
        let parameters = definition.parameters.iter().map(|parameter| Parameter {
            name: parameter.name,
            default: parameter.default,
            description: parameter.description,
            domain: parameter.domain.to_string(),
        });
        Self {
            name: definition.name,
            aliases: definition.aliases.to_vec(),
            title: definition.title,
            summary: definition.summary,
            formula: definition.formula,
            derivative: definition.derivative,
            parameters: parameters.collect(),
            needs: definition.needs.to_string(),
            origin: definition.origin.to_string(),
            conventions: definition.conventions.iter().copied().map(Convention).collect(),
            accuracy: definition.accuracy(),
            works_on: works_on(&definition.shape),
            gate: match definition.shape {
                Shape::Gated { gate } => Some(gate),
                _ => None,
            },
            doc: doc::forward(definition),
            backward_doc: doc::backward(definition),
            elementwise: relume::Activation::new(definition.name)
                .ok()
                .map(Elementwise::from),
        }
    }
}

fn works_on(shape: &Shape) -> &'static str {
    match shape {
        Shape::Elementwise(_) => "elements",
        Shape::Rows(_) => "rows",
        Shape::Gated { .. } => "halves",
        Shape::LearnedSlopes { .. } => "channels",
        _ => "other",
    }
}

impl From<relume::Activation> for Elementwise {
    fn from(activation: relume::Activation) -> Self {
        let known = activation.elementwise();
        let kinks = known.kinks.iter().map(|kink| Kink {
            at: kink.at,
            derivative: kink.derivative,
        });
        Self {
            composed: known.composed,
            range: known.range,
            monotone: known.monotone,
            kinks: kinks.collect(),
            limits: known.limits,
            gain: activation.gain(),
            initialisation: known.initialisation.name(),
            error_bound: [known.error_bound.f32, known.error_bound.f64],
        }
    }
}
