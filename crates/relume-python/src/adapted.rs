//! The one way from addresses to the kernels of an activation, for ufuncs and for adapters to frameworks: with a
//! framework's choices at kinks, on one thread or many.

use std::ops::Range;

use relume::{Activation, Element, Framework};

use crate::choice::{self, BLOCK, Choice};
use crate::slices::{FIT, part, part_mut};
use crate::threads::in_pieces;

/// An activation, and what a framework chooses at its kinks.
pub(crate) struct Adapted {
    pub(crate) activation: Activation,
    choices: Vec<Choice>,
}

/// What is to be computed, with the addresses of what is read and of what is written.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    /// `y = f(x)`.
    Forward { x: usize, y: usize },
    /// `d = f′(x)`, as relume chooses at kinks.
    Derivative { x: usize, d: usize },
    /// `dx = dy · f′(x)`.
    Backward { x: usize, dy: usize, dx: usize },
    /// `y = f(x)`, and one bit for each element, in whole bytes.
    ForwardWithBits { x: usize, y: usize, bits: usize },
    /// `dx = dy · f′(x)`, with the bits instead of `x`.
    BackwardFromBits { bits: usize, dy: usize, dx: usize },
}

impl From<Activation> for Adapted {
    /// With relume's own choices.
    fn from(activation: Activation) -> Self {
        Self {
            activation,
            choices: Vec::new(),
        }
    }
}

impl Adapted {
    /// With the choices of a framework.
    pub(crate) fn to(framework: Framework, activation: Activation) -> Self {
        Self {
            activation,
            choices: choice::choices(&activation, framework),
        }
    }

    /// Computes `n` elements, on this many threads if there are enough elements for it, by default as many as
    /// `set_num_threads` says.
    ///
    /// # Safety
    /// At each address are `n` aligned elements, or `n.div_ceil(8)` bytes of bits, which nothing else writes to until
    /// it returns. What is written to overlaps with nothing, except that `y` may be `x` and `dx` may be `dy`. The
    /// function has bits if they are asked for.
    pub(crate) unsafe fn run<T: Element>(&self, call: Call, n: usize, threads: Option<usize>) {
        in_pieces(&self.activation, threads, n, |piece| {
            // SAFETY: as promised by the caller; the pieces do not overlap, and start at whole bytes of bits.
            unsafe { self.piece::<T>(call, piece) }
        });
    }

    /// # Safety
    /// As for [`run`](Self::run), for the elements of the piece, which starts at a multiple of 8.
    unsafe fn piece<T: Element>(&self, call: Call, piece: Range<usize>) {
        let f = &self.activation;
        // SAFETY: as promised by the caller; blocks do not overlap, and start at multiples of 8.
        unsafe {
            match call {
                Call::Forward { x, y } => match in_and_out::<T>(x, y, piece) {
                    (None, y) => f.forward_in_place(y),
                    (Some(x), y) => f.forward(x, y).expect(FIT),
                },
                Call::Derivative { x, d } => {
                    f.derivatives(part::<T>(x, piece.clone()), part_mut(d, piece))
                        .expect(FIT);
                }
                Call::Backward { x, dy, dx } => {
                    let block = if self.choices.is_empty() {
                        piece.len().max(1)
                    } else {
                        BLOCK
                    };
                    for block in blocks(piece, block) {
                        let (dy, dx) = in_and_out(dy, dx, block.clone());
                        choice::backward::<T>(f, &self.choices, part(x, block), dy, dx);
                    }
                }
                Call::ForwardWithBits { x, y, bits } => {
                    for block in blocks(piece, BLOCK) {
                        let bits = part_mut(bits, bytes(&block));
                        let (x, y) = in_and_out::<T>(x, y, block);
                        let corrections = choice::corrections(&self.choices, x.unwrap_or(y));
                        match x {
                            None => f.forward_in_place_with_bits(y, bits),
                            Some(x) => f.forward_with_bits(x, y, bits),
                        }
                        .expect(FIT);
                        choice::correct(bits, &corrections);
                    }
                }
                Call::BackwardFromBits { bits, dy, dx } => {
                    let bits = part(bits, bytes(&piece));
                    match in_and_out::<T>(dy, dx, piece) {
                        (None, dx) => f.backward_in_place_from_bits(bits, dx),
                        (Some(dy), dx) => f.backward_from_bits(bits, dy, dx),
                    }
                    .expect(FIT);
                }
            }
        }
    }
}

/// What is read, unless it is what is written, and what is written.
///
/// # Safety
/// As for [`Adapted::run`], for the elements of the range.
unsafe fn in_and_out<'a, T>(from: usize, to: usize, range: Range<usize>) -> (Option<&'a [T]>, &'a mut [T]) {
    // SAFETY: as promised by the caller.
    unsafe {
        (
            (from != to).then(|| part(from, range.clone())),
            part_mut(to, range),
        )
    }
}

/// A range cut into blocks.
fn blocks(range: Range<usize>, block: usize) -> impl Iterator<Item = Range<usize>> {
    let end = range.end;
    range
        .step_by(block)
        .map(move |start| start..end.min(start + block))
}

/// Where the bits of elements are.
fn bytes(range: &Range<usize>) -> Range<usize> {
    range.start / 8..range.end.div_ceil(8)
}
