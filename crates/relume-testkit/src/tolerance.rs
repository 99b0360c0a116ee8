//! The one table of what errors are allowed.

use std::fmt;

use relume::{Activation, Element};

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// f(x).
    Value,
    /// f'(x).
    Derivative,
    /// dy f'(x).
    Backward,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Value => "value",
            Self::Derivative => "derivative",
            Self::Backward => "backward",
        })
    }
}

/// The largest error allowed, in ULP.
const TOLERANCES: &[(&str, Operation, f64)] = &[
    ("f32", Operation::Value, 1.0),
    ("f32", Operation::Derivative, 1.0),
    ("f32", Operation::Backward, 1.0),
    ("f16", Operation::Value, 0.51),
    ("f16", Operation::Derivative, 0.51),
    ("f16", Operation::Backward, 0.51),
    ("bf16", Operation::Value, 0.51),
    ("bf16", Operation::Derivative, 0.51),
    ("bf16", Operation::Backward, 0.51),
    ("f64", Operation::Value, 2.0),
    ("f64", Operation::Derivative, 2.0),
    ("f64", Operation::Backward, 2.0),
];

/// A function that is allowed more.
#[derive(Debug)]
pub struct Exception {
    /// The function.
    pub function: &'static str,
    /// The element type.
    pub element: &'static str,
    /// The operation.
    pub operation: Operation,
    /// What is allowed, in ULP.
    pub tolerance: f64,
    /// Why.
    pub reason: &'static str,
}

/// All exceptions. The accuracy tests fail for one that is not needed.
pub static EXCEPTIONS: &[Exception] = &[];

/// The largest error allowed to a function, in ULP, by the table and by what the function itself declares.
pub fn allowed<T: Element>(activation: &Activation, operation: Operation) -> f64 {
    let bound = activation.elementwise().error_bound;
    let declared = match (T::NAME, operation) {
        ("f64", _) => bound.f64,
        (_, Operation::Value) => bound.f32,
        (_, Operation::Derivative | Operation::Backward) => bound.f32_derivative,
    };
    declared.min(tolerance::<T>(activation.name(), operation))
}

/// The largest error allowed to a function by the table.
pub fn tolerance<T: Element>(function: &str, operation: Operation) -> f64 {
    exception::<T>(function, operation).map_or(general::<T>(operation), |exception| exception.tolerance)
}

/// The largest error allowed to functions that are no exception.
pub fn general<T: Element>(operation: Operation) -> f64 {
    let found = TOLERANCES
        .iter()
        .find(|row| row.0 == T::NAME && row.1 == operation);
    found.expect("the table is complete").2
}

/// The exception made for a function.
pub fn exception<T: Element>(function: &str, operation: Operation) -> Option<&'static Exception> {
    EXCEPTIONS
        .iter()
        .find(|e| e.function == function && e.element == T::NAME && e.operation == operation)
}
