//! What to do, as data: prescriptions that a program can carry out.

use crate::change::{Change, MAX_NORM, rate_factor, replacement};
use crate::checks::diagnose;
use crate::finding::Finding;
use crate::module::{concerned, exchangeable, initial, saturating, weighing};
use crate::pytorch::code;
use crate::record::{LayerInfo, Record};
use crate::run::Run;
use crate::unit::{State, UnitCourse};
use serde::Serialize;

/// A place in the network that a prescription concerns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Site {
    /// The activation layer, by its name in the record.
    pub layer: String,
    /// Its activation.
    pub activation: String,
    /// The module that is to be changed: that of the activation, or the one that computes its pre-activations. `None`
    /// where it is a function or cannot be known.
    pub module: Option<String>,
    /// The module that computes its pre-activations, if a new activation asks for another rule of initial weights.
    pub weights: Option<String>,
    /// Its units that were dead at the end, if it is they that are to be revived.
    pub units: Vec<usize>,
    /// Whether initial weights follow Glorot's rule, not He's.
    pub glorot: bool,
    /// By how much initial weights make up for what the activation takes from the signal.
    pub gain: f64,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prescription {
    /// The check that asks for it.
    pub check: String,
    /// What is to be changed.
    pub kind: Change,
    /// Where; empty for the network as a whole.
    pub sites: Vec<Site>,
    /// What the learning rate is multiplied by, or what the norm of the gradient is clipped to.
    pub value: Option<f64>,
    /// The activation to use, by its name in the catalogue.
    pub activation: Option<String>,
    /// In words, with its numbers.
    pub text: String,
    /// As PyTorch code; `None` where no few lines can do it.
    pub code: Option<String>,
    /// Whether a program can do it to a model and its optimiser.
    pub applies: bool,
}

/// What to do about a run: for each finding in turn, the least invasive first, nothing twice. With the learning rate, if
/// it is known, the text says what it becomes.
///
/// ```
/// use relume_doctor::{Change, LayerInfo, Layout, Run, prescribe};
/// # fn main() -> Result<(), relume_doctor::Error> {
/// let mut run = Run::new();
/// let hidden = run.add_layer(LayerInfo { name: "1".into(), activation: "relu".into(), units: 2, fan_in: 3 });
/// run.set_weight("1", "0.weight");
/// let layout = Layout { outer: 100, units: 2, inner: 1, positions: 1 };
/// for _ in 0..100 {
///     run.step().forward(hidden, &[-5.0; 200], &[0.0; 200], layout)?;
///     run.step().backward(hidden, &[0.0; 200], layout)?;
///     run.end_step(Some(0.69), true);
/// }
/// let prescriptions = prescribe(&run, Some(0.5));
/// let revive = prescriptions.iter().find(|p| p.kind == Change::Revive).unwrap();
/// assert_eq!((revive.sites[0].module.as_deref(), &revive.sites[0].units[..]), (Some("0"), &[0, 1][..]));
/// # Ok(()) }
/// ```
pub fn prescribe(run: &Run, learning_rate: Option<f64>) -> Vec<Prescription> {
    let record = run.record();
    let courses = run.courses();
    let findings = diagnose(&record);
    let factor = rate_factor(&findings);
    let mut prescriptions: Vec<Prescription> = Vec::new();
    for finding in &findings {
        for step in &finding.prescription {
            let Some(new) = made(step, finding, &record, &courses, learning_rate, factor) else {
                continue;
            };
            let same = |old: &Prescription| {
                let text = new.kind != Change::Other || old.text == new.text;
                (old.kind, &old.sites, &old.activation) == (new.kind, &new.sites, &new.activation) && text
            };
            if !prescriptions.iter().any(same) {
                prescriptions.push(new);
            }
        }
    }
    prescriptions
}

