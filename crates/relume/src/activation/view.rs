//! How a function is executed: on which instruction set, and on how many threads.

use crate::engine::instruction_set::InstructionSet;

/// A function on an instruction set of choice, on one thread or several.
///
/// It has the methods of the function that work on slices, and results are the same bits on one thread and on several.
///
/// ```
/// use relume::{Activation, InstructionSet};
/// let gelu: Activation = "gelu".parse()?;
/// for isa in InstructionSet::available() {
///     let mut y = [0.0];
///     gelu.on(isa).forward(&[1.0], &mut y)?;
///     println!("{isa}: {:?}", y[0]);
/// }
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct View<F> {
    pub(super) function: F,
    pub(super) isa: InstructionSet,
    /// Whether all threads of the caller's pool take part.
    pub(super) parallel: bool,
}

impl<F> View<F> {
    /// On the best instruction set, on one thread.
    #[inline(always)]
    pub(super) fn new(function: F) -> Self {
        Self {
            function,
            isa: InstructionSet::best(),
            parallel: false,
        }
    }

    /// The same on this instruction set.
    pub fn on(self, isa: InstructionSet) -> Self {
        Self { isa, ..self }
    }

    /// The same on all threads of the caller's `rayon` pool: the one that `rayon::ThreadPool::install` was called on,
    /// else the global one. Slices that are too short to gain from it are left to one thread.
    #[cfg(feature = "rayon")]
    pub fn in_parallel(self) -> Self {
        Self {
            parallel: true,
            ..self
        }
    }
}
