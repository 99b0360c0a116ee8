//! The backward of PReLU over memory that is given by its address, as PyTorch has it.

use half::{bf16, f16};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use relume::prelu::Prelu;
use relume::{Element, Error};

use crate::activation::value_error;
use crate::choice::{BLOCK, contains};
use crate::kernels::{slice, slice_mut};

/// The gradients of PReLU by x and by the slopes, for tensors of the shape (any, channels, inner); at 0 the derivative
/// is the slope, as in PyTorch. Takes a type of elements (`F16`, `BF16`, `F32` or `F64`), the addresses of x, the
/// slopes, dy, dx and dslopes, and the shape.
///
/// It trusts the caller: the arrays must hold so many elements, contiguous and aligned, must stay alive, must not
/// overlap, and must not be written to by others meanwhile. The GIL is released.
#[pyfunction]
pub(crate) fn prelu_backward(
    py: Python<'_>,
    dtype: usize,
    addresses: [usize; 5],
    shape: [usize; 3],
) -> PyResult<()> {
    let work = *[
        backward::<f16>,
        backward::<bf16>,
        backward::<f32>,
        backward::<f64>,
    ]
    .get(dtype)
    .ok_or_else(|| PyIndexError::new_err(format!("there is no type of elements with the number {dtype}")))?;
    // SAFETY: the caller of the Python function promises what `backward` asks for.
    py.detach(|| unsafe { work(addresses, shape) })
        .map_err(value_error)
}

/// # Safety
/// At the addresses are so many aligned elements. Nobody else writes to them meanwhile; dx and dslopes overlap with
/// nothing.
unsafe fn backward<T: Element>(
    [x, slopes, dy, dx, dslopes]: [usize; 5],
    [outer, channels, inner]: [usize; 3],
) -> Result<(), Error> {
    let n = outer * channels * inner;
    // SAFETY: as promised by the caller.
    let (x, slopes, dy, dx, dslopes) = unsafe {
        (
            slice(x as *const T, n),
            slice(slopes as *const T, channels),
            slice(dy as *const T, n),
            slice_mut(dx as *mut T, n),
            slice_mut(dslopes as *mut T, channels),
        )
    };
    Prelu::new(slopes, inner)?.backward(x, dy, dx, dslopes)?;
    let zero = T::from_f64(0.0);
    for (block, x) in x.chunks(BLOCK).enumerate() {
        if contains(x, zero) {
            let places = (block * BLOCK..).zip(x).filter(|(_, x)| **x == zero);
            for (i, _) in places {
                let slope = slopes[i / inner % channels].to_f64();
                // A slope of 0 stops any gradient.
                dx[i] = if slope == 0.0 {
                    zero
                } else {
                    T::from_f64(dy[i].to_f64() * slope)
                };
            }
        }
    }
    Ok(())
}
