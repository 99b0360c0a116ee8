//! The types of elements, by the numbers that Python has for them.

use half::{bf16, f16};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use relume::Element;

/// A type of elements; as an integer it is its number in Python.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ElementType {
    F16,
    BF16,
    F32,
    F64,
}

/// Work over memory, of which there is one version for each type of elements.
pub(crate) trait Work {
    type Output;

    /// # Safety
    /// The memory holds elements of this type, and is as the work says.
    unsafe fn run<T: Element>(self) -> Self::Output;
}

impl ElementType {
    const ALL: [Self; 4] = [Self::F16, Self::BF16, Self::F32, Self::F64];

    /// The type with this number.
    pub(crate) fn numbered(number: usize) -> PyResult<Self> {
        Self::ALL.get(number).copied().ok_or_else(|| {
            PyIndexError::new_err(format!("there is no type of elements with the number {number}"))
        })
    }

    /// Does the work on elements of this type.
    ///
    /// # Safety
    /// As for [`Work::run`].
    pub(crate) unsafe fn run<W: Work>(self, work: W) -> W::Output {
        // SAFETY: as promised by the caller.
        unsafe {
            match self {
                Self::F16 => work.run::<f16>(),
                Self::BF16 => work.run::<bf16>(),
                Self::F32 => work.run::<f32>(),
                Self::F64 => work.run::<f64>(),
            }
        }
    }
}
