//! The backward from one bit per element: forward stores the bits, backward reads them instead of the input.

use std::marker::PhantomData;

use crate::activation::Activation;
use crate::definition::Parameters;
use crate::element::{Element, Native, Path};
use crate::error::{Error, same_length};
use crate::kernel::{Kernel, LARGEST_PACK, Slopes};
use crate::lanes::{Lanes, Mask};
use crate::rung::{Rung, Task};
use crate::simd::{Simd, Transfer};

/// How many elements go through both passes of the forward together, so that the second finds them in the cache;
/// a multiple of 8.
const BLOCK: usize = 2048;

/// Backward from one bit per element: for functions whose derivative has one of two values
/// ([`Needs::Bit`](crate::Needs::Bit)). Between forward and backward this keeps 1/32 of the memory that the `f32`
/// input would take.
///
/// The bits of eight elements make a byte, the first element's in the lowest bit; what remains of the last byte is
/// cleared. A clear bit stands for the flat piece, for `leaky_relu` for x < 0. A set bit stands for the other.
///
/// The gradients are those of [`backward`](Activation::backward), but for two things. Where x was NaN a bit cannot
/// say so: it is set, and what arrives goes on as from the piece that is not flat. And `hard_sigmoid` divides by 6
/// there, but multiplies by the `slope` here, which may cost it one unit in the last place.
impl Activation {
    /// `y = f(x)`, and the bit of every element, from which
    /// [`backward_from_bits`](Self::backward_from_bits) knows the derivative. `bits` is one byte for eight elements,
    /// or a part of eight.
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// let x = [-1.0_f32, 2.0, -3.0, 4.0];
    /// let (mut y, mut bits) = ([0.0; 4], [0; 1]);
    /// relu.forward_with_bits(&x, &mut y, &mut bits)?;
    /// assert_eq!(bits, [0b1010]);
    ///
    /// let mut dx = [0.0; 4];
    /// relu.backward_from_bits(&bits, &[0.1, 0.2, 0.3, 0.4], &mut dx)?;
    /// assert_eq!(dx, [0.0, 0.2, 0.0, 0.4]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths do not fit, or the backward of this function needs more than a bit.
    pub fn forward_with_bits<T: Element>(&self, x: &[T], y: &mut [T], bits: &mut [u8]) -> Result<(), Error> {
        self.forward_with_bits_on(Rung::best(), x, y, bits)
    }

    /// `x = f(x)`, and the bits: [`forward_with_bits`](Self::forward_with_bits) without another array.
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// let (mut x, mut bits) = ([-1.0_f32, 2.0], [0; 1]);
    /// relu.forward_in_place_with_bits(&mut x, &mut bits)?;
    /// assert_eq!((x, bits), ([0.0, 2.0], [0b10]));
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn forward_in_place_with_bits<T: Element>(&self, x: &mut [T], bits: &mut [u8]) -> Result<(), Error> {
        self.forward_in_place_with_bits_on(Rung::best(), x, bits)
    }

    /// `dx = dy · f′(x)`, with the bits instead of x. Where f is constant on a piece, dx is 0 whatever dy.
    ///
    /// See [`forward_with_bits`](Self::forward_with_bits) for an example.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_from_bits<T: Element>(&self, bits: &[u8], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        self.backward_from_bits_on(Rung::best(), bits, dy, dx)
    }

    /// `dy = dy · f′(x)`, with the bits instead of x.
    ///
    /// ```
    /// let leaky: relume::Activation = "leaky_relu(slope=0.5)".parse()?;
    /// let mut gradient = [1.0_f32, 3.0];
    /// leaky.backward_in_place_from_bits(&[0b10], &mut gradient)?;
    /// assert_eq!(gradient, [0.5, 3.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_in_place_from_bits<T: Element>(&self, bits: &[u8], dy: &mut [T]) -> Result<(), Error> {
        self.backward_in_place_from_bits_on(Rung::best(), bits, dy)
    }

    /// [`forward_with_bits`](Self::forward_with_bits) on a given rung.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn forward_with_bits_on<T: Element>(
        &self,
        rung: Rung,
        x: &[T],
        y: &mut [T],
        bits: &mut [u8],
    ) -> Result<(), Error> {
        self.slopes()?;
        same_length("output", x.len(), y.len())?;
        room_for_bits(x.len(), bits)?;
        let blocks = x
            .chunks(BLOCK)
            .zip(y.chunks_mut(BLOCK))
            .zip(bits.chunks_mut(BLOCK / 8));
        for ((x, y), bits) in blocks {
            self.mark(rung, x, bits);
            self.forward_on(rung, x, y)?;
        }
        Ok(())
    }

    /// [`forward_in_place_with_bits`](Self::forward_in_place_with_bits) on a given rung.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn forward_in_place_with_bits_on<T: Element>(
        &self,
        rung: Rung,
        x: &mut [T],
        bits: &mut [u8],
    ) -> Result<(), Error> {
        self.slopes()?;
        room_for_bits(x.len(), bits)?;
        for (x, bits) in x.chunks_mut(BLOCK).zip(bits.chunks_mut(BLOCK / 8)) {
            self.mark(rung, x, bits);
            self.forward_in_place_on(rung, x);
        }
        Ok(())
    }

    /// [`backward_from_bits`](Self::backward_from_bits) on a given rung.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_from_bits_on<T: Element>(
        &self,
        rung: Rung,
        bits: &[u8],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let slopes = self.slopes()?;
        same_length("gradient", dy.len(), dx.len())?;
        room_for_bits(dy.len(), bits)?;
        T::Path::spread(rung, slopes(&self.rounded::<T>()), bits, Some(dy), dx);
        Ok(())
    }

    /// [`backward_in_place_from_bits`](Self::backward_in_place_from_bits) on a given rung.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_in_place_from_bits_on<T: Element>(
        &self,
        rung: Rung,
        bits: &[u8],
        dy: &mut [T],
    ) -> Result<(), Error> {
        let slopes = self.slopes()?;
        room_for_bits(dy.len(), bits)?;
        T::Path::spread(rung, slopes(&self.rounded::<T>()), bits, None, dy);
        Ok(())
    }

    fn slopes(&self) -> Result<Slopes, Error> {
        self.definition().kernels.slopes.ok_or(Error::MoreThanABit {
            activation: self.name(),
            needs: self.definition().needs,
        })
    }

    fn mark<T: Element>(&self, rung: Rung, x: &[T], bits: &mut [u8]) {
        T::Path::mark(&self.definition().kernels, rung, &self.rounded::<T>(), x, bits);
    }
}

