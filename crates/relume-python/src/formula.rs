//! The printed formulas as trees that Python walks.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use relume_formula::{Chain, Condition, Expression, Formula, Operator};

/// The printed formula of a function, in the form that keeps its digits, as nested tuples.
///
/// An expression is a tuple of a word and what belongs to it: ("number", 0.5), ("pi",), ("variable", "x"),
/// ("negative", a), ("add", a, b) and "subtract", "multiply", "divide", "min", "max", ("power", a, 2), the functions of
/// one argument under their names ("exp", a), and ("cases", ((value, condition), ...), otherwise). A condition is a tuple of
/// chains, one of which has to hold; a chain is a tuple of comparisons ("<", a, b), all of which have to hold.
///
/// Returns the expression, and pairs of name and expression that it uses, in order.
#[pyfunction]
pub(crate) fn formula<'py>(py: Python<'py>, name: &str) -> PyResult<(Bound<'py, PyTuple>, Vec<(String, Bound<'py, PyTuple>)>)> {
    let unknown = || PyValueError::new_err(format!("there is no function {name:?}"));
    let definition = relume::find(name).ok_or_else(unknown)?;
    let parameters: Vec<&str> = definition.parameters.iter().map(|parameter| parameter.name).collect();
    let formula = Formula::parse(definition.formula, &parameters);
    let formula = formula.map_err(|error| PyValueError::new_err(format!("{name}: {error}")))?.stable();
    let tree = Tree { py, names: formula.names() };
    let defined = &formula.names()[1 + formula.parameters()..];
    let definitions = defined.iter().zip(formula.definitions());
    let definitions = definitions.map(|(name, definition)| Ok((name.clone(), tree.expression(definition)?)));
    Ok((tree.expression(formula.body())?, definitions.collect::<PyResult<_>>()?))
}

#[derive(Clone, Copy)]
struct Tree<'a, 'py> {
    py: Python<'py>,
    names: &'a [String],
}

impl<'py> Tree<'_, 'py> {
    fn expression(self, expression: &Expression) -> PyResult<Bound<'py, PyTuple>> {
        let py = self.py;
        match expression {
            Expression::Number(value) => ("number", value.to_f64()).into_pyobject(py),
            Expression::Pi => ("pi",).into_pyobject(py),
            Expression::Variable(index) => ("variable", &self.names[*index]).into_pyobject(py),
            Expression::Negative(a) => ("negative", self.expression(a)?).into_pyobject(py),
            Expression::Binary(operator, a, b) => self.pair(word(*operator), a, b),
            Expression::Power(base, exponent) => ("power", self.expression(base)?, *exponent).into_pyobject(py),
            Expression::Call(function, a) => (function.word(), self.expression(a)?).into_pyobject(py),
            Expression::Min(a, b) => self.pair("min", a, b),
            Expression::Max(a, b) => self.pair("max", a, b),
            Expression::Cases(cases, otherwise) => {
                let case = |(value, condition): &(Expression, Condition)| {
                    (self.expression(value)?, self.condition(condition)?).into_pyobject(py)
                };
                let cases = cases.iter().map(case).collect::<PyResult<Vec<_>>>()?;
                ("cases", PyTuple::new(py, cases)?, self.expression(otherwise)?).into_pyobject(py)
            }
        }
    }

    fn pair(self, word: &str, a: &Expression, b: &Expression) -> PyResult<Bound<'py, PyTuple>> {
        (word, self.expression(a)?, self.expression(b)?).into_pyobject(self.py)
    }

    fn condition(self, condition: &Condition) -> PyResult<Bound<'py, PyTuple>> {
        let chains = condition.0.iter().map(|chain| self.chain(chain));
        PyTuple::new(self.py, chains.collect::<PyResult<Vec<_>>>()?)
    }

    fn chain(self, chain: &Chain) -> PyResult<Bound<'py, PyTuple>> {
        let mut left = &chain.first;
        let comparisons = chain.rest.iter().map(|(relation, right)| {
            let comparison = self.pair(relation.word(), left, right);
            left = right;
            comparison
        });
        PyTuple::new(self.py, comparisons.collect::<PyResult<Vec<_>>>()?)
    }
}

fn word(operator: Operator) -> &'static str {
    match operator {
        Operator::Add => "add",
        Operator::Subtract => "subtract",
        Operator::Multiply => "multiply",
        Operator::Divide => "divide",
    }
}
