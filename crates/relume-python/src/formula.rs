//! Formulas as trees of Python objects, from which adapters compose the operations of their framework.

use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use relume_formula::{Condition, Expression, Formula, Operator};

type Tree<'py> = PyResult<Bound<'py, PyAny>>;

/// Reads a formula of `x` and parameters, in the [form](Formula::guarded) that suits tensors: a pair of what is defined and
/// of the expression itself, both in terms of variables: 0 is `x`, then come the parameters and what is defined.
///
/// A variable is an `int`, a number a `float`; all else is a tuple of a sign of the language and its parts:
/// `("·", 0, ("exp", 1))`. A power has its exponent, an `int`, as its last part; cases are pairs of a condition and an
/// expression, and what is otherwise: `("cases", ((("<", 0, 1.0), 2.0), ...), 0)`.
#[pyfunction]
pub(crate) fn parse_formula<'py>(
    py: Python<'py>,
    text: &str,
    parameters: Vec<String>,
) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyAny>)> {
    let parameters: Vec<&str> = parameters.iter().map(String::as_str).collect();
    let formula =
        Formula::parse(text, &parameters).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let formula = formula.stable().guarded();
    let definitions = formula
        .definitions()
        .iter()
        .map(|definition| tree(py, definition));
    let definitions = definitions.collect::<PyResult<Vec<_>>>()?;
    Ok((PyTuple::new(py, definitions)?, tree(py, formula.body())?))
}

fn tree<'py>(py: Python<'py>, expression: &Expression) -> Tree<'py> {
    let of = |part: &Expression| tree(py, part);
    match expression {
        Expression::Number(number) => number.to_f64().into_bound_py_any(py),
        Expression::Pi => std::f64::consts::PI.into_bound_py_any(py),
        Expression::Variable(index) => (*index).into_bound_py_any(py),
        Expression::Negative(a) => ("negative", of(a)?).into_bound_py_any(py),
        Expression::Binary(operator, a, b) => (sign(*operator), of(a)?, of(b)?).into_bound_py_any(py),
        Expression::Power(base, exponent) => ("power", of(base)?, *exponent).into_bound_py_any(py),
        Expression::Call(function, a) => (function.name(), of(a)?).into_bound_py_any(py),
        Expression::Min(a, b) => ("min", of(a)?, of(b)?).into_bound_py_any(py),
        Expression::Max(a, b) => ("max", of(a)?, of(b)?).into_bound_py_any(py),
        Expression::Cases(cases, otherwise) => {
            let cases = cases
                .iter()
                .map(|(value, holds)| Ok((condition(py, holds)?, of(value)?)));
            let cases = PyTuple::new(py, cases.collect::<PyResult<Vec<_>>>()?)?;
            ("cases", cases, of(otherwise)?).into_bound_py_any(py)
        }
    }
}

/// Chains of comparisons, as `or` of `and` of single ones.
fn condition<'py>(py: Python<'py>, condition: &Condition) -> Tree<'py> {
    let mut any_of = None;
    for chain in &condition.0 {
        let mut left = &chain.first;
        let mut all_of = None;
        for (relation, right) in &chain.rest {
            let one = (relation.sign(), tree(py, left)?, tree(py, right)?).into_bound_py_any(py)?;
            all_of = Some(joined(py, "and", all_of, one)?);
            left = right;
        }
        let chain = all_of.expect("a chain has a comparison");
        any_of = Some(joined(py, "or", any_of, chain)?);
    }
    Ok(any_of.expect("a condition has a chain"))
}

fn joined<'py>(
    py: Python<'py>,
    word: &str,
    before: Option<Bound<'py, PyAny>>,
    next: Bound<'py, PyAny>,
) -> Tree<'py> {
    match before {
        Some(before) => (word, before, next).into_bound_py_any(py),
        None => Ok(next),
    }
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "+",
        Operator::Subtract => "−",
        Operator::Multiply => "·",
        Operator::Divide => "/",
    }
}
