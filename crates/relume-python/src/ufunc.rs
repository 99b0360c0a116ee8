//! The ufuncs, registered with NumPy.

use std::ffi::{CStr, CString, c_char, c_int, c_long, c_longlong, c_ulong, c_ulonglong, c_void};
use std::ptr;

use half::f16;
use numpy::PY_UFUNC_API;
use numpy::npyffi::{NPY_TYPES, PyUFuncGenericFunction};
use pyo3::prelude::*;
use relume::{Definition, Gated, RowFunction, Shape};

use crate::doc;
use crate::elementwise::{Function, Operation, run};
use crate::integer::{copy, rectify};
use crate::{gated, row};

/// What NumPy is told of a ufunc.
struct Ufunc {
    /// Where it is in our module: `relu`, `derivative.relu`.
    path: String,
    doc: String,
    inputs: usize,
    /// How many of the inputs, the last ones, are parameters.
    parameters: usize,
    outputs: usize,
    /// The core dimensions of a loop; none if it takes single elements.
    signature: Option<&'static CStr>,
    loops: Vec<Loop>,
    /// What the loops are given as `data`.
    data: *const c_void,
}

/// A loop, the type of its elements, and that of its parameters.
type Loop = (PyUFuncGenericFunction, NPY_TYPES, NPY_TYPES);

/// Makes all ufuncs, and puts them into the module where their paths say. By these they are found again when they are
/// unpickled.
pub(crate) fn add_all(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    // A plain error if there is no NumPy; its interface could only panic.
    py.import("numpy")?;
    for namespace in ["derivative", "backward"] {
        module.add_submodule(&PyModule::new(py, namespace)?)?;
    }
    for ufunc in ufuncs() {
        let (target, name) = match ufunc.path.split_once('.') {
            None => (module.as_any().clone(), &*ufunc.path),
            Some((namespace, name)) => (module.getattr(namespace)?, name),
        };
        target.setattr(name, make(py, &ufunc)?)?;
    }
    Ok(())
}

fn ufuncs() -> impl Iterator<Item = Ufunc> {
    let operations = [Operation::Forward, Operation::Derivative, Operation::Backward];
    let elementwise = relume::activations().flat_map(move |activation| {
        operations.map(|operation| {
            elementwise(Function {
                activation,
                operation,
            })
        })
    });
    let others = relume::catalogue().flat_map(|definition| match &definition.shape {
        Shape::Rows(known) if known.outputs == 1 => rows(definition).into(),
        Shape::Gated { .. } => gated(definition).into(),
        _ => Vec::new(),
    });
    elementwise.chain(others)
}

fn elementwise(function: Function) -> Ufunc {
    let name = function.activation.name();
    let mut loops: Vec<Loop> = Vec::new();
    // NumPy takes the first loop to whose types the operands can be cast safely. So integers that have no loop of
    // their own become floats, as they do for `numpy.tanh`.
    if name == "relu" && function.operation == Operation::Forward {
        let integers: [(PyUFuncGenericFunction, NPY_TYPES); 10] = [
            (Some(rectify::<i8>), NPY_TYPES::NPY_BYTE),
            (Some(copy::<u8>), NPY_TYPES::NPY_UBYTE),
            (Some(rectify::<i16>), NPY_TYPES::NPY_SHORT),
            (Some(copy::<u16>), NPY_TYPES::NPY_USHORT),
            (Some(rectify::<i32>), NPY_TYPES::NPY_INT),
            (Some(copy::<u32>), NPY_TYPES::NPY_UINT),
            (Some(rectify::<c_long>), NPY_TYPES::NPY_LONG),
            (Some(copy::<c_ulong>), NPY_TYPES::NPY_ULONG),
            (Some(rectify::<c_longlong>), NPY_TYPES::NPY_LONGLONG),
            (Some(copy::<c_ulonglong>), NPY_TYPES::NPY_ULONGLONG),
        ];
        loops.extend(integers.map(|(function, element)| (function, element, element)));
    }
    loops.extend(floats(
        Some(run::<f16, f32>),
        Some(run::<f32, f32>),
        Some(run::<f64, f64>),
    ));
    Ufunc {
        path: match function.operation {
            Operation::Forward => name.to_owned(),
            Operation::Derivative => format!("derivative.{name}"),
            Operation::Backward => format!("backward.{name}"),
        },
        doc: doc::elementwise(function),
        inputs: function.inputs(),
        parameters: function.parameters(),
        outputs: 1,
        signature: None,
        loops,
        data: leaked(function),
    }
}

