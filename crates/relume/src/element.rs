//! The types of elements that the functions work on.

use std::fmt;

use crate::kernel::{Kernels, Operations};
use crate::simd::{Pack, Simd, SimdFloatElement};

/// A type of element: `f32` or `f64`. Sealed.
pub trait Element:
    Sealed + Copy + PartialEq + PartialOrd + fmt::Debug + fmt::Display + Send + Sync + 'static
{
    /// The name of the type, as Rust writes it.
    const NAME: &'static str;

    /// The number rounded to this type.
    fn from_f64(value: f64) -> Self;

    /// The number, exactly.
    fn to_f64(self) -> f64;
}

pub trait Sealed: SimdFloatElement + Sized {
    /// Whether half the digits of an `f64` suffice for a result of this type.
    const SINGLE: bool;

    fn operations(kernels: &Kernels) -> &Operations<Self>;

    fn load_wide<S: Simd>(simd: S, elements: &[Self]) -> Pack<S, f64, Self>;
    fn store_wide<S: Simd>(pack: Pack<S, f64, Self>, elements: &mut [Self]);
}

impl Element for f32 {
    const NAME: &'static str = "f32";

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
}

impl Element for f64 {
    const NAME: &'static str = "f64";

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

impl Sealed for f32 {
    const SINGLE: bool = true;

    fn operations(kernels: &Kernels) -> &Operations<Self> {
        &kernels.single
    }

    #[inline(always)]
    fn load_wide<S: Simd>(simd: S, elements: &[Self]) -> Pack<S, f64, Self> {
        Pack::widen(simd, elements)
    }

    #[inline(always)]
    fn store_wide<S: Simd>(pack: Pack<S, f64, Self>, elements: &mut [Self]) {
        pack.narrow(elements);
    }
}

impl Sealed for f64 {
    const SINGLE: bool = false;

    fn operations(kernels: &Kernels) -> &Operations<Self> {
        &kernels.double
    }

    #[inline(always)]
    fn load_wide<S: Simd>(simd: S, elements: &[Self]) -> Pack<S, f64, Self> {
        Pack::load(simd, elements)
    }

    #[inline(always)]
    fn store_wide<S: Simd>(pack: Pack<S, f64, Self>, elements: &mut [Self]) {
        pack.store(elements);
    }
}
