//! Parameters and the values that they may take.

use std::fmt;

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
