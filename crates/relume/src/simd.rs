//! The only file that names the SIMD crate: vectors of floats that implement [`Lanes`].

use std::marker::PhantomData;
use std::ops::{Add, Div, Mul, Neg, Sub};

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
pub(crate) use fearless_simd::dispatch;
use fearless_simd::prelude::*;
pub(crate) use fearless_simd::{Level, Simd, SimdFloatElement};

use crate::element::Element;
use crate::lanes::{Lanes, Mask, Wide};

/// How many vectors move together, so that the latency of one hides behind the others.
const VECTORS: usize = 4;

type Vector<S, L> = <L as SimdFloatElement>::Native<S>;
type VectorMask<S, L> = <Vector<S, L> as SimdBase<S>>::Mask;

/// Four vectors with lanes of type `L`, whose results will be rounded to `T`.
pub struct Pack<S: Simd, L: SimdFloatElement, T>([Vector<S, L>; VECTORS], PhantomData<T>);

impl<S: Simd, L: SimdFloatElement, T> Clone for Pack<S, L, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Simd, L: SimdFloatElement, T> Copy for Pack<S, L, T> {}

impl<S: Simd, L: SimdFloatElement, T> Pack<S, L, T> {
    /// The number of lanes.
    pub(crate) const LEN: usize = VECTORS * Vector::<S, L>::LEN;

    #[inline(always)]
    fn map(self, f: impl Fn(Vector<S, L>) -> Vector<S, L>) -> Self {
        let [a, b, c, d] = self.0;
        Self([f(a), f(b), f(c), f(d)], PhantomData)
    }

    #[inline(always)]
    fn zip(self, other: Self, f: impl Fn(Vector<S, L>, Vector<S, L>) -> Vector<S, L>) -> Self {
        let ([a, b, c, d], [e, g, h, i]) = (self.0, other.0);
        Self([f(a, e), f(b, g), f(c, h), f(d, i)], PhantomData)
    }

    #[inline(always)]
    fn test(self, f: impl Fn(Vector<S, L>) -> VectorMask<S, L>) -> PackMask<S, L> {
        let [a, b, c, d] = self.0;
        PackMask([f(a), f(b), f(c), f(d)])
    }

    #[inline(always)]
    fn token(self) -> S {
        self.0[0].token()
    }
}

impl<S: Simd, L: Element, T> Pack<S, L, T> {
    #[inline(always)]
    fn constant(self, value: f64) -> Vector<S, L> {
        Vector::<S, L>::splat(self.token(), L::from_f64(value))
    }

    #[inline(always)]
    pub(crate) fn load(simd: S, elements: &[L]) -> Self {
        let len = Vector::<S, L>::LEN;
        Self(
            std::array::from_fn(
                #[inline(always)]
                |i| Vector::<S, L>::from_slice(simd, &elements[i * len..(i + 1) * len]),
            ),
            PhantomData,
        )
    }

    #[inline(always)]
    pub(crate) fn store(self, elements: &mut [L]) {
        let len = Vector::<S, L>::LEN;
        for (vector, elements) in self.0.iter().zip(elements.chunks_exact_mut(len)) {
            vector.store_slice(elements);
        }
    }
}

impl<S: Simd> Pack<S, f64, f32> {
    #[inline(always)]
    pub(crate) fn widen(simd: S, elements: &[f32]) -> Self {
        let (low, high) = elements.split_at(S::f32s::LEN);
        let (a, b) = S::f32s::from_slice(simd, low).widen();
        let (c, d) = S::f32s::from_slice(simd, high).widen();
        Self([a, b, c, d], PhantomData)
    }

    #[inline(always)]
    pub(crate) fn narrow(self, elements: &mut [f32]) {
        let [a, b, c, d] = self.0;
        let (low, high) = elements.split_at_mut(S::f32s::LEN);
        a.narrow(b).store_slice(low);
        c.narrow(d).store_slice(high);
    }
}

impl<S: Simd, L: Element, T: Copy> Lanes for Pack<S, L, T> {
    type Mask = PackMask<S, L>;

    #[inline(always)]
    fn splat(self, value: f64) -> Self {
        Self([self.constant(value); VECTORS], PhantomData)
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, addend: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h], [i, j, k, l]) = (self.0, factor.0, addend.0);
        Self(
            [a.mul_add(e, i), b.mul_add(f, j), c.mul_add(g, k), d.mul_add(h, l)],
            PhantomData,
        )
    }

    #[inline(always)]
    fn abs(self) -> Self {
        self.map(|v| v.abs())
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
    fn is_nan(self) -> Self::Mask {
        self.test(|v| v.simd_ne(v))
    }
}

impl<S: Simd, T: Element> Wide for Pack<S, f64, T> {
    const SINGLE: bool = T::SINGLE;

    #[inline(always)]
    fn fused(self) -> bool {
        let level = self.token().level();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        return level.as_avx2().is_some();
        #[cfg(target_arch = "aarch64")]
        return level.as_neon().is_some();
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
        return level.is_fallback() && false;
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        let one = self.constant(1.0);
        self.map(
            #[inline(always)]
            |biased| SimdFloat::from_bits((biased.to_bits() << 52_u32) + one.to_bits()),
        )
    }

    #[inline(always)]
    fn times_power_of_two(self, biased: Self) -> Self {
        self.zip(
            biased,
            #[inline(always)]
            |v, biased| SimdFloat::from_bits((biased.to_bits() << 52_u32) + v.to_bits()),
        )
    }

    #[inline(always)]
    fn upper_half(self) -> Self {
        self.map(
            #[inline(always)]
            |v| SimdFloat::from_bits(v.to_bits() & (u64::MAX << 27)),
        )
    }
}

/// A truth value for each lane of a [`Pack`].
pub(crate) struct PackMask<S: Simd, L: SimdFloatElement>([VectorMask<S, L>; VECTORS]);

impl<S: Simd, L: SimdFloatElement> Clone for PackMask<S, L> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Simd, L: SimdFloatElement> Copy for PackMask<S, L> {}

impl<S: Simd, L: Element, T> Mask<Pack<S, L, T>> for PackMask<S, L> {
    #[inline(always)]
    fn select(self, if_true: Pack<S, L, T>, if_false: Pack<S, L, T>) -> Pack<S, L, T> {
        let [m, n, o, p] = self.0;
        let ([a, b, c, d], [e, f, g, h]) = (if_true.0, if_false.0);
        Pack(
            [m.select(a, e), n.select(b, f), o.select(c, g), p.select(d, h)],
            PhantomData,
        )
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & e, b & f, c & g, d & h])
    }
}

impl<S: Simd, L: Element, T> Neg for Pack<S, L, T> {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|v| -v)
    }
}

/// An arithmetic operator between two packs, and between a pack and a number.
macro_rules! operator {
    ($Operator:ident, $apply:ident) => {
        impl<S: Simd, L: Element, T> $Operator for Pack<S, L, T> {
            type Output = Self;

            #[inline(always)]
            fn $apply(self, other: Self) -> Self {
                self.zip(other, |a, b| a.$apply(b))
            }
        }

        impl<S: Simd, L: Element, T> $Operator<f64> for Pack<S, L, T> {
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
