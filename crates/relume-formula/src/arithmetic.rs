//! Evaluation.

use crate::tree::{Chain, Condition, Decimal, Expression, Formula, Function, Operator, Relation};

/// What a formula is computed in: f64, multiprecision, intervals, the tensors of a framework.
///
/// The methods that are given are right wherever the others are accurate relative to their results; an arithmetic that
/// has better ones brings its own.
pub trait Arithmetic {
    /// A number.
    type Number: Clone;
    /// Whether something holds: a `bool`, or a tensor of them.
    type Truth: Clone;

    /// A number of the text.
    fn number(&self, value: Decimal) -> Self::Number;
    /// π.
    fn pi(&self) -> Self::Number;
    /// a + b.
    fn add(&self, a: &Self::Number, b: &Self::Number) -> Self::Number;
    /// a − b.
    fn subtract(&self, a: &Self::Number, b: &Self::Number) -> Self::Number;
    /// a·b.
    fn multiply(&self, a: &Self::Number, b: &Self::Number) -> Self::Number;
    /// a/b.
    fn divide(&self, a: &Self::Number, b: &Self::Number) -> Self::Number;
    /// −a.
    fn negate(&self, a: &Self::Number) -> Self::Number;
    /// eᵃ.
    fn exp(&self, a: &Self::Number) -> Self::Number;
    /// eᵃ − 1, accurate near 0.
    fn exp_m1(&self, a: &Self::Number) -> Self::Number;
    /// The natural logarithm.
    fn ln(&self, a: &Self::Number) -> Self::Number;
    /// ln(1 + a), accurate near 0.
    fn ln_1p(&self, a: &Self::Number) -> Self::Number;
    /// √a.
    fn sqrt(&self, a: &Self::Number) -> Self::Number;
    /// The error function, accurate near 0.
    fn erf(&self, a: &Self::Number) -> Self::Number;
    /// The distribution function of the standard normal, accurate in its tail.
    fn normal_cdf(&self, a: &Self::Number) -> Self::Number;
    /// Whether a and b compare so.
    fn compare(&self, a: &Self::Number, relation: Relation, b: &Self::Number) -> Self::Truth;
    /// Whether both hold.
    fn and(&self, a: Self::Truth, b: Self::Truth) -> Self::Truth;
    /// Whether one of them holds.
    fn or(&self, a: Self::Truth, b: Self::Truth) -> Self::Truth;
    /// One number where the condition holds, else another. Where only one is needed, only that one is computed.
    fn choose(
        &self,
        condition: Self::Truth,
        chosen: impl FnOnce() -> Self::Number,
        otherwise: impl FnOnce() -> Self::Number,
    ) -> Self::Number;

    /// A small whole number.
    fn whole(&self, value: u32) -> Self::Number {
        self.number(Decimal::whole(value))
    }

    /// aⁿ.
    fn power(&self, a: &Self::Number, exponent: u32) -> Self::Number {
        match exponent {
            0 => self.whole(1),
            1 => a.clone(),
            _ => {
                let root = self.power(a, exponent / 2);
                let square = self.multiply(&root, &root);
                if exponent.is_multiple_of(2) {
                    square
                } else {
                    self.multiply(&square, a)
                }
            }
        }
    }

    /// |a|.
    fn abs(&self, a: &Self::Number) -> Self::Number {
        let negative = self.compare(a, Relation::Less, &self.whole(0));
        self.choose(negative, || self.negate(a), || a.clone())
    }

    /// The smaller one.
    fn min(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        self.choose(self.compare(a, Relation::Less, b), || a.clone(), || b.clone())
    }

    /// The larger one.
    fn max(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        self.choose(self.compare(a, Relation::Greater, b), || a.clone(), || b.clone())
    }

    /// e^−|a|, from which the functions below start: it never overflows.
    fn exp_below(&self, a: &Self::Number) -> Self::Number {
        self.exp(&self.negate(&self.abs(a)))
    }

    /// The logistic function σ: 1/(1 + e⁻ᵃ) for a ≥ 0, eᵃ/(1 + eᵃ) below.
    fn sigmoid(&self, a: &Self::Number) -> Self::Number {
        let (e, one) = (self.exp_below(a), self.whole(1));
        let right = self.compare(a, Relation::GreaterOrEqual, &self.whole(0));
        let above = self.choose(right, || one.clone(), || e.clone());
        self.divide(&above, &self.add(&one, &e))
    }

    /// ln(1 + eᵃ), as max(0, a) + log1p(e^−|a|).
    fn softplus(&self, a: &Self::Number) -> Self::Number {
        let zero = self.whole(0);
        let rest = self.ln_1p(&self.exp_below(a));
        let right = self.compare(a, Relation::GreaterOrEqual, &zero);
        self.choose(right, || self.add(a, &rest), || rest.clone())
    }

