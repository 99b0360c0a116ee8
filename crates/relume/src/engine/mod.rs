//! From a formula to loops over slices: vectors, instruction sets, element types, tails. It knows no function.

pub(crate) mod bits;
pub(crate) mod blocks;
pub(crate) mod element;
pub(crate) mod elementwise;
pub(crate) mod group;
#[cfg(feature = "half")]
mod half;
pub(crate) mod instruction_set;
pub(crate) mod lanes;
pub(crate) mod native;
pub(crate) mod rows;
pub(crate) mod simd;
pub(crate) mod tail;
