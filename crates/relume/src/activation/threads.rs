//! The methods that share the work among threads.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::{Scope, ThreadPool};

use crate::activation::Activation;
use crate::definition::Needs;
use crate::engine::element::Element;
use crate::error::{Error, same_length};

/// How many elements are at least worth a thread, for functions that are as fast as the memory and for others: at
/// least 40 microseconds of work, because it takes tens of them to wake a thread that has gone to sleep. Measured by
/// `examples/shapes.rs`.
const GRAINS: [usize; 2] = [1 << 20, 1 << 16];

/// How many pieces there are for each thread, so that one that wakes late or is held up is helped out by the others.
const PIECES: usize = 16;

/// The same on all threads of the caller's `rayon` pool: the one that `rayon::ThreadPool::install` was called on,
/// else the global one. Results are those of the methods without `par_`, bit for bit. Slices that are too short to
/// gain from it are left to one thread.
impl Activation {
    /// `y = f(x)`, on all threads of the caller's pool.
    ///
    /// ```
    /// let gelu: relume::Activation = "gelu".parse()?;
    /// let x = vec![0.5_f32; 1 << 18];
    /// let (mut y, mut expected) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    /// gelu.par_forward(&x, &mut y)?;
    /// gelu.forward(&x, &mut expected)?;
    /// assert_eq!(y, expected);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn par_forward<T: Element>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("output", x.len(), y.len())?;
        let Some(piece) = self.piece(x.len(), None) else {
            return self.forward(x, y);
        };
        let pieces = x.chunks(piece).zip(y.chunks_mut(piece));
        share(None, pieces, |(x, y)| self.forward(x, y))
    }

    /// `x = f(x)`, on all threads of the caller's pool.
    ///
    /// ```
    /// let mut x = vec![-1.0_f32; 1 << 20];
    /// "relu".parse::<relume::Activation>()?.par_forward_in_place(&mut x);
    /// assert!(x.iter().all(|x| *x == 0.0));
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn par_forward_in_place<T: Element>(&self, x: &mut [T]) {
        match self.piece(x.len(), None) {
            None => self.forward_in_place(x),
            Some(piece) => {
                let work = |x: &mut [T]| {
                    self.forward_in_place(x);
                    Ok::<(), Infallible>(())
                };
                let Ok(()) = share(None, x.chunks_mut(piece), work);
            }
        }
    }

    /// `d = f′(x)`, on all threads of the caller's pool.
    ///
    /// ```
    /// let x = vec![3.0_f64; 1 << 18];
    /// let mut d = vec![0.0; x.len()];
    /// "relu".parse::<relume::Activation>()?.par_derivatives(&x, &mut d)?;
    /// assert!(d.iter().all(|d| *d == 1.0));
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn par_derivatives<T: Element>(&self, x: &[T], d: &mut [T]) -> Result<(), Error> {
        same_length("derivative", x.len(), d.len())?;
        let Some(piece) = self.piece(x.len(), None) else {
            return self.derivatives(x, d);
        };
        let pieces = x.chunks(piece).zip(d.chunks_mut(piece));
        share(None, pieces, |(x, d)| self.derivatives(x, d))
    }

    /// `dx = dy · f′(x)`, on all threads of the caller's pool.
    ///
    /// ```
    /// let tanh: relume::Activation = "tanh".parse()?;
    /// let (x, dy) = (vec![0.0_f32; 1 << 18], vec![0.5_f32; 1 << 18]);
    /// let mut dx = vec![0.0; x.len()];
    /// tanh.par_backward(&x, &dy, &mut dx)?;
    /// assert_eq!(dx, dy);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn par_backward<T: Element>(&self, x: &[T], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        same_length("arriving gradient", x.len(), dy.len())?;
        same_length("gradient", x.len(), dx.len())?;
        let Some(piece) = self.piece(x.len(), None) else {
            return self.backward(x, dy, dx);
        };
        let pieces = x.chunks(piece).zip(dy.chunks(piece)).zip(dx.chunks_mut(piece));
        share(None, pieces, |((x, dy), dx)| self.backward(x, dy, dx))
    }

    /// `dy = dy · f′(x)`, on all threads of the caller's pool.
    ///
    /// ```
    /// let x = vec![-2.0_f32; 1 << 20];
    /// let mut gradient = vec![1.0; x.len()];
    /// "relu".parse::<relume::Activation>()?.par_backward_in_place(&x, &mut gradient)?;
    /// assert!(gradient.iter().all(|dx| *dx == 0.0));
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn par_backward_in_place<T: Element>(&self, x: &[T], dy: &mut [T]) -> Result<(), Error> {
        same_length("gradient", x.len(), dy.len())?;
        let Some(piece) = self.piece(x.len(), None) else {
            return self.backward_in_place(x, dy);
        };
        let pieces = x.chunks(piece).zip(dy.chunks_mut(piece));
        share(None, pieces, |(x, dy)| self.backward_in_place(x, dy))
    }

    /// Calls `work` with pieces of `0..len`, each of them once, on this thread and the threads of a pool: the same
    /// pieces that the other `par_` methods cut slices into, for an adapter whose memory does not come as slices. They
    /// start at multiples of 64. As many threads work as the pool has, of which this one is the first.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    /// let (gelu, elements) = ("gelu".parse::<relume::Activation>()?, AtomicUsize::new(0));
    /// gelu.par_pieces(&pool, 1 << 20, |piece| {
    ///     elements.fetch_add(piece.len(), Ordering::Relaxed);
    /// });
    /// assert_eq!(elements.into_inner(), 1 << 20);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn par_pieces(&self, pool: &ThreadPool, len: usize, work: impl Fn(Range<usize>) + Sync) {
        let Some(piece) = self.piece(len, Some(pool)) else {
            return work(0..len);
        };
        let pieces = (0..len).step_by(piece).map(|start| start..len.min(start + piece));
        let work = |piece| {
            work(piece);
            Ok::<(), Infallible>(())
        };
        let Ok(()) = share(Some(pool), pieces, work);
    }

    /// The length from which on the `par_` methods share the work, if there is more than one thread.
    ///
    /// ```
    /// let [relu, gelu] = ["relu", "gelu"].map(|name| relume::Activation::new(name).unwrap());
    /// assert!(gelu.par_from() < relu.par_from());
    /// ```
    pub fn par_from(&self) -> usize {
        2 * self.grain()
    }

    fn grain(&self) -> usize {
        let [light, heavy] = GRAINS;
        match self.definition().needs {
            Needs::Nothing | Needs::Bit => light,
            Needs::Output | Needs::Input => heavy,
        }
    }

    /// How many elements make a piece of the work; `None` if one thread is as fast.
    fn piece(&self, len: usize, pool: Option<&ThreadPool>) -> Option<usize> {
        // The pool is asked last: asking for the caller's starts one if there is none.
        (len >= self.par_from() && threads_of(pool) > 1).then(|| {
            // Whole cache lines, so that no two threads write to one where the slice begins with one.
            let pieces = threads_of(pool) * PIECES;
            // A piece of ten microseconds is still worth taking.
            len.div_ceil(pieces).max(self.grain() / 4).next_multiple_of(64)
        })
    }
}

