//! From tree to text. What is printed is read as the same tree.

use std::fmt::{self, Display, Formatter};

use crate::token::{Token, is_greek};
use crate::tree::{Condition, Decimal, Expression, Formula, Function, Operator};

/// How closely the parts of an expression hold together; a looser part needs parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Cases,
    Sum,
    Product,
    Implied,
    Power,
    Atom,
}

impl Display for Formula {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let shown = |expression| Shown {
            expression,
            names: &self.names,
            least: Binding::Cases,
        };
        shown(&self.body).fmt(f)?;
        let defined = &self.names[self.names.len() - self.definitions.len()..];
        for (i, (name, definition)) in defined.iter().zip(&self.definitions).enumerate() {
            let before = if i == 0 { ", where" } else { "," };
            write!(
                f,
                "{before} {name} = {}",
                shown(definition).at_least(Binding::Sum)
            )?;
        }
        Ok(())
    }
}

/// An expression with the names of its variables, in parentheses if it is looser than `least`.
#[derive(Clone, Copy)]
struct Shown<'a> {
    expression: &'a Expression,
    names: &'a [String],
    least: Binding,
}

impl<'a> Shown<'a> {
    fn at_least(self, least: Binding) -> Self {
        Self { least, ..self }
    }

    fn part(self, expression: &'a Expression, least: Binding) -> Self {
        Self {
            expression,
            least,
            ..self
        }
    }

    fn binding(self) -> Binding {
        match self.expression {
            Expression::Cases(..) => Binding::Cases,
            Expression::Binary(Operator::Add | Operator::Subtract, ..) | Expression::Negative(_) => {
                Binding::Sum
            }
            Expression::Binary(Operator::Multiply, left, right) if self.is_implied(left, right) => {
                Binding::Implied
            }
            Expression::Binary(Operator::Multiply | Operator::Divide, ..) => Binding::Product,
            Expression::Power(..) | Expression::Call(Function::Sqrt, _) => Binding::Power,
            _ => Binding::Atom,
        }
    }

    /// Whether a product is written without a dot: `2x`, `λα`, `2√(2/π)`.
    fn is_implied(self, left: &Expression, right: &Expression) -> bool {
        let is_coefficient = match left {
            Expression::Number(number) => number.places == 0,
            Expression::Binary(Operator::Multiply, a, b) => self.is_greek(b) && self.is_implied(a, b),
            other => self.is_greek(other),
        };
        let base = if let Expression::Power(base, _) = right {
            base
        } else {
            right
        };
        let is_symbol = match base {
            Expression::Variable(index) => self.names[*index].chars().filter(|&c| c != '′').count() == 1,
            Expression::Pi => true,
            Expression::Call(Function::Sqrt, _) => base == right,
            _ => false,
        };
        is_coefficient && is_symbol
    }

    fn is_greek(self, expression: &Expression) -> bool {
        match expression {
            Expression::Variable(index) => self.names[*index].starts_with(is_greek),
            Expression::Pi => true,
            _ => false,
        }
    }

    fn write(self, f: &mut Formatter<'_>) -> fmt::Result {
        let loosest = |expression| self.part(expression, Binding::Cases);
        match self.expression {
            Expression::Number(number) => number.fmt(f),
            Expression::Pi => f.write_str("π"),
            Expression::Variable(index) => f.write_str(&self.names[*index]),
            Expression::Negative(a) => write!(f, "−{}", self.part(a, Binding::Product)),
            Expression::Binary(operator, a, b) => {
                let (sign, left, right) = match operator {
                    Operator::Add => (" + ", Binding::Sum, Binding::Product),
                    Operator::Subtract => (" − ", Binding::Sum, Binding::Product),
                    Operator::Multiply if self.is_implied(a, b) => ("", Binding::Implied, Binding::Power),
                    Operator::Multiply => ("·", Binding::Product, Binding::Implied),
                    // Readers could take a/2x for (a/2)x.
                    Operator::Divide => ("/", Binding::Product, Binding::Power),
                };
                write!(f, "{}{sign}{}", self.part(a, left), self.part(b, right))
            }
            Expression::Power(base, power) => match &**base {
                Expression::Call(function, argument)
                    if !matches!(function, Function::Sqrt | Function::Abs) =>
                {
                    write!(
                        f,
                        "{}{}({})",
                        function.name(),
                        Superscript(*power),
                        self.argument(argument)
                    )
                }
                _ => write!(f, "{}{}", self.part(base, Binding::Atom), Superscript(*power)),
            },
            Expression::Call(Function::Abs, a) => write!(f, "|{}|", self.part(a, Binding::Sum)),
            Expression::Call(Function::Sqrt, a) => match **a {
                Expression::Number(_) | Expression::Pi | Expression::Variable(_) => {
                    write!(f, "√{}", loosest(a))
                }
                // A function below a root is easier to read in parentheses.
                _ => write!(f, "√({})", loosest(a)),
            },
            Expression::Call(function, a) => write!(f, "{}({})", function.name(), self.argument(a)),
            Expression::Min(a, b) => write!(f, "min({}, {})", self.argument(a), self.argument(b)),
            Expression::Max(a, b) => write!(f, "max({}, {})", self.argument(a), self.argument(b)),
            Expression::Cases(cases, otherwise) => {
                for (value, condition) in cases {
                    write!(f, "{} for ", self.part(value, Binding::Sum))?;
                    self.write_condition(condition, f)?;
                    f.write_str(", ")?;
                }
                write!(f, "else {}", self.part(otherwise, Binding::Sum))
            }
        }
    }

    /// An argument; cases have commas of their own.
    fn argument(self, expression: &'a Expression) -> Self {
        self.part(expression, Binding::Sum)
    }

    fn write_condition(self, condition: &'a Condition, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, chain) in condition.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" or ")?;
            }
            self.part(&chain.first, Binding::Sum).fmt(f)?;
            for (relation, next) in &chain.rest {
                write!(f, " {} {}", relation.sign(), self.part(next, Binding::Sum))?;
            }
        }
        Ok(())
    }
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.binding() < self.least {
            f.write_str("(")?;
            self.write(f)?;
            f.write_str(")")
        } else {
            self.write(f)
        }
    }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let places = usize::from(self.places);
        let digits = format!("{:0>1$}", self.digits, places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        if places == 0 {
            f.write_str(whole)
        } else {
            write!(f, "{whole}.{fraction}")
        }
    }
}

struct Superscript(u32);

impl Display for Superscript {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let raised = |digit: char| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize - '0' as usize);
        f.write_str(&digits.chars().filter_map(raised).collect::<String>())
    }
}

impl Display for Token {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Word(word) => f.write_str(word),
            Self::Superscript(power) => Superscript(*power).fmt(f),
            Self::Relation(relation) => f.write_str(relation.sign()),
            Self::Sign(sign) => write!(f, "{sign}"),
        }
    }
}
