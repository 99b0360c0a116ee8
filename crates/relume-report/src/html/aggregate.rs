//! From trials to what is drawn: everything is averaged over seeds before it meets a picture, so that a page
//! does not grow with the number of seeds.

use super::charts::curves::Point;
use super::charts::heatmap::Cell;
use super::charts::units::Shares;
use crate::trial::{Panel, Trial};
use relume_doctor::{Histogram, LayerInfo, LayerSnapshot, Record, Snapshot};

/// The trials of one activation in one panel.
#[derive(Clone, Debug)]
pub(crate) struct Group<'a> {
    pub(crate) activation: &'a str,
    pub(crate) trials: Vec<&'a Trial>,
}

/// The groups of a panel, in the given order of activations and then by name.
pub(crate) fn groups<'a>(trials: &'a [Trial], panel: Panel, order: &[&str]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for trial in trials.iter().filter(|t| t.panel == panel) {
        match groups.iter_mut().find(|g| g.activation == trial.arm.name) {
            Some(group) => group.trials.push(trial),
            None => groups.push(Group {
                activation: &trial.arm.name,
                trials: vec![trial],
            }),
        }
    }
    let rank = |name: &str| order.iter().position(|o| *o == name).unwrap_or(usize::MAX);
    groups.sort_by(|a, b| (rank(a.activation), a.activation).cmp(&(rank(b.activation), b.activation)));
    groups
}

impl<'a> Group<'a> {
    /// What was watched, of the trials that were.
    pub(crate) fn watched(&self) -> Watched<'a> {
        Watched(self.trials.iter().filter_map(|t| t.record.as_ref()).collect())
    }

    /// The validation metric epoch by epoch: mean, lowest and highest over the trials that came so far.
    pub(crate) fn learning_curve(&self) -> Vec<Option<Point>> {
        let length = self.trials.iter().map(|t| t.epochs.len()).max().unwrap_or(0);
        let point = |k: usize| {
            let epochs = || {
                self.trials
                    .iter()
                    .filter_map(|t| t.epochs.get(k))
                    .filter_map(|e| Some((e.epoch, e.validation.filter(|v| v.is_finite())?)))
            };
            let values = || epochs().map(|(_, validation)| validation);
            Some(Point {
                epoch: epochs().next()?.0 as f64,
                mean: mean(values())?,
                low: values().fold(f64::INFINITY, f64::min),
                high: values().fold(f64::NEG_INFINITY, f64::max),
            })
        };
        (0..length).map(point).collect()
    }
}

/// The records of trials that belong together, or of one run.
#[derive(Clone, Debug)]
pub(crate) struct Watched<'a>(pub(crate) Vec<&'a Record>);

impl<'a> Watched<'a> {
    pub(crate) fn records(&self) -> impl Iterator<Item = &'a Record> + '_ {
        self.0.iter().copied()
    }

    /// The numbers of some layers, and the layers, of the trial that has most of them.
    fn some(&self, is_chosen: fn(&Record, &LayerInfo) -> bool) -> Vec<(usize, &'a LayerInfo)> {
        let deepest = self.records().max_by_key(|r| r.layers.len());
        deepest.map_or_else(Vec::new, |record| {
            let layers = record.layers.iter().enumerate();
            layers.filter(|(_, layer)| is_chosen(record, layer)).collect()
        })
    }

    /// The numbers of the layers, and the layers: all.
    pub(crate) fn layers(&self) -> Vec<(usize, &'a LayerInfo)> {
        self.some(|_, _| true)
    }

    /// Those that the gradient goes through one after the other.
    pub(crate) fn in_series(&self) -> Vec<(usize, &'a LayerInfo)> {
        self.some(Record::is_in_series)
    }

    /// Those that have units of their own, and are no gates of others.
    pub(crate) fn with_own_units(&self) -> Vec<(usize, &'a LayerInfo)> {
        self.some(Record::has_own_units)
    }

    /// The gates of others.
    pub(crate) fn gates(&self) -> Vec<(usize, &'a LayerInfo)> {
        self.some(|record, layer| !record.has_own_units(layer))
    }

