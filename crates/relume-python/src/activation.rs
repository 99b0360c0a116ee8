//! Activations over memory that is given by its address, for adapters to frameworks.

use half::{bf16, f16};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use relume::{Element, Error, Framework};

use crate::choice;
use crate::hosted::Hosted;
use crate::threads::get_num_threads;

/// From this many elements on, other Python threads run meanwhile: letting them costs some 50 ns.
const LARGE: usize = 4096;

/// An activation function with its parameters, made from text such as `"leaky_relu(slope=0.2)"`. With the name of a
/// framework such as `"PyTorch"` its derivatives at kinks are those of the framework.
///
/// The methods take a type of elements (`F16`, `BF16`, `F32` or `F64`), addresses, a number of elements, and how many
/// threads share the work if it is large, by default those of `set_num_threads`. They trust the caller: an array must
/// hold that many elements, contiguous and aligned, must stay alive, and must not be written to by others meanwhile.
/// An output may be the same array as the input `x` of a forward or the arriving gradient `dy` of a backward; other
/// overlaps are forbidden. Large calls release the GIL.
#[pyclass(frozen, module = "relume._native")]
pub(crate) struct Activation(pub(crate) Hosted);

#[pymethods]
impl Activation {
    #[new]
    #[pyo3(signature = (text, framework=None))]
    fn new(text: &str, framework: Option<&str>) -> PyResult<Self> {
        let activation = text.parse().map_err(value_error)?;
        let framework = framework.map(find_framework).transpose()?;
        Ok(Self(Hosted::new(activation, framework)))
    }

    /// The name of the function.
    #[getter]
    fn name(&self) -> &'static str {
        self.0.activation.name()
    }

    /// The parameters: pairs of name and value.
    #[getter]
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.0.activation.parameters().collect()
    }

    /// The derivatives that a clear and a set bit stand for; `None` if the function has no bits.
    #[getter]
    fn slopes(&self) -> Option<[f64; 2]> {
        choice::slopes(&self.0.activation)
    }

    /// f(x), in float64.
    fn value(&self, x: f64) -> f64 {
        self.0.activation.value(x)
    }

    /// f′(x), in float64, whatever the framework.
    fn slope(&self, x: f64) -> f64 {
        self.0.activation.derivative(x)
    }

    /// y = f(x).
    #[pyo3(signature = (dtype, x, y, n, threads=None))]
    fn forward(
        &self,
        py: Python<'_>,
        dtype: usize,
        x: usize,
        y: usize,
        n: usize,
        threads: Option<usize>,
    ) -> PyResult<()> {
        let f = operations(dtype)?.forward;
        // SAFETY: the caller of the Python method promises what `forward` asks for.
        self.detached(py, n, threads, |threads| unsafe {
            f(&self.0, threads, [x, y], n)
        });
        Ok(())
    }

    /// dx = dy·f′(x), in one pass.
    #[pyo3(signature = (dtype, x, dy, dx, n, threads=None))]
    #[expect(clippy::too_many_arguments, reason = "Python passes them one by one")]
    fn backward(
        &self,
        py: Python<'_>,
        dtype: usize,
        x: usize,
        dy: usize,
        dx: usize,
        n: usize,
        threads: Option<usize>,
    ) -> PyResult<()> {
        let f = operations(dtype)?.backward;
        // SAFETY: the caller of the Python method promises what `backward` asks for.
        self.detached(py, n, threads, |threads| unsafe {
            f(&self.0, threads, [x, dy, dx], n)
        });
        Ok(())
    }

    /// y = f(x), and one bit for each element, in (n + 7)/8 bytes, from which the backward knows the derivative.
    #[pyo3(signature = (dtype, x, y, bits, n, threads=None))]
    #[expect(clippy::too_many_arguments, reason = "Python passes them one by one")]
    fn forward_with_bits(
        &self,
        py: Python<'_>,
        dtype: usize,
        x: usize,
        y: usize,
        bits: usize,
        n: usize,
        threads: Option<usize>,
    ) -> PyResult<()> {
        let f = operations(dtype)?.forward_with_bits;
        self.has_bits()?;
        // SAFETY: the caller of the Python method promises what `forward_with_bits` asks for.
        self.detached(py, n, threads, |threads| unsafe {
            f(&self.0, threads, [x, y, bits], n)
        });
        Ok(())
    }

    /// dx = dy·f′(x), with the bits instead of x.
    #[pyo3(signature = (dtype, bits, dy, dx, n, threads=None))]
    #[expect(clippy::too_many_arguments, reason = "Python passes them one by one")]
    fn backward_from_bits(
        &self,
        py: Python<'_>,
        dtype: usize,
        bits: usize,
        dy: usize,
        dx: usize,
        n: usize,
        threads: Option<usize>,
    ) -> PyResult<()> {
        let f = operations(dtype)?.backward_from_bits;
        self.has_bits()?;
        // SAFETY: the caller of the Python method promises what `backward_from_bits` asks for.
        self.detached(py, n, threads, |threads| unsafe {
            f(&self.0, threads, [bits, dy, dx], n)
        });
        Ok(())
    }

    fn __str__(&self) -> String {
        self.0.activation.to_string()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0.activation)
    }
}

impl Activation {
    /// Does the work with so many threads, and lets other Python threads run meanwhile if there is much of it.
    fn detached(&self, py: Python<'_>, n: usize, threads: Option<usize>, work: impl FnOnce(usize) + Send) {
        if n < LARGE {
            work(1);
        } else {
            let large = n >= self.0.activation.par_from();
            py.detach(|| {
                work(if large {
                    threads.unwrap_or_else(get_num_threads)
                } else {
                    1
                })
            });
        }
    }

    fn has_bits(&self) -> PyResult<()> {
        self.0
            .activation
            .backward_in_place_from_bits::<f32>(&[], &mut [])
            .map_err(value_error)
    }
}

fn find_framework(name: &str) -> PyResult<Framework> {
    let known = Framework::ALL
        .into_iter()
        .find(|framework| framework.to_string() == name);
    known.ok_or_else(|| PyValueError::new_err(format!("there is no framework {name:?}")))
}

/// The operations on one type of elements: threads, addresses, a number of elements.
struct Operations {
    forward: unsafe fn(&Hosted, usize, [usize; 2], usize),
    backward: unsafe fn(&Hosted, usize, [usize; 3], usize),
    forward_with_bits: unsafe fn(&Hosted, usize, [usize; 3], usize),
    backward_from_bits: unsafe fn(&Hosted, usize, [usize; 3], usize),
}

impl Operations {
    const fn of<T: Element>() -> Self {
        Self {
            forward: Hosted::forward::<T>,
            backward: Hosted::backward::<T>,
            forward_with_bits: Hosted::forward_with_bits::<T>,
            backward_from_bits: Hosted::backward_from_bits::<T>,
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

pub(crate) fn value_error(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
