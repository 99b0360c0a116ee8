//! Activations over memory that is given by its address, for adapters to frameworks.

use half::{bf16, f16};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use relume::{Element, Error};

use crate::kernels;

/// From this many elements on, other Python threads run meanwhile: letting them costs some 50 ns.
const LARGE: usize = 4096;

/// An activation function with its parameters, made from text such as `"leaky_relu(slope=0.2)"`.
///
/// The methods take a type of elements (`F16`, `BF16`, `F32` or `F64`), addresses, and a number of elements. They
/// trust the caller: an array must hold that many elements, contiguous and aligned, must stay alive, and must not be
/// written to by others meanwhile. An output may be the same array as the input `x` of a forward or the arriving
/// gradient `dy` of a backward; other overlaps are forbidden. Large calls use threads and release the GIL.
#[pyclass(frozen, module = "relume._native")]
pub(crate) struct Activation(pub(crate) relume::Activation);

#[pymethods]
impl Activation {
    #[new]
    fn new(text: &str) -> PyResult<Self> {
        text.parse().map(Self).map_err(value_error)
    }

    /// The name of the function.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The parameters: pairs of name and value.
    #[getter]
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.0.parameters().collect()
    }

    /// f(x), in float64.
    fn value(&self, x: f64) -> f64 {
        self.0.value(x)
    }

    /// f′(x), in float64.
    fn slope(&self, x: f64) -> f64 {
        self.0.slope(x)
    }

    /// y = f(x).
    fn forward(&self, py: Python<'_>, dtype: usize, x: usize, y: usize, n: usize) -> PyResult<()> {
        let f = operations(dtype)?.forward;
        // SAFETY: the caller of the Python method promises what `forward` asks for.
        detached(py, n, || unsafe { f(&self.0, x, y, n) });
        Ok(())
    }

    /// dx = dy·f′(x), in one pass.
    fn backward(
        &self,
        py: Python<'_>,
        dtype: usize,
        x: usize,
        dy: usize,
        dx: usize,
        n: usize,
    ) -> PyResult<()> {
        let f = operations(dtype)?.backward;
        // SAFETY: the caller of the Python method promises what `backward` asks for.
        detached(py, n, || unsafe { f(&self.0, x, dy, dx, n) });
        Ok(())
    }

    /// y = f(x), and one bit for each element, in (n + 7)/8 bytes, from which the backward knows the derivative.
    fn forward_with_bits(
        &self,
        py: Python<'_>,
        dtype: usize,
        x: usize,
        y: usize,
        bits: usize,
        n: usize,
    ) -> PyResult<()> {
        let f = operations(dtype)?.forward_with_bits;
        // SAFETY: the caller of the Python method promises what `forward_with_bits` asks for.
        detached(py, n, || unsafe { f(&self.0, x, y, bits, n) }).map_err(value_error)
    }

    /// dx = dy·f′(x), with the bits instead of x.
    fn backward_from_bits(
        &self,
        py: Python<'_>,
        dtype: usize,
        bits: usize,
        dy: usize,
        dx: usize,
        n: usize,
    ) -> PyResult<()> {
        let f = operations(dtype)?.backward_from_bits;
        // SAFETY: the caller of the Python method promises what `backward_from_bits` asks for.
        detached(py, n, || unsafe { f(&self.0, bits, dy, dx, n) }).map_err(value_error)
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// The operations on one type of elements. The numbers are addresses, the last one a number of elements.
struct Operations {
    forward: unsafe fn(&relume::Activation, usize, usize, usize),
    backward: unsafe fn(&relume::Activation, usize, usize, usize, usize),
    forward_with_bits: unsafe fn(&relume::Activation, usize, usize, usize, usize) -> Result<(), Error>,
    backward_from_bits: unsafe fn(&relume::Activation, usize, usize, usize, usize) -> Result<(), Error>,
}

impl Operations {
    const fn of<T: Element>() -> Self {
        Self {
            // SAFETY: the caller promises what the kernel asks for; so it is with the others.
            forward: |f, x, y, n| unsafe { kernels::forward(f, x as *const T, y as *mut T, n) },
            // SAFETY: as above.
            backward: |f, x, dy, dx, n| unsafe {
                kernels::backward(f, x as *const T, dy as *const T, dx as *mut T, n);
            },
            // SAFETY: as above.
            forward_with_bits: |f, x, y, bits, n| unsafe {
                kernels::forward_with_bits(f, x as *const T, y as *mut T, bits as *mut u8, n)
            },
            // SAFETY: as above.
            backward_from_bits: |f, bits, dy, dx, n| unsafe {
                kernels::backward_from_bits(f, bits as *const u8, dy as *const T, dx as *mut T, n)
            },
        }
    }
}

/// The place of a type's operations is its number in Python.
static OPERATIONS: [Operations; 4] = [
    Operations::of::<f16>(),
    Operations::of::<bf16>(),
    Operations::of::<f32>(),
    Operations::of::<f64>(),
];

fn operations(dtype: usize) -> PyResult<&'static Operations> {
    OPERATIONS
        .get(dtype)
        .ok_or_else(|| PyIndexError::new_err(format!("there is no type of elements with the number {dtype}")))
}

/// Does the work, and lets other Python threads run meanwhile if there is much of it.
fn detached<R: Send>(py: Python<'_>, n: usize, work: impl FnOnce() -> R + Send) -> R {
    if n < LARGE { work() } else { py.detach(work) }
}

pub(crate) fn value_error(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
