//! The inner loops of the ufuncs of one element at a time.

use std::ffi::{c_char, c_void};

use numpy::npyffi::npy_intp;
use relume::{Activation, Element};

use crate::adapted::{Adapted, Call};
use crate::choice::choose;
use crate::flags::Flags;
use crate::operand::Operand;
use crate::slices::{FIT, slice};

/// What a ufunc computes: its loops find it in their `data`.
#[derive(Clone, Copy)]
pub(crate) struct Function {
    pub(crate) activation: Activation,
    pub(crate) operation: Operation,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Forward,
    Derivative,
    Backward,
}

impl Function {
    /// Whether the last operand is the derivative at zero, or NaN for the function's own.
    pub(crate) fn has_at_zero(&self) -> bool {
        self.operation != Operation::Forward
            && self
                .activation
                .elementwise()
                .kinks
                .iter()
                .any(|kink| kink.at == 0.0)
    }

    /// The number of inputs: x, the arriving gradient in a backward, the parameters.
    pub(crate) fn inputs(&self) -> usize {
        1 + usize::from(self.operation == Operation::Backward) + self.parameters()
    }

    /// The number of parameters, of which the derivative at zero is the last.
    pub(crate) fn parameters(&self) -> usize {
        self.activation.definition().parameters.len() + usize::from(self.has_at_zero())
    }

    /// The activation with the parameters at one place; none if they are out of their domains.
    ///
    /// # Safety
    /// The operands have more than `i` elements.
    unsafe fn activation<P: Element>(&self, parameters: &[Operand<P>], i: usize) -> Option<Activation> {
        let mut activation = self.activation;
        for (parameter, values) in self.activation.definition().parameters.iter().zip(parameters) {
            // SAFETY: as promised by the caller.
            let value = unsafe { values.get(i) };
            activation = activation.with(parameter.name, value.to_f64()).ok()?;
        }
        Some(activation)
    }
}

/// How many elements are copied together where they are not adjacent in memory.
const BLOCK: usize = 256;

/// The inner loop of any [`Function`] for elements of type `T`, with parameters of type `P`.
///
/// # Safety
/// As NumPy calls it: `data` is a [`Function`], the others describe its operands, which are aligned and are not changed
/// by other threads; an input that overlaps with the output is the same memory, unless NumPy reduces or accumulates.
pub(crate) unsafe extern "C" fn run<T: Element, P: Element>(
    arguments: *mut *mut c_char,
    dimensions: *mut npy_intp,
    steps: *mut npy_intp,
    data: *mut c_void,
) {
    let _flags = Flags::keep();
    // SAFETY: as promised by the caller.
    let function = unsafe { &*data.cast::<Function>() };
    let inputs = function.inputs();
    // SAFETY: there are `inputs` inputs and one output, and one dimension.
    let (arguments, steps, n) = unsafe {
        (
            slice(arguments, inputs + 1),
            slice(steps, inputs + 1),
            *dimensions as usize,
        )
    };
    let operand = |i: usize| Operand::<T>::new(arguments[i], steps[i]);
    let parameter = |i: usize| Operand::<P>::new(arguments[i], steps[i]);
    let first = 1 + usize::from(function.operation == Operation::Backward);
    let count = function.activation.definition().parameters.len();
    let mut parameters = [parameter(0); MOST_PARAMETERS];
    for (i, place) in parameters[..count].iter_mut().enumerate() {
        *place = parameter(first + i);
    }
    let operands = Operands {
        x: operand(0),
        dy: (function.operation == Operation::Backward).then(|| operand(1)),
        at_zero: function.has_at_zero().then(|| parameter(first + count)),
        out: operand(inputs),
    };
    let sequential = (0..inputs).any(|i| operand(i).feeds(operands.out, n));
    // SAFETY: these are the operands of the function.
    unsafe { operands.in_runs(function, &parameters[..count], n, sequential) };
}

/// No function has more.
const MOST_PARAMETERS: usize = 8;

/// All operands but the parameters.
#[derive(Clone, Copy)]
struct Operands<T, P> {
    x: Operand<T>,
    dy: Option<Operand<T>>,
    at_zero: Option<Operand<P>>,
    out: Operand<T>,
}

