//! Numbers in memory that Python owns, of any type of elements, as the doctor reads them.

use half::{bf16, f16};
use pyo3::prelude::*;

use crate::element::ElementType;
use crate::slices::part;

/// Elements in memory: their type, their address, and how many there are.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    dtype: ElementType,
    address: usize,
    pub(crate) elements: usize,
}

impl Memory {
    pub(crate) fn new(dtype: usize, address: usize, elements: usize) -> PyResult<Memory> {
        Ok(Memory {
            dtype: ElementType::numbered(dtype)?,
            address,
            elements,
        })
    }

    pub(crate) fn is_double(self) -> bool {
        self.dtype == ElementType::F64
    }

    /// The elements from `start` on: in place if they are in single precision, else converted into `scratch`.
    ///
    /// # Safety
    /// The memory holds that many aligned elements, and nothing writes to them while the slice lives.
    pub(crate) unsafe fn singles(self, start: usize, elements: usize, scratch: &mut Vec<f32>) -> &[f32] {
        let (address, range) = (self.address, start..start + elements);
        // SAFETY: as promised by the caller.
        unsafe {
            match self.dtype {
                ElementType::F16 => convert(part(address, range), scratch, f16::to_f32),
                ElementType::BF16 => convert(part(address, range), scratch, bf16::to_f32),
                ElementType::F32 => part(address, range),
                ElementType::F64 => convert(part(address, range), scratch, to_single),
            }
        }
    }

    /// The elements from `start` on, which are in double precision.
    ///
    /// # Safety
    /// As [`singles`](Self::singles).
    pub(crate) unsafe fn doubles<'a>(self, start: usize, elements: usize) -> &'a [f64] {
        debug_assert!(self.is_double());
        // SAFETY: as promised by the caller.
        unsafe { part(self.address, start..start + elements) }
    }
}

fn convert<'a, T: Copy>(from: &[T], scratch: &'a mut Vec<f32>, single: fn(T) -> f32) -> &'a [f32] {
    scratch.clear();
    scratch.extend(from.iter().map(|&v| single(v)));
    scratch
}

/// The single nearest to a number, but nothing becomes zero or infinite that was not.
fn to_single(v: f64) -> f32 {
    let single = v as f32;
    if single == 0.0 && v != 0.0 {
        f32::from_bits(1).copysign(single)
    } else if single.is_infinite() && v.is_finite() {
        f32::MAX.copysign(single)
    } else {
        single
    }
}
