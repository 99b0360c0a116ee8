//! The counts of a whole network over one pass, or over any other stretch of a run.

use crate::flat_tails::FlatTails;
use crate::layer_counts::LayerCounts;
use crate::parameter_counts::ParameterCounts;
use crate::record::{Histogram, LayerInfo, Record, Snapshot};
use serde::{Deserialize, Serialize};

/// What is counted of all layers and parameters between two closings. Those that were added to the network after
/// these counts were closed are missing at the end of the lists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Pass {
    pub(crate) layers: Vec<LayerCounts>,
    pub(crate) parameters: Vec<ParameterCounts>,
    /// Whether a parameter's gradient or update was seen.
    pub(crate) trained: bool,
}

impl Pass {
    /// Nothing counted yet of the layers and parameters of a network.
    pub(crate) fn of(network: &Record) -> Pass {
        Pass {
            layers: network.layers.iter().map(empty).collect(),
            parameters: vec![ParameterCounts::default(); network.parameters.len()],
            trained: false,
        }
    }

    /// The same counts for a network that has these layers, in which the layers and parameters have these places.
    pub(crate) fn arranged(&self, places: &[usize], layers: &[LayerInfo], parameters: &[usize]) -> Pass {
        let mut arranged = Pass {
            layers: layers.iter().map(empty).collect(),
            parameters: vec![
                ParameterCounts::default();
                parameters.iter().map(|place| place + 1).max().unwrap_or(0)
            ],
            trained: self.trained,
        };
        for (counts, &place) in self.layers.iter().zip(places) {
            arranged.layers[place] = counts.clone();
        }
        for (counts, &place) in self.parameters.iter().zip(parameters) {
            arranged.parameters[place] = counts.clone();
        }
        arranged
    }

    /// Adds what was counted elsewhere of the same network.
    pub(crate) fn merge(&mut self, other: &Pass) {
        for (i, theirs) in other.layers.iter().enumerate() {
            match self.layers.get_mut(i) {
                Some(mine) => mine.merge(theirs),
                None => self.layers.push(theirs.clone()),
            }
        }
        for (i, theirs) in other.parameters.iter().enumerate() {
            match self.parameters.get_mut(i) {
                Some(mine) => mine.merge(theirs),
                None => self.parameters.push(theirs.clone()),
            }
        }
        self.trained |= other.trained;
    }

    /// Forgets the counts, and keeps the layers and parameters.
    pub(crate) fn clear(&mut self) {
        self.layers.iter_mut().for_each(LayerCounts::clear);
        self.parameters.fill(ParameterCounts::default());
        self.trained = false;
    }

    /// Takes out what was counted of the parameters.
    pub(crate) fn split_off_parameters(&mut self) -> Pass {
        let none = vec![ParameterCounts::default(); self.parameters.len()];
        Pass {
            layers: Vec::new(),
            parameters: std::mem::replace(&mut self.parameters, none),
            trained: std::mem::take(&mut self.trained),
        }
    }

    /// Divides the gradients of the layers by a factor.
    pub(crate) fn unscale(&mut self, scale: f64) {
        self.layers.iter_mut().for_each(|counts| counts.unscale(scale));
    }

    /// Samples that went forward.
    pub(crate) fn samples(&self) -> u64 {
        self.layers.iter().map(|counts| counts.samples).max().unwrap_or(0)
    }

    /// Per layer, which units were dead.
    pub(crate) fn dead(&self) -> Vec<Vec<bool>> {
        self.layers.iter().map(LayerCounts::dead).collect()
    }

    /// Per layer, the pre-activations, binned.
    pub(crate) fn histograms(&self) -> Vec<Histogram> {
        self.layers
            .iter()
            .map(|counts| counts.histogram().clone())
            .collect()
    }

    /// What the counts come to. `dead_before` are the dead units of the pass before, layer by layer.
    pub(crate) fn snapshot(&self, pass: usize, loss: Option<f64>, dead_before: &[Vec<bool>]) -> Snapshot {
        let before = |i: usize| dead_before.get(i).map_or(&[][..], Vec::as_slice);
        let layers = self.layers.iter().enumerate();
        let parameters = self.parameters.iter().filter(|_| self.trained);
        Snapshot {
            pass,
            steps: None,
            loss: loss.filter(|loss| loss.is_finite()),
            samples: self.samples(),
            layers: layers.map(|(i, counts)| counts.snapshot(before(i))).collect(),
            parameters: parameters.map(ParameterCounts::snapshot).collect(),
        }
    }
}

/// Nothing counted of a layer.
fn empty(info: &LayerInfo) -> LayerCounts {
    LayerCounts::new(info.units, FlatTails::named(&info.activation))
}
