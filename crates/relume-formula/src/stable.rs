//! The same function without what cancels or overflows.

use crate::tree::{Decimal, Expression, Formula, Function, Operator};

impl Formula {
    /// The same function, with functions that keep their digits in place of sums that lose them: `ln(1 + a)` becomes
    /// `log1p(a)`, `exp(a) − 1` becomes `expm1(a)`, `1/(1 + exp(−a))` becomes `σ(a)`, `1 − σ(a)` becomes `σ(−a)`, and
    /// the like. What is to be computed in floating point is better computed by this.
    ///
    /// ```
    /// use relume_formula::{Floats, Formula};
    /// let formula = Formula::parse("ln(1 + exp(x))", &[])?;
    /// assert_eq!(formula.stable().to_string(), "softplus(x)");
    /// assert_eq!(formula.evaluate(&Floats, -50.0, &[]), 0.0);
    /// assert_eq!(formula.stable().evaluate(&Floats, -50.0, &[]), (-50.0_f64).exp());
    /// # Ok::<(), relume_formula::Error>(())
    /// ```
    pub fn stable(&self) -> Self {
        Self {
            names: self.names.clone(),
            definitions: self.definitions.iter().map(stable).collect(),
            body: stable(&self.body),
        }
    }
}

/// First the parts, then the whole.
fn stable(expression: &Expression) -> Expression {
    rewritten(expression.map(&mut stable))
}

/// The better form of an expression whose parts are rewritten already.
fn rewritten(expression: Expression) -> Expression {
    use Function::{Exp, ExpM1, Ln, Log1P, Sigmoid, Softplus, Tanh};
    match &expression {
        Expression::Negative(a) => match &**a {
            Expression::Negative(inner) => (**inner).clone(),
            _ => expression,
        },
        Expression::Call(Ln, a) => match (one_and(a), call(Sigmoid, a)) {
            (Some(rest), _) => rewritten(of(Log1P, rest)),
            // ln σ(a) = −softplus(−a).
            (_, Some(inner)) => negative(of(Softplus, &negative(inner.clone()))),
            _ => expression,
        },
        Expression::Call(Log1P, a) => match call(Exp, a) {
            Some(inner) => of(Softplus, inner),
            None => expression,
        },
        Expression::Binary(Operator::Add, ..) => match one_and(&expression).and_then(|rest| call(Tanh, rest))
        {
            // 1 + tanh(a) = 2·σ(2a).
            Some(inner) => times(2, of(Sigmoid, &times(2, inner.clone()))),
            None => expression,
        },
        Expression::Binary(Operator::Subtract, a, b) if is_one(b) => match call(Exp, a) {
            Some(inner) => of(ExpM1, inner),
            None => expression,
        },
        Expression::Binary(Operator::Subtract, a, b) if is_one(a) => match (call(Sigmoid, b), &**b) {
            (Some(inner), _) => of(Sigmoid, &negative(inner.clone())),
            (_, Expression::Power(base, 2)) => match call(Tanh, base) {
                // 1 − tanh²(a) = 4·σ(2a)·σ(−2a).
                Some(inner) => {
                    let twice = times(2, inner.clone());
                    let (left, right) = (of(Sigmoid, &twice), of(Sigmoid, &negative(twice)));
                    Expression::Binary(Operator::Multiply, Box::new(times(4, left)), Box::new(right))
                }
                None => expression,
            },
            _ => expression,
        },
        // a/(1 + exp(b)) = a·σ(−b).
        Expression::Binary(Operator::Divide, a, b) => match one_and(b).and_then(|rest| call(Exp, rest)) {
            Some(inner) => {
                let gate = of(Sigmoid, &negative(inner.clone()));
                if is_one(a) {
                    gate
                } else {
                    Expression::Binary(Operator::Multiply, a.clone(), Box::new(gate))
                }
            }
            None => expression,
        },
        _ => expression,
    }
}

/// What is added to 1.
fn one_and(sum: &Expression) -> Option<&Expression> {
    match sum {
        Expression::Binary(Operator::Add, a, b) if is_one(a) => Some(b),
        Expression::Binary(Operator::Add, a, b) if is_one(b) => Some(a),
        _ => None,
    }
}

fn is_one(expression: &Expression) -> bool {
    matches!(expression, Expression::Number(number) if number.is(1))
}

/// The argument, if this is a call of the function.
fn call(function: Function, expression: &Expression) -> Option<&Expression> {
    match expression {
        Expression::Call(called, argument) if *called == function => Some(argument),
        _ => None,
    }
}

fn of(function: Function, argument: &Expression) -> Expression {
    Expression::Call(function, Box::new(argument.clone()))
}

fn negative(expression: Expression) -> Expression {
    rewritten(Expression::Negative(Box::new(expression)))
}

fn times(factor: u32, expression: Expression) -> Expression {
    let factor = Expression::Number(Decimal::whole(factor));
    Expression::Binary(Operator::Multiply, Box::new(factor), Box::new(expression))
}
