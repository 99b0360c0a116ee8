//! Untrained networks, counted by the doctor, against what theory says of them.

#[path = "net/random.rs"]
mod random;

use random::Random;
use relume::Activation;
use relume_doctor::theory::born_dead_bound;
use relume_doctor::{LayerId, LayerInfo, Layout, Snapshot, Watch};

/// Hidden layers of one width and activation, with new weights for each pass.
struct Ensemble {
    watch: Watch,
    activation: Activation,
    layers: Vec<LayerId>,
    width: usize,
    random: Random,
}

impl Ensemble {
    fn new(activation: &str, width: usize, depth: usize) -> Ensemble {
        let mut watch = Watch::new();
        let layers = (0..depth).map(|i| {
            let name = format!("hidden{}", i + 1);
            watch.add_layer(LayerInfo {
                name,
                activation: activation.into(),
                units: width,
                fan_in: width,
            })
        });
        let layers = layers.collect();
        Ensemble {
            watch,
            activation: activation.parse().unwrap(),
            layers,
            width,
            random: Random::new(1),
        }
    }

    /// One network with weights of standard deviation `gain / √inputs` and zero biases, on these samples.
    fn draw(&mut self, samples: &[f32], inputs: usize, gain: f64) -> &Snapshot {
        let mut h = samples.to_vec();
        let mut fan_in = inputs;
        for &layer in &self.layers {
            let std = gain / (fan_in as f64).sqrt();
            let weights: Vec<f32> = (0..self.width * fan_in)
                .map(|_| (std * self.random.normal()) as f32)
                .collect();
            let dot = |h: &[f32], w: &[f32]| h.iter().zip(w).map(|(h, w)| h * w).sum::<f32>();
            let z: Vec<f32> = h
                .chunks_exact(fan_in)
                .flat_map(|h| weights.chunks_exact(fan_in).map(|w| dot(h, w)))
                .collect();
            let layout = Layout {
                outer: h.len() / fan_in,
                units: self.width,
                inner: 1,
                positions: 1,
            };
            h = vec![0.0; z.len()];
            self.activation.forward(&z, &mut h).unwrap();
            self.watch.forward(layer, &z, &h, layout).unwrap();
            fan_in = self.width;
        }
        self.watch.end_pass(None)
    }
}

/// With one input, x = 1 and x = -1 stand for all inputs: a ReLU network without biases is linear on either side.
#[test]
fn narrow_deep_relu_nets_are_born_dead_as_often_as_theory_says() {
    const NETS: usize = 4000;
    for (width, expected) in [(2, 0.880), (3, 0.578), (4, 0.294), (5, 0.129), (10, 0.0011)] {
        let mut ensemble = Ensemble::new("relu", width, 9);
        let born_dead = (0..NETS).filter(|_| {
            let snapshot = ensemble.draw(&[1.0, -1.0], 1, 2f64.sqrt());
            snapshot.layers.iter().any(|layer| layer.silent == width)
        });
        let share = born_dead.count() as f64 / NETS as f64;
        let error = (expected * (1.0 - expected) / NETS as f64).sqrt();
        // The expected values were themselves estimated, so theirs comes on top.
        assert!(
            (share - expected).abs() < 4.0 * error + 0.012 * expected.min(0.5),
            "width {width}: {share}"
        );
        let bound = born_dead_bound([width; 9]);
        assert!(
            share < bound + 4.0 * error,
            "width {width}: {share} of at most {bound}"
        );
    }
    assert!((born_dead_bound([2; 9]) - (1.0 - 0.75f64.powi(9))).abs() < 1e-12);
    assert!((born_dead_bound([64]) / 0.5f64.powi(64) - 1.0).abs() < 1e-9);
    assert_eq!(born_dead_bound([0]), 1.0);
}

/// E r = 1 and E r² = (1 + 5/n)^L for r = |h_L|²/|h_0|².
#[test]
fn he_initialised_relu_layers_keep_the_second_moment_and_spread_as_theory_says() {
    const NETS: usize = 10_000;
    let (width, depth) = (20, 3);
    let mut ensemble = Ensemble::new("relu", width, depth);
    let input: Vec<f32> = (0..width).map(|i| (i as f32 * 0.7).sin()).collect();
    let size = input.iter().map(|x| f64::from(x * x)).sum::<f64>();
    let ratios: Vec<f64> = (0..NETS)
        .map(|_| {
            let snapshot = ensemble.draw(&input, width, 2f64.sqrt());
            let rms = snapshot.layers[depth - 1].output_rms.unwrap();
            rms * rms * width as f64 / size
        })
        .collect();
    let moment = |power: i32| ratios.iter().map(|r| r.powi(power)).sum::<f64>() / NETS as f64;
    let second = (1.0 + 5.0 / width as f64).powi(depth as i32);
    assert!(
        (moment(1) - 1.0).abs() < 4.0 * ((second - 1.0) / NETS as f64).sqrt(),
        "{}",
        moment(1)
    );
    assert!(
        (moment(2) / second - 1.0).abs() < 0.1,
        "{} instead of {second}",
        moment(2)
    );
}

#[test]
fn selu_keeps_mean_and_second_moment_of_a_standard_normal() {
    let mut watch = Watch::new();
    let [selu, after] = ["selu", "identity"].map(|activation| {
        watch.add_layer(LayerInfo {
            name: activation.into(),
            activation: activation.into(),
            units: 100,
            fan_in: 1,
        })
    });
    let mut random = Random::new(3);
    let layout = Layout {
        outer: 100,
        units: 100,
        inner: 1,
        positions: 1,
    };
    let function: Activation = "selu".parse().unwrap();
    for _ in 0..100 {
        let x: Vec<f32> = (0..10_000).map(|_| random.normal() as f32).collect();
        let mut y = vec![0.0; x.len()];
        function.forward(&x, &mut y).unwrap();
        watch.forward(selu, &x, &y, layout).unwrap();
        watch.forward(after, &y, &y, layout).unwrap();
    }
    let snapshot = watch.end_pass(None);
    let second = snapshot.layers[0].output_rms.unwrap().powi(2);
    let mean = snapshot.layers[1].input_mean.unwrap();
    // A million samples: standard errors 0.001 of the mean, about 0.002 of the second moment.
    assert!(
        mean.abs() < 0.005 && (second - 1.0).abs() < 0.01,
        "{mean} {second}"
    );
}
