//! The only file that names the SIMD crate: work that is compiled for every instruction set, and its vectors.

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
use fearless_simd::dispatch;
use fearless_simd::{Level, prelude::*};

pub(super) use fearless_simd::Simd;

/// A vector of the widest kind that the instruction set has.
pub(super) type Vector<S> = <S as Simd>::f32s;

/// The most lanes that a [`Vector`] has.
pub(super) const MOST_LANES: usize = 16;

/// How many elements a [`Vector`] holds.
pub(super) const fn lanes<S: Simd>() -> usize {
    <Vector<S> as SimdBase<S>>::LEN
}

/// The next multiple of the lanes.
pub(super) const fn padded<S: Simd>(len: usize) -> usize {
    len.next_multiple_of(lanes::<S>())
}

/// The same number in every lane.
#[inline(always)]
pub(super) fn splat<S: Simd>(simd: S, value: f32) -> Vector<S> {
    SimdBase::splat(simd, value)
}

/// The first elements of a slice.
#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, elements: &[f32]) -> Vector<S> {
    SimdBase::from_slice(simd, &elements[..lanes::<S>()])
}

/// Replaces the first elements of a slice.
#[inline(always)]
pub(super) fn store<S: Simd>(vector: Vector<S>, elements: &mut [f32]) {
    vector.store_slice(&mut elements[..lanes::<S>()]);
}

/// `a * b + c`.
#[inline(always)]
pub(super) fn mul_add<S: Simd>(a: Vector<S>, b: Vector<S>, c: Vector<S>) -> Vector<S> {
    a.mul_add(b, c)
}

/// Work that is compiled once for every instruction set.
pub(super) trait Vectorised {
    type Output;

    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// Runs it on the best instruction set of this machine.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
pub(super) fn run<T: Vectorised>(task: T) -> T::Output {
    let level = Level::new();
    if let Some(token) = level.as_avx512() {
        task.run(token)
    } else if let Some(token) = level.as_avx2() {
        task.run(token)
    } else {
        task.run(
            level
                .as_sse2()
                .expect("every processor has it for which this is compiled"),
        )
    }
}

/// Runs it on the best instruction set of this machine.
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
pub(super) fn run<T: Vectorised>(task: T) -> T::Output {
    dispatch!(Level::new(), simd => task.run(simd))
}

/// Runs it on every instruction set of this machine.
#[cfg(test)]
pub(super) fn run_on_all<T: Vectorised + Clone>(task: T) -> Vec<T::Output> {
    let level = Level::new();
    let mut outputs = Vec::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        outputs.extend(level.as_avx512().map(|token| task.clone().run(token)));
        outputs.extend(level.as_avx2().map(|token| task.clone().run(token)));
        outputs.extend(level.as_sse2().map(|token| task.run(token)));
    }
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    outputs.push(dispatch!(level, simd => task.run(simd)));
    outputs
}
