//! The ufuncs, registered with NumPy.

use std::ffi::{CString, c_char, c_int, c_long, c_longlong, c_ulong, c_ulonglong, c_void};

use half::f16;
use numpy::PY_UFUNC_API;
use numpy::npyffi::{NPY_TYPES, PyUFuncGenericFunction};
use pyo3::prelude::*;

use crate::doc::doc;
use crate::elementwise::{Function, Operation, run};
use crate::integer::{copy, rectify};

/// Makes the ufuncs of all functions, and puts them where their names say: `relu` into the module, `derivative.relu`
/// into the module `derivative` in it. By such a path they are found again when they are unpickled.
pub(crate) fn add_all(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    // A plain error if there is no NumPy; its interface could only panic.
    py.import("numpy")?;
    for operation in [Operation::Forward, Operation::Derivative, Operation::Backward] {
        let namespace = match operation.namespace() {
            None => module.clone(),
            Some(name) => {
                let namespace = PyModule::new(py, name)?;
                module.add_submodule(&namespace)?;
                namespace
            }
        };
        for &definition in relume::catalogue() {
            let function = Function {
                definition,
                operation,
            };
            namespace.add(definition.name, make(py, function)?)?;
        }
    }
    Ok(())
}

/// A loop for one type of operands.
type Loop = (NPY_TYPES, PyUFuncGenericFunction);

fn make(py: Python<'_>, function: Function) -> PyResult<Bound<'_, PyAny>> {
    let loops = loops(function);
    let inputs = function.inputs();
    let types: Vec<c_char> = loops
        .iter()
        .flat_map(|(type_number, _)| vec![*type_number as c_char; inputs + 1])
        .collect();
    let count = loops.len();
    let functions: Vec<_> = loops.into_iter().map(|(_, function)| function).collect();
    let name = match function.operation.namespace() {
        None => function.definition.name.to_owned(),
        Some(namespace) => format!("{namespace}.{}", function.definition.name),
    };
    // NumPy keeps the addresses of all of these, and ufuncs stay for good.
    let data: *mut c_void = Box::into_raw(Box::new(function)).cast();
    let data = vec![data; count].leak().as_mut_ptr();
    let (functions, types) = (functions.leak().as_mut_ptr(), types.leak().as_mut_ptr());
    let (name, doc) = (
        CString::new(name)?.into_raw(),
        CString::new(doc(function))?.into_raw(),
    );
    // SAFETY: there are `count` functions and data and `count * (inputs + 1)` types, which stay where they are, and
    // the loops read as many operands. The result is a new reference, or null with an error set.
    unsafe {
        let ufunc = PY_UFUNC_API.PyUFunc_FromFuncAndData(
            py,
            functions,
            data,
            types,
            count as c_int,
            inputs as c_int,
            1,
            NO_IDENTITY,
            name,
            doc,
            0,
        );
        Bound::from_owned_ptr_or_err(py, ufunc)
    }
}

/// `PyUFunc_None`: nothing can be said of the reduction of no elements.
const NO_IDENTITY: c_int = -1;

/// NumPy takes the first loop to whose types the operands can be cast safely, so that integers that have no loop of
/// their own become floats as they do for `numpy.tanh`.
fn loops(function: Function) -> Vec<Loop> {
    let mut loops: Vec<Loop> = Vec::new();
    if function.definition.name == "relu" && function.operation == Operation::Forward {
        loops.extend([
            (NPY_TYPES::NPY_BYTE, Some(rectify::<i8> as _)),
            (NPY_TYPES::NPY_UBYTE, Some(copy::<u8> as _)),
            (NPY_TYPES::NPY_SHORT, Some(rectify::<i16> as _)),
            (NPY_TYPES::NPY_USHORT, Some(copy::<u16> as _)),
            (NPY_TYPES::NPY_INT, Some(rectify::<i32> as _)),
            (NPY_TYPES::NPY_UINT, Some(copy::<u32> as _)),
            (NPY_TYPES::NPY_LONG, Some(rectify::<c_long> as _)),
            (NPY_TYPES::NPY_ULONG, Some(copy::<c_ulong> as _)),
            (NPY_TYPES::NPY_LONGLONG, Some(rectify::<c_longlong> as _)),
            (NPY_TYPES::NPY_ULONGLONG, Some(copy::<c_ulonglong> as _)),
        ]);
    }
    loops.extend([
        (NPY_TYPES::NPY_HALF, Some(run::<f16> as _)),
        (NPY_TYPES::NPY_FLOAT, Some(run::<f32> as _)),
        (NPY_TYPES::NPY_DOUBLE, Some(run::<f64> as _)),
    ]);
    loops
}
