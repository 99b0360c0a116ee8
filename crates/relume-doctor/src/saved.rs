//! A run as it is written to a file.

use crate::course::Course;
use crate::error::Error;
use crate::flat_tails::FlatTails;
use crate::inner::Inner;
use crate::pass::Pass;
use crate::record::{LayerInfo, LossFloor, ParameterInfo, Record, Unseen};
use crate::run::{Overhead, Run};
use crate::setup::Setup;
use crate::watch::Watch;
use crate::windows::Window;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use std::collections::BTreeMap;

/// What is written of a [`Run`]: all but the step that is not ended.
#[derive(serde::Serialize, serde::Deserialize)]
struct Saved {
    layers: Vec<LayerInfo>,
    parameters: Vec<ParameterInfo>,
    weights: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    inner: BTreeMap<String, Inner>,
    baseline_loss: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    input_rms: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loss_floor: Option<LossFloor>,
    #[serde(default)]
    course: Course,
    #[serde(default)]
    setup: Setup,
    not_observed: Vec<Unseen>,
    steps: u64,
    steps_per_window: u64,
    cost: Overhead,
    notes: Vec<String>,
    windows: Vec<Window>,
}

impl Serialize for Run {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Saved::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Run {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Saved::deserialize(deserializer)?
            .try_into()
            .map_err(D::Error::custom)
    }
}

impl From<Run> for Saved {
    fn from(run: Run) -> Saved {
        let Record {
            layers,
            parameters,
            baseline_loss,
            input_rms,
            loss_floor,
            weights,
            inner,
            course,
            setup,
            ..
        } = run.watch.record;
        Saved {
            layers,
            parameters,
            weights,
            inner,
            baseline_loss,
            input_rms,
            loss_floor,
            course,
            setup,
            not_observed: run.unseen,
            steps: run.steps,
            steps_per_window: run.span,
            cost: run.cost,
            notes: run.notes,
            windows: run.windows,
        }
    }
}

impl TryFrom<Saved> for Run {
    type Error = Error;

    fn try_from(mut saved: Saved) -> Result<Run, Error> {
        let tails: Vec<FlatTails> = saved
            .layers
            .iter()
            .map(|l| FlatTails::named(&l.activation))
            .collect();
        for window in &mut saved.windows {
            restore(&mut window.counts, &saved.layers, &tails, saved.parameters.len())?;
        }
        let span = saved.steps_per_window;
        let reach = (saved.windows.len().max(1) as u64 - 1).checked_mul(span);
        if !span.is_power_of_two() || saved.windows.len() > saved.steps.saturating_add(1) as usize {
            return Err(Error::Counts(format!(
                "{span} steps in each of {} windows",
                saved.windows.len()
            )));
        }
        if reach.is_none_or(|reach| reach.saturating_add(1) < saved.steps) {
            return Err(Error::Counts(format!(
                "too few windows for {} steps",
                saved.steps
            )));
        }
        if !saved.course.losses.is_sound() {
            return Err(Error::Counts("the losses of the steps are out of order".into()));
        }
        let record = Record {
            layers: saved.layers,
            parameters: saved.parameters,
            weights: saved.weights,
            inner: saved.inner,
            baseline_loss: saved.baseline_loss,
            input_rms: saved.input_rms,
            loss_floor: saved.loss_floor,
            course: saved.course,
            setup: saved.setup,
            ..Record::default()
        };
        let mut watch = Watch::new();
        watch.counts = Pass::of(&record);
        watch.record = record;
        Ok(Run {
            watch,
            windows: saved.windows,
            span,
            steps: saved.steps,
            unseen: saved.not_observed,
            cost: saved.cost,
            notes: saved.notes,
        })
    }
}

/// Gives counts from a file what is not written, provided that they fit the network.
fn restore(
    counts: &mut Pass,
    layers: &[LayerInfo],
    tails: &[FlatTails],
    parameters: usize,
) -> Result<(), Error> {
    if counts.layers.len() > layers.len() || counts.parameters.len() > parameters {
        return Err(Error::Counts("more counts than layers or parameters".into()));
    }
    for ((counts, info), tails) in counts.layers.iter_mut().zip(layers).zip(tails) {
        if !counts.fits(info.units) {
            return Err(Error::Counts(format!(
                "the counts of layer `{}` are not for {} units",
                info.name, info.units
            )));
        }
        counts.tails = *tails;
    }
    Ok(())
}
