//! The initial weights that suit a function.

use std::fmt;

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
