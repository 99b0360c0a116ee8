//! How work is shared among threads.

use super::view::View;
use crate::definition::Needs;

/// How many elements are at least worth a thread, for functions that are as fast as the memory and for others: at
/// least 40 microseconds of work, because it takes tens of them to wake a thread that has gone to sleep. Measured by
/// `examples/shapes.rs`.
const GRAINS: [usize; 2] = [1 << 20, 1 << 16];

/// How many pieces there are for each thread, so that one that wakes late or is held up is helped out by the others.
const PIECES: usize = 16;

/// Work that may be shared.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// How many elements there are.
    pub(super) len: usize,
    /// How many elements stay together.
    pub(super) unit: usize,
    /// How many elements are at least worth a thread.
    pub(super) grain: usize,
}

impl Extent {
    /// This many elements, in units, of a function whose backward needs this.
    pub(super) fn new(len: usize, unit: usize, needs: Needs) -> Self {
        let [light, heavy] = GRAINS;
        let grain = match needs {
            Needs::Nothing | Needs::Bit => light,
            Needs::Output | Needs::Input => heavy,
        };
        Self { len, unit, grain }
    }

    /// The length from which on it is shared, if there is more than one thread.
    pub(super) fn shared_from(self) -> usize {
        2 * self.grain
    }

    /// How many elements make a piece of the work; `None` if one thread is as fast.
    pub(super) fn piece(self, threads: impl FnOnce() -> usize) -> Option<usize> {
        if self.len < self.shared_from() {
            return None;
        }
        // Asked last: asking starts a pool if there is none.
        let threads = threads();
        (threads > 1).then(|| {
            // A piece of ten microseconds is still worth taking.
            let piece = self.len.div_ceil(threads * PIECES).max(self.grain / 4);
            // Whole cache lines, so that no two threads write to one where the slice begins with one.
            piece.next_multiple_of(64).next_multiple_of(self.unit)
        })
    }
}

impl<F> View<F> {
    /// Calls `work` with the whole; or, on several threads, with the pieces that `divide` makes of the whole, given
    /// how many elements a piece has.
    // Inlined, so that where there is one thread nothing of this is left.
    #[inline(always)]
    pub(super) fn share<P: Send, I: Iterator<Item = P> + Send>(
        &self,
        extent: Extent,
        whole: P,
        divide: impl FnOnce(P, usize) -> I,
        work: impl Fn(P) + Sync,
    ) {
        match self.parallel.then(|| extent.piece(pool::threads)).flatten() {
            None => work(whole),
            Some(piece) => pool::share(divide(whole, piece), work),
        }
    }
}

/// The caller's pool, or one that is given.
#[cfg(feature = "rayon")]
pub(super) mod pool {
    use std::sync::{Mutex, PoisonError};

    use rayon::{Scope, ThreadPool};

    /// How many threads the caller's pool has.
    pub(super) fn threads() -> usize {
        rayon::current_num_threads()
    }

    /// Shares the pieces among the threads of the caller's pool.
    pub(super) fn share<P: Send>(pieces: impl Iterator<Item = P> + Send, work: impl Fn(P) + Sync) {
        share_in(None, pieces, work);
    }

    /// Every thread takes the next piece until none is left, the calling one from the start: what it has done before
    /// the others wake up is done.
    pub(in super::super) fn share_in<P: Send>(
        pool: Option<&ThreadPool>,
        pieces: impl Iterator<Item = P> + Send,
        work: impl Fn(P) + Sync,
    ) {
        let pieces = Mutex::new(pieces);
        let next = || pieces.lock().unwrap_or_else(PoisonError::into_inner).next();
        let take = || {
            while let Some(piece) = next() {
                work(piece);
            }
        };
        in_scope(pool, |scope| {
            for _ in 1..pool.map_or_else(threads, ThreadPool::current_num_threads) {
                scope.spawn(|_| take());
            }
            take();
        });
    }

    /// A scope for a pool's threads to work in, which begins on this thread.
    fn in_scope<'scope>(pool: Option<&ThreadPool>, work: impl FnOnce(&Scope<'scope>)) {
        match pool {
            None => rayon::in_place_scope(work),
            Some(pool) => pool.in_place_scope(work),
        }
    }
}

/// Without the feature `rayon` there is one thread.
#[cfg(not(feature = "rayon"))]
mod pool {
    pub(super) fn threads() -> usize {
        1
    }

    pub(super) fn share<P>(pieces: impl Iterator<Item = P>, work: impl Fn(P)) {
        pieces.for_each(work);
    }
}
