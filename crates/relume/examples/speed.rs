//! Prints what each function costs on this machine: nanoseconds per `f32` element, one thread, 64 Ki elements.
//!
//! `cargo run --release -p relume --example speed [NAME...]`

use std::hint::black_box;
use std::time::Instant;

const ELEMENTS: usize = 1 << 16;
const REPEATS: usize = 60;

fn main() -> Result<(), relume::Error> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let x: Vec<f32> = (0..ELEMENTS)
        .map(|i| ((i * 7919) % ELEMENTS) as f32 / ELEMENTS as f32 * 12.0 - 6.0)
        .collect();
    let x64: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
    let dy = vec![0.5_f32; ELEMENTS];
    let dy64 = vec![0.5_f64; ELEMENTS];
    let (mut y, mut y64) = (vec![0_f32; ELEMENTS], vec![0_f64; ELEMENTS]);
    println!(
        "instruction set {}; ns per element",
        relume::InstructionSet::best()
    );
    println!(
        "{:12} {:>12} {:>12} {:>12} {:>12}",
        "", "f32 forward", "backward", "f64 forward", "backward"
    );
    println!("{:12} {:12.3}", "copy", best(|| y.copy_from_slice(black_box(&x))));
    for activation in relume::activations() {
        if !names.is_empty() && !names.iter().any(|name| name == activation.name()) {
            continue;
        }
        let figures = [
            best(|| activation.forward(black_box(&x), &mut y).expect("same length")),
            best(|| {
                activation
                    .backward(black_box(&x), &dy, &mut y)
                    .expect("same length")
            }),
            best(|| {
                activation
                    .forward(black_box(&x64), &mut y64)
                    .expect("same length")
            }),
            best(|| {
                activation
                    .backward(black_box(&x64), &dy64, &mut y64)
                    .expect("same length")
            }),
        ];
        let [a, b, c, d] = figures;
        println!("{:12} {a:12.3} {b:12.3} {c:12.3} {d:12.3}", activation.name());
    }
    Ok(())
}

/// The shortest of several runs, per element.
fn best(mut run: impl FnMut()) -> f64 {
    let shortest = (0..REPEATS)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    shortest * 1e9 / ELEMENTS as f64
}
