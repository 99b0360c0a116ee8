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
