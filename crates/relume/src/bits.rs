//! The backward from one bit per element: forward stores the bits, backward reads them instead of the input.

use std::marker::PhantomData;

use crate::activation::{Activation, same_length};
use crate::definition::Parameters;
use crate::element::{Element, Native, Path};
use crate::error::Error;
use crate::kernel::{LARGEST_PACK, TwoSlopes};
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
/// cleared. A set bit is the side where the function rises most plainly: x ≥ 0 for `relu` and `leaky_relu`, the
/// slope between two flat ends.
///
/// The gradients are those of [`backward`](Activation::backward), bit for bit, except where x was NaN: a bit cannot
/// say so. It is set for NaN, so that what arrives goes on as if x lay on the rising side.
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

    fn slopes(&self) -> Result<fn(&Parameters) -> [f64; 2], Error> {
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

/// Stores the bits of the elements of `x`, and clears the rest of the last byte.
pub(crate) fn mark<F: TwoSlopes, T: Native>(rung: Rung, parameters: &Parameters, x: &[T], bits: &mut [u8]) {
    rung.run(Mark::<F, T> {
        parameters: *parameters,
        x,
        bits,
        function: PhantomData,
    });
}

struct Mark<'a, F, T> {
    parameters: Parameters,
    x: &'a [T],
    bits: &'a mut [u8],
    function: PhantomData<F>,
}

impl<F: TwoSlopes, T: Native> Task for Mark<'_, F, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            parameters, x, bits, ..
        } = self;
        let len = T::Own::<S>::LEN;
        let set = |x: &[T]| !F::clear(T::Own::<S>::load(simd, x), &parameters).to_bits();
        let (body, rest) = x.split_at(x.len() - x.len() % len);
        let (body_bits, rest_bits) = bits.split_at_mut(body.len() / 8);
        for (x, bits) in body.chunks_exact(len).zip(body_bits.chunks_exact_mut(len / 8)) {
            bits.copy_from_slice(&set(x).to_le_bytes()[..len / 8]);
        }
        if !rest.is_empty() {
            let mut padded = [T::from_f64(0.0); LARGEST_PACK];
            padded[..rest.len()].copy_from_slice(rest);
            let set = set(&padded) & !(u64::MAX << rest.len());
            rest_bits.copy_from_slice(&set.to_le_bytes()[..rest_bits.len()]);
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

impl<T: Native> Task for Spread<'_, T> {
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let Self {
            slopes: [clear, set],
            bits,
            dy,
            dx,
        } = self;
        let len = T::Own::<S>::LEN;
        let chosen = |bits: &[u8], dy: &[T]| {
            let mut word = [0; 8];
            word[..bits.len()].copy_from_slice(bits);
            let dy = T::Own::<S>::load(simd, dy);
            // Where f is flat nothing goes on, not even NaN.
            let times = |slope: f64| if slope == 0.0 { dy.splat(0.0) } else { dy * slope };
            dy.mask(u64::from_le_bytes(word)).select(times(set), times(clear))
        };
        let (body, rest) = dx.split_at_mut(dx.len() - dx.len() % len);
        let (body_bits, rest_bits) = bits.split_at(body.len() / 8);
        let start = body.len();
        for (i, (dx, bits)) in body
            .chunks_exact_mut(len)
            .zip(body_bits.chunks_exact(len / 8))
            .enumerate()
        {
            let dy = dy.map_or(&*dx, |dy| &dy[i * len..(i + 1) * len]);
            chosen(bits, dy).store(dx);
        }
        if !rest.is_empty() {
            let mut padded = [T::from_f64(0.0); LARGEST_PACK];
            padded[..rest.len()].copy_from_slice(dy.map_or(&*rest, |dy| &dy[start..]));
            let products = chosen(&rest_bits[..rest.len().div_ceil(8)], &padded);
            products.store(&mut padded);
            rest.copy_from_slice(&padded[..rest.len()]);
        }
    }
}
