//! The syntax tree.

/// A formula for a function of `x`.
///
/// ```
/// let formula = relume_formula::Formula::parse("x·tanh(s), where s = ln(1 + exp(beta·x))", &["beta"])?;
/// assert_eq!(formula.to_string(), "x·tanh(s), where s = ln(1 + exp(beta·x))");
/// assert_eq!(formula.names(), ["x", "beta", "s"]);
/// # Ok::<(), relume_formula::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    /// `x`, the parameters, what is defined.
    pub(crate) names: Vec<String>,
    /// The expressions of what is defined, in order.
    pub(crate) definitions: Vec<Expression>,
    pub(crate) body: Expression,
}

impl Formula {
    /// The names that the numbers of [`Expression::Variable`] stand for: `x`, the parameters, what is defined.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What is defined after `where`: the expressions of the last [`names`](Self::names), in their order.
    pub fn definitions(&self) -> &[Expression] {
        &self.definitions
    }

    /// The expression of the function itself.
    pub fn body(&self) -> &Expression {
        &self.body
    }

    /// How many parameters it was read with.
    pub fn parameters(&self) -> usize {
        self.names.len() - 1 - self.definitions.len()
    }
}

/// A part of a formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// A number, meant exactly.
    Number(Decimal),
    /// π.
    Pi,
    /// `x`, a parameter or a definition, by its place in [`Formula::names`].
    Variable(usize),
    /// −a.
    Negative(Box<Self>),
    /// a + b and the like.
    Binary(Operator, Box<Self>, Box<Self>),
    /// A whole power, such as x².
    Power(Box<Self>, u32),
    /// A function of one argument.
    Call(Function, Box<Self>),
    /// The smaller one.
    Min(Box<Self>, Box<Self>),
    /// The larger one.
    Max(Box<Self>, Box<Self>),
    /// The expression of the first condition that holds, else the last one.
    Cases(Vec<(Self, Condition)>, Box<Self>),
}

impl Expression {
    /// The expressions that it is directly made of, those of conditions too.
    pub(crate) fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Number(_) | Self::Pi | Self::Variable(_) => Vec::new(),
            Self::Negative(a) | Self::Power(a, _) | Self::Call(_, a) => vec![a],
            Self::Binary(_, a, b) | Self::Min(a, b) | Self::Max(a, b) => vec![a, b],
            Self::Cases(cases, otherwise) => {
                let conditions = cases.iter().flat_map(|(_, condition)| &condition.0);
                let compared = conditions.flat_map(|chain| {
                    std::iter::once(&chain.first).chain(chain.rest.iter().map(|(_, next)| next))
                });
                let values = cases.iter().map(|(value, _)| value);
                values.chain(compared).chain([&**otherwise]).collect()
            }
        }
    }

    /// The same with other parts.
    pub(crate) fn map(&self, part: &mut impl FnMut(&Self) -> Self) -> Self {
        match self {
            Self::Number(_) | Self::Pi | Self::Variable(_) => self.clone(),
            Self::Negative(a) => Self::Negative(Box::new(part(a))),
            Self::Binary(operator, a, b) => Self::Binary(*operator, Box::new(part(a)), Box::new(part(b))),
            Self::Power(base, exponent) => Self::Power(Box::new(part(base)), *exponent),
            Self::Call(function, a) => Self::Call(*function, Box::new(part(a))),
            Self::Min(a, b) => Self::Min(Box::new(part(a)), Box::new(part(b))),
            Self::Max(a, b) => Self::Max(Box::new(part(a)), Box::new(part(b))),
            Self::Cases(cases, otherwise) => {
                let cases = cases
                    .iter()
                    .map(|(value, condition)| (part(value), condition.map(part)));
                Self::Cases(cases.collect(), Box::new(part(otherwise)))
            }
        }
    }
}

/// The four operations of arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// +
    Add,
    /// −
    Subtract,
    /// ·
    Multiply,
    /// /
    Divide,
}

/// A function of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// eˣ.
    Exp,
    /// eˣ − 1.
    ExpM1,
    /// The natural logarithm.
    Ln,
    /// ln(1 + x).
    Log1P,
    /// √x.
    Sqrt,
    /// |x|.
    Abs,
    /// The hyperbolic tangent.
    Tanh,
    /// The error function.
    Erf,
    /// The logistic function σ, 1/(1 + exp(−x)).
    Sigmoid,
    /// ln(1 + exp(x)).
    Softplus,
    /// The distribution function Φ of the standard normal.
    NormalCdf,
    /// The density φ of the standard normal.
    NormalDensity,
}

impl Function {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Exp,
        Self::ExpM1,
        Self::Ln,
        Self::Log1P,
        Self::Sqrt,
        Self::Abs,
        Self::Tanh,
        Self::Erf,
        Self::Sigmoid,
        Self::Softplus,
        Self::NormalCdf,
        Self::NormalDensity,
    ];

    /// How it is written before its argument; |x| is written around it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::ExpM1 => "expm1",
            Self::Ln => "ln",
            Self::Log1P => "log1p",
            Self::Sqrt => "√",
            Self::Abs => "|",
            Self::Tanh => "tanh",
            Self::Erf => "erf",
            Self::Sigmoid => "σ",
            Self::Softplus => "softplus",
            Self::NormalCdf => "Φ",
            Self::NormalDensity => "φ",
        }
    }

    /// The function of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|function| function.name() == name)
    }
}

/// Chains of comparisons, one of which has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(pub Vec<Chain>);

impl Condition {
    /// The same of other expressions.
    pub(crate) fn map(&self, part: &mut impl FnMut(&Expression) -> Expression) -> Self {
        let mut chain = |chain: &Chain| Chain {
            first: part(&chain.first),
            rest: chain
                .rest
                .iter()
                .map(|(relation, next)| (*relation, part(next)))
                .collect(),
        };
        Self(self.0.iter().map(&mut chain).collect())
    }
}

/// `first < a ≤ b ...`: every comparison has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// What stands first.
    pub first: Expression,
    /// How each compares with the one before it; at least one.
    pub rest: Vec<(Relation, Expression)>,
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// <
    Less,
    /// ≤
    LessOrEqual,
    /// >
    Greater,
    /// ≥
    GreaterOrEqual,
}

impl Relation {
    /// The sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessOrEqual => "≤",
            Self::Greater => ">",
            Self::GreaterOrEqual => "≥",
        }
    }
}

/// A decimal number as it is written, such as `0.044715`: its digits without the point, and how many of them stand
/// behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    pub(crate) digits: u128,
    pub(crate) places: u8,
}

impl Decimal {
    /// The most digits that a number has.
    pub(crate) const MOST_DIGITS: usize = 36;

    /// A whole number.
    pub const fn whole(value: u32) -> Self {
        Self {
            digits: value as u128,
            places: 0,
        }
    }

    /// Whether it is this whole number.
    pub fn is(self, value: u32) -> bool {
        self.digits == u128::from(value) * 10_u128.pow(u32::from(self.places))
    }

    /// The nearest f64.
    ///
    /// ```
    /// use relume_formula::Decimal;
    /// assert_eq!(Decimal::whole(7).to_f64(), 7.0);
    /// ```
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().expect("a decimal number is a number")
    }
}
