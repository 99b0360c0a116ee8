//! The native half of the Python package `relume`: what the catalogue knows, and its kernels.

mod activation;
mod adapted;
mod choice;
mod comparison;
mod definition;
mod doc;
mod element;
mod elementwise;
mod flags;
mod formula;
mod gated;
mod gradients;
mod integer;
mod memory;
mod operand;
mod parameter;
mod prelu;
mod row;
mod run;
mod slices;
mod threads;
mod ufunc;

use pyo3::prelude::*;

use crate::element::ElementType;

/// The native half of relume: what adapters to frameworks are built on. It may change with any release.
#[pymodule]
mod _native {
    use super::*;
    #[pymodule_export]
    use crate::activation::Activation;
    #[pymodule_export]
    use crate::comparison::Comparison;
    #[pymodule_export]
    use crate::definition::{Convention, Definition, Elementwise, Kink, Parameter, catalogue};
    #[pymodule_export]
    use crate::formula::parse_formula;
    #[pymodule_export]
    use crate::prelu::prelu_backward;
    #[pymodule_export]
    use crate::run::Run;
    #[pymodule_export]
    use crate::threads::{get_num_threads, set_num_threads};

    // The types of elements, as the methods of `Activation` take them.
    #[pymodule_export]
    const F16: usize = ElementType::F16 as usize;
    #[pymodule_export]
    const BF16: usize = ElementType::BF16 as usize;
    #[pymodule_export]
    const F32: usize = ElementType::F32 as usize;
    #[pymodule_export]
    const F64: usize = ElementType::F64 as usize;

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    /// The instruction set that the kernels run on.
    #[pyfunction]
    fn instruction_set() -> &'static str {
        relume::InstructionSet::best().name()
    }

    /// The ufuncs: those of the functions themselves here, the others in `derivative` and `backward`.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::ufunc::add_all(module)
    }
}
