//! The backward from one bit per element: forward stores the bits, backward reads them instead of the input.

use crate::activation::Activation;
use crate::engine::element::{Element, Path};
use crate::engine::elementwise::{Slopes, in_place};
use crate::engine::instruction_set::InstructionSet;
use crate::error::{Error, same_length};

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
        self.forward_with_bits_on(InstructionSet::best(), x, y, bits)
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
        self.forward_in_place_with_bits_on(InstructionSet::best(), x, bits)
    }

    /// `dx = dy · f′(x)`, with the bits instead of x. Where f is constant on a piece, dx is 0 whatever dy.
    ///
    /// See [`forward_with_bits`](Self::forward_with_bits) for an example.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_from_bits<T: Element>(&self, bits: &[u8], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        self.backward_from_bits_on(InstructionSet::best(), bits, dy, dx)
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
        self.backward_in_place_from_bits_on(InstructionSet::best(), bits, dy)
    }

    /// [`forward_with_bits`](Self::forward_with_bits) on a given instruction set.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn forward_with_bits_on<T: Element>(
        &self,
        isa: InstructionSet,
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
            self.mark(isa, x, bits);
            self.forward_on(isa, x, y)?;
        }
        Ok(())
    }

    /// [`forward_in_place_with_bits`](Self::forward_in_place_with_bits) on a given instruction set.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn forward_in_place_with_bits_on<T: Element>(
        &self,
        isa: InstructionSet,
        x: &mut [T],
        bits: &mut [u8],
    ) -> Result<(), Error> {
        self.slopes()?;
        room_for_bits(x.len(), bits)?;
        for (x, bits) in x.chunks_mut(BLOCK).zip(bits.chunks_mut(BLOCK / 8)) {
            self.mark(isa, x, bits);
            self.forward_in_place_on(isa, x);
        }
        Ok(())
    }

    /// [`backward_from_bits`](Self::backward_from_bits) on a given instruction set.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_from_bits_on<T: Element>(
        &self,
        isa: InstructionSet,
        bits: &[u8],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        let slopes = self.slopes()?;
        same_length("gradient", dy.len(), dx.len())?;
        room_for_bits(dy.len(), bits)?;
        T::Path::spread(isa, slopes(&self.rounded::<T>()), bits, dy, dx);
        Ok(())
    }

    /// [`backward_in_place_from_bits`](Self::backward_in_place_from_bits) on a given instruction set.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_in_place_from_bits_on<T: Element>(
        &self,
        isa: InstructionSet,
        bits: &[u8],
        dy: &mut [T],
    ) -> Result<(), Error> {
        let slopes = self.slopes()?;
        room_for_bits(dy.len(), bits)?;
        let slopes = slopes(&self.rounded::<T>());
        in_place(dy, |start, dy, dx| {
            T::Path::spread(isa, slopes, &bits[start / 8..], dy, dx)
        });
        Ok(())
    }

    fn slopes(&self) -> Result<Slopes, Error> {
        self.definition().kernels.slopes.ok_or(Error::MoreThanABit {
            activation: self.name(),
            needs: self.definition().needs,
        })
    }

    fn mark<T: Element>(&self, isa: InstructionSet, x: &[T], bits: &mut [u8]) {
        T::Path::mark(&self.definition().kernels, isa, &self.rounded::<T>(), x, bits);
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
