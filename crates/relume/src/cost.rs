//! What an activation costs on this machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::activation::Activation;
use crate::error::Error;

/// Nanoseconds per element: `f32`, one thread, arrays that stay in the second-level cache.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// y = f(x)
    pub forward: f64,
    /// dx = dy · f′(x)
    pub backward: f64,
}

impl Cost {
    /// Forward and backward together, as in training.
    pub fn total(&self) -> f64 {
        self.forward + self.backward
    }
}

/// How many elements are timed at once.
const ELEMENTS: usize = 16 * 1024;

/// How long each of the two directions is timed.
const BUDGET: Duration = Duration::from_millis(5);

/// Measures an activation on this machine: the shortest of many short runs, in about ten milliseconds.
///
/// ```
/// let relu: relume::Activation = "relu".parse()?;
/// let cost = relume::cost::measure(&relu);
/// println!("{:.2} ns forward, {:.2} ns backward", cost.forward, cost.backward);
/// assert!(cost.total() > 0.0);
/// # Ok::<(), relume::Error>(())
/// ```
pub fn measure(activation: &Activation) -> Cost {
    // Inputs in (−4, 4), scattered so that no branch predictor learns them.
    let x: Vec<f32> = (0..ELEMENTS)
        .map(|i| ((i * 7919) % ELEMENTS) as f32 / ELEMENTS as f32 * 8.0 - 4.0)
        .collect();
    let dy = vec![0.5; ELEMENTS];
    let mut y = vec![0.0; ELEMENTS];
    Cost {
        forward: shortest(|| activation.forward(black_box(&x), &mut y)),
        backward: shortest(|| activation.backward(black_box(&x), black_box(&dy), &mut y)),
    }
}

/// The shortest run within the budget, in nanoseconds per element.
fn shortest(mut run: impl FnMut() -> Result<(), Error>) -> f64 {
    let begin = Instant::now();
    let mut shortest = Duration::MAX;
    // The slices above have one length, so that no run fails.
    while begin.elapsed() < BUDGET || shortest == Duration::MAX {
        let start = Instant::now();
        if run().is_err() {
            break;
        }
        shortest = shortest.min(start.elapsed());
    }
    shortest.as_secs_f64() * 1e9 / ELEMENTS as f64
}