/// One step of a finding as a prescription; `None` if there is nothing for it to be done to.
fn made(
    step: &str,
    finding: &Finding,
    record: &Record,
    courses: &[Vec<UnitCourse>],
    learning_rate: Option<f64>,
    factor: Option<f64>,
) -> Option<Prescription> {
    let kind = Change::of(step);
    let value = kind.value(factor);
    let activation = (kind == Change::Activation).then(|| replacement(step).to_lowercase());
    let mut sites: Vec<Site> = concerned(finding, record)
        .into_iter()
        .filter_map(|info| {
            let module = module(kind, info, record)?;
            let units = if kind == Change::Revive {
                dead(info, record, courses)
            } else {
                Vec::new()
            };
            let to = activation.as_deref().unwrap_or(&info.activation);
            let gain = to.parse::<relume::Activation>().map(|a| a.gain());
            Some(Site {
                layer: info.name.clone(),
                weights: weighing(info, record)
                    .filter(|_| saturating(to) != saturating(&info.activation))
                    .map(str::to_owned),
                activation: info.activation.clone(),
                module,
                units,
                glorot: saturating(to),
                gain: gain
                    .ok()
                    .filter(|gain| gain.is_finite())
                    .unwrap_or(std::f64::consts::SQRT_2),
            })
        })
        .collect();
    if kind == Change::Revive {
        sites.retain(|site| !site.units.is_empty());
        if sites.is_empty() {
            return None;
        }
    }
    let applies = match kind {
        Change::LowerLearningRate | Change::RaiseLearningRate | Change::Clip => true,
        _ => sites.iter().any(|site| site.module.is_some()),
    };
    Some(Prescription {
        check: finding.check.clone(),
        value,
        text: match here(kind, &sites, activation.as_deref(), learning_rate.zip(value)) {
            Some(here) => format!("{step} Here: {here}."),
            None => step.to_owned(),
        },
        code: code(step, finding, record, factor),
        kind,
        sites,
        activation,
        applies,
    })
}

/// A product by a power of ten without the error of 1/10, which would show.
fn times(rate: f64, factor: f64) -> f64 {
    if factor < 1.0 {
        rate / (1.0 / factor).round()
    } else {
        rate * factor
    }
}

/// `None` for a change to the network as a whole; otherwise which module of a layer is to be changed, if one can be.
fn module(change: Change, info: &LayerInfo, record: &Record) -> Option<Option<String>> {
    let name = match change {
        Change::Initialise => initial(info, record),
        Change::Revive | Change::Normalise => weighing(info, record),
        Change::Activation => exchangeable(info, record),
        _ => return None,
    };
    Some(name.map(str::to_owned))
}

/// The units of a layer that were dead at the end.
fn dead(info: &LayerInfo, record: &Record, courses: &[Vec<UnitCourse>]) -> Vec<usize> {
    let layer = record.layers.iter().position(|other| other.name == info.name);
    let courses = layer.and_then(|layer| courses.get(layer));
    let last = |course: &&UnitCourse| course.states.last() == Some(&State::Dead);
    courses.map_or_else(Vec::new, |courses| {
        courses.iter().filter(last).map(|course| course.unit).collect()
    })
}

/// What it comes to in this network, in words.
fn here(kind: Change, sites: &[Site], activation: Option<&str>, rate: Option<(f64, f64)>) -> Option<String> {
    let names: Vec<&str> = sites.iter().map(|site| site.layer.as_str()).collect();
    let names = names.join(", ");
    let units: usize = sites.iter().map(|site| site.units.len()).sum();
    match kind {
        Change::LowerLearningRate | Change::RaiseLearningRate => {
            rate.map(|(from, factor)| format!("from {from} to {}", times(from, factor)))
        }
        Change::Clip => Some(format!("to {MAX_NORM}")),
        Change::Revive => Some(format!("{units} units of {names}")),
        Change::Activation => Some(format!("{} in {names}", activation?)),
        Change::Initialise | Change::Normalise => Some(format!("before {names}")),
        _ => None,
    }
}
