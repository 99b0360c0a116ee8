//! The only file that names the SIMD crate: vectors of floats that implement [`Lanes`] and [`Wide`].

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
pub(crate) use fearless_simd::dispatch;
use fearless_simd::prelude::*;
pub(crate) use fearless_simd::{Level, Simd, SimdFloatElement};
#[cfg(all(feature = "half", target_arch = "x86_64"))]
pub(crate) use fearless_simd::{SimdBase, SimdInto, f32x8, kernel, u16x8};

use crate::engine::group::{Group, Pair, Quad};
use crate::engine::lanes::{Float, Lanes, Mask, Wide};

/// A type of lanes: `f32` or `f64`.
pub trait Lane: SimdFloatElement {
    const IS_F32: bool;

    /// The number rounded to this type.
    fn from_f64(value: f64) -> Self;

    /// The number, exactly.
    fn to_f64(self) -> f64;
}

impl Lane for f32 {
    const IS_F32: bool = true;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
}

impl Lane for f64 {
    const IS_F32: bool = false;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

type Vector<S, L> = <L as SimdFloatElement>::Native<S>;
type VectorMask<S, L> = <Vector<S, L> as SimdBase<S>>::Mask;

/// Whether minimum and maximum return the second operand where one is NaN or both are zero, as on x86.
const MINIMUM_KEEPS_SECOND: bool = cfg!(any(target_arch = "x86", target_arch = "x86_64"));

/// A group of vectors with lanes of type `L`, whose results will be rounded to `T`.
#[derive(Clone, Copy)]
pub struct Pack<S: Simd, L: SimdFloatElement, T, G: Group>(G::Of<Vector<S, L>>, S, PhantomData<T>);

impl<S: Simd, L: SimdFloatElement, T, G: Group> Pack<S, L, T, G> {
    #[inline(always)]
    fn map(self, f: impl Fn(Vector<S, L>) -> Vector<S, L>) -> Self {
        Self(G::map(self.0, f), self.1, PhantomData)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(Vector<S, L>, Vector<S, L>) -> Vector<S, L>) -> Self {
        Self(G::zip(self.0, other.0, f), self.1, PhantomData)
    }

    #[inline(always)]
    fn test(self, f: impl Fn(Vector<S, L>) -> VectorMask<S, L>) -> PackMask<S, L, G> {
        PackMask(G::map(self.0, f))
    }
}

/// How packs come from slices of `T` and go there.
pub trait Transfer<S: Simd, T>: Copy {
    /// How many elements a pack holds.
    const LEN: usize;

    fn load(simd: S, elements: &[T]) -> Self;
    fn store(self, elements: &mut [T]);
}

/// Slices of the type of the lanes.
impl<S: Simd, L: Lane, T: Copy, G: Group> Transfer<S, L> for Pack<S, L, T, G> {
    const LEN: usize = G::COUNT * Vector::<S, L>::LEN;

    #[inline(always)]
    fn load(simd: S, elements: &[L]) -> Self {
        let len = Vector::<S, L>::LEN;
        let vectors = G::from_fn(
            #[inline(always)]
            |i| Vector::<S, L>::from_slice(simd, &elements[i * len..(i + 1) * len]),
        );
        Self(vectors, simd, PhantomData)
    }

    #[inline(always)]
    fn store(self, elements: &mut [L]) {
        let len = Vector::<S, L>::LEN;
        G::for_each(
            self.0,
            #[inline(always)]
            |(i, vector)| vector.store_slice(&mut elements[i * len..(i + 1) * len]),
        );
    }
}

impl<S: Simd> Transfer<S, f32> for Pack<S, f64, f32, Quad> {
    const LEN: usize = 2 * S::f32s::LEN;

    #[inline(always)]
    fn load(simd: S, elements: &[f32]) -> Self {
        let (low, high) = elements.split_at(S::f32s::LEN);
        let (a, b) = S::f32s::from_slice(simd, low).widen();
        let (c, d) = S::f32s::from_slice(simd, high).widen();
        Self([a, b, c, d], simd, PhantomData)
    }

