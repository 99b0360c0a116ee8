//! The instruction sets, and the one place where a kernel is dispatched onto one of them.

use std::fmt;

use crate::engine::simd::{Level, Simd};

/// One instruction set that this machine can run.
///
/// Kernels choose the best one by themselves; naming one is for tests and measurements. On one instruction set an
/// element always gets the same bits, wherever it stands in the slice; between two of them the last bit may differ.
///
/// ```
/// use relume::InstructionSet;
/// assert!(InstructionSet::available().contains(&InstructionSet::best()));
/// println!("running on {}", InstructionSet::best());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InstructionSet(Level);

/// Work that is compiled once for every instruction set.
pub(crate) trait Vectorised {
    fn run<S: Simd>(self, simd: S);
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl InstructionSet {
    /// The fastest instruction set of this machine.
    pub fn best() -> Self {
        Self(Level::new())
    }

    /// All instruction sets of this machine, the fastest first.
    pub fn available() -> Vec<Self> {
        let level = Level::new();
        let isas = [
            #[cfg(feature = "avx512")]
            level.as_avx512().map(|token| token.level()),
            level.as_avx2().map(|token| token.level()),
            level.as_sse2().map(|token| token.level()),
        ];
        isas.into_iter().flatten().map(Self).collect()
    }

    /// The name of the instruction set.
    pub fn name(self) -> &'static str {
        #[cfg(feature = "avx512")]
        if self.0.as_avx512().is_some() {
            return "avx512";
        }
        if self.0.as_avx2().is_some() {
            "avx2"
        } else {
            "sse2"
        }
    }

    // Every instruction set costs build time: SSE4.2 is left out, since no kernel gains from it, and AVX-512 is a feature.
    #[inline]
    pub(crate) fn run(self, task: impl Vectorised) {
        #[cfg(feature = "avx512")]
        if let Some(token) = self.0.as_avx512() {
            return token.vectorize(
                #[inline(always)]
                || task.run(token),
            );
        }
        if let Some(token) = self.0.as_avx2() {
            token.vectorize(
                #[inline(always)]
                || task.run(token),
            );
        } else if let Some(token) = self.0.as_sse2() {
            token.vectorize(
                #[inline(always)]
                || task.run(token),
            );
        }
    }
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
impl InstructionSet {
    /// The fastest instruction set of this machine.
    pub fn best() -> Self {
        Self(Level::new())
    }

    /// All instruction sets of this machine, the fastest first.
    pub fn available() -> Vec<Self> {
        vec![Self::best()]
    }

    /// The name of the instruction set.
    pub fn name(self) -> &'static str {
        if self.0.is_fallback() {
            "scalar"
        } else {
            std::env::consts::ARCH
        }
    }

    #[inline]
    pub(crate) fn run(self, task: impl Vectorised) {
        crate::engine::simd::dispatch!(self.0, simd => task.run(simd));
    }
}

impl PartialEq for InstructionSet {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for InstructionSet {}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
