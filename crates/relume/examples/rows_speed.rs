//! Prints what the functions of rows, the gated units and PReLU cost on this machine, one thread.
//!
//! `cargo run --release -p relume --example rows_speed`

use std::hint::black_box;
use std::time::Instant;

use relume::{Element, Gated, Prelu, RowFunction, Shape, catalogue};

const SHAPES: [(usize, usize); 4] = [(64, 10), (64, 1000), (1024, 1024), (8, 100_000)];

fn main() -> Result<(), relume::Error> {
    println!(
        "instruction set {}; ns per element: forward, backward",
        relume::InstructionSet::best()
    );
    rows::<f32>()?;
    rows::<f64>()?;
    halves::<f32>()?;
    halves::<f64>()
}

/// Numbers between −6 and 6 without any order.
fn numbers<T: Element>(count: usize) -> Vec<T> {
    let number = |i: usize| T::from_f64(((i * 7919) % 65_536) as f64 / 65_536.0 * 12.0 - 6.0);
    (0..count).map(number).collect()
}

fn rows<T: Element>() -> Result<(), relume::Error> {
    for (count, row) in SHAPES {
        let len = count * row;
        let (x, dy) = (numbers::<T>(len), numbers::<T>(len));
        let (mut y, mut dx) = (x.clone(), x.clone());
        for name in ["softmax", "log_softmax", "sparsemax"] {
            let function = RowFunction::new(name)?;
            let forward = best(len, || function.forward(black_box(&x), row, &mut y))?;
            let backward = best(len, || function.backward(black_box(&y), &dy, row, &mut dx))?;
            println!(
                "{} {name:12} {count:>5} x {row:<6} {forward:8.3} {backward:8.3}",
                T::NAME
            );
        }
    }
    Ok(())
}

fn halves<T: Element>() -> Result<(), relume::Error> {
    let len = 1 << 16;
    let (a, b, dy) = (numbers::<T>(len), numbers::<T>(len), numbers::<T>(len));
    let (mut y, mut z) = (a.clone(), a.clone());
    let gated = catalogue().filter(|definition| matches!(definition.shape, Shape::Gated { .. }));
    for unit in gated {
        let gated = Gated::new(unit.name)?;
        let forward = best(len, || gated.forward(black_box(&a), &b, &mut y))?;
        let backward = best(len, || gated.backward(black_box(&a), &b, &dy, &mut y, &mut z))?;
        println!("{} {:12} {forward:8.3} {backward:8.3}", T::NAME, unit.name);
    }
    for (channels, inner) in [(256, 1), (3, 1), (16, 49), (4, 16_384)] {
        let slopes = numbers::<T>(channels);
        let mut dslopes = slopes.clone();
        let prelu = Prelu::new(&slopes, inner)?;
        let len = len - len % (channels * inner);
        let (x, dy) = (&a[..len], &dy[..len]);
        let forward = best(len, || prelu.forward(black_box(x), &mut y[..len]))?;
        let backward = best(len, || {
            prelu.backward(black_box(x), dy, &mut y[..len], &mut dslopes)
        })?;
        println!(
            "{} prelu {channels:>5} x {inner:<6} {forward:8.3} {backward:8.3}",
            T::NAME
        );
    }
    Ok(())
}

/// The shortest of several runs, in nanoseconds per element.
fn best(elements: usize, mut run: impl FnMut() -> Result<(), relume::Error>) -> Result<f64, relume::Error> {
    let mut shortest = f64::INFINITY;
    for _ in 0..(1 << 25) / elements.max(1 << 16) {
        let start = Instant::now();
        run()?;
        shortest = shortest.min(start.elapsed().as_secs_f64());
    }
    Ok(shortest * 1e9 / elements as f64)
}
