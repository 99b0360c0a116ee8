//! The types of elements that vectors are made of, and the lanes in which their functions are computed.

use crate::engine::group::Quad;
use crate::engine::lanes::{Lanes, Wide};
use crate::engine::simd::{Lane, Pack, Simd, Transfer};

/// A type of elements that vectors are made of: `f32` or `f64`.
pub trait Native: Lane + PartialOrd + Send + Sync + 'static {
    /// The lanes of exact functions: of this type itself.
    type Own<S: Simd>: Lanes + Transfer<S, Self>;

    /// The lanes of smooth functions: of type `f64`.
    type Wide<S: Simd>: Wide + Transfer<S, Self> + Transfer<S, f64>;
}

impl Native for f32 {
    type Own<S: Simd> = Pack<S, Self, Self, Quad>;
    type Wide<S: Simd> = Pack<S, f64, Self, Quad>;
}

impl Native for f64 {
    type Own<S: Simd> = Pack<S, Self, Self, Quad>;
    type Wide<S: Simd> = Pack<S, Self, Self, Quad>;
}
