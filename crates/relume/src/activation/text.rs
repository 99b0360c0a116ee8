//! Activations as text: `leaky_relu(slope=0.01)`.

use std::fmt;
use std::str::FromStr;

use crate::activation::Activation;
use crate::engine::elementwise::MAX_PARAMETERS;
use crate::error::Error;

impl FromStr for Activation {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let syntax = |reason| Error::Syntax {
            text: text.trim().to_owned(),
            reason,
        };
        let (name, arguments) = match text.trim().split_once('(') {
            None => (text, ""),
            Some((name, rest)) => (
                name,
                rest.strip_suffix(')')
                    .ok_or_else(|| syntax("the closing parenthesis is missing"))?,
            ),
        };
        if name.trim().is_empty() {
            return Err(syntax("there is no name"));
        }
        let mut activation = Self::new(name)?;
        let mut given = [false; MAX_PARAMETERS];
        for argument in arguments.split(',').filter(|_| !arguments.is_empty()) {
            let (parameter, value) = argument
                .split_once('=')
                .ok_or_else(|| syntax("a parameter is not of the form name=value"))?;
            let value = value
                .trim()
                .parse()
                .map_err(|_| syntax("the value of a parameter is not a number"))?;
            let index = activation.parameter_index(parameter.trim())?;
            if std::mem::replace(&mut given[index], true) {
                let (activation, parameters) = (activation.name(), activation.definition().parameters);
                return Err(Error::RepeatedParameter {
                    activation,
                    parameter: parameters[index].name,
                });
            }
            activation = activation.with(parameter.trim(), value)?;
        }
        Ok(activation)
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: Vec<String> = self
            .parameters()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let text = match arguments.as_slice() {
            [] => self.name().to_owned(),
            _ => format!("{}({})", self.name(), arguments.join(", ")),
        };
        f.pad(&text)
    }
}

impl fmt::Debug for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Activation({self})")
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Activation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Activation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}
