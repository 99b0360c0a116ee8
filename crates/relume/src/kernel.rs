//! From a formula to a function over slices: blocks, tails and dispatch, once for all functions.

use std::marker::PhantomData;

use crate::bits::mark;
use crate::definition::Parameters;
use crate::element::Native;
use crate::lanes::{Lanes, Wide};
use crate::rung::{Rung, Task};
use crate::simd::{Simd, Transfer};

/// A function that needs no more than the element's own precision.
pub(crate) trait Exact {
    /// f(x)
    fn value<V: Lanes>(x: V, parameters: &Parameters) -> V;
    /// dy · f′(x)
    fn backward<V: Lanes>(x: V, dy: V, parameters: &Parameters) -> V;
}

/// A function that is computed in `f64` lanes whatever the element type, and rounded once.
pub(crate) trait Smooth {
    /// f(x)
    fn value<V: Wide>(x: V, parameters: &Parameters) -> V;
    /// dy · f′(x)
    fn backward<V: Wide>(x: V, dy: V, parameters: &Parameters) -> V;
}

/// The compiled kernels of one function.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    pub(crate) single: Operations<f32>,
    pub(crate) double: Operations<f64>,
    /// The two values of the derivative, if there are no more.
    pub(crate) slopes: Option<Slopes>,
}

/// The kernels of one function for one element type.
#[derive(Clone, Copy, Debug)]
pub struct Operations<T> {
    pub(crate) forward: ForwardFn<T>,
    pub(crate) backward: BackwardFn<T>,
    pub(crate) mark: Option<MarkFn<T>>,
}

/// `y = f(x)`, with the arguments x and y; without `x` the input is what `y` holds.
type ForwardFn<T> = fn(Rung, &Parameters, Option<&[T]>, &mut [T]);

/// `dx = dy · f′(x)`, with the arguments x, dy and dx; without `dy` it is what `dx` holds.
type BackwardFn<T> = fn(Rung, &Parameters, &[T], Option<&[T]>, &mut [T]);

/// Stores a bit for each element of x: whether the derivative is the second of the slopes.
type MarkFn<T> = fn(Rung, &Parameters, Slopes, &[T], &mut [u8]);

/// The values of a derivative that has only two: for a clear bit and for a set one.
pub(crate) type Slopes = fn(&Parameters) -> [f64; 2];

impl Kernels {
    pub(crate) const fn exact<F: Exact>() -> Self {
        Self {
            single: operations::<InOwnLanes<F>, f32>(),
            double: operations::<InOwnLanes<F>, f64>(),
            slopes: None,
        }
    }

    pub(crate) const fn smooth<F: Smooth>() -> Self {
        Self {
            single: operations::<InWideLanes<F>, f32>(),
            double: operations::<InWideLanes<F>, f64>(),
            slopes: None,
        }
    }

    /// For a function whose derivative is one of two values, so that its backward needs only a bit.
    pub(crate) const fn exact_with_bits<F: Exact>(slopes: Slopes) -> Self {
        Self::exact::<F>().with_bits::<InOwnLanes<F>>(slopes)
    }

    /// The same for one that is computed in `f64` lanes.
    pub(crate) const fn smooth_with_bits<F: Smooth>(slopes: Slopes) -> Self {
        Self::smooth::<F>().with_bits::<InWideLanes<F>>(slopes)
    }

    const fn with_bits<K: Kernel>(mut self, slopes: Slopes) -> Self {
        self.single.mark = Some(mark::<K, f32>);
        self.double.mark = Some(mark::<K, f64>);
        self.slopes = Some(slopes);
        self
    }
}

const fn operations<K: Kernel, T: Native>() -> Operations<T> {
    Operations {
        forward: |rung, parameters, x, y| {
            rung.run(Forward::<K, T> {
                parameters: *parameters,
                x,
                y,
                kernel: PhantomData,
            });
        },
        backward: |rung, parameters, x, dy, dx| {
            rung.run(Backward::<K, T> {
                parameters: *parameters,
                x,
                dy,
                dx,
                kernel: PhantomData,
            });
        },
        mark: None,
    }
}

/// A formula together with the lanes in which it is evaluated.
pub(crate) trait Kernel {
    type Pack<S: Simd, T: Native>: Lanes + Transfer<S, T>;

