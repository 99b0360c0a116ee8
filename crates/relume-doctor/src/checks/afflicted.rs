//! The layers of which a large share of units is dead, silent or saturated.

use crate::finding::Evidence;
use crate::record::{LayerInfo, LayerSnapshot, Record, Snapshot};

/// Layers with their afflicted units, first to last.
pub(super) struct Afflicted<'a> {
    layers: Vec<(&'a LayerInfo, usize)>,
    share: f64,
}

impl<'a> Afflicted<'a> {
    /// The layers of which at least `share` of the units are afflicted, as `count` counts them.
    pub(super) fn of(
        record: &'a Record,
        snapshot: &Snapshot,
        share: f64,
        count: impl Fn(&LayerInfo, &LayerSnapshot) -> usize,
    ) -> Afflicted<'a> {
        let counted = record.layers.iter().zip(&snapshot.layers);
        let counted = counted.map(|(info, layer)| (info, count(info, layer).min(info.units)));
        let many = counted.filter(|&(info, n)| n > 0 && n as f64 >= share * info.units as f64);
        Afflicted {
            layers: many.collect(),
            share,
        }
    }

    /// The first pass in which there are such layers.
    pub(super) fn since(
        record: &Record,
        share: f64,
        count: impl Copy + Fn(&LayerInfo, &LayerSnapshot) -> usize,
    ) -> usize {
        let mut passes = record.snapshots.iter();
        let first = passes.find(|snapshot| !Afflicted::of(record, snapshot, share, count).is_empty());
        first.map_or(0, |snapshot| snapshot.pass)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.layers.iter().map(|(info, _)| info.name.clone()).collect()
    }

    /// Afflicted units of all these layers together.
    pub(super) fn count(&self) -> usize {
        self.layers.iter().map(|&(_, n)| n).fold(0, usize::saturating_add)
    }

    /// All units of these layers together.
    pub(super) fn units(&self) -> usize {
        self.layers
            .iter()
            .map(|(info, _)| info.units)
            .fold(0, usize::saturating_add)
    }

    /// How many of these layers are afflicted as a whole.
    pub(super) fn whole(&self) -> usize {
        self.layers.iter().filter(|(info, n)| n == &info.units).count()
    }

    /// The numbers, layer by layer.
    pub(super) fn evidence(&self, what: &str) -> Vec<Evidence> {
        let of_layer = |&(info, n): &(&LayerInfo, usize)| Evidence {
            quantity: format!("{what} units in {}, of {}", info.name, info.units),
            value: Some(n as f64),
            threshold: Some((self.share * info.units as f64).ceil()),
            unit: "units".into(),
        };
        self.layers.iter().map(of_layer).collect()
    }
}
