//! How many threads large calls use, and the pools of those threads.

use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

/// 0 means as many as the process may use.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// How many threads large calls use.
#[pyfunction]
pub(crate) fn get_num_threads() -> usize {
    match THREADS.load(Ordering::Relaxed) {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        threads => threads,
    }
}

/// Sets how many threads large calls use, in the whole process; 1 switches threads off.
#[pyfunction]
pub(crate) fn set_num_threads(threads: isize) -> PyResult<()> {
    match usize::try_from(threads) {
        Ok(threads @ 1..) => {
            THREADS.store(threads, Ordering::Relaxed);
            Ok(())
        }
        _ => Err(PyValueError::new_err(format!(
            "set_num_threads: {threads} threads, expected at least 1"
        ))),
    }
}

/// Does the work in the pool if it is `large`, else on this thread; says which it is.
pub(crate) fn with_threads<R: Send>(large: bool, work: impl FnOnce(bool) -> R + Send) -> R {
    let threads = if large { get_num_threads() } else { 1 };
    match (threads > 1).then(|| pool(threads)).flatten() {
        Some(pool) => pool.install(|| work(true)),
        None => work(false),
    }
}

/// How many pieces there are for each thread, so that one that is held up is helped out by the others.
const PIECES: usize = 4;

/// Does the work on `n` elements: at once, or from `from` elements on in pieces that so many threads share. The work
/// is told where a piece starts, which is a multiple of 64, and its length.
pub(crate) fn in_pieces(n: usize, from: usize, threads: usize, work: impl Fn(usize, usize) + Sync) {
    match (threads > 1 && n >= from).then(|| pool(threads)).flatten() {
        None => work(0, n),
        Some(pool) => {
            // Whole cache lines, so that no two threads write to one.
            let piece = n.div_ceil(threads * PIECES).next_multiple_of(64);
            let next = AtomicUsize::new(0);
            let take = || {
                while let start = next.fetch_add(piece, Ordering::Relaxed)
                    && start < n
                {
                    work(start, piece.min(n - start));
                }
            };
            // This thread begins at once: what it has done before the others wake up is done.
            pool.in_place_scope(|scope| {
                for _ in 1..threads {
                    scope.spawn(|_| take());
                }
                take();
            });
        }
    }
}

/// One link of the chain of pools. Pools live as long as the process: those not in use sleep.
struct Pool {
    /// Threads do not survive a fork, so that a child needs pools of its own.
    process: u32,
    threads: usize,
    workers: ThreadPool,
    next: OnceLock<Box<Pool>>,
}

/// The pool of so many threads; none if the system has no more threads to give.
fn pool(threads: usize) -> Option<&'static ThreadPool> {
    static FIRST: OnceLock<Box<Pool>> = OnceLock::new();
    let process = std::process::id();
    let mut link = &FIRST;
    loop {
        match link.get() {
            Some(pool) if pool.process == process && pool.threads == threads => return Some(&pool.workers),
            Some(pool) => link = &pool.next,
            None => {
                let workers = ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .thread_name(|i| format!("relume-{i}"))
                    .build()
                    .ok()?;
                // Another thread may have been faster: look again in any case.
                let _ = link.set(Box::new(Pool {
                    process,
                    threads,
                    workers,
                    next: OnceLock::new(),
                }));
            }
        }
    }
}
