//! One layer, watched.

use relume::Activation;
use relume_doctor::{LayerId, LayerInfo, Layout, ParameterId, ParameterInfo, Record, Watch};

/// One batch of one layer.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) layout: Layout,
    pub(crate) x: Vec<f32>,
    pub(crate) dx: Vec<f32>,
}

impl Batch {
    pub(crate) fn y(&self, activation: Activation) -> Vec<f32> {
        let mut y = vec![0.0; self.x.len()];
        activation.forward(&self.x, &mut y).unwrap();
        y
    }
}

/// A watch over one layer and its weight.
pub(crate) struct Watched {
    pub(crate) watch: Watch,
    pub(crate) layer: LayerId,
    pub(crate) weight: ParameterId,
}

impl Watched {
    pub(crate) fn new(activation: Activation, units: usize) -> Watched {
        let mut watch = Watch::new();
        let activation = activation.to_string();
        let layer = watch.add_layer(LayerInfo {
            name: "hidden".into(),
            activation,
            units,
            fan_in: 1,
        });
        let weight = watch.add_parameter(ParameterInfo {
            name: "hidden.weight".into(),
            elements: units,
        });
        Watched { watch, layer, weight }
    }

    pub(crate) fn feed(&mut self, batches: &[Batch], activation: Activation) {
        for batch in batches {
            self.watch
                .forward(self.layer, &batch.x, &batch.y(activation), batch.layout)
                .unwrap();
            self.watch.backward(self.layer, &batch.dx, batch.layout).unwrap();
            self.watch.gradient(self.weight, &batch.dx);
            let after: Vec<f32> = batch
                .x
                .iter()
                .zip(&batch.dx)
                .map(|(x, dx)| x - 0.01 * dx)
                .collect();
            self.watch.update(self.weight, &batch.x, &after);
        }
    }

    /// The record of one pass.
    pub(crate) fn close(mut self) -> Record {
        self.watch.end_pass(Some(1.0));
        self.watch.record()
    }
}
