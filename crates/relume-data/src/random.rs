//! Random numbers from a seed, the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(crate) fn generator(seed: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// A whole number below `n`.
pub(crate) fn below(n: usize, rng: &mut ChaCha8Rng) -> usize {
    // The high half of a 128-bit product: uniform up to one part in 2^64 / n, and the same everywhere.
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// A number from 0 to 1, without 1: a multiple of 2^-53.
pub(crate) fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

pub(crate) fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1, rng));
    }
}