fn rows(definition: &'static Definition) -> [Ufunc; 2] {
    let data = leaked(RowFunction::new(definition.name).expect("it works on rows"));
    [
        Ufunc {
            path: definition.name.to_owned(),
            doc: doc::forward(definition),
            inputs: 1,
            parameters: 0,
            outputs: 1,
            signature: Some(c"(n)->(n)"),
            loops: floats(
                Some(row::forward::<f16>),
                Some(row::forward::<f32>),
                Some(row::forward::<f64>),
            ),
            data,
        },
        Ufunc {
            path: format!("backward.{}", definition.name),
            doc: doc::backward(definition),
            inputs: 2,
            parameters: 0,
            outputs: 1,
            signature: Some(c"(n),(n)->(n)"),
            loops: floats(
                Some(row::backward::<f16>),
                Some(row::backward::<f32>),
                Some(row::backward::<f64>),
            ),
            data,
        },
    ]
}

fn gated(definition: &'static Definition) -> [Ufunc; 2] {
    let data = leaked(Gated::new(definition.name).expect("it is a gated unit"));
    [
        Ufunc {
            path: definition.name.to_owned(),
            doc: doc::forward(definition),
            inputs: 2,
            parameters: 0,
            outputs: 1,
            signature: None,
            loops: floats(
                Some(gated::forward::<f16>),
                Some(gated::forward::<f32>),
                Some(gated::forward::<f64>),
            ),
            data,
        },
        Ufunc {
            path: format!("backward.{}", definition.name),
            doc: doc::backward(definition),
            inputs: 3,
            parameters: 0,
            outputs: 2,
            signature: None,
            loops: floats(
                Some(gated::backward::<f16>),
                Some(gated::backward::<f32>),
                Some(gated::backward::<f64>),
            ),
            data,
        },
    ]
}

fn floats(
    half: PyUFuncGenericFunction,
    single: PyUFuncGenericFunction,
    double: PyUFuncGenericFunction,
) -> Vec<Loop> {
    use NPY_TYPES::{NPY_DOUBLE, NPY_FLOAT, NPY_HALF};
    vec![
        // Functions of float16 are computed in float32, to which the parameters are rounded.
        (half, NPY_HALF, NPY_FLOAT),
        (single, NPY_FLOAT, NPY_FLOAT),
        (double, NPY_DOUBLE, NPY_DOUBLE),
    ]
}

/// Ufuncs stay for good, and NumPy keeps the addresses of what they are made of.
fn leaked<T>(value: T) -> *const c_void {
    ptr::from_ref(Box::leak(Box::new(value))).cast()
}

fn make<'py>(py: Python<'py>, ufunc: &Ufunc) -> PyResult<Bound<'py, PyAny>> {
    let mut functions = Vec::new();
    let mut types: Vec<c_char> = Vec::new();
    for &(function, element, parameter) in &ufunc.loops {
        functions.push(function);
        types.extend(vec![element as c_char; ufunc.inputs - ufunc.parameters]);
        types.extend(vec![parameter as c_char; ufunc.parameters]);
        types.extend(vec![element as c_char; ufunc.outputs]);
    }
    let data = vec![ufunc.data.cast_mut(); ufunc.loops.len()];
    let (name, doc) = (CString::new(&*ufunc.path)?, CString::new(&*ufunc.doc)?);
    // SAFETY: the arrays are as long as NumPy is told, and stay where they are; the loops take as many operands and go
    // over as many dimensions, and `data` is what they ask for. The result is a new reference, or null with an error.
    unsafe {
        let made = PY_UFUNC_API.PyUFunc_FromFuncAndDataAndSignature(
            py,
            functions.leak().as_mut_ptr(),
            data.leak().as_mut_ptr(),
            types.leak().as_mut_ptr(),
            ufunc.loops.len() as c_int,
            ufunc.inputs as c_int,
            ufunc.outputs as c_int,
            NO_IDENTITY,
            name.into_raw(),
            doc.into_raw(),
            0,
            ufunc.signature.map_or(ptr::null(), CStr::as_ptr),
        );
        Bound::from_owned_ptr_or_err(py, made)
    }
}

/// `PyUFunc_None`: nothing can be said of the reduction of no elements.
const NO_IDENTITY: c_int = -1;
