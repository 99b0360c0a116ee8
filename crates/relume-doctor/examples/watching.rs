//! What watching costs, in nanoseconds per element: `cargo run --release -p relume-doctor --example watching`.

use relume_doctor::{LayerInfo, Layout, ParameterInfo, Watch};
use std::time::Instant;

fn main() {
    println!(
        "{:22} {:>10} {:>10} {:>10}",
        "layout, activation", "forward", "backward", "update"
    );
    for (outer, units, inner) in [
        (64, 128, 1),
        (64, 16, 196),
        (32, 64, 1),
        (64, 10, 1),
        (32, 32, 16),
    ] {
        for activation in ["relu", "tanh", "leaky_relu(slope=0.01)"] {
            let layout = Layout {
                outer,
                units,
                inner,
                positions: 1,
            };
            let elements = outer * units * inner;
            let x: Vec<f32> = (0..elements)
                .map(|i| ((i * 7919) % 1000) as f32 / 250.0 - 2.0)
                .collect();
            let y: Vec<f32> = x.iter().map(|&x| x.max(0.0)).collect();
            let mut watch = Watch::new();
            let info = LayerInfo {
                name: "hidden".into(),
                activation: activation.into(),
                units,
                fan_in: units,
            };
            let layer = watch.add_layer(info);
            let parameter = watch.add_parameter(ParameterInfo {
                name: "weight".into(),
                elements,
            });
            let forward = fastest(elements, || {
                watch.forward(layer, &x, &y, layout).expect("the layout fits")
            });
            let backward = fastest(elements, || {
                watch.backward(layer, &x, layout).expect("the layout fits")
            });
            let update = fastest(elements, || watch.update(parameter, &x, &y));
            let name = activation.split('(').next().unwrap_or_default();
            let label = format!("{outer}x{units}x{inner} {name}");
            println!("{label:22} {forward:10.3} {backward:10.3} {update:10.3}");
            watch.end_pass(None);
        }
    }
}

/// The fastest of several repeats, per element.
fn fastest(elements: usize, mut work: impl FnMut()) -> f64 {
    let repeats = 2_000_000 / elements + 1;
    let times = (0..20).map(|_| {
        let start = Instant::now();
        (0..repeats).for_each(|_| work());
        start.elapsed().as_secs_f64() * 1e9 / (repeats * elements) as f64
    });
    times.fold(f64::INFINITY, f64::min)
}
