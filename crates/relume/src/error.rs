//! What can go wrong.

use crate::definition::{Domain, Needs};

/// Why an activation could not be made or applied.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No function has this name.
    #[error("unknown activation `{name}`{}", suggestion(*nearest))]
    UnknownActivation {
        /// The name that was asked for.
        name: String,
        /// The most similar name that exists, if one is similar.
        nearest: Option<&'static str>,
    },
    /// The function works on something else than what was asked for: softmax on whole rows, not on single elements.
    #[error("`{name}` works on {shape}, not on {wanted}")]
    OtherShape {
        /// The function.
        name: &'static str,
        /// What it works on, and the type that applies it.
        shape: &'static str,
        /// What was asked for.
        wanted: &'static str,
    },
    /// The function has no parameter of this name.
    #[error("`{activation}` has no parameter `{parameter}` (it has {})", list(known))]
    UnknownParameter {
        /// The function.
        activation: &'static str,
        /// The parameter that was given.
        parameter: String,
        /// The parameters that it has.
        known: Vec<&'static str>,
    },
    /// The same parameter was given twice.
    #[error("`{activation}`: parameter `{parameter}` is given twice")]
    RepeatedParameter {
        /// The function.
        activation: &'static str,
        /// The parameter.
        parameter: &'static str,
    },
    /// A parameter is NaN or infinite, or has a value for which the function is not defined, at least once it is rounded
    /// to `f32`.
    #[error("`{activation}`: parameter `{parameter}` is {value}, expected {domain}")]
    ParameterOutOfDomain {
        /// The function.
        activation: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// What was given.
        value: f64,
        /// What is allowed.
        domain: Domain,
    },
    /// The text is no activation.
    #[error(
        "cannot read `{text}` as an activation: {reason}; expected for example `relu` or `leaky_relu(slope=0.01)`"
    )]
    Syntax {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A slice has another length than the input or its row calls for.
    #[error("the {what} has {found} elements, expected {expected}")]
    LengthMismatch {
        /// Which slice.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// The length of this slice.
        found: usize,
    },
    /// The input is no whole number of rows.
    #[error("an input of {elements} elements cannot be divided into rows of {row}")]
    PartialRow {
        /// The length of the input.
        elements: usize,
        /// The length of a row.
        row: usize,
    },
    /// The slice of bits has not one byte for eight elements.
    #[error("there are {found} bytes of bits for {elements} elements, expected {expected}")]
    BitsMismatch {
        /// How many elements there are.
        elements: usize,
        /// How many bytes their bits fill.
        expected: usize,
        /// The length of the slice of bits.
        found: usize,
    },
    /// The backward was asked to do with one bit per element, but the function is not made for that.
    #[error("`{activation}` has no backward from one bit per element: it needs {needs}")]
    MoreThanABit {
        /// The function.
        activation: &'static str,
        /// What its backward needs.
        needs: Needs,
    },
}

fn suggestion(nearest: Option<&'static str>) -> String {
    nearest
        .map(|name| format!(", did you mean `{name}`?"))
        .unwrap_or_default()
}

fn list(names: &[&'static str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// An error unless a slice is as long as the input that it belongs to.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), Error> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::LengthMismatch {
            what,
            expected,
            found,
        })
    }
}

/// An error unless the input can be divided into rows of this length.
pub(crate) fn whole_rows(elements: usize, row: usize) -> Result<(), Error> {
    if elements.is_multiple_of(row) {
        Ok(())
    } else {
        Err(Error::PartialRow { elements, row })
    }
}
