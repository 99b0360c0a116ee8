//! The instruction-set rungs, and the one place where a kernel is dispatched onto one of them.

use std::fmt;

use crate::simd::{Level, Simd};

/// One instruction set that this machine can run: a rung of the ladder on which kernels are executed.
///
/// Kernels choose the best rung by themselves; naming one is for tests and measurements. Within a rung an
/// element always gets the same bits, wherever it stands in the slice; between rungs the last bit may differ.
///
/// ```
/// use relume::Rung;
/// assert!(Rung::available().contains(&Rung::best()));
/// println!("running on {}", Rung::best());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Rung(Level);

/// Work that is compiled once for every rung.
pub(crate) trait Task {
    fn run<S: Simd>(self, simd: S);
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Rung {
    /// The fastest rung of this machine.
    pub fn best() -> Self {
        Self(Level::new())
    }

    /// All rungs of this machine, the fastest first.
    pub fn available() -> Vec<Self> {
        let level = Level::new();
        let rungs = [
            #[cfg(feature = "avx512")]
            level.as_avx512().map(|token| token.level()),
            level.as_avx2().map(|token| token.level()),
            level.as_sse2().map(|token| token.level()),
        ];
        rungs.into_iter().flatten().map(Self).collect()
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

    // Every rung costs build time: SSE4.2 is left out, since no kernel gains from it, and AVX-512 is a feature.
    #[inline]
    pub(crate) fn run(self, task: impl Task) {
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
impl Rung {
    /// The fastest rung of this machine.
    pub fn best() -> Self {
        Self(Level::new())
    }

    /// All rungs of this machine, the fastest first.
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
    pub(crate) fn run(self, task: impl Task) {
        crate::simd::dispatch!(self.0, simd => task.run(simd));
    }
}

impl PartialEq for Rung {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Rung {}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
