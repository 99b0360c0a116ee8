//! Numbers in memory that Python owns, of whatever type, as the doctor reads them.

use half::{bf16, f16};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;

use crate::kernels::slice;

/// Elements in memory: their type, as a number of Python's, their address, and how many there are.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    dtype: usize,
    address: usize,
    pub(crate) elements: usize,
}

impl Memory {
    pub(crate) fn new(dtype: usize, address: usize, elements: usize) -> PyResult<Memory> {
        if dtype > F64 {
            let message = format!("there is no type of elements with the number {dtype}");
            return Err(PyIndexError::new_err(message));
        }
        Ok(Memory {
            dtype,
            address,
            elements,
        })
    }

    pub(crate) fn is_double(self) -> bool {
        self.dtype == F64
    }

    /// The elements from `start` on, where they lie if they are in single precision, else by way of `scratch`.
    ///
    /// # Safety
    /// The memory holds that many aligned elements, and nobody writes to them meanwhile.
    pub(crate) unsafe fn singles(self, start: usize, elements: usize, scratch: &mut Vec<f32>) -> &[f32] {
        // SAFETY: as promised by the caller.
        unsafe {
            match self.dtype {
                F16 => convert(self.part::<f16>(start, elements), scratch, f16::to_f32),
                BF16 => convert(self.part::<bf16>(start, elements), scratch, bf16::to_f32),
                F32 => self.part(start, elements),
                _ => convert(self.part::<f64>(start, elements), scratch, to_single),
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
        unsafe { self.part(start, elements) }
    }

    /// # Safety
    /// As [`singles`](Self::singles), for elements of this type.
    unsafe fn part<'a, T>(self, start: usize, elements: usize) -> &'a [T] {
        let address = self.address as *const T;
        // SAFETY: as promised by the caller.
        unsafe { slice(address.wrapping_add(start), elements) }
    }
}

// The places of the types are their numbers in Python.
const F16: usize = 0;
const BF16: usize = 1;
const F32: usize = 2;
const F64: usize = 3;

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
