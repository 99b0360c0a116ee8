//! The derivative from the right.

use crate::arithmetic::Arithmetic;
use crate::tree::{Decimal, Relation};

/// What a function is like just right of a point: the limit of its value and that of its derivative there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Germ<N> {
    /// The limit of the value.
    pub value: N,
    /// The limit of the derivative.
    pub slope: N,
}

impl<N> Germ<N> {
    /// The variable at a point.
    pub fn variable<A: Arithmetic<Number = N>>(at: N, arithmetic: &A) -> Self {
        Self {
            value: at,
            slope: arithmetic.whole(1),
        }
    }

    /// Something that does not depend on the variable.
    pub fn constant<A: Arithmetic<Number = N>>(value: N, arithmetic: &A) -> Self {
        Self {
            value,
            slope: arithmetic.whole(0),
        }
    }
}

/// Arithmetic with [germs](Germ): values and derivatives at once, by the chain rule.
///
/// Conditions are decided as just right of the point: where two values are equal there, by their slopes. So `min`, `max`
/// and `|x|` take the branch that lies right of a kink. Where the slopes are equal too, the values count as equal; for
/// functions that touch without crossing that is a convention.
///
/// ```
/// use relume_formula::{Floats, Formula, FromTheRight, Germ};
/// let shrink = Formula::parse("x for |x| > lambda, else 0", &["lambda"])?;
/// let right = FromTheRight(Floats);
/// let slope = |x| shrink.evaluate(&right, Germ::variable(x, &Floats), &[Germ::constant(0.5, &Floats)]).slope;
/// assert_eq!([-0.5, 0.5].map(slope), [0.0, 1.0]);
/// # Ok::<(), relume_formula::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct FromTheRight<A>(
    /// The arithmetic of values and slopes.
    pub A,
);

impl<A: Arithmetic> FromTheRight<A> {
    /// f(a), with the slope f′(a)·a′.
    fn chain(&self, value: A::Number, derivative: &A::Number, a: &Germ<A::Number>) -> Germ<A::Number> {
        Germ {
            value,
            slope: self.0.multiply(derivative, &a.slope),
        }
    }
}

impl<A: Arithmetic<Truth = bool>> Arithmetic for FromTheRight<A> {
    type Number = Germ<A::Number>;
    type Truth = bool;

    fn number(&self, value: Decimal) -> Self::Number {
        Germ::constant(self.0.number(value), &self.0)
    }
    fn pi(&self) -> Self::Number {
        Germ::constant(self.0.pi(), &self.0)
    }
    fn add(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        Germ {
            value: self.0.add(&a.value, &b.value),
            slope: self.0.add(&a.slope, &b.slope),
        }
    }
    fn subtract(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        Germ {
            value: self.0.subtract(&a.value, &b.value),
            slope: self.0.subtract(&a.slope, &b.slope),
        }
    }
    fn multiply(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        let slope = self.0.add(
            &self.0.multiply(&a.slope, &b.value),
            &self.0.multiply(&a.value, &b.slope),
        );
        Germ {
            value: self.0.multiply(&a.value, &b.value),
            slope,
        }
    }
    fn divide(&self, a: &Self::Number, b: &Self::Number) -> Self::Number {
        let value = self.0.divide(&a.value, &b.value);
        let rest = self.0.subtract(&a.slope, &self.0.multiply(&value, &b.slope));
        let slope = self.0.divide(&rest, &b.value);
        Germ { value, slope }
    }
    fn negate(&self, a: &Self::Number) -> Self::Number {
        Germ {
            value: self.0.negate(&a.value),
            slope: self.0.negate(&a.slope),
        }
    }
    fn exp(&self, a: &Self::Number) -> Self::Number {
        let exp = self.0.exp(&a.value);
        self.chain(exp.clone(), &exp, a)
    }
    fn exp_m1(&self, a: &Self::Number) -> Self::Number {
        self.chain(self.0.exp_m1(&a.value), &self.0.exp(&a.value), a)
    }
    fn ln(&self, a: &Self::Number) -> Self::Number {
        Germ {
            value: self.0.ln(&a.value),
            slope: self.0.divide(&a.slope, &a.value),
        }
    }
    fn ln_1p(&self, a: &Self::Number) -> Self::Number {
        let sum = self.0.add(&self.0.whole(1), &a.value);
        Germ {
            value: self.0.ln_1p(&a.value),
            slope: self.0.divide(&a.slope, &sum),
        }
    }
    fn sqrt(&self, a: &Self::Number) -> Self::Number {
        let value = self.0.sqrt(&a.value);
        let slope = self
            .0
            .divide(&a.slope, &self.0.multiply(&self.0.whole(2), &value));
        Germ { value, slope }
    }
    /// erf′(a) = 2·√2·φ(√2·a).
    fn erf(&self, a: &Self::Number) -> Self::Number {
        let (two, root) = (self.0.whole(2), self.0.sqrt(&self.0.whole(2)));
        let density = self.0.normal_density(&self.0.multiply(&root, &a.value));
        let derivative = self.0.multiply(&self.0.multiply(&two, &root), &density);
        self.chain(self.0.erf(&a.value), &derivative, a)
    }
    fn normal_cdf(&self, a: &Self::Number) -> Self::Number {
        self.chain(self.0.normal_cdf(&a.value), &self.0.normal_density(&a.value), a)
    }
    fn normal_density(&self, a: &Self::Number) -> Self::Number {
        let value = self.0.normal_density(&a.value);
        let derivative = self.0.negate(&self.0.multiply(&a.value, &value));
        self.chain(value, &derivative, a)
    }
    /// σ′(a) = σ(a)·σ(−a).
    fn sigmoid(&self, a: &Self::Number) -> Self::Number {
        let value = self.0.sigmoid(&a.value);
        let derivative = self.0.multiply(&value, &self.0.sigmoid(&self.0.negate(&a.value)));
        self.chain(value, &derivative, a)
    }
    fn softplus(&self, a: &Self::Number) -> Self::Number {
        self.chain(self.0.softplus(&a.value), &self.0.sigmoid(&a.value), a)
    }
    /// tanh′(a) = 4·σ(2a)·σ(−2a).
    fn tanh(&self, a: &Self::Number) -> Self::Number {
        let twice = self.0.multiply(&self.0.whole(2), &a.value);
        let gates = self
            .0
            .multiply(&self.0.sigmoid(&twice), &self.0.sigmoid(&self.0.negate(&twice)));
        let derivative = self.0.multiply(&self.0.whole(4), &gates);
        self.chain(self.0.tanh(&a.value), &derivative, a)
    }
    /// By the values, and where they are equal by the slopes.
    fn compare(&self, a: &Self::Number, relation: Relation, b: &Self::Number) -> bool {
        let strictly = match relation {
            Relation::Less | Relation::LessOrEqual => Relation::Less,
            Relation::Greater | Relation::GreaterOrEqual => Relation::Greater,
        };
        let values = |relation| self.0.compare(&a.value, relation, &b.value);
        let equal = values(Relation::LessOrEqual) && values(Relation::GreaterOrEqual);
        values(strictly) || equal && self.0.compare(&a.slope, relation, &b.slope)
    }
    fn and(&self, a: bool, b: bool) -> bool {
        a && b
    }
    fn or(&self, a: bool, b: bool) -> bool {
        a || b
    }
    fn choose(
        &self,
        condition: bool,
        chosen: impl FnOnce() -> Self::Number,
        otherwise: impl FnOnce() -> Self::Number,
    ) -> Self::Number {
        if condition { chosen() } else { otherwise() }
    }
}
