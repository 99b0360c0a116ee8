//! From the formula of a row to slices of many rows: dispatch once per call, tails padded to a full pack.

use std::marker::PhantomData;

use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::native::Native;
use crate::engine::simd::{Simd, Transfer};
use crate::engine::tail::copy_short;

/// At least as many lanes as the largest pack has.
pub(crate) const LARGEST_PACK: usize = 64;

/// A function of a row.
pub(crate) trait RowKernel {
    /// Where one input is +∞ and no other: the limit there, and the limit of the others.
    const LIMITS: [f64; 2];

    /// What the forward has to remember between its passes.
    type Memory: Default;

    /// Replaces the row, whose largest number is given and finite, by the values.
    fn forward<S: Simd, T: Native>(simd: S, row: &mut [T], largest: f64, memory: &mut Self::Memory);

    /// Replaces the gradient that arrives at the row of values `y` by the one that goes on.
    fn backward<S: Simd, T: Native>(simd: S, y: &[T], gradient: &mut [T]);
}

/// The number of elements in a pack.
const fn pack<S: Simd, T: Native>() -> usize {
    <T::Wide<S> as Transfer<S, T>>::LEN
}

/// Where the packs of a row start.
#[inline(always)]
pub(crate) fn packs<S: Simd, T: Native>(row: &[T]) -> impl Iterator<Item = usize> + use<S, T> {
    (0..row.len()).step_by(pack::<S, T>())
}

/// The pack of a row that starts there; what is beyond the end of the row is padding.
#[inline(always)]
pub(crate) fn load<S: Simd, T: Native>(simd: S, row: &[T], start: usize, padding: f64) -> T::Wide<S> {
    let (len, rest) = (pack::<S, T>(), &row[start..]);
    if let Some(whole) = rest.get(..len) {
        return Transfer::<S, T>::load(simd, whole);
    }
    let mut tail = [T::from_f64(padding); LARGEST_PACK];
    copy_short(rest, &mut tail);
    Transfer::<S, T>::load(simd, &tail[..len])
}

/// Replaces the pack of a row that starts there.
#[inline(always)]
pub(crate) fn store<S: Simd, T: Native>(values: T::Wide<S>, row: &mut [T], start: usize) {
    let (len, rest) = (pack::<S, T>(), &mut row[start..]);
    if let Some(whole) = rest.get_mut(..len) {
        return Transfer::<S, T>::store(values, whole);
    }
    let mut tail = [T::from_f64(0.0); LARGEST_PACK];
    Transfer::<S, T>::store(values, &mut tail[..len]);
    copy_short(&tail[..rest.len()], rest);
}

/// The compiled kernels of a function of rows.
#[derive(Clone, Copy, Debug)]
pub struct RowKernels {
    pub(crate) f32: RowOperations<f32>,
    pub(crate) f64: RowOperations<f64>,
}

/// The kernels for one element type.
#[derive(Clone, Copy, Debug)]
pub struct RowOperations<T> {
    pub(crate) forward: ForwardFn<T>,
    pub(crate) backward: BackwardFn<T>,
}

/// Values, with the arguments row length, x and y; without `x` the input is what `y` holds.
type ForwardFn<T> = fn(InstructionSet, usize, Option<&[T]>, &mut [T]);

/// Gradients, with the arguments row length, y, dy and dx; without `dy` it is what `dx` holds.
type BackwardFn<T> = fn(InstructionSet, usize, &[T], Option<&[T]>, &mut [T]);

impl RowKernels {
    pub(crate) const fn of<K: RowKernel>() -> Self {
        Self {
            f32: operations::<K, f32>(),
            f64: operations::<K, f64>(),
        }
    }
}

const fn operations<K: RowKernel, T: Native>() -> RowOperations<T> {
    RowOperations {
        forward: |isa, row, x, y| {
            isa.run(Forward::<K, T> {
                row,
                x,
                y,
                kernel: PhantomData,
            });
        },
        backward: |isa, row, y, dy, dx| {
            isa.run(Backward::<K, T> {
                row,
                y,
                dy,
                dx,
                kernel: PhantomData,
            });
        },
    }
}

struct Forward<'a, K, T> {
    row: usize,
    x: Option<&'a [T]>,
    y: &'a mut [T],
    kernel: PhantomData<K>,
}

impl<K: RowKernel, T: Native> Vectorised for Forward<'_, K, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let mut memory = K::Memory::default();
        for (i, row) in self.y.chunks_exact_mut(self.row).enumerate() {
            // A copy in the cache costs little compared with the rest, and so there is one way to do it.
            if let Some(x) = self.x {
                row.copy_from_slice(&x[i * self.row..(i + 1) * self.row]);
            }
            let largest = largest(row).to_f64();
            if largest.is_finite() {
                K::forward(simd, row, largest, &mut memory);
            } else {
                limit::<K, T>(row);
            }
        }
    }
}

/// The largest number in the row; −∞ if there is none. NaN is passed over.
#[inline(always)]
fn largest<T: Native>(row: &[T]) -> T {
    const LANES: usize = 16;
    let larger = |a: T, b: T| if b > a { b } else { a };
    let mut lanes = [T::from_f64(f64::NEG_INFINITY); LANES];
    let (whole, rest) = row.as_chunks::<LANES>();
    let mut tail = lanes;
    copy_short(rest, &mut tail);
    for block in whole.iter().chain([&tail]) {
        for (lane, x) in lanes.iter_mut().zip(block) {
            *lane = larger(*lane, *x);
        }
    }
    let mut count = LANES;
    while count > 1 {
        count /= 2;
        for i in 0..count {
            lanes[i] = larger(lanes[i], lanes[i + count]);
        }
    }
    lanes[0]
}

/// A row without a finite largest number: the limit if there is one, else NaN.
fn limit<K: RowKernel, T: Native>(row: &mut [T]) {
    let is = |x: &T, value: f64| x.to_f64() == value;
    let infinite = row.iter().filter(|x| is(x, f64::INFINITY)).count();
    if infinite != 1 || row.iter().any(|x| x.to_f64().is_nan()) {
        return row.fill(T::from_f64(f64::NAN));
    }
    for x in row {
        let limit = K::LIMITS[usize::from(!is(x, f64::INFINITY))];
        *x = T::from_f64(limit);
    }
}

struct Backward<'a, K, T> {
    row: usize,
    y: &'a [T],
    dy: Option<&'a [T]>,
    dx: &'a mut [T],
    kernel: PhantomData<K>,
}

impl<K: RowKernel, T: Native> Vectorised for Backward<'_, K, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let rows = self.y.chunks_exact(self.row);
        for (i, (y, gradient)) in rows.zip(self.dx.chunks_exact_mut(self.row)).enumerate() {
            if let Some(dy) = self.dy {
                gradient.copy_from_slice(&dy[i * self.row..(i + 1) * self.row]);
            }
            K::backward(simd, y, gradient);
        }
    }
}
