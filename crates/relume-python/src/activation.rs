//! Activations over memory that is given by its address, for adapters to frameworks.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use relume::{Element, Error, Framework};

use crate::adapted::{Adapted, Call};
use crate::choice;
use crate::element::{ElementType, Work};

/// From this many elements on, other Python threads may run during a call: letting them costs some 50 ns.
const LARGE: usize = 4096;

/// An activation function with its parameters, made from text such as `"leaky_relu(slope=0.2)"`. With the name of a
/// framework such as `"PyTorch"` its derivatives at kinks are those of the framework.
///
/// The methods take a type of elements (`F16`, `BF16`, `F32` or `F64`), addresses, a number of elements, and how many
/// threads share the work if it is large, by default those of `set_num_threads`. They trust the caller: an array must
/// hold that many elements, contiguous and aligned, must stay alive, and must not be written to during the call.
/// An output may be the same array as the input `x` of a forward or the arriving gradient `dy` of a backward; other
/// overlaps are forbidden. Large calls release the GIL.
#[pyclass(frozen, module = "relume._native")]
pub(crate) struct Activation(pub(crate) Adapted);

#[pymethods]
impl Activation {
    #[new]
    #[pyo3(signature = (text, framework=None))]
    fn new(text: &str, framework: Option<&str>) -> PyResult<Self> {
        let activation: relume::Activation = text.parse().map_err(value_error)?;
        Ok(Self(match framework {
            None => activation.into(),
            Some(name) => Adapted::to(find_framework(name)?, activation),
        }))
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
        self.run(py, dtype, Call::Forward { x, y }, n, threads)
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
        self.run(py, dtype, Call::Backward { x, dy, dx }, n, threads)
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
        self.has_bits()?;
        self.run(py, dtype, Call::ForwardWithBits { x, y, bits }, n, threads)
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
        self.has_bits()?;
        self.run(py, dtype, Call::BackwardFromBits { bits, dy, dx }, n, threads)
    }

    fn __str__(&self) -> String {
        self.0.activation.to_string()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.0.activation)
    }
}

impl Activation {
    /// Other Python threads may run if there is much to do.
    fn run(
        &self,
        py: Python<'_>,
        dtype: usize,
        call: Call,
        n: usize,
        threads: Option<usize>,
    ) -> PyResult<()> {
        let dtype = ElementType::numbered(dtype)?;
        let work = OnElements {
            adapted: &self.0,
            call,
            n,
            threads,
        };
        // SAFETY: the caller of the Python method promises what `OnElements` asks for.
        let run = || unsafe { dtype.run(work) };
        if n < LARGE {
            run()
        } else {
            py.detach(run)
        }
        Ok(())
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

/// A call for `n` elements, whose memory is as [`Adapted::run`] asks for.
struct OnElements<'a> {
    adapted: &'a Adapted,
    call: Call,
    n: usize,
    threads: Option<usize>,
}

impl Work for OnElements<'_> {
    type Output = ();

    unsafe fn run<T: Element>(self) {
        // SAFETY: as promised by the caller.
        unsafe { self.adapted.run::<T>(self.call, self.n, self.threads) }
    }
}

pub(crate) fn value_error(error: Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}
