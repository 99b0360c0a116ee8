//! The types of elements that the functions work on.

use std::fmt;

use crate::group::{Pair, Quad};
use crate::kernel::{Kernels, Operations};
use crate::lanes::{Lanes, Wide};
use crate::simd::{Pack, Simd, SimdFloatElement, Transfer};

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

    /// The lanes of exact functions: of this type itself.
    type Own<S: Simd>: Lanes + Transfer<S, Self>;

    /// The lanes of smooth functions: of type `f64`.
    type Wide<S: Simd>: Wide + Transfer<S, Self>;

    fn operations(kernels: &Kernels) -> &Operations<Self>;
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

    type Own<S: Simd> = Pack<S, Self, Self, Quad>;
    type Wide<S: Simd> = Pack<S, f64, Self, Quad>;

    fn operations(kernels: &Kernels) -> &Operations<Self> {
        &kernels.single
    }
}

impl Sealed for f64 {
    const SINGLE: bool = false;

    type Own<S: Simd> = Pack<S, Self, Self, Quad>;
    type Wide<S: Simd> = Pack<S, Self, Self, Pair>;

    fn operations(kernels: &Kernels) -> &Operations<Self> {
        &kernels.double
    }
}
