//! The kernels over addresses, as a framework has them: with its choices at kinks, and its number of threads.

use relume::{Activation, Element, Framework};

use crate::choice::{self, BLOCK, Choice};
use crate::kernels::{other, slice, slice_mut};
use crate::threads::in_pieces;

/// Why no kernel can fail here.
const FITS: &str = "all slices are made to fit, and bits are asked for only where there are any";

/// An activation with what a framework chooses.
pub(crate) struct Hosted {
    pub(crate) activation: Activation,
    choices: Vec<Choice>,
}

impl Hosted {
    /// Without a framework it is as we choose.
    pub(crate) fn new(activation: Activation, framework: Option<Framework>) -> Self {
        Self {
            activation,
            choices: framework.map_or(Vec::new(), |framework| choice::choices(&activation, framework)),
        }
    }

    /// `y = f(x)` for `n` elements.
    ///
    /// # Safety
    /// At `x` and `y` are `n` aligned elements, which nobody else writes to meanwhile. The two are the same or do not
    /// overlap.
    pub(crate) unsafe fn forward<T: Element>(&self, threads: usize, [x, y]: [usize; 2], n: usize) {
        let f = &self.activation;
        in_pieces(n, f.par_from(), threads, |start, n| {
            // SAFETY: as promised by the caller; the pieces do not overlap.
            let (x, y) = unsafe { operands::<T>(x, y, start, n) };
            match x {
                None => f.forward_in_place(y),
                Some(x) => f.forward(x, y).expect(FITS),
            }
        });
    }

    /// `dx = dy · f′(x)` for `n` elements.
    ///
    /// # Safety
    /// As [`forward`](Self::forward) for `x`, `dy` and `dx`; `dx` may be the same as `dy`, and overlaps with nothing
    /// else.
    pub(crate) unsafe fn backward<T: Element>(&self, threads: usize, [x, dy, dx]: [usize; 3], n: usize) {
        let f = &self.activation;
        let block = if self.choices.is_empty() { n.max(1) } else { BLOCK };
        in_pieces(n, f.par_from(), threads, |start, n| {
            for (start, n) in blocks(start, n, block) {
                // SAFETY: as promised by the caller; neither pieces nor blocks overlap.
                let (x, (dy, dx)) = unsafe { (slice(element::<T>(x, start), n), operands(dy, dx, start, n)) };
                choice::backward(f, &self.choices, x, dy, dx);
            }
        });
    }

    /// `y = f(x)` for `n` elements, and their bits.
    ///
    /// # Safety
    /// As [`forward`](Self::forward); at `bits` are `n.div_ceil(8)` bytes, which overlap with nothing. The function has
    /// bits.
    pub(crate) unsafe fn forward_with_bits<T: Element>(
        &self,
        threads: usize,
        [x, y, bits]: [usize; 3],
        n: usize,
    ) {
        let f = &self.activation;
        in_pieces(n, f.par_from(), threads, |start, n| {
            for (start, n) in blocks(start, n, BLOCK) {
                // SAFETY: as promised by the caller; neither pieces nor blocks overlap, and they start at whole bytes.
                let ((x, y), bits) = unsafe {
                    (
                        operands::<T>(x, y, start, n),
                        slice_mut(element(bits, start / 8), n.div_ceil(8)),
                    )
                };
                let corrections = choice::corrections(&self.choices, x.unwrap_or(y));
                match x {
                    None => f.forward_in_place_with_bits(y, bits),
                    Some(x) => f.forward_with_bits(x, y, bits),
                }
                .expect(FITS);
                choice::correct(bits, &corrections);
            }
        });
    }

    /// `dx = dy · f′(x)` for `n` elements, from their bits.
    ///
    /// # Safety
    /// As [`backward`](Self::backward) with `bits` instead of `x`, of which there are `n.div_ceil(8)` bytes. The
    /// function has bits.
    pub(crate) unsafe fn backward_from_bits<T: Element>(
        &self,
        threads: usize,
        [bits, dy, dx]: [usize; 3],
        n: usize,
    ) {
        let f = &self.activation;
        in_pieces(n, f.par_from(), threads, |start, n| {
            // SAFETY: as promised by the caller; the pieces do not overlap, and start at whole bytes.
            let (bits, (dy, dx)) = unsafe {
                (
                    slice(element::<u8>(bits, start / 8), n.div_ceil(8)),
                    operands::<T>(dy, dx, start, n),
                )
            };
            match dy {
                None => f.backward_in_place_from_bits(bits, dx),
                Some(dy) => f.backward_from_bits(bits, dy, dx),
            }
            .expect(FITS);
        });
    }
}

/// Where the blocks of a piece start, and how long they are.
fn blocks(start: usize, n: usize, block: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).step_by(block).map(move |i| (start + i, block.min(n - i)))
}

fn element<T>(address: usize, i: usize) -> *mut T {
    (address as *mut T).wrapping_add(i)
}

/// The elements from `start` on: those that are read, unless they are those that are written to.
///
/// # Safety
/// As [`Hosted::forward`] for both, of which there are `start + n`.
unsafe fn operands<'a, T>(from: usize, to: usize, start: usize, n: usize) -> (Option<&'a [T]>, &'a mut [T]) {
    let (from, to) = (element(from, start), element(to, start));
    // SAFETY: as promised by the caller.
    unsafe { (other(from, to, n), slice_mut(to, n)) }
}