    /// The hyperbolic tangent, as −m/(2 + m) with m = e^−2|a| − 1, and the sign of a.
    fn tanh(&self, a: &Self::Number) -> Self::Number {
        let two = self.whole(2);
        let m = self.exp_m1(&self.negate(&self.multiply(&two, &self.abs(a))));
        let down = self.divide(&m, &self.add(&two, &m));
        let right = self.compare(a, Relation::GreaterOrEqual, &self.whole(0));
        self.choose(right, || self.negate(&down), || down.clone())
    }

    /// The density of the standard normal.
    fn normal_density(&self, a: &Self::Number) -> Self::Number {
        let two = self.whole(2);
        let exponent = self.negate(&self.divide(&self.multiply(a, a), &two));
        self.divide(&self.exp(&exponent), &self.sqrt(&self.multiply(&two, &self.pi())))
    }
}

impl Formula {
    /// The formula at `x`, with the values of the parameters in the order in which it was [read](Self::parse).
    ///
    /// # Panics
    /// If there are more or fewer parameters than it was read with.
    ///
    /// ```
    /// use relume_formula::{Floats, Formula};
    /// let celu = Formula::parse("x for x ≥ 0, else alpha·(exp(x/alpha) − 1)", &["alpha"])?;
    /// assert_eq!(celu.evaluate(&Floats, 3.0, &[2.0]), 3.0);
    /// # Ok::<(), relume_formula::Error>(())
    /// ```
    pub fn evaluate<A: Arithmetic>(
        &self,
        arithmetic: &A,
        x: A::Number,
        parameters: &[A::Number],
    ) -> A::Number {
        assert_eq!(
            parameters.len(),
            self.parameters(),
            "one value for each parameter"
        );
        let mut values: Vec<A::Number> = std::iter::once(x).chain(parameters.iter().cloned()).collect();
        for definition in &self.definitions {
            let value = Evaluation {
                arithmetic,
                values: &values,
            }
            .of(definition);
            values.push(value);
        }
        Evaluation {
            arithmetic,
            values: &values,
        }
        .of(&self.body)
    }
}

struct Evaluation<'a, A: Arithmetic> {
    arithmetic: &'a A,
    values: &'a [A::Number],
}

impl<A: Arithmetic> Evaluation<'_, A> {
    fn of(&self, expression: &Expression) -> A::Number {
        let a = self.arithmetic;
        match expression {
            Expression::Number(value) => a.number(*value),
            Expression::Pi => a.pi(),
            Expression::Variable(index) => self.values[*index].clone(),
            Expression::Negative(operand) => a.negate(&self.of(operand)),
            Expression::Binary(operator, left, right) => {
                let (left, right) = (self.of(left), self.of(right));
                match operator {
                    Operator::Add => a.add(&left, &right),
                    Operator::Subtract => a.subtract(&left, &right),
                    Operator::Multiply => a.multiply(&left, &right),
                    Operator::Divide => a.divide(&left, &right),
                }
            }
            Expression::Power(base, exponent) => a.power(&self.of(base), *exponent),
            Expression::Call(function, argument) => {
                let argument = self.of(argument);
                match function {
                    Function::Exp => a.exp(&argument),
                    Function::ExpM1 => a.exp_m1(&argument),
                    Function::Ln => a.ln(&argument),
                    Function::Log1P => a.ln_1p(&argument),
                    Function::Sqrt => a.sqrt(&argument),
                    Function::Abs => a.abs(&argument),
                    Function::Tanh => a.tanh(&argument),
                    Function::Erf => a.erf(&argument),
                    Function::Sigmoid => a.sigmoid(&argument),
                    Function::Softplus => a.softplus(&argument),
                    Function::NormalCdf => a.normal_cdf(&argument),
                    Function::NormalDensity => a.normal_density(&argument),
                }
            }
            Expression::Min(left, right) => a.min(&self.of(left), &self.of(right)),
            Expression::Max(left, right) => a.max(&self.of(left), &self.of(right)),
            Expression::Cases(cases, otherwise) => self.cases(cases, otherwise),
        }
    }

    fn cases(&self, cases: &[(Expression, Condition)], otherwise: &Expression) -> A::Number {
        match cases.split_first() {
            None => self.of(otherwise),
            Some(((value, condition), rest)) => self.arithmetic.choose(
                self.holds(condition),
                || self.of(value),
                || self.cases(rest, otherwise),
            ),
        }
    }

    fn holds(&self, condition: &Condition) -> A::Truth {
        let chains = condition.0.iter().map(|chain| self.chain(chain));
        let any = chains.reduce(|a, b| self.arithmetic.or(a, b));
        any.expect("a condition has a chain")
    }

    fn chain(&self, chain: &Chain) -> A::Truth {
        let mut left = self.of(&chain.first);
        let comparisons = chain.rest.iter().map(|(relation, right)| {
            let right = self.of(right);
            let holds = self.arithmetic.compare(&left, *relation, &right);
            left = right;
            holds
        });
        let all = comparisons.reduce(|a, b| self.arithmetic.and(a, b));
        all.expect("a chain has a comparison")
    }
}
