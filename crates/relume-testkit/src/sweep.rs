//! All f32 inputs of one function, or every n-th of them, against the fast reference.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use relume::{Activation, Error, InstructionSet};

use crate::accuracy::Case;
use crate::finding::{Finding, Worst};
use crate::tolerance::{Operation, allowed};

/// All f32, by their bits.
const PATTERNS: u64 = 1 << 32;
/// Inputs per piece of work.
const CHUNK: u64 = 1 << 13;

/// What to sweep, and how.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The function with its parameters.
    pub case: Case,
    /// Values or derivatives.
    pub operation: Operation,
    /// On which instruction set.
    pub isa: InstructionSet,
    /// Every `stride`-th bit pattern.
    pub stride: u64,
    /// How many threads.
    pub threads: usize,
}

/// What a sweep found.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// The function with its parameters.
    pub activation: Activation,
    /// Values or derivatives.
    pub operation: Operation,
    /// The largest error.
    pub worst: Worst<f32>,
    /// What is allowed: the tolerance, or what the function itself declares where that is less.
    pub bound: f64,
    /// How long it took.
    pub elapsed: Duration,
}

impl Outcome {
    /// Whether every result is within the bound.
    pub fn holds(&self) -> bool {
        self.worst.worst().is_none_or(|worst| worst.error <= self.bound)
    }
}

impl Plan {
    /// How many inputs there are.
    pub fn inputs(&self) -> u64 {
        PATTERNS.div_ceil(self.stride)
    }

    /// The largest error allowed.
    pub fn bound(&self) -> f64 {
        allowed::<f32>(&self.case.activation, self.operation)
    }

    /// Runs the sweep; `progress` is told how many more inputs are done, from any thread.
    ///
    /// # Errors
    /// If a parameter is not valid in f32.
    pub fn run(&self, progress: impl Fn(u64) + Sync) -> Result<Outcome, Error> {
        let start = Instant::now();
        let next = AtomicU64::new(0);
        let total = Mutex::new(Ok(Worst::NONE));
        let work = || {
            let mut worst = Worst::NONE;
            let result = loop {
                let first = next.fetch_add(CHUNK, Ordering::Relaxed);
                if first >= self.inputs() {
                    break Ok(worst);
                }
                let last = (first + CHUNK).min(self.inputs());
                match self.chunk(first, last) {
                    Ok(found) => worst.merge(&found),
                    Err(error) => break Err(error),
                }
                progress(last - first);
            };
            let mut total = total.lock().expect("no thread panics while it holds the lock");
            match (&mut *total, result) {
                (Ok(sum), Ok(worst)) => sum.merge(&worst),
                (Ok(_), Err(error)) => *total = Err(error),
                (Err(_), _) => {}
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.threads {
                scope.spawn(work);
            }
        });
        let worst = total
            .into_inner()
            .expect("no thread panics while it holds the lock")?;
        let (activation, operation, bound) = (self.case.activation, self.operation, self.bound());
        Ok(Outcome {
            activation,
            operation,
            worst: self.confirmed(worst),
            bound,
            elapsed: start.elapsed(),
        })
    }

    fn chunk(&self, first: u64, last: u64) -> Result<Worst<f32>, Error> {
        let x: Vec<f32> = (first..last)
            .map(|index| f32::from_bits((index * self.stride) as u32))
            .collect();
        let dy = vec![1.0; x.len()];
        let got = self.case.compute(self.operation, self.isa, &x, &dy)?;
        Ok(self.case.judge_fast(self.operation, &x, &dy, &got, self.bound()))
    }

    /// The same, with the largest error recomputed exactly.
    fn confirmed(&self, worst: Worst<f32>) -> Worst<f32> {
        let exactly = |finding: Finding<f32>| {
            let Finding { x, dy, got, .. } = finding;
            let exact = self.case.exact(self.operation, &[x]);
            Case::judge(self.operation, &[x], &[dy], &[got], &exact).worst()
        };
        Worst {
            finite: worst.finite.and_then(exactly),
            ..worst
        }
    }
}
