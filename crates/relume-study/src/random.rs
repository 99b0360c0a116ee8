//! The random streams of a trial. Each use has a stream of its own, so that a change in one (more layers, say)
//! leaves the others as they were.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// What a stream is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stream {
    Weights = 1,
    Order = 2,
}

/// The stream of `seed` for one use.
pub(crate) fn stream(seed: u64, stream: Stream) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream as u64);
    generator
}
