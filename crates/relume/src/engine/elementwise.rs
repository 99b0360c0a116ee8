//! From a formula to a function over slices: blocks, tails and dispatch, once for all functions.

use std::marker::PhantomData;

use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::lanes::{Float, Lanes, Mask, Wide};
use crate::engine::native::Native;
use crate::engine::simd::{CompensatedPack, Simd, Transfer};
use crate::engine::tail::{Room, copy_short};

/// The most parameters that any function has.
pub(crate) const MAX_PARAMETERS: usize = 4;

/// The values of a function's parameters, in the order of its definition; the rest is unused.
pub(crate) type Parameters = [f64; MAX_PARAMETERS];

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

/// A smooth function whose values are exact enough in `f32` lanes too, of which a vector holds twice as many, when
/// what the operations round away is kept. Where the formula below does not hold, that of [`Smooth`] is taken.
pub(crate) trait Compensated: Smooth {
    /// Whether the formula is exact enough with these parameters.
    fn suits(_parameters: &Parameters) -> bool {
        true
    }

    /// Where the formula holds, if not everywhere: the other elements should be rare, since they take long.
    fn holds<V: Float>(_x: V, _parameters: &Parameters) -> Option<V::Mask> {
        None
    }

    /// f(x)
    fn value<V: Float>(x: V, parameters: &Parameters) -> V;
}

/// One whose backward pass is exact enough there too.
pub(crate) trait CompensatedBackward: Compensated {
    /// dy · f′(x), for |dy| below [`LARGE`].
    fn backward<V: Float>(x: V, dy: V, parameters: &Parameters) -> V;
}

/// From here on a gradient might make products overflow.
const LARGE: f64 = 1e30;

/// The compiled kernels of one function.
#[derive(Clone, Copy, Debug)]
pub struct Kernels {
    pub(crate) f32: Operations<f32>,
    pub(crate) f64: Operations<f64>,
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

/// `y = f(x)`, with the arguments x and y.
type ForwardFn<T> = fn(InstructionSet, &Parameters, &[T], &mut [T]);

/// `dx = dy · f′(x)`, with the arguments x, dy and dx.
type BackwardFn<T> = fn(InstructionSet, &Parameters, &[T], &[T], &mut [T]);

/// Stores a bit for each element of x: whether the derivative is the second of the slopes.
type MarkFn<T> = fn(InstructionSet, &Parameters, Slopes, &[T], &mut [u8]);

/// The values of a derivative that has only two: for a clear bit and for a set one.
pub(crate) type Slopes = fn(&Parameters) -> [f64; 2];

impl Kernels {
    pub(crate) const fn exact<F: Exact>() -> Self {
        Self {
            f32: operations::<InOwnLanes<F>, f32>(),
            f64: operations::<InOwnLanes<F>, f64>(),
            slopes: None,
        }
    }

    pub(crate) const fn smooth<F: Smooth>() -> Self {
        Self {
            f32: operations::<InWideLanes<F>, f32>(),
            f64: operations::<InWideLanes<F>, f64>(),
            slopes: None,
        }
    }

    pub(crate) const fn compensated<F: Compensated>() -> Self {
        Self {
            f32: Operations {
                forward: forward::<InCompensatedLanes<F>, f32>,
                ..operations::<InWideLanes<F>, f32>()
            },
            f64: operations::<InWideLanes<F>, f64>(),
            slopes: None,
        }
    }

    pub(crate) const fn compensated_both<F: CompensatedBackward>() -> Self {
        let mut kernels = Self::compensated::<F>();
        kernels.f32.backward = backward::<InCompensatedLanes<F>, f32>;
        kernels
    }
}

const fn operations<K: BackwardKernel<T>, T: Native>() -> Operations<T> {
    Operations {
        forward: forward::<K, T>,
        backward: backward::<K, T>,
        mark: None,
    }
}

fn forward<K: Kernel<T>, T: Native>(isa: InstructionSet, parameters: &Parameters, x: &[T], y: &mut [T]) {
    isa.run(Forward::<K, T> {
        parameters: *parameters,
        x,
        y,
        kernel: PhantomData,
    });
}

fn backward<K: BackwardKernel<T>, T: Native>(
    isa: InstructionSet,
    parameters: &Parameters,
    x: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    isa.run(Backward::<K, T> {
        parameters: *parameters,
        x,
        dy,
        dx,
        kernel: PhantomData,
    });
}

/// A formula together with the lanes in which it is evaluated.
pub(crate) trait Kernel<T: Native> {
    type Pack<S: Simd>: Lanes + Transfer<S, T>;

