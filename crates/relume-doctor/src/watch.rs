//! The live side: what a training loop calls at each step.

use crate::error::Error;
use crate::flat_tails::FlatTails;
use crate::inner::Inner;
use crate::layer_counts::LayerCounts;
use crate::layout::Layout;
use crate::parameter_counts::ParameterCounts;
use crate::pass::Pass;
use crate::record::{LayerInfo, ParameterInfo, Record, Snapshot};
use crate::sums::step_norms;
use crate::time_counts::TimeCounts;

/// An activation layer of one [`Watch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LayerId(usize);

/// A parameter of one [`Watch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ParameterId(usize);

/// One network, watched over one run.
///
/// Everything is counted per unit as it streams by, in memory that does not grow with the number of steps.
/// [`end_pass`](Watch::end_pass) closes the counts into a [`Snapshot`]; [`record`](Watch::record) is what the
/// checks read. Counts of workers that share a pass are added up by [`merge`](Watch::merge).
///
/// See the [crate documentation](crate) for an example.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    pub(crate) record: Record,
    pub(crate) counts: Pass,
    /// Per layer, the units that were dead in the pass before.
    dead: Vec<Vec<bool>>,
    /// Per layer, what came back to its steps in time; empty where it has none.
    through_time: Vec<TimeCounts>,
}

impl Watch {
    /// A watch that knows no layers yet.
    pub fn new() -> Watch {
        Watch::default()
    }

    /// Adds an activation layer; layers are added from the network's input to its output.
    ///
    /// Where the function is flat is found from [`LayerInfo::activation`]. A function that relume does not know
    /// is taken as silent where its output is exactly zero, and never as saturated.
    pub fn add_layer(&mut self, info: LayerInfo) -> LayerId {
        let counts = LayerCounts::new(info.units, FlatTails::named(&info.activation));
        self.counts.layers.push(counts);
        self.through_time.push(TimeCounts::default());
        self.record.layers.push(info);
        LayerId(self.counts.layers.len() - 1)
    }

    /// Says that a layer stands inside of another, as a gate does; both by name.
    pub fn set_inner(&mut self, layer: &str, inner: Inner) {
        self.record.inner.insert(layer.to_owned(), inner);
    }

    /// Adds a trainable parameter.
    ///
    /// A name that ends in `bias` or `beta` says that the parameter starts at zero, so that the size of an
    /// update relative to it means little.
    pub fn add_parameter(&mut self, info: ParameterInfo) -> ParameterId {
        self.counts.parameters.push(ParameterCounts::default());
        self.record.parameters.push(info);
        ParameterId(self.counts.parameters.len() - 1)
    }

    /// States the loss of the best constant prediction (the entropy of the class frequencies, or the variance
    /// of the target): with it, whether the network learns is known rather than guessed from the loss's course.
    pub fn set_baseline_loss(&mut self, loss: f64) {
        self.record.baseline_loss = Some(loss).filter(|loss| loss.is_finite());
    }

    /// Takes in the pre-activations `x` and outputs `y` of one batch.
    pub fn forward(&mut self, layer: LayerId, x: &[f32], y: &[f32], layout: Layout) -> Result<(), Error> {
        let counts = self.counts(layer, layout, &[x.len(), y.len()])?;
        counts.input(x, layout);
        counts.output(y, layout);
        Ok(())
    }

    /// Takes in the pre-activations of one batch alone, for an activation that works in place: they must be read
    /// before it, and the outputs handed to [`output`](Self::output) after it.
    pub fn input(&mut self, layer: LayerId, x: &[f32], layout: Layout) -> Result<(), Error> {
        self.counts(layer, layout, &[x.len()])?.input(x, layout);
        Ok(())
    }

    /// Takes in the outputs that belong to an [`input`](Self::input).
    pub fn output(&mut self, layer: LayerId, y: &[f32], layout: Layout) -> Result<(), Error> {
        self.counts(layer, layout, &[y.len()])?.output(y, layout);
        Ok(())
    }

    /// Takes in the gradient of the loss with respect to the pre-activations of one batch, as the trainer
    /// scaled it (summed or averaged over the batch).
    pub fn backward(&mut self, layer: LayerId, dx: &[f32], layout: Layout) -> Result<(), Error> {
        let counts = self.counts(layer, layout, &[dx.len()])?;
        counts.backward(dx, layout);
        Ok(())
    }

    /// Takes in the norms of the gradient of the loss with respect to a recurrent layer's state after each step in time, of
    /// one batch.
    pub fn gradient_through_time(&mut self, layer: LayerId, norms: &[f64]) -> Result<(), Error> {
        let layers = self.through_time.len();
        let counts = self.through_time.get_mut(layer.0).ok_or(Error::UnknownLayer {
            layer: layer.0,
            layers,
        })?;
        counts.add(norms.iter().copied());
        Ok(())
    }

