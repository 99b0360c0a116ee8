//! How a generated data set and its parameters are written: `mnist1d(test=20000, seed=3)`.

use crate::error::{nearest, one_line};
use crate::words::grouped;
use crate::{Dataset, Error};
use std::ops::RangeInclusive;

/// A data set that is computed from whole numbers.
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    /// From its text form and the values of all parameters.
    pub(crate) make: fn(&str, &[u64]) -> Result<Dataset, Error>,
}

pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) default: u64,
    pub(crate) range: RangeInclusive<u64>,
}

/// The numbers that a seed may be.
pub(crate) const SEEDS: RangeInclusive<u64> = 0..=u64::MAX;

impl Recipe {
    /// The data set that `text` stands for. The text begins with its name.
    pub(crate) fn read(&self, text: &str) -> Result<Dataset, Error> {
        let values = self.values(text)?;
        (self.make)(&self.text(&values), &values)
    }

    fn values(&self, text: &str) -> Result<Vec<u64>, Error> {
        let wrong = |problem: String| Error::Parameters {
            given: one_line(text),
            problem: one_line(problem),
            example: self.example(),
        };
        let arguments = match text.trim().split_once('(') {
            None => "",
            Some((_, rest)) => rest.strip_suffix(')').ok_or_else(|| {
                wrong("the closing parenthesis is missing or not the last character".into())
            })?,
        };
        let mut values: Vec<Option<u64>> = vec![None; self.parameters.len()];
        for argument in arguments.split(',').filter(|_| !arguments.trim().is_empty()) {
            let argument = argument.trim();
            let (name, value) = argument
                .split_once('=')
                .map(|(name, value)| (name.trim(), value.trim()))
                .ok_or_else(|| wrong(format!("`{argument}` is not of the form name=value")))?;
            let index = self
                .parameters
                .iter()
                .position(|parameter| parameter.name == name)
                .ok_or_else(|| wrong(self.unknown(name)))?;
            let range = &self.parameters[index].range;
            let number = value
                .parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or_else(|| wrong(format!("{name} is `{value}`, not a whole number {}", span(range))))?;
            if values[index].replace(number).is_some() {
                return Err(wrong(format!("{name} is given twice")));
            }
        }
        let defaults = self.parameters.iter().map(|parameter| parameter.default);
        Ok(values
            .into_iter()
            .zip(defaults)
            .map(|(value, default)| value.unwrap_or(default))
            .collect())
    }

    fn unknown(&self, name: &str) -> String {
        let names = || self.parameters.iter().map(|parameter| parameter.name);
        let meant = nearest(name, names())
            .map(|name| format!("; did you mean {name}?"))
            .unwrap_or_default();
        let known = names().collect::<Vec<_>>().join(", ");
        format!("there is no parameter `{name}`, only {known}{meant}")
    }

    /// The name with every parameter that is not what it is by default.
    fn text(&self, values: &[u64]) -> String {
        let arguments: Vec<String> = self
            .parameters
            .iter()
            .zip(values)
            .filter(|(parameter, value)| parameter.default != **value)
            .map(|(parameter, value)| format!("{}={value}", parameter.name))
            .collect();
        match arguments.as_slice() {
            [] => self.name.to_owned(),
            _ => format!("{}({})", self.name, arguments.join(", ")),
        }
    }

    /// The name with all parameters as they are by default.
    fn example(&self) -> String {
        let arguments: Vec<String> = self
            .parameters
            .iter()
            .map(|parameter| format!("{}={}", parameter.name, parameter.default))
            .collect();
        format!("{}({})", self.name, arguments.join(", "))
    }
}

fn span(range: &RangeInclusive<u64>) -> String {
    match *range.end() {
        u64::MAX => "below 2^64".to_owned(),
        end => format!(
            "from {} to {}",
            grouped(*range.start() as usize),
            grouped(end as usize)
        ),
    }
}
