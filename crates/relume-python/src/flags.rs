//! The floating-point flags of this thread.
//!
//! NumPy reads them after a ufunc and prints warnings. A vector kernel computes lanes that it then throws away, and
//! tests with infinity what is not infinite: its flags say nothing about its results.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use std::arch::asm;

/// The flags as they were; they are set again when this is dropped.
#[cfg(target_arch = "x86_64")]
pub(crate) struct Flags(u32);

#[cfg(target_arch = "x86_64")]
impl Flags {
    #[inline]
    pub(crate) fn keep() -> Self {
        let mut state = 0_u32;
        // SAFETY: writes the control and status register to a local.
        unsafe { asm!("stmxcsr [{}]", in(reg) &raw mut state, options(nostack, preserves_flags)) };
        Self(state)
    }
}

#[cfg(target_arch = "x86_64")]
impl Drop for Flags {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the status flags, which an asm block may change, are set; the control bits are what they were.
        unsafe { asm!("ldmxcsr [{}]", in(reg) &raw const self.0, options(nostack, readonly)) };
    }
}

/// The flags as they were; they are set again when this is dropped.
#[cfg(target_arch = "aarch64")]
pub(crate) struct Flags(u64);

#[cfg(target_arch = "aarch64")]
impl Flags {
    #[inline]
    pub(crate) fn keep() -> Self {
        let state;
        // SAFETY: reads the status register.
        unsafe { asm!("mrs {}, fpsr", out(reg) state, options(nomem, nostack, preserves_flags)) };
        Self(state)
    }
}

#[cfg(target_arch = "aarch64")]
impl Drop for Flags {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: sets the status flags, which an asm block may change.
        unsafe { asm!("msr fpsr, {}", in(reg) self.0, options(nostack)) };
    }
}

/// On other processors warnings may appear that mean nothing.
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) struct Flags;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
impl Flags {
    pub(crate) fn keep() -> Self {
        Self
    }
}