    fn value<S: Simd>(x: Self::Pack<S>, parameters: &Parameters) -> Self::Pack<S>;
}

/// One with a backward pass in the same lanes.
pub(crate) trait BackwardKernel<T: Native>: Kernel<T> {
    fn backward<S: Simd>(x: Self::Pack<S>, dy: Self::Pack<S>, parameters: &Parameters) -> Self::Pack<S>;
}

pub(crate) struct InOwnLanes<F>(PhantomData<F>);

impl<F: Exact, T: Native> Kernel<T> for InOwnLanes<F> {
    type Pack<S: Simd> = T::Own<S>;

    #[inline(always)]
    fn value<S: Simd>(x: T::Own<S>, parameters: &Parameters) -> T::Own<S> {
        F::value(x, parameters)
    }
}

impl<F: Exact, T: Native> BackwardKernel<T> for InOwnLanes<F> {
    #[inline(always)]
    fn backward<S: Simd>(x: T::Own<S>, dy: T::Own<S>, parameters: &Parameters) -> T::Own<S> {
        F::backward(x, dy, parameters)
    }
}

pub(crate) struct InWideLanes<F>(PhantomData<F>);

impl<F: Smooth, T: Native> Kernel<T> for InWideLanes<F> {
    type Pack<S: Simd> = T::Wide<S>;

    #[inline(always)]
    fn value<S: Simd>(x: T::Wide<S>, parameters: &Parameters) -> T::Wide<S> {
        F::value(x, parameters)
    }
}

impl<F: Smooth, T: Native> BackwardKernel<T> for InWideLanes<F> {
    #[inline(always)]
    fn backward<S: Simd>(x: T::Wide<S>, dy: T::Wide<S>, parameters: &Parameters) -> T::Wide<S> {
        F::backward(x, dy, parameters)
    }
}

struct InCompensatedLanes<F>(PhantomData<F>);

impl<F: Compensated> InCompensatedLanes<F> {
    #[inline(always)]
    fn wide_value<S: Simd>(x: CompensatedPack<S>, parameters: &Parameters) -> CompensatedPack<S> {
        <F as Smooth>::value(x.to_f64(), parameters).to_f32()
    }

    #[inline(always)]
    fn wide_backward<S: Simd>(
        x: CompensatedPack<S>,
        dy: CompensatedPack<S>,
        parameters: &Parameters,
    ) -> CompensatedPack<S> {
        <F as Smooth>::backward(x.to_f64(), dy.to_f64(), parameters).to_f32()
    }
}

impl<F: Compensated> Kernel<f32> for InCompensatedLanes<F> {
    type Pack<S: Simd> = CompensatedPack<S>;

    #[inline(always)]
    fn value<S: Simd>(x: CompensatedPack<S>, parameters: &Parameters) -> CompensatedPack<S> {
        if !(x.fused() && F::suits(parameters)) {
            return Self::wide_value(x, parameters);
        }
        let y = <F as Compensated>::value(x, parameters);
        F::holds(x, parameters).map_or(y, |holds| {
            where_else(
                holds,
                y,
                #[inline(always)]
                || Self::wide_value(x, parameters),
            )
        })
    }
}

impl<F: CompensatedBackward> BackwardKernel<f32> for InCompensatedLanes<F> {
    #[inline(always)]
    fn backward<S: Simd>(
        x: CompensatedPack<S>,
        dy: CompensatedPack<S>,
        parameters: &Parameters,
    ) -> CompensatedPack<S> {
        if !(x.fused() && F::suits(parameters)) {
            return Self::wide_backward(x, dy, parameters);
        }
        let dx = <F as CompensatedBackward>::backward(x, dy, parameters);
        let small = dy.abs().lt(LARGE);
        let holds =
            F::holds(x, parameters).map_or(small, |holds| Mask::<CompensatedPack<S>>::and(holds, small));
        where_else(
            holds,
            dx,
            #[inline(always)]
            || Self::wide_backward(x, dy, parameters),
        )
    }
}

/// The first where the mask is true, otherwise the second, which is computed only if it is wanted somewhere.
#[inline(always)]
fn where_else<S: Simd>(
    mask: <CompensatedPack<S> as Lanes>::Mask,
    first: CompensatedPack<S>,
    second: impl FnOnce() -> CompensatedPack<S>,
) -> CompensatedPack<S> {
    if Mask::<CompensatedPack<S>>::all(mask) {
        first
    } else {
        mask.select(first, first.apart(second))
    }
}

struct Forward<'a, K, T> {
    parameters: Parameters,
    x: &'a [T],
    y: &'a mut [T],
    kernel: PhantomData<K>,
}

