//! What is known of the functions. It is data: what computes them is in other rooms.

mod accuracy;
mod convention;
mod initialisation;
mod parameter;

pub use accuracy::{ErrorBound, Growth, RowErrorBound};
pub use convention::{Convention, Framework, Place, Side};
pub use initialisation::{Gain, Initialisation};
pub use parameter::{Domain, Parameter};

use std::fmt;

/// Everything that is known about one activation function: the entry of the [catalogue](crate::catalogue()).
///
/// What depends on parameters (range, limits, kinks, monotonicity) is stated for their default values.
///
/// ```
/// let gelu = relume::find("gelu").unwrap();
/// assert_eq!(gelu.formula, "x·Φ(x)");
/// assert_eq!(gelu.elementwise().unwrap().limits, [0.0, f64::INFINITY]);
///
/// let softmax = relume::find("softmax").unwrap();
/// assert_eq!(softmax.formula, "exp(xᵢ)/Σⱼ exp(xⱼ)");
/// assert!(softmax.elementwise().is_none());
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Definition {
    /// The name by which it is parsed and printed; PyTorch's where it has one.
    pub name: &'static str,
    /// Other names that are accepted.
    pub aliases: &'static [&'static str],
    /// Its name in running text.
    pub title: &'static str,
    /// What it is, in a sentence or two.
    pub summary: &'static str,
    /// The function, in symbols: f(x) if it is elementwise.
    pub formula: &'static str,
    /// Its derivative, in symbols: f′(x) if it is elementwise, else the gradients that its backward computes.
    pub derivative: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// The least that the backward pass has to know of the forward pass.
    pub needs: Needs,
    /// Who proposed it.
    pub origin: Origin,
    /// What other frameworks call it, and where they choose otherwise; see [`convention`](Self::convention).
    pub conventions: &'static [Convention],
    /// What it maps to what, and what is known of functions of that kind.
    pub shape: Shape,
}

impl Definition {
    /// What is known of it as an elementwise function; `None` if it is not one.
    pub fn elementwise(&self) -> Option<&Elementwise> {
        match &self.shape {
            Shape::Elementwise(elementwise) => Some(elementwise),
            _ => None,
        }
    }

    /// The text that is composed of a framework's operations.
    ///
    /// ```
    /// let silu = relume::find("silu").unwrap();
    /// assert_eq!(silu.composed(), "max(0, x) − |x|·σ(−beta·|x|)");
    /// assert_eq!(relume::find("elu").unwrap().composed(), relume::find("elu").unwrap().formula);
    /// ```
    pub fn composed(&self) -> &'static str {
        let other = self.elementwise().and_then(|elementwise| elementwise.composed);
        other.unwrap_or(self.formula)
    }

    /// How large the error of a result can be, in words.
    ///
    /// ```
    /// let relu = relume::find("relu").unwrap();
    /// assert_eq!(relu.accuracy(), "0.5 ULP in f32, 0.5 ULP in f64");
    /// ```
    pub fn accuracy(&self) -> String {
        match &self.shape {
            Shape::Elementwise(elementwise) => elementwise.error_bound.to_string(),
            Shape::Rows(rows) => rows.accuracy.to_owned(),
            Shape::Gated { .. } => GATED_ACCURACY.to_owned(),
            Shape::LearnedSlopes { accuracy } => (*accuracy).to_owned(),
        }
    }

    /// What a framework does; `None` if it does not have the function.
    ///
    /// ```
    /// use relume::Framework;
    /// let mish = relume::find("mish").unwrap();
    /// assert_eq!(mish.convention(Framework::PyTorch).unwrap().name, "nn.Mish");
    /// assert!(relume::find("tanh_shrink").unwrap().convention(Framework::Onnx).is_none());
    /// ```
    pub fn convention(&self, framework: Framework) -> Option<&'static Convention> {
        self.conventions
            .iter()
            .find(|convention| convention.framework == framework)
    }
}

/// What a function maps to what.
#[derive(Debug)]
#[non_exhaustive]
pub enum Shape {
    /// Each element by itself; applied by [`Activation`](crate::Activation).
    Elementwise(Elementwise),
    /// Each row of elements; applied by [`RowFunction`](crate::RowFunction).
    Rows(Rows),
    /// Two halves a and b to a·f(b); applied by [`Gated`](crate::Gated) to two slices, and by
    /// [`RowFunction`](crate::RowFunction) to rows that hold a and then b.
    Gated {
        /// The name of the gate f.
        gate: &'static str,
    },
    /// Each element by itself, with a learned slope for each channel; applied by [`Prelu`](crate::Prelu).
    LearnedSlopes {
        /// How large the error of a result can be.
        accuracy: &'static str,
    },
}

impl Shape {
    /// What such a function works on, and the type that applies it.
    ///
    /// ```
    /// let shape = &relume::find("softmax").unwrap().shape;
    /// assert_eq!(shape.works_on(), "whole rows (RowFunction)");
    /// ```
    pub fn works_on(&self) -> &'static str {
        match self {
            Self::Elementwise(_) => "single elements (Activation)",
            Self::Rows(_) => "whole rows (RowFunction)",
            Self::Gated { .. } => "two halves (Gated)",
            Self::LearnedSlopes { .. } => "channels with learned slopes (Prelu)",
        }
    }
}

const GATED_ACCURACY: &str = "Products of rounded factors: y and da within 0.5 ULP plus twice the bound of the gate, db within 1.5 ULP plus twice that; where a factor is subnormal, half the smallest number times the other factor.";

/// What is known of an elementwise function.
#[derive(Debug)]
pub struct Elementwise {
    /// The same function in other words, for those who compose it of a framework's operations on tensors: where what is
    /// made of [`formula`](Definition::formula) would be 0·∞, lose its tail, or have another derivative at a kink.
    pub composed: Option<&'static str>,
    /// The infimum and the supremum of f.
    pub range: [f64; 2],
    /// Whether f never decreases. A result may lie one float below that of the float before it, where their exact values
    /// lie closer than that: in `f64`, and in `f32` for softplus and log_sigmoid (1 in 10,000 of all neighbours).
    pub monotone: bool,
    /// Where f′ jumps.
    pub kinks: &'static [Kink],
    /// The limits of f at −∞ and +∞, which are also the values there.
    pub limits: [f64; 2],
    /// The gain of a weight initialisation that suits the function.
    pub gain: Gain,
    /// The family of initialisation that suits it.
    pub initialisation: Initialisation,
    /// The largest error of values, derivatives and backward products.
    pub error_bound: ErrorBound,
}

/// What is known of a function of rows.
#[derive(Debug)]
pub struct Rows {
    /// How many elements a row of results has for one element of the input: 1 for softmax, 2 for crelu.
    pub outputs: usize,
    /// The largest error of a value.
    pub error_bound: RowErrorBound,
    /// How large the error of a result can be, in words.
    pub accuracy: &'static str,
}

/// A point at which the derivative jumps, and the value that is taken there: the derivative from the right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Kink {
    /// Where.
    pub at: f64,
    /// The derivative given there.
    pub derivative: f64,
}

/// The least that a backward pass has to know of the forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: the derivative is constant.
    Nothing,
    /// One bit per element: which of two pieces the input was on.
    Bit,
    /// The output.
    Output,
    /// The input.
    Input,
}

impl fmt::Display for Needs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "nothing",
            Self::Bit => "one bit per element",
            Self::Output => "output",
            Self::Input => "input",
        })
    }
}

/// Who proposed a function, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Authors and title.
    pub paper: &'static str,
    /// Year of publication.
    pub year: u16,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.paper, self.year)
    }
}