    fn value<S: Simd, T: Native>(x: Self::Pack<S, T>, parameters: &Parameters) -> Self::Pack<S, T>;
    fn backward<S: Simd, T: Native>(
        x: Self::Pack<S, T>,
        dy: Self::Pack<S, T>,
        parameters: &Parameters,
    ) -> Self::Pack<S, T>;
}

struct InOwnLanes<F>(PhantomData<F>);

impl<F: Exact> Kernel for InOwnLanes<F> {
    type Pack<S: Simd, T: Native> = T::Own<S>;

    #[inline(always)]
    fn value<S: Simd, T: Native>(x: T::Own<S>, parameters: &Parameters) -> T::Own<S> {
        F::value(x, parameters)
    }

    #[inline(always)]
    fn backward<S: Simd, T: Native>(x: T::Own<S>, dy: T::Own<S>, parameters: &Parameters) -> T::Own<S> {
        F::backward(x, dy, parameters)
    }
}

struct InWideLanes<F>(PhantomData<F>);

impl<F: Smooth> Kernel for InWideLanes<F> {
    type Pack<S: Simd, T: Native> = T::Wide<S>;

    #[inline(always)]
    fn value<S: Simd, T: Native>(x: T::Wide<S>, parameters: &Parameters) -> T::Wide<S> {
        F::value(x, parameters)
    }

    #[inline(always)]
    fn backward<S: Simd, T: Native>(x: T::Wide<S>, dy: T::Wide<S>, parameters: &Parameters) -> T::Wide<S> {
        F::backward(x, dy, parameters)
    }
}

/// As many elements as the largest pack: four AVX-512 vectors of `f32`. All packs divide it.
pub(crate) const LARGEST_PACK: usize = 64;

struct Forward<'a, K, T> {
    parameters: Parameters,
    x: Option<&'a [T]>,
    y: &'a mut [T],
    kernel: PhantomData<K>,
}

impl<K: Kernel, T: Native> Task for Forward<'_, K, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { parameters, x, y, .. } = self;
        let len = K::Pack::<S, T>::LEN;
        let (body, rest) = y.split_at_mut(y.len() - y.len() % len);
        let mut tail = [T::from_f64(0.0); LARGEST_PACK];
        tail[..rest.len()].copy_from_slice(x.map_or(rest, |x| &x[body.len()..]));
        // The tail is a full block too, and goes through the same code, so that its elements get the same bits.
        let padded = if rest.is_empty() { 0 } else { len };
        for (x, y) in [(x, body), (None, &mut tail[..padded])] {
            for (i, y) in y.chunks_exact_mut(len).enumerate() {
                let x = x.map_or(&*y, |x| &x[i * len..(i + 1) * len]);
                K::value(Transfer::load(simd, x), &parameters).store(y);
            }
        }
        rest.copy_from_slice(&tail[..rest.len()]);
    }
}

struct Backward<'a, K, T> {
    parameters: Parameters,
    x: &'a [T],
    dy: Option<&'a [T]>,
    dx: &'a mut [T],
    kernel: PhantomData<K>,
}

impl<K: Kernel, T: Native> Task for Backward<'_, K, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            parameters,
            x,
            dy,
            dx,
            ..
        } = self;
        let len = K::Pack::<S, T>::LEN;
        let (body, rest) = dx.split_at_mut(dx.len() - dx.len() % len);
        let mut tail_x = [T::from_f64(0.0); LARGEST_PACK];
        let mut tail = [T::from_f64(0.0); LARGEST_PACK];
        tail_x[..rest.len()].copy_from_slice(&x[body.len()..]);
        tail[..rest.len()].copy_from_slice(dy.map_or(rest, |dy| &dy[body.len()..]));
        let padded = if rest.is_empty() { 0 } else { len };
        for (x, dy, dx) in [(x, dy, body), (&tail_x[..], None, &mut tail[..padded])] {
            for (i, (x, dx)) in x.chunks_exact(len).zip(dx.chunks_exact_mut(len)).enumerate() {
                let dy = dy.map_or(&*dx, |dy| &dy[i * len..(i + 1) * len]);
                K::backward(Transfer::load(simd, x), Transfer::load(simd, dy), &parameters).store(dx);
            }
        }
        rest.copy_from_slice(&tail[..rest.len()]);
    }
}
