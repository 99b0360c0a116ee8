//! Prints what the other ways to compute cost on this machine, in nanoseconds per element: half precision, one bit
//! per element, threads, integers; and short slices, in nanoseconds per call.
//!
//! `cargo run --release -p relume --features half,rayon --example paths [NAME...]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use half::{bf16, f16};
use relume::{Activation, Element, integer};

fn main() -> Result<(), relume::Error> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let wanted = |name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let activations: Vec<Activation> = relume::activations()
        .filter(|activation| wanted(activation.name()))
        .collect();

    println!("half precision, 64 Ki elements: f16 forward, backward, bf16 forward, backward");
    for activation in &activations {
        let [a, b] = both_ways::<f16>(activation, 1 << 16);
        let [c, d] = both_ways::<bf16>(activation, 1 << 16);
        println!("{:12} {a:8.3} {b:8.3} {c:8.3} {d:8.3}", activation.name());
    }

    println!("8 elements, ns per call: f32 forward, backward, f16 forward, backward");
    for activation in &activations {
        let [a, b] = both_ways::<f32>(activation, 8);
        let [c, d] = both_ways::<f16>(activation, 8);
        println!(
            "{:12} {:8.1} {:8.1} {:8.1} {:8.1}",
            activation.name(),
            a * 8.0,
            b * 8.0,
            c * 8.0,
            d * 8.0
        );
    }

    for len in [1 << 16, 1 << 20, 1 << 24] {
        let (x, dy) = (numbers::<f32>(len), numbers::<f32>(len));
        let (mut y, mut bits) = (vec![0_f32; len], vec![0_u8; len / 8]);
        let copy = best(len, || y.copy_from_slice(black_box(&x)));
        println!("{len} elements of f32; copy {copy:.3}, which is 2 of the 3 arrays of a backward");
        println!("{:12} forward, backward; with bits, from bits", "");
        for activation in &activations {
            let mut result = Ok(());
            let [a, b] = [
                best(len, || result = activation.forward(black_box(&x), &mut y)),
                best(len, || {
                    result = activation.backward(black_box(&x), black_box(&dy), &mut y)
                }),
            ];
            print!("{:12} {a:8.3} {b:8.3}", activation.name());
            if activation.forward_with_bits(&x, &mut y, &mut bits).is_ok() {
                let c = best(len, || {
                    result = activation.forward_with_bits(black_box(&x), &mut y, &mut bits)
                });
                let d = best(len, || {
                    result = activation.backward_from_bits(&bits, black_box(&dy), &mut y)
                });
                print!(" {c:8.3} {d:8.3}");
            }
            println!();
            result?;
        }
    }

    println!(
        "threads: {}; ratio of one thread's time to theirs, forward, by length",
        rayon::current_num_threads()
    );
    for activation in &activations {
        print!("{:12}", activation.name());
        for len in [1 << 12, 1 << 15, 1 << 16, 1 << 18, 1 << 19, 1 << 20, 1 << 24] {
            let x = numbers::<f32>(len);
            let mut y = vec![0_f32; len];
            let mut result = Ok(());
            let one = best(len, || result = activation.forward(black_box(&x), &mut y));
            let all = best(len, || {
                result = activation.in_parallel().forward(black_box(&x), &mut y)
            });
            result?;
            print!(" {len}:{:.2}", one / all);
        }
        println!();
    }

    let x: Vec<i8> = (0..1 << 16).map(|i| (i * 7919) as i8).collect();
    let mut y = vec![0; x.len()];
    let mut result = Ok(());
    let relu = best(x.len(), || result = integer::relu(black_box(&x), &mut y));
    result?;
    println!(
        "relu of i8: {relu:.4}; copy {:.4}",
        best(x.len(), || y.copy_from_slice(black_box(&x)))
    );
    Ok(())
}

/// Numbers in (−6, 6), scattered.
fn numbers<T: Element>(len: usize) -> Vec<T> {
    (0..len)
        .map(|i| T::from_f64(((i * 7919) % 65_536) as f64 / 65_536.0 * 12.0 - 6.0))
        .collect()
}

/// Forward and backward.
fn both_ways<T: Element>(activation: &Activation, len: usize) -> [f64; 2] {
    let (x, dy, mut y) = (numbers::<T>(len), numbers::<T>(len), numbers::<T>(len));
    let mut result = Ok(());
    let times = [
        best(len, || {
            result = activation.forward(black_box(&x), black_box(&mut y))
        }),
        best(len, || {
            result = activation.backward(black_box(&x), black_box(&dy), black_box(&mut y))
        }),
    ];
    assert_eq!(result, Ok(()));
    times
}

/// The shortest of several rounds, per element. Short calls are timed many at a time.
fn best(len: usize, mut run: impl FnMut()) -> f64 {
    let calls = (4096 / len).max(1);
    let begin = Instant::now();
    let (mut shortest, mut rounds) = (Duration::MAX, 0);
    while rounds < 5 || begin.elapsed() < Duration::from_millis(30) {
        let start = Instant::now();
        (0..calls).for_each(|_| run());
        shortest = shortest.min(start.elapsed());
        rounds += 1;
    }
    shortest.as_secs_f64() * 1e9 / (calls * len) as f64
}