/// How many threads a pool has; without a pool, the caller's.
fn threads_of(pool: Option<&ThreadPool>) -> usize {
    pool.map_or_else(rayon::current_num_threads, ThreadPool::current_num_threads)
}

/// Every thread takes the next piece until none is left, the calling one from the start: what it has done before
/// the others wake up is done.
fn share<P: Send, E: Send + Sync>(
    pool: Option<&ThreadPool>,
    pieces: impl Iterator<Item = P> + Send,
    work: impl Fn(P) -> Result<(), E> + Sync,
) -> Result<(), E> {
    let (pieces, failure) = (Mutex::new(pieces), OnceLock::new());
    let next = || pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
    let take = || {
        while let Some(piece) = next() {
            if let Err(error) = work(piece) {
                failure.get_or_init(|| error);
            }
        }
    };
    in_scope(pool, |scope| {
        for _ in 1..threads_of(pool) {
            scope.spawn(|_| take());
        }
        take();
    });
    failure.into_inner().map_or(Ok(()), Err)
}

/// A scope for a pool's threads to work in, which begins on this thread.
fn in_scope<'scope>(pool: Option<&ThreadPool>, work: impl FnOnce(&Scope<'scope>)) {
    match pool {
        None => rayon::in_place_scope(work),
        Some(pool) => pool.in_place_scope(work),
    }
}
