//! Activations applied to slices.

#[cfg(feature = "rayon")]
use std::ops::Range;

use super::Activation;
use super::threads::Extent;
#[cfg(feature = "rayon")]
use super::threads::pool::share_in;
use super::view::View;
use crate::engine::blocks::{BLOCK, in_place};
use crate::engine::element::{Element, Path};
use crate::engine::instruction_set::InstructionSet;
use crate::error::{Error, same_length};

impl Activation {
    /// `y = f(x)`.
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// let mut y = [0_f32; 3];
    /// relu.forward(&[-1.0, 0.5, 2.0], &mut y)?;
    /// assert_eq!(y, [0.0, 0.5, 2.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn forward<T: Element>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        View::new(*self).forward(x, y)
    }

    /// `x = f(x)`.
    ///
    /// ```
    /// let mut x = [-1.0_f32, 0.5, 2.0];
    /// "relu".parse::<relume::Activation>()?.forward_in_place(&mut x);
    /// assert_eq!(x, [0.0, 0.5, 2.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn forward_in_place<T: Element>(&self, x: &mut [T]) {
        View::new(*self).forward_in_place(x);
    }

    /// `d = f′(x)`.
    ///
    /// ```
    /// let relu6: relume::Activation = "relu6".parse()?;
    /// let mut d = [0.0; 3];
    /// relu6.derivatives(&[-1.0, 3.0, 9.0], &mut d)?;
    /// assert_eq!(d, [0.0, 1.0, 0.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn derivatives<T: Element>(&self, x: &[T], d: &mut [T]) -> Result<(), Error> {
        View::new(*self).derivatives(x, d)
    }

    /// `dx = dy · f′(x)`, in one pass. Where f is constant on a piece, dx is 0 whatever dy.
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// let mut dx = [0.0; 2];
    /// relu.backward(&[-1.0, 1.0], &[0.25, 0.5], &mut dx)?;
    /// assert_eq!(dx, [0.0, 0.5]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn backward<T: Element>(&self, x: &[T], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        View::new(*self).backward(x, dy, dx)
    }

    /// `dy = dy · f′(x)`.
    ///
    /// ```
    /// let mut gradient = [0.25, 0.5];
    /// "relu".parse::<relume::Activation>()?.backward_in_place(&[-1.0, 1.0], &mut gradient)?;
    /// assert_eq!(gradient, [0.0, 0.5]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn backward_in_place<T: Element>(&self, x: &[T], dy: &mut [T]) -> Result<(), Error> {
        View::new(*self).backward_in_place(x, dy)
    }

    /// The function on this instruction set, for tests and measurements.
    ///
    /// ```
    /// # use relume::{Activation, InstructionSet};
    /// let relu: Activation = "relu".parse()?;
    /// let mut x = [-1.0, 1.0];
    /// relu.on(InstructionSet::best()).forward_in_place(&mut x);
    /// assert_eq!(x, [0.0, 1.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn on(self, isa: InstructionSet) -> View<Self> {
        View::new(self).on(isa)
    }

    /// The function on all threads of the caller's `rayon` pool; see [`View::in_parallel`].
    ///
    /// ```
    /// let gelu: relume::Activation = "gelu".parse()?;
    /// let x = vec![0.5_f32; 1 << 18];
    /// let (mut y, mut expected) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    /// gelu.in_parallel().forward(&x, &mut y)?;
    /// gelu.forward(&x, &mut expected)?;
    /// assert_eq!(y, expected);
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[cfg(feature = "rayon")]
    pub fn in_parallel(self) -> View<Self> {
        View::new(self).in_parallel()
    }

    /// The length from which on the work is shared by a view [in parallel](View), if there is more than one thread.
    ///
    /// ```
    /// let [relu, gelu] = ["relu", "gelu"].map(|name| relume::Activation::new(name).unwrap());
    /// assert!(gelu.parallel_from() < relu.parallel_from());
    /// ```
    pub fn parallel_from(&self) -> usize {
        Extent::new(0, 1, self.definition().needs).shared_from()
    }

    /// Calls `work` with pieces of `0..len`, each of them once, on this thread and the threads of a pool: the same
    /// pieces into which a view in parallel cuts slices, for an adapter whose memory does not come as slices. They
    /// start at multiples of 64. As many threads work as the pool has, of which this one is the first.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    /// let (gelu, elements) = ("gelu".parse::<relume::Activation>()?, AtomicUsize::new(0));
    /// gelu.parallel_pieces(&pool, 1 << 20, |piece| {
    ///     elements.fetch_add(piece.len(), Ordering::Relaxed);
    /// });
    /// assert_eq!(elements.into_inner(), 1 << 20);
    /// # Ok::<(), relume::Error>(())
    /// ```
    #[cfg(feature = "rayon")]
    pub fn parallel_pieces(&self, pool: &rayon::ThreadPool, len: usize, work: impl Fn(Range<usize>) + Sync) {
        match Extent::new(len, 1, self.definition.needs).piece(|| pool.current_num_threads()) {
            None => work(0..len),
            Some(piece) => {
                let pieces = (0..len).step_by(piece).map(|start| start..len.min(start + piece));
                share_in(Some(pool), pieces, work);
            }
        }
    }

    /// f(x), of slices as long as each other.
    pub(super) fn values<T: Element>(&self, isa: InstructionSet, x: &[T], y: &mut [T]) {
        T::Path::forward(self.kernels, isa, &self.rounded::<T>(), x, y);
    }

    /// Replaces `dy` by dy · f′(x), of slices as long as each other.
    pub(super) fn gradients_in_place<T: Element>(&self, isa: InstructionSet, x: &[T], dy: &mut [T]) {
        let parameters = self.rounded::<T>();
        in_place(dy, |start, dy, dx| {
            let x = &x[start..start + dx.len()];
            T::Path::backward(self.kernels, isa, &parameters, x, dy, dx);
        });
    }
}

