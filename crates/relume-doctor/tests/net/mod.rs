//! A dense network trained for real, watched at every step: what the checks are tested on.

pub(crate) mod random;

use random::Random;
use relume::Activation;
use relume_doctor::{LayerId, LayerInfo, Layout, ParameterId, ParameterInfo, Record, Watch};

/// How a network is built and trained.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    pub(crate) activation: &'static str,
    /// Widths from the inputs to the classes.
    pub(crate) widths: Vec<usize>,
    /// Initial weights, relative to the initialisation that suits the activation (gain / √fan_in).
    pub(crate) weights: f64,
    /// Initial biases of the hidden layers.
    pub(crate) bias: f32,
    pub(crate) learning_rate: f32,
    pub(crate) epochs: usize,
    pub(crate) seed: u64,
}

/// Samples with their classes.
pub(crate) struct Samples {
    pub(crate) x: Vec<f32>,
    pub(crate) class: Vec<usize>,
    pub(crate) inputs: usize,
    pub(crate) classes: usize,
}

impl Samples {
    /// Ten classes of two clouds each, in 64 dimensions.
    pub(crate) fn clouds(samples: usize, seed: u64) -> Samples {
        let (inputs, classes) = (64, 10);
        let mut random = Random::new(seed);
        let centres: Vec<f64> = (0..2 * classes * inputs).map(|_| random.normal()).collect();
        let mut x = Vec::with_capacity(samples * inputs);
        for i in 0..samples {
            let centre = &centres[i % (2 * classes) * inputs..][..inputs];
            x.extend(centre.iter().map(|c| (0.6 * c + 0.8 * random.normal()) as f32));
        }
        Samples {
            x,
            class: (0..samples).map(|i| i % (2 * classes) % classes).collect(),
            inputs,
            classes,
        }
    }

    /// The same with classes that have nothing to do with the inputs.
    pub(crate) fn unlearnable(samples: usize, seed: u64) -> Samples {
        let mut random = Random::new(seed + 1000);
        let class = (0..samples).map(|_| below(&mut random, 10)).collect();
        Samples {
            class,
            ..Samples::clouds(samples, seed)
        }
    }
}

const BATCH: usize = 32;

struct Dense {
    /// `[inputs][outputs]`.
    weight: Vec<f32>,
    bias: Vec<f32>,
}

struct Net {
    activation: Activation,
    widths: Vec<usize>,
    layers: Vec<Dense>,
    watch: Watch,
    sites: Vec<LayerId>,
    parameters: Vec<[ParameterId; 2]>,
}

/// Trains a network as the recipe says, after one pass that only observes, and returns what was seen.
pub(crate) fn train(recipe: &Recipe, task: &Samples) -> Record {
    let mut net = Net::new(recipe);
    net.watch.set_baseline_loss((task.classes as f64).ln());
    let samples = task.class.len();
    let mut order: Vec<usize> = (0..samples).collect();
    let mut random = Random::new(recipe.seed + 77);
    for epoch in 0..=recipe.epochs {
        let mut loss = 0.0;
        for batch in order.chunks(BATCH) {
            let x: Vec<f32> = batch
                .iter()
                .flat_map(|&i| &task.x[i * task.inputs..][..task.inputs])
                .copied()
                .collect();
            let class: Vec<usize> = batch.iter().map(|&i| task.class[i]).collect();
            loss += net.step(x, &class, (epoch > 0).then_some(recipe.learning_rate)) * batch.len() as f64;
        }
        net.watch.end_pass(Some(loss / samples as f64));
        for i in (1..samples).rev() {
            order.swap(i, below(&mut random, i + 1));
        }
    }
    net.watch.record()
}

impl Net {
    fn new(recipe: &Recipe) -> Net {
        let activation: Activation = recipe.activation.parse().unwrap();
        let mut random = Random::new(recipe.seed);
        let mut watch = Watch::new();
        let (mut layers, mut sites, mut parameters) = (Vec::new(), Vec::new(), Vec::new());
        let last = recipe.widths.len() - 2;
        for (i, pair) in recipe.widths.windows(2).enumerate() {
            let (inputs, outputs) = (pair[0], pair[1]);
            let name = if i == last {
                "output".to_owned()
            } else {
                format!("hidden{}", i + 1)
            };
            let gain = if i == last { 1.0 } else { activation.gain() };
            let std = recipe.weights * gain / (inputs as f64).sqrt();
            let weight = (0..inputs * outputs)
                .map(|_| (std * random.normal()) as f32)
                .collect();
            layers.push(Dense {
                weight,
                bias: vec![if i == last { 0.0 } else { recipe.bias }; outputs],
            });
            parameters.push(["weight", "bias"].map(|kind| {
                let elements = if kind == "weight" {
                    inputs * outputs
                } else {
                    outputs
                };
                watch.add_parameter(ParameterInfo {
                    name: format!("{name}.{kind}"),
                    elements,
                })
            }));
            if i < last {
                let activation = activation.to_string();
                sites.push(watch.add_layer(LayerInfo {
                    name,
                    activation,
                    units: outputs,
                    fan_in: inputs,
                }));
            }
        }
        Net {
            activation,
            widths: recipe.widths.clone(),
            layers,
            watch,
            sites,
            parameters,
        }
    }

