//! The kernels that store bits and read them.

use std::marker::PhantomData;

use crate::engine::elementwise::{
    BackwardKernel, CompensatedBackward, Exact, InOwnLanes, InWideLanes, Kernels, Parameters, Slopes,
};
use crate::engine::instruction_set::{InstructionSet, Vectorised};
use crate::engine::lanes::{Lanes, Mask};
use crate::engine::native::Native;
use crate::engine::simd::{Simd, Transfer};

/// How many bits are handled together: those of one or several packs, whose lengths divide it.
const WORD: usize = 64;
const BYTES: usize = WORD / 8;

impl Kernels {
    /// For a function whose derivative is one of two values, so that its backward needs only a bit.
    pub(crate) const fn exact_with_bits<F: Exact>(slopes: Slopes) -> Self {
        Self::exact::<F>().with_bits::<InOwnLanes<F>>(slopes)
    }

    /// The same for one that is computed in `f32` lanes too.
    pub(crate) const fn compensated_with_bits<F: CompensatedBackward>(slopes: Slopes) -> Self {
        Self::compensated_both::<F>().with_bits::<InWideLanes<F>>(slopes)
    }

    const fn with_bits<K: BackwardKernel<f32> + BackwardKernel<f64>>(mut self, slopes: Slopes) -> Self {
        self.f32.mark = Some(mark::<K, f32>);
        self.f64.mark = Some(mark::<K, f64>);
        self.slopes = Some(slopes);
        self
    }
}

/// Stores the bits of the elements of `x`, and clears the rest of the last byte.
pub(crate) fn mark<K: BackwardKernel<T>, T: Native>(
    isa: InstructionSet,
    parameters: &Parameters,
    slopes: Slopes,
    x: &[T],
    bits: &mut [u8],
) {
    let [clear, _] = slopes(parameters);
    isa.run(Mark::<K, T> {
        parameters: *parameters,
        clear,
        x,
        bits,
        kernel: PhantomData,
    });
}

struct Mark<'a, K, T> {
    parameters: Parameters,
    clear: f64,
    x: &'a [T],
    bits: &'a mut [u8],
    kernel: PhantomData<K>,
}

impl<K: BackwardKernel<T>, T: Native> Mark<'_, K, T> {
    /// A bit is clear where the derivative has the value for that, and so it is set for NaN.
    #[inline(always)]
    fn word<S: Simd>(simd: S, x: &[T], parameters: &Parameters, clear: f64) -> [u8; BYTES] {
        let len = K::Pack::<S>::LEN;
        let mut word = 0;
        for (i, x) in x[..WORD].chunks_exact(len).enumerate() {
            let x = K::Pack::<S>::load(simd, x);
            let slope = K::backward(x, x.splat(1.0), parameters);
            let set = !(slope - x.splat(clear)).abs().le(0.0).to_bits();
            word |= (set & u64::MAX >> (64 - len)) << (i * len);
        }
        word.to_le_bytes()
    }
}

impl<K: BackwardKernel<T>, T: Native> Vectorised for Mark<'_, K, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let (body, rest) = self.x.split_at(self.x.len() - self.x.len() % WORD);
        let (body_bits, rest_bits) = self.bits.split_at_mut(body.len() / 8);
        for (x, bits) in body.chunks_exact(WORD).zip(body_bits.chunks_exact_mut(BYTES)) {
            bits.copy_from_slice(&Self::word(simd, x, &self.parameters, self.clear));
        }
        if !rest.is_empty() {
            let mut padded = [T::from_f64(0.0); WORD];
            padded[..rest.len()].copy_from_slice(rest);
            let word = Self::word(simd, &padded, &self.parameters, self.clear);
            let kept = u64::from_le_bytes(word) & !(u64::MAX << rest.len());
            rest_bits.copy_from_slice(&kept.to_le_bytes()[..rest_bits.len()]);
        }
    }
}

/// `dx = dy · slopes[bit]`.
pub(crate) fn spread<T: Native>(isa: InstructionSet, slopes: [f64; 2], bits: &[u8], dy: &[T], dx: &mut [T]) {
    isa.run(Spread { slopes, bits, dy, dx });
}

struct Spread<'a, T> {
    slopes: [f64; 2],
    bits: &'a [u8],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Native> Spread<'_, T> {
    #[inline(always)]
    fn word<S: Simd>(simd: S, [clear, set]: [f64; 2], word: [u8; BYTES], dy: &[T], dx: &mut [T]) {
        let len = T::Own::<S>::LEN;
        let word = u64::from_le_bytes(word);
        for (i, (dy, dx)) in dy.chunks_exact(len).zip(dx.chunks_exact_mut(len)).enumerate() {
            let dy = T::Own::<S>::load(simd, dy);
            dy.mask(word >> (i * len))
                .select(times(dy, set), times(dy, clear))
                .store(dx);
        }
    }
}

/// Where f is flat the gradient is 0, even for NaN.
#[inline(always)]
fn times<V: Lanes>(dy: V, slope: f64) -> V {
    if slope == 0.0 { dy.splat(0.0) } else { dy * slope }
}

impl<T: Native> Vectorised for Spread<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { slopes, bits, dy, dx } = self;
        let (dy, dy_rest) = dy.split_at(dy.len() - dy.len() % WORD);
        let (dx, dx_rest) = dx.split_at_mut(dy.len());
        let (words, bits_rest) = bits.split_at(dy.len() / 8);
        for ((word, dy), dx) in words
            .as_chunks()
            .0
            .iter()
            .zip(dy.chunks_exact(WORD))
            .zip(dx.chunks_exact_mut(WORD))
        {
            Self::word(simd, slopes, *word, dy, dx);
        }
        if !dy_rest.is_empty() {
            let [mut dy_tail, mut dx_tail] = [[T::from_f64(0.0); WORD]; 2];
            dy_tail[..dy_rest.len()].copy_from_slice(dy_rest);
            let mut word = [0; BYTES];
            word[..bits_rest.len()].copy_from_slice(bits_rest);
            Self::word(simd, slopes, word, &dy_tail, &mut dx_tail);
            dx_rest.copy_from_slice(&dx_tail[..dx_rest.len()]);
        }
    }
}
