//! A long slice on all threads of a pool, and how long that takes against one.
//!
//! `cargo run --release -p relume --features rayon --example threads`

use std::error::Error;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use relume::Activation;

fn main() -> Result<(), Box<dyn Error>> {
    let x: Vec<f32> = (0..1 << 24).map(|i| (i % 4096) as f32 / 512.0 - 4.0).collect();
    let (mut one, mut all) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    let mish: Activation = "mish".parse()?;

    // The methods run in the pool they are called in; without this they take rayon's global one.
    let pool = ThreadPoolBuilder::new().num_threads(0).build()?;
    let threads = pool.current_num_threads();
    let on_one = shortest(|| mish.forward(&x, &mut one))?;
    let on_all = pool.install(|| shortest(|| mish.in_parallel().forward(&x, &mut all)))?;

    assert_eq!(one, all, "the bits do not depend on the threads");
    println!(
        "{mish} of {} numbers: {on_one:.1?} on one thread, {on_all:.1?} on {threads}",
        x.len()
    );
    println!(
        "slices below {} numbers are left to one thread",
        mish.parallel_from()
    );
    Ok(())
}

/// The shortest of five runs.
fn shortest(mut run: impl FnMut() -> Result<(), relume::Error>) -> Result<Duration, relume::Error> {
    let mut shortest = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        run()?;
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}