    /// The names of the layers that nothing was seen of in some trial.
    pub(crate) fn not_observed(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.records().flat_map(Record::not_observed).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the trials were watched by steps, and not pass by pass.
    pub(crate) fn by_steps(&self) -> bool {
        self.records()
            .flat_map(|r| &r.snapshots)
            .any(|s| s.steps.is_some())
    }

    /// When training is looked at: the passes that any trial has a snapshot of, or the last steps of the stretches of
    /// the trial that has most of them, for each trial was watched in stretches of its own.
    pub(crate) fn times(&self) -> Vec<usize> {
        let all = || self.records().map(|r| r.snapshots.iter().map(time));
        let mut times: Vec<usize> = if self.by_steps() {
            all()
                .max_by_key(ExactSizeIterator::len)
                .into_iter()
                .flatten()
                .collect()
        } else {
            all().flatten().collect()
        };
        times.sort_unstable();
        times.dedup();
        times
    }

    /// The gradient that arrived at each layer in series (rows, from input to output) at each time (columns): the
    /// geometric mean over trials.
    pub(crate) fn gradients(&self) -> Vec<Vec<Cell>> {
        let times = self.times();
        let row = |layer: usize| {
            (0..times.len())
                .map(|k| self.gradient(layer, &times, k))
                .collect()
        };
        let layers = self.in_series().into_iter();
        layers.map(|(layer, _)| row(layer)).collect()
    }

    fn gradient(&self, layer: usize, times: &[usize], column: usize) -> Cell {
        let (mut sum, mut sizes, mut zeros, mut broken) = (0.0, 0usize, 0usize, 0usize);
        let in_column = |s: &&Snapshot| {
            let place = times.partition_point(|&t| t < time(s));
            place.min(times.len() - 1) == column
        };
        for snapshot in self.records().flat_map(|r| r.snapshots.iter().filter(in_column)) {
            let Some(seen) = snapshot.layers.get(layer) else {
                continue;
            };
            match seen.gradient_rms {
                Some(size) if size > 0.0 => (sum, sizes) = (sum + size.ln(), sizes + 1),
                Some(_) => zeros += 1,
                None if seen.non_finite > 0 => broken += 1,
                None => {}
            }
        }
        match sizes.max(zeros).max(broken) {
            0 => Cell::Unknown,
            most if most == broken => Cell::NonFinite,
            most if most == sizes => Cell::Size((sum / sizes as f64).exp()),
            _ => Cell::Zero,
        }
    }

    /// Shares of units per layer with units of its own, from input to output, in the last pass.
    pub(crate) fn unit_shares(&self) -> Vec<Shares> {
        let zeros = |layer: usize| {
            let zeros = self
                .records()
                .filter_map(|r| Some(last(r)?.layers.get(layer)?.zeros));
            mean(zeros.filter(|z| z.is_finite())).unwrap_or(0.0)
        };
        let shares = |layer: usize| Shares {
            dead: self.share(layer, |l| l.dead),
            silent: self.share(layer, |l| l.silent),
            saturated: self.share(layer, |l| l.saturated),
            zeros: zeros(layer),
        };
        let layers = self.with_own_units().into_iter();
        layers.map(|(layer, _)| shares(layer)).collect()
    }

    /// The share of a layer's units that is counted, in the last pass.
    pub(crate) fn share(&self, layer: usize, count: fn(&LayerSnapshot) -> usize) -> f64 {
        let shares = self.records().filter_map(|r| {
            let units = r.layers.get(layer)?.units.max(1) as f64;
            Some(count(last(r)?.layers.get(layer)?) as f64 / units)
        });
        mean(shares).unwrap_or(0.0)
    }

    /// The histograms of one layer's inputs that hold anything, over all trials.
    pub(crate) fn histograms(&self, layer: usize) -> Vec<&'a Histogram> {
        let sound = |h: &&Histogram| {
            h.low.is_finite() && h.high.is_finite() && h.low < h.high && h.counts.iter().any(|c| *c > 0)
        };
        self.records()
            .filter_map(|r| r.histograms.get(layer))
            .filter(sound)
            .collect()
    }
}

/// The pass of a snapshot, or the last step of its stretch.
fn time(snapshot: &Snapshot) -> usize {
    snapshot.steps.map_or(snapshot.pass, |[_, last]| last as usize)
}

/// The last pass through the training data, not the look at the untrained network.
fn last(record: &Record) -> Option<&Snapshot> {
    record.snapshots.last()
}

/// The mean of what there is; `None` where there is nothing.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), v| (sum + v, count + 1));
    (count > 0).then(|| sum / count as f64)
}
