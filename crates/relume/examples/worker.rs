//! Times relume for `bench/kernels.py`: reads jobs, one a line, and answers each with nanoseconds per element.
//!
//! A job is `forward|backward ACTIVATION f32|f64|f16|bf16 ELEMENTS CALLS`: CALLS calls in a row, timed as one.

use half::{bf16, f16};
use relume::{Activation, Element};
use std::error::Error;
use std::hint::black_box;
use std::io::{BufRead, Write, stdin, stdout};
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let (mut single, mut double) = (Slices::<f32>::default(), Slices::<f64>::default());
    let (mut half, mut brain) = (Slices::<f16>::default(), Slices::<bf16>::default());
    for line in stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let [direction, activation, element, elements, calls] = words[..] else {
            return Err(format!("not a job: {line}").into());
        };
        let (activation, elements, calls) = (activation.parse()?, elements.parse()?, calls.parse()?);
        let forward = direction == "forward";
        let nanoseconds = match element {
            "f32" => single.time(&activation, forward, elements, calls)?,
            "f64" => double.time(&activation, forward, elements, calls)?,
            "f16" => half.time(&activation, forward, elements, calls)?,
            "bf16" => brain.time(&activation, forward, elements, calls)?,
            _ => return Err(format!("no element type: {element}").into()),
        };
        println!("{nanoseconds}");
        stdout().flush()?;
    }
    Ok(())
}

#[derive(Default)]
struct Slices<T> {
    x: Vec<T>,
    dy: Vec<T>,
    y: Vec<T>,
}

impl<T: Element> Slices<T> {
    fn time(
        &mut self,
        activation: &Activation,
        forward: bool,
        elements: usize,
        calls: u32,
    ) -> Result<f64, relume::Error> {
        if self.x.len() != elements {
            // The same inputs as the peers get: scattered over [-6, 6).
            self.x = (0..elements)
                .map(|i| T::from_f64(((i * 7919) % elements) as f64 / elements as f64 * 12.0 - 6.0))
                .collect();
            self.dy = vec![T::from_f64(0.5); elements];
            self.y = vec![T::from_f64(0.0); elements];
        }
        let start = Instant::now();
        for _ in 0..calls {
            if forward {
                activation.forward(black_box(&self.x), &mut self.y)?;
            } else {
                activation.backward(black_box(&self.x), black_box(&self.dy), &mut self.y)?;
            }
        }
        Ok(start.elapsed().as_secs_f64() * 1e9 / (elements as f64 * f64::from(calls)))
    }
}
