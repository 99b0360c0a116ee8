//! How long a training step of a recurrent layer takes: forward, and backward to weights and inputs. For `bench/recurrent.py`.
//!
//! Reads lines `layer kind steps width batch` from the standard input, where the layer is `relume`, `relume-one` (on one
//! thread) or `burn`, and the kind `lstm`, `gru` or `rnn`; for each line it prints two numbers: the milliseconds that a step
//! took at least, and those that the processor worked for this thread in a step (Linux; else NaN).

use std::fs;
use std::io::{self, BufRead};
use std::time::{Duration, Instant};

use burn::nn::{GruConfig, LstmConfig};
use burn::tensor::{Device, Distribution, Tensor};
use relume::Activation;
use relume_burn::{Gru, Lstm, Rnn};

/// How long a line is measured, at least: the system counts what the processor works in steps of a few milliseconds.
const SPAN: Duration = Duration::from_millis(150);

/// A layer's forward.
type Forward = Box<dyn Fn(Tensor<3>) -> Tensor<3>>;

fn main() {
    let device = Device::flex().autodiff();
    for line in io::stdin().lock().lines() {
        let line = line.expect("the lines are text");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [layer, kind, steps, width, batch] = words.as_slice() else {
            panic!("a line is `layer kind steps width batch`, and not `{line}`");
        };
        let [steps, width, batch] =
            [steps, width, batch].map(|number| number.parse().expect("sizes are numbers"));
        match layer_of(layer, kind, width, &device) {
            Some(forward) => {
                let [least, worked] = times(&forward, [batch, steps, width], &device);
                println!("{least} {worked}");
            }
            None => println!("nan nan"),
        }
    }
}

/// A layer with as many units as inputs; `None` if there is none of this kind.
fn layer_of(layer: &str, kind: &str, width: usize, device: &Device) -> Option<Forward> {
    let weights = |columns: usize| {
        let bound = (width as f64).recip().sqrt();
        Tensor::<2>::random([width, columns], Distribution::Uniform(-bound, bound), device)
    };
    let bias = |count: usize| Tensor::<1>::zeros([count], device);
    let tanh = Activation::new("tanh").expect("the catalogue has it");
    Some(match (layer, kind) {
        ("relume", "lstm") => {
            let lstm = Lstm::new(weights(4 * width), weights(4 * width), bias(4 * width));
            Box::new(move |x| lstm.forward(x, None).all)
        }
        ("relume-one", "lstm") => {
            let lstm = Lstm::new(weights(4 * width), weights(4 * width), bias(4 * width)).on_one_thread();
            Box::new(move |x| lstm.forward(x, None).all)
        }
        ("relume", "gru") => {
            let gru = Gru::new(weights(3 * width), weights(3 * width), bias(4 * width));
            Box::new(move |x| gru.forward(x, None).all)
        }
        ("relume-one", "gru") => {
            let gru = Gru::new(weights(3 * width), weights(3 * width), bias(4 * width)).on_one_thread();
            Box::new(move |x| gru.forward(x, None).all)
        }
        ("relume", "rnn") => {
            let rnn = Rnn::new(tanh, weights(width), weights(width), bias(width));
            Box::new(move |x| rnn.forward(x, None).all)
        }
        ("relume-one", "rnn") => {
            let rnn = Rnn::new(tanh, weights(width), weights(width), bias(width)).on_one_thread();
            Box::new(move |x| rnn.forward(x, None).all)
        }
        ("burn", "lstm") => {
            let lstm = LstmConfig::new(width, width, true).init(device);
            Box::new(move |x| lstm.forward(x, None).0)
        }
        ("burn", "gru") => {
            let gru = GruConfig::new(width, width, true).init(device);
            Box::new(move |x| gru.forward(x, None))
        }
        _ => return None,
    })
}

/// Milliseconds of a step: the least that passed, and what the processor worked on average.
fn times(forward: &Forward, shape: [usize; 3], device: &Device) -> [f64; 2] {
    let inputs = Tensor::<3>::random(shape, Distribution::Normal(0.0, 1.0), device).inner();
    let step = || {
        let x = Tensor::from_inner(inputs.clone()).require_grad();
        let start = Instant::now();
        let gradients = forward(x.clone()).sum().backward();
        let gradient = x.grad(&gradients).expect("x takes part");
        let took = start.elapsed();
        drop(gradient);
        took
    };
    step();
    let (start, worked) = (Instant::now(), worked());
    let (mut least, mut count) = (Duration::MAX, 0);
    while start.elapsed() < SPAN || count < 3 {
        least = least.min(step());
        count += 1;
    }
    let worked = (self::worked() - worked) / f64::from(count);
    [1e3 * least.as_secs_f64(), 1e3 * worked]
}

/// For how many seconds the processor has worked for this thread.
fn worked() -> f64 {
    let read = || {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    };
    read().map_or(f64::NAN, |nanoseconds| 1e-9 * nanoseconds)
}
