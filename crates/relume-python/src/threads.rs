//! How many threads large calls use, and the pools of those threads.

use std::num::NonZero;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use relume::Activation;

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

/// Does the work of an activation on `n` elements: at once, or, if there is enough of it, in pieces that threads share.
/// By default there are as many of them as [`get_num_threads`] says.
pub(crate) fn in_pieces(
    activation: &Activation,
    threads: Option<usize>,
    n: usize,
    work: impl Fn(Range<usize>) + Sync,
) {
    // Asking for the number of processors takes microseconds: only for what is worth them.
    let pool = (n >= activation.parallel_from())
        .then(|| threads.unwrap_or_else(get_num_threads))
        .filter(|threads| *threads > 1)
        .and_then(pool);
    match pool {
        None => work(0..n),
        Some(pool) => activation.parallel_pieces(pool, n, work),
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

/// The pool with this many threads; none if the system cannot start them.
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