    #[inline(always)]
    fn store(self, elements: &mut [f32]) {
        let [a, b, c, d] = self.0;
        let (low, high) = elements.split_at_mut(S::f32s::LEN);
        a.narrow(b).store_slice(low);
        c.narrow(d).store_slice(high);
    }
}

impl<S: Simd, L: Lane, T: Lane, G: Group> Pack<S, L, T, G> {
    #[inline(always)]
    fn constant(self, value: f64) -> Vector<S, L> {
        Vector::<S, L>::splat(self.1, L::from_f64(value))
    }
}

impl<S: Simd, L: Lane, T: Lane, G: Group> Lanes for Pack<S, L, T, G> {
    type Mask = PackMask<S, L, G>;

    #[inline(always)]
    fn splat(self, value: f64) -> Self {
        let vector = self.constant(value);
        self.map(|_| vector)
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        Self(
            G::zip3(self.0, factor.0, addend.0, |a, b, c| a.mul_add(b, c)),
            self.1,
            PhantomData,
        )
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.map(|v| v.abs())
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        self.map(|v| v.sqrt())
    }

    #[inline(always)]
    fn copysign(self, sign: Self) -> Self {
        self.zip(sign, |v, sign| v.copysign(sign))
    }

    #[inline(always)]
    fn lt(self, bound: f64) -> Self::Mask {
        let bound = self.constant(bound);
        self.test(|v| v.simd_lt(bound))
    }

    #[inline(always)]
    fn le(self, bound: f64) -> Self::Mask {
        let bound = self.constant(bound);
        self.test(|v| v.simd_le(bound))
    }

    #[inline(always)]
    fn gt(self, bound: f64) -> Self::Mask {
        let bound = self.constant(bound);
        self.test(|v| v.simd_gt(bound))
    }

    #[inline(always)]
    fn ge(self, bound: f64) -> Self::Mask {
        let bound = self.constant(bound);
        self.test(|v| v.simd_ge(bound))
    }

    #[inline(always)]
    fn at_least(self, bound: f64) -> Self {
        if MINIMUM_KEEPS_SECOND {
            let bound = self.constant(bound);
            self.map(|v| bound.max(v))
        } else {
            self.lt(bound).select(self.splat(bound), self)
        }
    }

    #[inline(always)]
    fn at_most(self, bound: f64) -> Self {
        if MINIMUM_KEEPS_SECOND {
            let bound = self.constant(bound);
            self.map(|v| bound.min(v))
        } else {
            self.gt(bound).select(self.splat(bound), self)
        }
    }

    #[inline(always)]
    fn is_nan(self) -> Self::Mask {
        self.test(|v| v.simd_ne(v))
    }

    #[inline(always)]
    fn mask(self, bits: u64) -> Self::Mask {
        let len = Vector::<S, L>::LEN;
        PackMask(G::from_fn(
            #[inline(always)]
            |i| VectorMask::<S, L>::from_bitmask(self.1, bits >> (i * len)),
        ))
    }
}

/// The bits of both float types.
macro_rules! float {
    ($L:ty, $T:tt, [$($parameter:ident)?], $to_f32:expr, $bits:ty, $digits:literal) => {
        impl<S: Simd, $($parameter: Lane,)? G: Group> Float for Pack<S, $L, $T, G> {
            const TO_F32: bool = $to_f32;
            const ROUNDER: f64 = 1.5 * (1_u64 << $digits) as f64;

            #[inline(always)]
            fn fused(self) -> bool {
                is_fused(self.1)
            }

            #[inline(always)]
            fn power_of_two(self) -> Self {
                self.splat(1.0).times_power_of_two(self)
            }

            #[inline(always)]
            fn times_power_of_two(self, biased: Self) -> Self {
                self.zip(
                    biased,
                    #[inline(always)]
                    |v, biased| SimdFloat::from_bits((biased.to_bits() << $digits as u32) + v.to_bits()),
                )
            }

            #[inline(always)]
            fn over(self, divisor: Self) -> Self {
                if !($to_f32 && estimates_reciprocals(self.1)) {
                    return self / divisor;
                }
                let estimate = divisor.map(
                    #[inline(always)]
                    |v| v.approximate_recip(),
                );
                let error = (-divisor).mul_add(estimate, self.splat(1.0));
                self * error.mul_add(error, error).mul_add(estimate, estimate)
            }

            #[inline(always)]
            fn apart<R>(self, f: impl FnOnce() -> R) -> R {
                self.1.vectorize(f)
            }

            #[inline(always)]
            fn upper_half(self) -> Self {
                self.map(
                    #[inline(always)]
                    |v| SimdFloat::from_bits(v.to_bits() & (<$bits>::MAX << ($digits + 2) / 2)),
                )
            }
        }
    };
}

float!(f64, T, [T], T::IS_F32, u64, 52);
float!(f32, f32, [], false, u32, 23);

/// Whether `mul_add` rounds once.
#[inline(always)]
fn is_fused<S: Simd>(simd: S) -> bool {
    let level = simd.level();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return level.as_avx2().is_some();
    #[cfg(target_arch = "aarch64")]
    return level.as_neon().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    {
        let _ = level;
        false
    }
}

/// Whether there is an estimate of reciprocals of `f64` with 14 bits: AVX-512 has it, and its divisions take four times as
/// long.
#[inline(always)]
fn estimates_reciprocals<S: Simd>(simd: S) -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return simd.level().as_avx512().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    {
        let _ = simd;
        false
    }
}

