//! What is compared.

use relume::{Activation, Error, Gated};
use std::fmt;
use std::str::FromStr;

/// An activation, or a gated linear unit, which multiplies one half of a layer by an activation of the other (Shazeer,
/// 2020).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// One number to one.
    Activation(Activation),
    /// Two numbers to one: a·f(b).
    Gated {
        /// As in `swiglu`.
        name: &'static str,
        /// f.
        gate: Activation,
    },
}

impl Function {
    /// The activation, or that of the gate.
    pub fn activation(&self) -> &Activation {
        match self {
            Self::Activation(activation) | Self::Gated { gate: activation, .. } => activation,
        }
    }

    /// Whether it is a gated unit.
    pub fn is_gated(&self) -> bool {
        matches!(self, Self::Gated { .. })
    }
}

impl From<Activation> for Function {
    fn from(activation: Activation) -> Self {
        Self::Activation(activation)
    }
}

impl FromStr for Function {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.parse() {
            Ok(activation) => Ok(Self::Activation(activation)),
            Err(error) => {
                let definition = relume::catalogue().find(|definition| definition.name == text);
                match (definition, Gated::new(text)) {
                    (Some(definition), Ok(gated)) => Ok(Self::Gated {
                        name: definition.name,
                        gate: gated.gate(),
                    }),
                    _ => Err(error),
                }
            }
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activation(activation) => activation.fmt(f),
            Self::Gated { name, .. } => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["relu", "elu(alpha=0.5)", "swiglu", "geglu", "reglu", "glu"] {
            let function: Function = text.parse().unwrap();
            assert_eq!(function.to_string(), text);
        }
        let swiglu: Function = "swiglu".parse().unwrap();
        assert!(swiglu.is_gated() && swiglu.activation().name() == "silu");
        assert!("softmax".parse::<Function>().is_err() && "rleu".parse::<Function>().is_err());
    }
}
