//! Everything that is known about one activation function.

mod convention;
mod facts;

pub use convention::{Convention, Framework, Place, Side};
pub use facts::{Facts, facts};

use std::fmt;

use crate::engine::elementwise::Kernels;

/// The most parameters that any function has.
pub(crate) const MAX_PARAMETERS: usize = 4;

/// The values of a function's parameters, in the order of its [`Definition`]; the rest is unused.
pub(crate) type Parameters = [f64; MAX_PARAMETERS];

/// Everything that is known about one activation function: the entry of the [catalogue](crate::catalogue()).
///
/// What depends on parameters (range, limits, kinks, monotonicity) is stated for their default values.
///
/// ```
/// let gelu = relume::find("gelu").unwrap();
/// assert_eq!(gelu.formula, "x·Φ(x)");
/// assert_eq!(gelu.limits, [0.0, f64::INFINITY]);
/// assert!(!gelu.monotone);
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
    /// f(x), in symbols.
    pub formula: &'static str,
    /// f′(x), in symbols.
    pub derivative: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// The infimum and the supremum of f.
    pub range: [f64; 2],
    /// Whether f never decreases. A result may lie one float below that of the float before it, where their exact values
    /// lie closer than that: in `f64`, and in `f32` for softplus and log_sigmoid (1 in 10,000 of all neighbours).
    pub monotone: bool,
    /// Where f′ jumps.
    pub kinks: &'static [Kink],
    /// The limits of f at −∞ and +∞, which are also the values there.
    pub limits: [f64; 2],
    /// The least that the backward pass has to know of the forward pass.
    pub needs: Needs,
    /// The gain of a weight initialisation that suits the function.
    pub gain: Gain,
    /// The family of initialisation that suits it.
    pub initialisation: Initialisation,
    /// Who proposed it.
    pub origin: Origin,
    /// What other frameworks call it, and where they choose otherwise; see [`convention`](Self::convention).
    pub conventions: &'static [Convention],
    /// The largest error of values, derivatives and backward products.
    pub error_bound: ErrorBound,
    /// The compiled code.
    pub(crate) kernels: Kernels,
}

/// A parameter of an activation function.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its value unless another is given.
    pub default: f64,
    /// What it does.
    pub description: &'static str,
    /// Which values make sense.
    pub domain: Domain,
}

/// The values that a parameter may take, before and after it is rounded to `f32`; all of them are finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any finite number.
    Finite,
    /// Zero or more.
    NonNegative,
    /// More than zero.
    Positive,
}

impl Domain {
    /// Whether the value is allowed.
    pub fn contains(self, value: f64) -> bool {
        let rounded = value as f32;
        rounded.is_finite()
            && match self {
                Self::Finite => true,
                Self::NonNegative => value >= 0.0,
                Self::Positive => rounded > 0.0,
            }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finite => "a finite f32",
            Self::NonNegative => "a finite f32, at least 0",
            Self::Positive => "a finite f32 above 0",
        })
    }
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

/// The factor by which initial weights are scaled to make up for what the function does to the variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gain {
    /// The gain 1/√E\[f(z)²\] for a standard normal z, which preserves the second moment; computed.
    SecondMoment,
    /// A conventional gain.
    Stated {
        /// The gain.
        value: f64,
        /// Where it comes from.
        source: &'static str,
    },
}

impl Gain {
    /// Where the number comes from.
    pub fn source(&self) -> &'static str {
        match self {
            Self::SecondMoment => "computed: 1/√E[f(z)²] for a standard normal z (He et al., 2015)",
            Self::Stated { source, .. } => source,
        }
    }
}

/// A family of weight initialisations: which fan the variance of the weights is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialisation {
    /// Variance gain²/fan-in (He et al., 2015); for functions that are rectifiers at heart.
    He,
    /// Variance 2·gain²/(fan-in + fan-out) (Glorot and Bengio, 2010); for functions that saturate on both sides.
    Glorot,
    /// Variance 1/fan-in (LeCun et al., 1998); for self-normalising functions.
    LeCun,
}

impl Initialisation {
    /// `"he"`, `"glorot"` or `"lecun"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::He => "he",
            Self::Glorot => "glorot",
            Self::LeCun => "lecun",
        }
    }
}

impl fmt::Display for Initialisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
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

/// The largest error in units in the last place, over all finite inputs: for `f32` of every input, for `f64` of
/// dense samples and of the neighbourhoods in which errors are largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBound {
    /// For values in `f32`.
    pub f32: f64,
    /// For derivatives and backward products in `f32`.
    pub f32_derivative: f64,
    /// For all of them in `f64`.
    pub f64: f64,
}

impl ErrorBound {
    /// The correctly rounded result.
    pub(crate) const ROUNDED: Self = Self {
        f32: 0.5,
        f32_derivative: 0.5,
        f64: 0.5,
    };
    /// Rounded once from a result with some digits to spare.
    pub(crate) const SMOOTH: Self = Self {
        f32: 0.55,
        f32_derivative: 0.55,
        f64: 2.0,
    };
    /// The same, but values in `f32` come from compensated lanes, with few digits to spare: this many units in the last place.
    pub(crate) const fn compensated(f32: f64) -> Self {
        Self { f32, ..Self::SMOOTH }
    }
}

impl fmt::Display for ErrorBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ULP in f32", self.f32)?;
        if self.f32_derivative != self.f32 {
            write!(f, " ({} for the derivative)", self.f32_derivative)?;
        }
        write!(f, ", {} ULP in f64", self.f64)
    }
}
