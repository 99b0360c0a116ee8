//! What the shape of a call costs on this machine: very short slices, long ones on threads, and gradients from bits.
//!
//! `cargo run --release -p relume --features rayon --example shapes`

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use relume::Activation;

/// As many rounds as are timed, all contestants in turn in each; the shortest counts.
const ROUNDS: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    short_calls()?;
    threads()?;
    bits()
}

fn short_calls() -> Result<(), Box<dyn Error>> {
    println!("A call on 8 f32");
    let x: [f32; 8] = std::array::from_fn(|i| i as f32 - 3.5);
    let mut y = [0.0; 8];
    for name in ["relu", "leaky_relu", "sigmoid", "gelu"] {
        const CALLS: u32 = 10_000;
        let activation: Activation = name.parse()?;
        let run = || (0..CALLS).try_for_each(|_| activation.forward(black_box(&x), black_box(&mut y)));
        let [seconds] = shortest([&mut { run }])?;
        println!("  {name:12} {:5.1} ns", seconds * 1e9 / f64::from(CALLS));
    }
    Ok(())
}

fn threads() -> Result<(), Box<dyn Error>> {
    println!(
        "\nOne thread's time over that of {}, f32",
        rayon::current_num_threads()
    );
    for name in ["relu", "sigmoid", "tanh", "gelu", "mish"] {
        let activation: Activation = name.parse()?;
        print!("  {name:12}");
        for exponent in [12, 16, 18, 20, 24] {
            let x = inputs(1 << exponent);
            let (mut one, mut all) = (vec![0.0; x.len()], vec![0.0; x.len()]);
            // Short slices are computed often enough for the clock.
            let calls = 0..(1usize << 18).div_ceil(x.len());
            let alone = || calls.clone().try_for_each(|_| activation.forward(&x, &mut one));
            let together = || {
                calls
                    .clone()
                    .try_for_each(|_| activation.in_parallel().forward(&x, &mut all))
            };
            let [alone, together] = shortest([&mut { alone }, &mut { together }])?;
            print!("  2^{exponent}: {:4.2}", alone / together);
        }
        println!("  threads from {}", activation.parallel_from());
    }
    Ok(())
}

fn bits() -> Result<(), Box<dyn Error>> {
    println!("\nBackward of 2^24 f32, ns per element");
    for name in ["relu", "leaky_relu", "relu6", "hard_tanh"] {
        let activation: Activation = name.parse()?;
        let x = inputs(1 << 24);
        let dy = vec![0.5; x.len()];
        let (mut y, mut dx, mut dx_of_bits) = (dy.clone(), dy.clone(), dy.clone());
        let mut bits = vec![0; x.len().div_ceil(8)];
        activation.forward_with_bits(&x, &mut y, &mut bits)?;
        let read = || activation.backward(&x, &dy, &mut dx);
        let unpack = || activation.backward_from_bits(&bits, &dy, &mut dx_of_bits);
        let [read, unpack] = shortest([&mut { read }, &mut { unpack }])?;
        let per_element = |seconds: f64| seconds * 1e9 / x.len() as f64;
        println!(
            "  {name:12} from the input {:5.3}, from bits {:5.3}",
            per_element(read),
            per_element(unpack)
        );
    }
    Ok(())
}

/// Scattered over [-6, 6).
fn inputs(elements: usize) -> Vec<f32> {
    let scattered = |i: usize| ((i * 7919) % elements) as f32 / elements as f32 * 12.0 - 6.0;
    (0..elements).map(scattered).collect()
}

type Contestant<'a> = &'a mut dyn FnMut() -> Result<(), relume::Error>;

/// The shortest run of each, in seconds.
fn shortest<const N: usize>(mut contestants: [Contestant<'_>; N]) -> Result<[f64; N], relume::Error> {
    let mut shortest = [f64::INFINITY; N];
    for _ in 0..ROUNDS {
        for (contestant, shortest) in contestants.iter_mut().zip(&mut shortest) {
            let start = Instant::now();
            contestant()?;
            *shortest = shortest.min(start.elapsed().as_secs_f64());
        }
    }
    Ok(shortest)
}