    /// One batch: forward, backward, and an update where a learning rate is given. Returns the mean loss.
    fn step(&mut self, x: Vec<f32>, class: &[usize], learning_rate: Option<f32>) -> f64 {
        let batch = class.len();
        let mut inputs = vec![x];
        let mut sums = Vec::new();
        for (i, layer) in self.layers.iter().enumerate() {
            let z = layer.forward(&inputs[i], self.widths[i], self.widths[i + 1]);
            if let Some(&site) = self.sites.get(i) {
                let mut y = vec![0.0; z.len()];
                self.activation.forward(&z, &mut y).unwrap();
                self.watch
                    .forward(site, &z, &y, layout(batch, self.widths[i + 1]))
                    .unwrap();
                inputs.push(y);
            }
            sums.push(z);
        }
        let (loss, mut dz) = cross_entropy(sums.last().unwrap(), class);
        for i in (0..self.layers.len()).rev() {
            let (wide, out) = (self.widths[i], self.widths[i + 1]);
            let (dw, db) = gradients(&inputs[i], &dz, wide, out);
            let dy = self.layers[i].backward(&dz, wide, out);
            if let Some(rate) = learning_rate {
                let layer = &mut self.layers[i];
                for ((values, g), &id) in [(&mut layer.weight, &dw), (&mut layer.bias, &db)]
                    .into_iter()
                    .zip(&self.parameters[i])
                {
                    let before = values.clone();
                    values.iter_mut().zip(g).for_each(|(v, g)| *v -= rate * g);
                    self.watch.gradient(id, g);
                    self.watch.update(id, &before, values);
                }
            }
            if i > 0 {
                dz = vec![0.0; dy.len()];
                self.activation.backward(&sums[i - 1], &dy, &mut dz).unwrap();
                self.watch
                    .backward(self.sites[i - 1], &dz, layout(batch, wide))
                    .unwrap();
            }
        }
        loss
    }
}

impl Dense {
    fn forward(&self, x: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
        let mut z = Vec::with_capacity(x.len() / inputs * outputs);
        for x in x.chunks_exact(inputs) {
            let start = z.len();
            z.extend_from_slice(&self.bias);
            for (x, w) in x.iter().zip(self.weight.chunks_exact(outputs)) {
                z[start..].iter_mut().zip(w).for_each(|(z, w)| *z += x * w);
            }
        }
        z
    }

    fn backward(&self, dz: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
        let mut dx = Vec::with_capacity(dz.len() / outputs * inputs);
        for dz in dz.chunks_exact(outputs) {
            dx.extend(
                self.weight
                    .chunks_exact(outputs)
                    .map(|w| w.iter().zip(dz).map(|(w, d)| w * d).sum::<f32>()),
            );
        }
        dx
    }
}

/// The gradients of a layer's weights and biases.
fn gradients(x: &[f32], dz: &[f32], inputs: usize, outputs: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut dw, mut db) = (vec![0.0; inputs * outputs], vec![0.0; outputs]);
    for (x, dz) in x.chunks_exact(inputs).zip(dz.chunks_exact(outputs)) {
        db.iter_mut().zip(dz).for_each(|(b, d)| *b += d);
        for (x, w) in x.iter().zip(dw.chunks_exact_mut(outputs)) {
            w.iter_mut().zip(dz).for_each(|(w, d)| *w += x * d);
        }
    }
    (dw, db)
}

/// Mean softmax cross-entropy of a batch, and its gradient.
fn cross_entropy(z: &[f32], class: &[usize]) -> (f64, Vec<f32>) {
    let mut loss = 0.0;
    let mut dz = Vec::with_capacity(z.len());
    for (z, &class) in z.chunks_exact(z.len() / class.len()).zip(class) {
        let largest = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f32 = z.iter().map(|z| (z - largest).exp()).sum();
        loss += f64::from(total.ln() + largest - z[class]);
        dz.extend(
            z.iter()
                .enumerate()
                .map(|(i, z)| (z - largest).exp() / total - f32::from(u8::from(i == class))),
        );
    }
    let scale = 1.0 / class.len() as f32;
    dz.iter_mut().for_each(|d| *d *= scale);
    (loss / class.len() as f64, dz)
}

fn layout(outer: usize, units: usize) -> Layout {
    Layout {
        outer,
        units,
        inner: 1,
        positions: 1,
    }
}

/// A number below `n`.
fn below(random: &mut Random, n: usize) -> usize {
    (random.bits() % n as u64) as usize
}
