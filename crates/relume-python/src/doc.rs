//! The docstrings, from the catalogue, in NumPy's form.

use relume::{Activation, Definition};

use crate::elementwise::{Function, Operation};

/// What `help` shows of a function of single elements, below the signature.
pub(crate) fn elementwise(function: Function) -> String {
    let Function {
        activation,
        operation,
    } = function;
    let definition = activation.definition();
    let (summary, result) = match operation {
        Operation::Forward => (
            format!(
                "{}: f(x) = {}.\n\n{}",
                definition.title, definition.formula, definition.summary
            ),
            "f(x)",
        ),
        Operation::Derivative => (
            format!(
                "The derivative of {}.\n\nf(x) = {}\nf′(x) = {}",
                definition.title, definition.formula, definition.derivative
            ),
            "f′(x)",
        ),
        Operation::Backward => (
            format!(
                "The backward of {}: dy·f′(x), in one pass.\n\nf(x) = {}\nf′(x) = {}",
                definition.title, definition.formula, definition.derivative
            ),
            "dy·f′(x)",
        ),
    };
    format!(
        "{summary}\n\nParameters\n----------\n{}\nReturns\n-------\nnumpy.ndarray or scalar\n    {result}\n\nNotes\n-----\n{}",
        parameters(function),
        notes(&activation, operation),
    )
}

/// What `help` shows of another function.
pub(crate) fn forward(definition: &Definition) -> String {
    let Definition {
        title,
        formula,
        summary,
        ..
    } = definition;
    format!(
        "{title}: {formula}.\n\n{summary}\n\nNotes\n-----\n{}",
        source(definition)
    )
}

/// What `help` shows of the backward of another function.
pub(crate) fn backward(definition: &Definition) -> String {
    let Definition {
        title, derivative, ..
    } = definition;
    format!(
        "The backward of {title}: {derivative}.\n\nNotes\n-----\n{}",
        source(definition)
    )
}

fn source(definition: &Definition) -> String {
    format!("Error: {}\nSource: {}.", definition.accuracy(), definition.origin)
}

fn parameters(function: Function) -> String {
    let mut text = entry("x", "array_like", "The input.");
    if function.operation == Operation::Backward {
        text += &entry("dy", "array_like", "The arriving gradient.");
    }
    for parameter in function.activation.definition().parameters {
        let kind = format!("array_like, default {}", parameter.default);
        let meaning = format!(
            "{}; {}. Where an array has another value the result is NaN.",
            capitalised(parameter.description),
            parameter.domain
        );
        text += &entry(parameter.name, &kind, &meaning);
    }
    if function.has_at_zero() {
        text += &entry(
            "at_zero",
            "array_like, optional",
            "The derivative where x is zero, if not the one from the right.",
        );
    }
    text + &entry(
        "out, where, dtype, ...",
        "",
        "As for every ufunc: see `numpy.ufunc`.",
    )
}

fn entry(name: &str, kind: &str, meaning: &str) -> String {
    let colon = if kind.is_empty() { "" } else { " : " };
    format!("{name}{colon}{kind}\n    {meaning}\n")
}

fn notes(activation: &Activation, operation: Operation) -> String {
    let known = activation.elementwise();
    let [low, high] = known.limits;
    let mut notes = match operation {
        Operation::Forward => format!("f(-inf) = {low}, f(inf) = {high}; NaN in, NaN out."),
        Operation::Derivative | Operation::Backward => {
            "NaN in, NaN out. Where f is constant nothing is let through, not even NaN or infinity."
                .to_owned()
        }
    };
    if operation != Operation::Forward {
        for kink in known.kinks {
            notes += &format!(" f′({}) = {}, by choice.", kink.at, kink.derivative);
        }
    }
    let bound = known.error_bound;
    let single = match operation {
        Operation::Forward => bound.f32,
        Operation::Derivative | Operation::Backward => bound.f32_derivative,
    };
    format!(
        "{notes}\nError: at most {single} ULP in float32 and {} ULP in float64.\nSource: {}.",
        bound.f64,
        activation.definition().origin
    )
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
