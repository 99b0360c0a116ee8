//! The native half of the Python package `relume`: what the catalogue knows, and its kernels.

mod activation;
mod definition;
mod kernels;
mod threads;

use pyo3::prelude::*;

/// The native half of relume: what adapters to frameworks are built on. It may change with any release.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::activation::Activation;
    #[pymodule_export]
    use crate::definition::{Definition, Kink, Parameter, catalogue};
    #[pymodule_export]
    use crate::threads::{get_num_threads, set_num_threads};

    // The types of elements, as the methods of `Activation` take them.
    #[pymodule_export]
    const F16: usize = 0;
    #[pymodule_export]
    const BF16: usize = 1;
    #[pymodule_export]
    const F32: usize = 2;
    #[pymodule_export]
    const F64: usize = 3;
}