impl<S: Simd, T: Lane, G: Group> Wide for Pack<S, f64, T, G> {}

/// Lanes of `f32` for compensated arithmetic.
pub(crate) type CompensatedPack<S> = Pack<S, f32, f32, Pair>;

impl<S: Simd> CompensatedPack<S> {
    /// The same numbers in `f64` lanes.
    #[inline(always)]
    pub(crate) fn to_f64(self) -> Pack<S, f64, f32, Quad> {
        let [low, high] = self.0;
        let ((a, b), (c, d)) = (low.widen(), high.widen());
        Pack([a, b, c, d], self.1, PhantomData)
    }
}

impl<S: Simd> Pack<S, f64, f32, Quad> {
    /// The numbers rounded to `f32`.
    #[inline(always)]
    pub(crate) fn to_f32(self) -> Pack<S, f32, f32, Pair> {
        let [a, b, c, d] = self.0;
        Pack([a.narrow(b), c.narrow(d)], self.1, PhantomData)
    }
}

/// A truth value for each lane of a [`Pack`].
#[derive(Clone, Copy)]
pub struct PackMask<S: Simd, L: SimdFloatElement, G: Group>(G::Of<VectorMask<S, L>>);

impl<S: Simd, L: Lane, T: Lane, G: Group> Mask<Pack<S, L, T, G>> for PackMask<S, L, G> {
    #[inline(always)]
    fn select(self, if_true: Pack<S, L, T, G>, if_false: Pack<S, L, T, G>) -> Pack<S, L, T, G> {
        Pack(
            G::zip3(self.0, if_true.0, if_false.0, |m, a, b| m.select(a, b)),
            if_true.1,
            PhantomData,
        )
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(G::zip(self.0, other.0, |a, b| a & b))
    }

    #[inline(always)]
    fn all(self) -> bool {
        G::fold(self.0, |a, b| a & b).all_true()
    }

    #[inline(always)]
    fn to_bits(self) -> u64 {
        let mut bits = 0;
        G::for_each(
            self.0,
            #[inline(always)]
            |(i, mask)| bits |= mask.to_bitmask() << (i * Vector::<S, L>::LEN),
        );
        bits
    }
}

impl<S: Simd, L: Lane, T: Lane, G: Group> Neg for Pack<S, L, T, G> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|v| -v)
    }
}

/// An arithmetic operator between two packs, and between a pack and a number.
macro_rules! operator {
    ($Operator:ident, $apply:ident) => {
        impl<S: Simd, L: Lane, T: Lane, G: Group> $Operator for Pack<S, L, T, G> {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, other: Self) -> Self {
                self.zip(other, |a, b| a.$apply(b))
            }
        }

        impl<S: Simd, L: Lane, T: Lane, G: Group> $Operator<f64> for Pack<S, L, T, G> {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, number: f64) -> Self {
                let number = self.constant(number);
                self.map(|v| v.$apply(number))
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(Mul, mul);
operator!(Div, div);
