//! The backward from one bit per element: forward stores the bits, backward reads them instead of the input.

use super::Activation;
use super::view::View;
use crate::engine::blocks::in_place;
use crate::engine::element::{Element, Path};
use crate::engine::elementwise::Slopes;
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
/// cleared. A clear bit means the flat piece, for `leaky_relu` x < 0. A set bit means the other.
///
/// The gradients are those of [`backward`](Activation::backward), but for two things. Where x was NaN a bit cannot
/// say so: it is set, and the gradient is that of the piece that is not flat. And `hard_sigmoid` divides by 6
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
        View::new(*self).forward_with_bits(x, y, bits)
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
        View::new(*self).forward_in_place_with_bits(x, bits)
    }

    /// `dx = dy · f′(x)`, with the bits instead of x. Where f is constant on a piece, dx is 0 whatever dy.
    ///
    /// See [`forward_with_bits`](Self::forward_with_bits) for an example.
    ///
    /// # Errors
    /// As `forward_with_bits`.
    pub fn backward_from_bits<T: Element>(&self, bits: &[u8], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        View::new(*self).backward_from_bits(bits, dy, dx)
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
        View::new(*self).backward_in_place_from_bits(bits, dy)
    }

    fn slopes(&self) -> Result<Slopes, Error> {
        self.kernels.slopes.ok_or(Error::MoreThanABit {
            activation: self.name(),
            needs: self.definition().needs,
        })
    }

    fn mark<T: Element>(&self, isa: InstructionSet, x: &[T], bits: &mut [u8]) {
        T::Path::mark(self.kernels, isa, &self.rounded::<T>(), x, bits);
    }
}

impl View<Activation> {
    /// As [`Activation::forward_with_bits`].
    ///
    /// # Errors
    /// As there.
    pub fn forward_with_bits<T: Element>(&self, x: &[T], y: &mut [T], bits: &mut [u8]) -> Result<(), Error> {
        self.function.slopes()?;
        same_length("output", x.len(), y.len())?;
        room_for_bits(x.len(), bits)?;
        self.share(
            self.extent(x.len()),
            (x, y, bits),
            |(x, y, bits), piece| {
                let elements = x.chunks(piece).zip(y.chunks_mut(piece));
                elements
                    .zip(bits.chunks_mut(piece / 8))
                    .map(|((x, y), bits)| (x, y, bits))
            },
            |(x, y, bits)| {
                let elements = x.chunks(BLOCK).zip(y.chunks_mut(BLOCK));
                for ((x, y), bits) in elements.zip(bits.chunks_mut(BLOCK / 8)) {
                    self.function.mark(self.isa, x, bits);
                    self.function.values(self.isa, x, y);
                }
            },
        );
        Ok(())
    }

    /// As [`Activation::forward_in_place_with_bits`].
    ///
    /// # Errors
    /// As there.
    pub fn forward_in_place_with_bits<T: Element>(&self, x: &mut [T], bits: &mut [u8]) -> Result<(), Error> {
        self.function.slopes()?;
        room_for_bits(x.len(), bits)?;
        let one_thread = View {
            parallel: false,
            ..*self
        };
        self.share(
            self.extent(x.len()),
            (x, bits),
            |(x, bits), piece| x.chunks_mut(piece).zip(bits.chunks_mut(piece / 8)),
            |(x, bits)| {
                for (x, bits) in x.chunks_mut(BLOCK).zip(bits.chunks_mut(BLOCK / 8)) {
                    self.function.mark(self.isa, x, bits);
                    one_thread.forward_in_place(x);
                }
            },
        );
        Ok(())
    }

    /// As [`Activation::backward_from_bits`].
    ///
    /// # Errors
    /// As there.
    pub fn backward_from_bits<T: Element>(&self, bits: &[u8], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        let slopes = self.function.slopes()?(&self.function.rounded::<T>());
        same_length("gradient", dy.len(), dx.len())?;
        room_for_bits(dy.len(), bits)?;
        self.share(
            self.extent(dy.len()),
            (bits, dy, dx),
            |(bits, dy, dx), piece| {
                let inputs = bits.chunks(piece / 8).zip(dy.chunks(piece));
                inputs
                    .zip(dx.chunks_mut(piece))
                    .map(|((bits, dy), dx)| (bits, dy, dx))
            },
            |(bits, dy, dx)| T::Path::spread(self.isa, slopes, bits, dy, dx),
        );
        Ok(())
    }

    /// As [`Activation::backward_in_place_from_bits`].
    ///
    /// # Errors
    /// As there.
    pub fn backward_in_place_from_bits<T: Element>(&self, bits: &[u8], dy: &mut [T]) -> Result<(), Error> {
        let slopes = self.function.slopes()?(&self.function.rounded::<T>());
        room_for_bits(dy.len(), bits)?;
        self.share(
            self.extent(dy.len()),
            (bits, dy),
            |(bits, dy), piece| bits.chunks(piece / 8).zip(dy.chunks_mut(piece)),
            |(bits, dy)| {
                in_place(dy, |start, dy, dx| {
                    T::Path::spread(self.isa, slopes, &bits[start / 8..], dy, dx);
                });
            },
        );
        Ok(())
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
