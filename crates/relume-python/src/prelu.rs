//! The backward of PReLU over memory that is given by its address, as PyTorch has it.

use pyo3::prelude::*;
use relume::{Element, Error, Prelu};

use crate::activation::value_error;
use crate::choice::choose;
use crate::element::{ElementType, Work};
use crate::slices::{part, part_mut};

/// The gradients of PReLU by x and by the slopes, for tensors of the shape (any, channels, inner); at 0 the derivative
/// is the slope, as in PyTorch. Takes a type of elements (`F16`, `BF16`, `F32` or `F64`), the addresses of x, the
/// slopes, dy, dx and dslopes, and the shape.
///
/// It trusts the caller: the arrays must hold that many elements, contiguous and aligned, must stay alive, must not
/// overlap, and must not be written to during the call. The GIL is released.
#[pyfunction]
pub(crate) fn prelu_backward(
    py: Python<'_>,
    dtype: usize,
    addresses: [usize; 5],
    shape: [usize; 3],
) -> PyResult<()> {
    let dtype = ElementType::numbered(dtype)?;
    // SAFETY: the caller of the Python function promises what `Backward` asks for.
    py.detach(|| unsafe { dtype.run(Backward { addresses, shape }) })
        .map_err(value_error)
}

/// The arrays are as said of [`prelu_backward`].
struct Backward {
    addresses: [usize; 5],
    shape: [usize; 3],
}

impl Work for Backward {
    type Output = Result<(), Error>;

    unsafe fn run<T: Element>(self) -> Result<(), Error> {
        let Self {
            addresses: [x, slopes, dy, dx, dslopes],
            shape: [outer, channels, inner],
        } = self;
        let n = outer * channels * inner;
        // SAFETY: as promised by the caller.
        let (x, slopes, dy, dx, dslopes) = unsafe {
            (
                part::<T>(x, 0..n),
                part::<T>(slopes, 0..channels),
                part::<T>(dy, 0..n),
                part_mut(dx, 0..n),
                part_mut(dslopes, 0..channels),
            )
        };
        Prelu::new(slopes, inner)?.backward(x, dy, dx, dslopes)?;
        choose(T::from_f64(0.0), x, dx, |i| {
            Some([dy[i].to_f64(), slopes[i / inner % channels].to_f64()])
        });
        Ok(())
    }
}