impl View<Activation> {
    /// As [`Activation::forward`].
    ///
    /// # Errors
    /// If the lengths differ.
    #[inline]
    pub fn forward<T: Element>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("output", x.len(), y.len())?;
        self.share(
            self.extent(x.len()),
            (x, y),
            |(x, y), piece| x.chunks(piece).zip(y.chunks_mut(piece)),
            |(x, y)| self.function.values(self.isa, x, y),
        );
        Ok(())
    }

    /// As [`Activation::forward_in_place`].
    #[inline]
    pub fn forward_in_place<T: Element>(&self, x: &mut [T]) {
        let (kernels, parameters) = (self.function.kernels, self.function.rounded::<T>());
        self.share(
            self.extent(x.len()),
            x,
            |x, piece| x.chunks_mut(piece),
            |x| {
                in_place(x, |_, x, y| {
                    T::Path::forward(kernels, self.isa, &parameters, x, y);
                });
            },
        );
    }

    /// As [`Activation::derivatives`].
    ///
    /// # Errors
    /// If the lengths differ.
    #[inline]
    pub fn derivatives<T: Element>(&self, x: &[T], d: &mut [T]) -> Result<(), Error> {
        same_length("derivative", x.len(), d.len())?;
        let (kernels, parameters) = (self.function.kernels, self.function.rounded::<T>());
        self.share(
            self.extent(x.len()),
            (x, d),
            |(x, d), piece| x.chunks(piece).zip(d.chunks_mut(piece)),
            |(x, d)| {
                let ones = [T::from_f64(1.0); BLOCK];
                for (x, d) in x.chunks(BLOCK).zip(d.chunks_mut(BLOCK)) {
                    T::Path::backward(kernels, self.isa, &parameters, x, &ones[..x.len()], d);
                }
            },
        );
        Ok(())
    }

    /// As [`Activation::backward`].
    ///
    /// # Errors
    /// If the lengths differ.
    #[inline]
    pub fn backward<T: Element>(&self, x: &[T], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        same_length("arriving gradient", x.len(), dy.len())?;
        same_length("gradient", x.len(), dx.len())?;
        let (kernels, parameters) = (self.function.kernels, self.function.rounded::<T>());
        self.share(
            self.extent(x.len()),
            (x, dy, dx),
            |(x, dy, dx), piece| {
                let inputs = x.chunks(piece).zip(dy.chunks(piece));
                inputs.zip(dx.chunks_mut(piece)).map(|((x, dy), dx)| (x, dy, dx))
            },
            |(x, dy, dx)| T::Path::backward(kernels, self.isa, &parameters, x, dy, dx),
        );
        Ok(())
    }

    /// As [`Activation::backward_in_place`].
    ///
    /// # Errors
    /// If the lengths differ.
    #[inline]
    pub fn backward_in_place<T: Element>(&self, x: &[T], dy: &mut [T]) -> Result<(), Error> {
        same_length("gradient", x.len(), dy.len())?;
        self.share(
            self.extent(x.len()),
            (x, dy),
            |(x, dy), piece| x.chunks(piece).zip(dy.chunks_mut(piece)),
            |(x, dy)| self.function.gradients_in_place(self.isa, x, dy),
        );
        Ok(())
    }

    #[inline]
    pub(super) fn extent(&self, len: usize) -> Extent {
        Extent::new(len, 1, self.function.definition.needs)
    }
}
