//! What an activation costs on this machine.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::activation::Activation;
use crate::engine::element::Element;

/// Nanoseconds per element, on one thread.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Timing {
    /// y = f(x)
    pub forward: f64,
    /// dx = dy · f′(x)
    pub backward: f64,
}

impl Timing {
    /// Forward and backward together, as in training.
    pub fn total(&self) -> f64 {
        self.forward + self.backward
    }
}

/// As many `f32` as [`measure`] times at once: the arrays stay in the second-level cache.
const ELEMENTS: usize = 16 * 1024;

/// How long each of the two directions is timed, at least.
const BUDGET: Duration = Duration::from_millis(5);

/// The shortest of at least this many runs is taken.
const RUNS: usize = 3;

/// Measures an activation on this machine, for `f32` in arrays that stay in the cache, in about ten milliseconds.
///
/// ```
/// let relu: relume::Activation = "relu".parse()?;
/// let cost = relume::cost::measure(&relu);
/// println!("{:.2} ns forward, {:.2} ns backward", cost.forward, cost.backward);
/// assert!(cost.total() > 0.0);
/// # Ok::<(), relume::Error>(())
/// ```
pub fn measure(activation: &Activation) -> Timing {
    measure_slices::<f32>(activation, ELEMENTS)
}

/// The same for slices of any length and type of element: the shortest of several runs.
///
/// ```
/// let gelu: relume::Activation = "gelu".parse()?;
/// let cost = relume::cost::measure_slices::<f64>(&gelu, 1000);
/// assert!(cost.forward > 0.0 && cost.backward > 0.0);
/// # Ok::<(), relume::Error>(())
/// ```
pub fn measure_slices<T: Element>(activation: &Activation, elements: usize) -> Timing {
    let x = inputs::<T>(elements);
    let dy = vec![T::from_f64(0.5); elements];
    let mut y = vec![T::from_f64(0.0); elements];
    // The slices have one length, so that no run fails.
    Timing {
        forward: shortest(elements, || drop(activation.forward(black_box(&x), &mut y))),
        backward: shortest(elements, || {
            drop(activation.backward(black_box(&x), black_box(&dy), &mut y));
        }),
    }
}

/// What copying costs that moves as many bytes: forward reads one slice and writes one, backward reads two and
/// writes one. No function can be much faster, if its slices are new to the cache.
///
/// ```
/// let copy = relume::cost::copy::<f32>(1 << 16);
/// assert!(copy.forward > 0.0 && copy.backward > 0.0);
/// ```
pub fn copy<T: Element>(elements: usize) -> Timing {
    let time = |copied: usize| {
        let x = inputs::<T>(copied);
        let mut y = vec![T::from_f64(0.0); copied];
        shortest(elements, || black_box(&mut y).copy_from_slice(black_box(&x)))
    };
    Timing {
        forward: time(elements),
        backward: time(elements + elements / 2),
    }
}

/// Inputs in (−4, 4), scattered so that no branch predictor learns them.
fn inputs<T: Element>(elements: usize) -> Vec<T> {
    (0..elements)
        .map(|i| T::from_f64(((i * 7919) % elements) as f64 / elements as f64 * 8.0 - 4.0))
        .collect()
}

/// The shortest run, in nanoseconds per element.
fn shortest(elements: usize, mut run: impl FnMut()) -> f64 {
    let begin = Instant::now();
    let mut shortest = Duration::MAX;
    let mut runs = 0;
    while runs < RUNS || begin.elapsed() < BUDGET {
        let start = Instant::now();
        run();
        shortest = shortest.min(start.elapsed());
        runs += 1;
    }
    shortest.as_secs_f64() * 1e9 / elements as f64
}
