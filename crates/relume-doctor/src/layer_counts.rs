//! What is counted of one activation layer during one pass, per unit, and what it comes to.

use crate::flat_tails::FlatTails;
use crate::layout::{Layout, count_units};
use crate::record::{Histogram, LayerSnapshot};
use crate::sums::Sums;
use crate::thresholds::{ALMOST_ALL, MOST};
use crate::unit::State;
use serde::{Deserialize, Serialize};

/// The counts of one layer over one pass. Its size depends on the number of units only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LayerCounts {
    /// Known from the layer's activation, and not written.
    #[serde(skip)]
    pub(crate) tails: FlatTails,
    /// Samples that went forward.
    pub(crate) samples: u64,
    /// Values seen of each unit: samples, times positions for a convolution.
    per_unit: u64,
    /// Whether any gradient arrived at all; without one, a silent unit cannot be told from a dead one.
    backward: bool,
    /// Per unit: outputs that were exactly zero.
    zeros: Vec<u64>,
    /// Per unit: pre-activations in a flat tail of the function.
    flat: Vec<u64>,
    /// Per unit: gradients that were not zero.
    pulses: Vec<u64>,
    input: Sums,
    output: Sums,
    gradient: Sums,
    histogram: Histogram,
}

impl LayerCounts {
    pub(crate) fn new(units: usize, tails: FlatTails) -> LayerCounts {
        LayerCounts {
            tails,
            samples: 0,
            per_unit: 0,
            backward: false,
            zeros: vec![0; units],
            flat: vec![0; units],
            pulses: vec![0; units],
            input: Sums::default(),
            output: Sums::default(),
            gradient: Sums::default(),
            histogram: Histogram::empty(),
        }
    }

    pub(crate) fn units(&self) -> usize {
        self.zeros.len()
    }

    pub(crate) fn input(&mut self, x: &[f32], layout: Layout) {
        self.input.add(x);
        if self.tails.any() {
            let FlatTails { low, high, .. } = self.tails;
            count_units(x, layout, &mut self.flat, |v| (v < low) | (v > high));
        }
        self.histogram.sample(x);
    }

    pub(crate) fn output(&mut self, y: &[f32], layout: Layout) {
        self.samples += layout.samples() as u64;
        self.per_unit += (layout.outer * layout.inner) as u64;
        self.output.add(y);
        count_units(y, layout, &mut self.zeros, |v| v == 0.0);
    }

    pub(crate) fn backward(&mut self, dx: &[f32], layout: Layout) {
        self.backward = true;
        self.gradient.add(dx);
        count_units(dx, layout, &mut self.pulses, |v| v != 0.0);
    }

    /// Divides the gradients by the factor with which the trainer multiplied the loss.
    pub(crate) fn unscale(&mut self, scale: f64) {
        self.gradient.sum /= scale;
        self.gradient.squares /= scale * scale;
    }

    /// Whether these are counts of this many units.
    pub(crate) fn fits(&self, units: usize) -> bool {
        [&self.zeros, &self.flat, &self.pulses]
            .iter()
            .all(|counts| counts.len() == units)
            && self.histogram.fits()
    }

    pub(crate) fn merge(&mut self, other: &LayerCounts) {
        self.samples += other.samples;
        self.per_unit += other.per_unit;
        self.backward |= other.backward;
        let pairs = [
            (&mut self.zeros, &other.zeros),
            (&mut self.flat, &other.flat),
            (&mut self.pulses, &other.pulses),
        ];
        for (mine, theirs) in pairs {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
        self.input.merge(&other.input);
        self.output.merge(&other.output);
        self.gradient.merge(&other.gradient);
        self.histogram.merge(&other.histogram);
    }

    /// Which units were dead in this pass: silent on every sample, and no gradient reached them.
    pub(crate) fn dead(&self) -> Vec<bool> {
        (0..self.units())
            .map(|unit| self.state(unit) == State::Dead)
            .collect()
    }

    /// How a unit fared.
    pub(crate) fn state(&self, unit: usize) -> State {
        if self.per_unit == 0 {
            State::Unseen
        } else if self.is_all(self.silences()[unit]) {
            if self.backward && self.pulses[unit] == 0 {
                State::Dead
            } else {
                State::Silent
            }
        } else if self.is_almost_all(self.flat[unit]) {
            State::Saturated
        } else {
            State::Alive
        }
    }

    /// What the counts come to; `dead_before` are the dead units of the pass before.
    pub(crate) fn snapshot(&self, dead_before: &[bool]) -> LayerSnapshot {
        let dead = self.dead();
        let outputs = self.output.count + self.output.non_finite;
        let revived = dead_before
            .iter()
            .zip(&dead)
            .filter(|&(&before, &now)| before && !now);
        LayerSnapshot {
            zeros: self.zeros.iter().sum::<u64>() as f64 / outputs.max(1) as f64,
            silent: self.silences().iter().filter(|&&n| self.is_all(n)).count(),
            dead: dead.iter().filter(|&&d| d).count(),
            revived: if self.backward { revived.count() } else { 0 },
            saturated: self.flat.iter().filter(|&&n| self.is_almost_all(n)).count(),
            input_mean: self.input.mean(),
            input_std: self.input.std(),
            output_rms: self.output.rms(),
            gradient_rms: self.gradient.rms(),
            gradient_norm: self.gradient_norm(),
            non_finite: self.input.non_finite + self.output.non_finite + self.gradient.non_finite,
        }
    }

    /// The norm of a sample's gradient.
    fn gradient_norm(&self) -> Option<f64> {
        let each = self.per_unit.checked_div(self.samples)? as f64;
        Some(self.gradient.rms()? * (each * self.units() as f64).sqrt())
    }

    pub(crate) fn histogram(&self) -> &Histogram {
        &self.histogram
    }

    /// Forgets the counts, for the next pass.
    pub(crate) fn clear(&mut self) {
        *self = LayerCounts::new(self.units(), self.tails);
    }

    /// Per unit, how often it was silent.
    fn silences(&self) -> &[u64] {
        if self.tails.zero { &self.zeros } else { &self.flat }
    }

    fn is_all(&self, n: u64) -> bool {
        n > 0 && n == self.per_unit
    }

    fn is_almost_all(&self, n: u64) -> bool {
        let share = if self.tails.both() { MOST } else { ALMOST_ALL };
        n > 0 && n as f64 >= share * self.per_unit as f64
    }
}