impl<T: Element, P: Element> Operands<T, P> {
    /// Cuts the elements into runs in which the parameters do not change.
    ///
    /// # Safety
    /// These are the operands of the function, and have `n` elements.
    unsafe fn in_runs(self, function: &Function, parameters: &[Operand<P>], n: usize, sequential: bool) {
        let constant = parameters.iter().all(|parameter| parameter.constant());
        let mut start = 0;
        while start < n {
            let mut end = if sequential { start + 1 } else { n };
            if !constant && !sequential {
                // SAFETY: `start` and the places after it are below `n`. NaN is equal to nothing and ends a run.
                let same = |i| unsafe { parameters.iter().all(|p| p.get(start) == p.get(i)) };
                end = (start + 1..n).find(|i| !same(*i)).unwrap_or(n);
            }
            let run = Self {
                x: self.x.from(start),
                dy: self.dy.map(|dy| dy.from(start)),
                at_zero: self.at_zero.map(|at_zero| at_zero.from(start)),
                out: self.out.from(start),
            };
            // SAFETY: `start` and `end` are at most `n`.
            unsafe {
                match function.activation(parameters, start) {
                    Some(activation) => run.apply(function.operation, activation, end - start),
                    None => (0..end - start).for_each(|i| run.out.set(i, T::from_f64(f64::NAN))),
                }
            }
            start = end;
        }
    }

    /// # Safety
    /// The operands have `n` elements.
    unsafe fn apply(self, operation: Operation, activation: Activation, n: usize) {
        let Self { x, dy, out, .. } = self;
        let contiguous = x.contiguous() && out.contiguous() && dy.is_none_or(Operand::contiguous);
        let in_place = operation == Operation::Forward || x.address() != out.address();
        // SAFETY: as promised by the caller.
        unsafe {
            if !(contiguous && in_place) || self.chooses_at_zero() {
                return self.in_blocks(operation, activation, n);
            }
            let (x, out) = (x.address(), out.address());
            let call = match (operation, dy) {
                (Operation::Forward, _) => Call::Forward { x, y: out },
                (_, None) => Call::Derivative { x, d: out },
                (_, Some(dy)) => Call::Backward {
                    x,
                    dy: dy.address(),
                    dx: out,
                },
            };
            Adapted::from(activation).run::<T>(call, n, None);
        }
    }

    /// Whether the derivative at zero is given.
    ///
    /// # Safety
    /// The operands are not empty.
    unsafe fn chooses_at_zero(self) -> bool {
        // SAFETY: as promised by the caller.
        self.at_zero
            .is_some_and(|at_zero| !at_zero.constant() || unsafe { !is_nan(at_zero.get(0)) })
    }

    /// Copies a block, computes, and copies the results to the output.
    ///
    /// # Safety
    /// The operands have `n` elements.
    unsafe fn in_blocks(self, operation: Operation, activation: Activation, n: usize) {
        let mut x = [T::from_f64(0.0); BLOCK];
        let mut dx = [T::from_f64(1.0); BLOCK];
        for start in (0..n).step_by(BLOCK) {
            let len = BLOCK.min(n - start);
            let (x, dx) = (&mut x[..len], &mut dx[..len]);
            // SAFETY: the operands have `len` elements from `start` on.
            unsafe {
                self.x.from(start).gather(x);
                if operation == Operation::Forward {
                    activation.forward_in_place(x);
                    self.out.from(start).scatter(x);
                    continue;
                }
                match self.dy {
                    Some(dy) => dy.from(start).gather(dx),
                    None => dx.fill(T::from_f64(1.0)),
                }
                activation.backward_in_place(x, dx).expect(FIT);
                if let Some(at_zero) = self.at_zero {
                    self.choose_at_zero(at_zero, start, x, dx);
                }
                self.out.from(start).scatter(dx);
            }
        }
    }

    /// Puts the given derivative in where x is zero.
    ///
    /// # Safety
    /// The operands have as many elements as `x` from `start` on.
    unsafe fn choose_at_zero(self, at_zero: Operand<P>, start: usize, x: &[T], dx: &mut [T]) {
        choose(T::from_f64(0.0), x, dx, |i| {
            // SAFETY: as promised by the caller.
            let (slope, dy) = unsafe { (at_zero.get(start + i), self.dy.map(|dy| dy.get(start + i))) };
            (!is_nan(slope)).then(|| [dy.map_or(1.0, T::to_f64), slope.to_f64()])
        });
    }
}

fn is_nan<T: Element>(x: T) -> bool {
    x.to_f64().is_nan()
}