    /// Takes in a parameter's gradient at one step.
    ///
    /// # Panics
    /// If `parameter` is not of this watch.
    pub fn gradient(&mut self, parameter: ParameterId, g: &[f32]) {
        self.counts.trained = true;
        self.counts.parameters[parameter.0].gradient(g);
    }

    /// Takes in a parameter's values before and after one optimiser step.
    ///
    /// # Panics
    /// If `parameter` is not of this watch, or the two differ in length.
    pub fn update<T: Copy + Into<f64>>(&mut self, parameter: ParameterId, before: &[T], after: &[T]) {
        assert_eq!(
            before.len(),
            after.len(),
            "a parameter keeps its length in an update"
        );
        let (step, weight) = step_norms(before, after);
        self.update_norms(parameter, step, weight);
    }

    /// Takes in one optimiser step as its size ‖Δw‖ and the size of the parameter before it, ‖w‖.
    ///
    /// # Panics
    /// If `parameter` is not of this watch.
    pub fn update_norms(&mut self, parameter: ParameterId, step: f64, weight: f64) {
        self.counts.trained = true;
        self.counts.parameters[parameter.0].update(step, weight);
    }

    /// Closes the counts of this pass and begins the next.
    ///
    /// A first pass without any update is pass 0, the untrained network; the first pass with updates is pass 1.
    /// `loss` is the mean training loss over the pass.
    pub fn end_pass(&mut self, loss: Option<f64>) -> &Snapshot {
        let pass = match self.record.snapshots.last() {
            Some(last) => last.pass + 1,
            None => usize::from(self.counts.trained),
        };
        let snapshot = self.counts.snapshot(pass, loss, &self.dead);
        self.record.histograms = self.counts.histograms();
        self.dead = self.counts.dead();
        self.counts.clear();
        for counts in &mut self.through_time {
            counts.end_pass(pass as u64);
        }
        let layers = self.through_time.iter().zip(&self.record.layers);
        let facts: Vec<_> = layers
            .filter_map(|(counts, layer)| counts.facts(&layer.name))
            .collect();
        // Whoever measures it otherwise states it otherwise.
        if !facts.is_empty() {
            self.record.setup.recurrent = facts;
        }
        self.record.snapshots.push_mut(snapshot)
    }

    /// Adds what another watch of the same network counted in the current pass, as if all had been counted here.
    ///
    /// # Errors
    /// If the two do not have the same layers and parameters; nothing has been added then.
    pub fn merge(&mut self, other: &Watch) -> Result<(), Error> {
        same("layers", &self.record.layers, &other.record.layers, |layer| {
            format!("{} ({}, {} units)", layer.name, layer.activation, layer.units)
        })?;
        same(
            "parameters",
            &self.record.parameters,
            &other.record.parameters,
            |parameter| format!("{} ({} elements)", parameter.name, parameter.elements),
        )?;
        self.counts.merge(&other.counts);
        for (mine, theirs) in self.through_time.iter_mut().zip(&other.through_time) {
            mine.merge(theirs);
        }
        Ok(())
    }

    /// Everything observed in the passes that are closed.
    pub fn record(&self) -> Record {
        self.record.clone()
    }

    /// The counts of a layer, provided that the tensors fit it.
    fn counts(
        &mut self,
        layer: LayerId,
        layout: Layout,
        lengths: &[usize],
    ) -> Result<&mut LayerCounts, Error> {
        let layers = self.counts.layers.len();
        let counts = self.counts.layers.get_mut(layer.0).ok_or(Error::UnknownLayer {
            layer: layer.0,
            layers,
        })?;
        let name = || self.record.layers[layer.0].name.clone();
        if counts.units() != layout.units {
            return Err(Error::Units {
                layer: name(),
                expected: counts.units(),
                found: layout.units,
            });
        }
        match lengths.iter().find(|&&length| layout.elements() != Some(length)) {
            Some(&found) => Err(Error::Length {
                layer: name(),
                layout,
                found,
            }),
            None => Ok(counts),
        }
    }
}

/// Checks that two networks agree in one respect, and names the first difference.
pub(crate) fn same<T: PartialEq>(
    what: &'static str,
    mine: &[T],
    theirs: &[T],
    describe: fn(&T) -> String,
) -> Result<(), Error> {
    if mine == theirs {
        return Ok(());
    }
    let differing = (0..mine.len().max(theirs.len()))
        .find(|&i| mine.get(i) != theirs.get(i))
        .unwrap_or(0);
    let named = |list: &[T]| list.get(differing).map_or_else(|| "nothing".to_owned(), describe);
    Err(Error::OtherNetwork {
        what,
        position: differing,
        expected: named(mine),
        found: named(theirs),
    })
}