fn room_for_bits(elements: usize, bits: &[u8]) -> Result<(), Error> {
    let expected = elements.div_ceil(8);
    if bits.len() == expected {
        Ok(())
    } else {
        Err(Error::BitsMismatch {
            elements,
            expected,
            found: bits.len(),
        })
    }
}

/// So many bits are handled together: those of one or several packs.
const WORD: usize = LARGEST_PACK;
const BYTES: usize = WORD / 8;

/// Stores the bits of the elements of `x`, and clears the rest of the last byte.
pub(crate) fn mark<K: Kernel, T: Native>(
    rung: Rung,
    parameters: &Parameters,
    slopes: Slopes,
    x: &[T],
    bits: &mut [u8],
) {
    let [clear, _] = slopes(parameters);
    rung.run(Mark::<K, T> {
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

impl<K: Kernel, T: Native> Mark<'_, K, T> {
    /// A bit is clear where the derivative has the value for that, and so it is set for NaN.
    #[inline(always)]
    fn word<S: Simd>(simd: S, x: &[T], parameters: &Parameters, clear: f64) -> [u8; BYTES] {
        let len = K::Pack::<S, T>::LEN;
        let mut word = 0;
        for (i, x) in x[..WORD].chunks_exact(len).enumerate() {
            let x = K::Pack::<S, T>::load(simd, x);
            let slope = K::backward(x, x.splat(1.0), parameters);
            let set = !(slope - x.splat(clear)).abs().le(0.0).to_bits();
            word |= (set & u64::MAX >> (64 - len)) << (i * len);
        }
        word.to_le_bytes()
    }
}

impl<K: Kernel, T: Native> Task for Mark<'_, K, T> {
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

/// `dx = dy · slopes[bit]`; without `dy` it is what `dx` holds.
pub(crate) fn spread<T: Native>(rung: Rung, slopes: [f64; 2], bits: &[u8], dy: Option<&[T]>, dx: &mut [T]) {
    rung.run(Spread { slopes, bits, dy, dx });
}

struct Spread<'a, T> {
    slopes: [f64; 2],
    bits: &'a [u8],
    dy: Option<&'a [T]>,
    dx: &'a mut [T],
}

impl<T: Native> Spread<'_, T> {
    /// The products of one pack.
    #[inline(always)]
    fn pack<S: Simd>(simd: S, [clear, set]: [f64; 2], bits: u64, dy: &[T]) -> T::Own<S> {
        let dy = T::Own::<S>::load(simd, dy);
        dy.mask(bits).select(times(dy, set), times(dy, clear))
    }
}

/// Where f is flat nothing goes on, not even NaN.
#[inline(always)]
fn times<V: Lanes>(dy: V, slope: f64) -> V {
    if slope == 0.0 { dy.splat(0.0) } else { dy * slope }
}

impl<T: Native> Task for Spread<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self { slopes, bits, dy, dx } = self;
        let len = T::Own::<S>::LEN;
        let (body, rest) = dx.split_at_mut(dx.len() - dx.len() % WORD);
        let (body_bits, rest_bits) = bits.split_at(body.len() / 8);
        let start = body.len();
        for (i, (dx, bits)) in body
            .chunks_exact_mut(WORD)
            .zip(body_bits.as_chunks().0)
            .enumerate()
        {
            let word = u64::from_le_bytes(*bits);
            for (j, dx) in dx.chunks_exact_mut(len).enumerate() {
                let place = i * WORD + j * len;
                let dy = dy.map_or(&*dx, |dy| &dy[place..place + len]);
                Self::pack(simd, slopes, word >> (j * len), dy).store(dx);
            }
        }
        if !rest.is_empty() {
            let mut padded = [T::from_f64(0.0); WORD];
            padded[..rest.len()].copy_from_slice(dy.map_or(&*rest, |dy| &dy[start..]));
            let mut word = [0; BYTES];
            word[..rest_bits.len()].copy_from_slice(rest_bits);
            let word = u64::from_le_bytes(word);
            for (j, dx) in padded.chunks_exact_mut(len).enumerate() {
                Self::pack(simd, slopes, word >> (j * len), dx).store(dx);
            }
            rest.copy_from_slice(&padded[..rest.len()]);
        }
    }
}