impl<K: Kernel<T>, T: Native> Vectorised for Forward<'_, K, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        // Known when it is compiled.
        match K::Pack::<S>::LEN {
            0..=16 => self.padded::<S, 16>(simd),
            17..=32 => self.padded::<S, 32>(simd),
            _ => self.padded::<S, 64>(simd),
        }
    }
}

impl<K: Kernel<T>, T: Native> Forward<'_, K, T> {
    /// `PACK` elements have room for a pack.
    #[inline(always)]
    fn padded<S: Simd, const PACK: usize>(self, simd: S) {
        let Self { parameters, x, y, .. } = self;
        let len = K::Pack::<S>::LEN;
        let (x, x_rest) = x.split_at(x.len() - x.len() % len);
        let (y, y_rest) = y.split_at_mut(x.len());
        // The tail is a full block too, and goes through the same code, so that its elements get the same bits.
        let [mut x_tail, mut y_tail] = [Room([T::from_f64(0.0); PACK]); 2];
        copy_short(x_rest, &mut x_tail.0);
        let padded = if x_rest.is_empty() { 0 } else { len };
        for (x, y) in [(x, y), (&x_tail.0[..], &mut y_tail.0[..padded])] {
            for (x, y) in x.chunks_exact(len).zip(y.chunks_exact_mut(len)) {
                K::value(Transfer::load(simd, x), &parameters).store(y);
            }
        }
        copy_short(&y_tail.0[..y_rest.len()], y_rest);
    }
}

struct Backward<'a, K, T> {
    parameters: Parameters,
    x: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
    kernel: PhantomData<K>,
}

impl<K: BackwardKernel<T>, T: Native> Vectorised for Backward<'_, K, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        match K::Pack::<S>::LEN {
            0..=16 => self.padded::<S, 16>(simd),
            17..=32 => self.padded::<S, 32>(simd),
            _ => self.padded::<S, 64>(simd),
        }
    }
}

impl<K: BackwardKernel<T>, T: Native> Backward<'_, K, T> {
    /// `PACK` elements have room for a pack.
    #[inline(always)]
    fn padded<S: Simd, const PACK: usize>(self, simd: S) {
        let Self {
            parameters,
            x,
            dy,
            dx,
            ..
        } = self;
        let len = K::Pack::<S>::LEN;
        let (x, x_rest) = x.split_at(x.len() - x.len() % len);
        let (dy, dy_rest) = dy.split_at(x.len());
        let (dx, dx_rest) = dx.split_at_mut(x.len());
        let [mut x_tail, mut dy_tail, mut dx_tail] = [Room([T::from_f64(0.0); PACK]); 3];
        copy_short(x_rest, &mut x_tail.0);
        copy_short(dy_rest, &mut dy_tail.0);
        let padded = if x_rest.is_empty() { 0 } else { len };
        for (x, dy, dx) in [
            (x, dy, dx),
            (&x_tail.0[..], &dy_tail.0[..], &mut dx_tail.0[..padded]),
        ] {
            let pairs = x.chunks_exact(len).zip(dy.chunks_exact(len));
            for ((x, dy), dx) in pairs.zip(dx.chunks_exact_mut(len)) {
                K::backward(Transfer::load(simd, x), Transfer::load(simd, dy), &parameters).store(dx);
            }
        }
        copy_short(&dx_tail.0[..dx_rest.len()], dx_rest);
    }
}
