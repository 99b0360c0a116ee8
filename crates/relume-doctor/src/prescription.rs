//! What to do, as data: prescriptions that a program can carry out.

use crate::diagnosis::diagnose;
use crate::record::{LayerInfo, Record};
use crate::remedies::{Changes, Network, Remedy, saturating};
use crate::run::Run;
use crate::unit::{State, UnitCourse};
use serde::Serialize;

/// A place in the network that a prescription concerns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
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
    /// The remedy, by the name of its definition.
    pub kind: String,
    /// Where; empty for the network as a whole.
    pub targets: Vec<Target>,
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
/// use relume_doctor::{LayerInfo, Layout, Run, prescribe};
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
/// let revive = prescriptions.iter().find(|p| p.kind == "revive").unwrap();
/// assert_eq!((revive.targets[0].module.as_deref(), &revive.targets[0].units[..]), (Some("0"), &[0, 1][..]));
/// # Ok(()) }
/// ```
pub fn prescribe(run: &Run, learning_rate: Option<f64>) -> Vec<Prescription> {
    let record = run.record();
    let courses = run.courses();
    let mut network = Network::of(&record);
    network.learning_rate = learning_rate.or(network.learning_rate);
    let mut prescriptions: Vec<Prescription> = Vec::new();
    for finding in diagnose(&record) {
        for remedy in &finding.remedies {
            let new = prescription(remedy, &finding.check, network, &courses);
            let Some(new) = new else { continue };
            let same = |old: &Prescription| {
                (&old.kind, &old.targets, &old.activation) == (&new.kind, &new.targets, &new.activation)
            };
            if !prescriptions.iter().any(same) {
                prescriptions.push(new);
            }
        }
    }
    prescriptions
}

/// A remedy of a finding as a prescription; `None` if there is nothing for it to be done to.
fn prescription(
    remedy: &Remedy,
    check: &str,
    mut network: Network<'_>,
    courses: &[Vec<UnitCourse>],
) -> Option<Prescription> {
    let definition = remedy.definition()?;
    let targets = targets(remedy, definition.changes, &network, courses);
    network.units = targets.iter().map(|target| target.units.len()).sum();
    let applies = match definition.changes {
        Changes::Units if targets.is_empty() => return None,
        Changes::Steps | Changes::Inputs | Changes::Outputs => true,
        _ => targets.iter().any(|target| target.module.is_some()),
    };
    Some(Prescription {
        check: check.to_owned(),
        kind: remedy.kind.clone(),
        value: remedy.value,
        activation: remedy.activation.clone(),
        text: remedy.words_in(&network),
        code: (definition.pytorch)(remedy, &network),
        targets,
        applies,
    })
}

/// The places that are to be changed.
fn targets(
    remedy: &Remedy,
    changes: Changes,
    network: &Network<'_>,
    courses: &[Vec<UnitCourse>],
) -> Vec<Target> {
    if matches!(
        changes,
        Changes::Steps | Changes::Inputs | Changes::Outputs | Changes::Program
    ) {
        return Vec::new();
    }
    let of_units = changes == Changes::Units;
    let layers = network.layers(remedy).into_iter();
    let targets = layers.map(|info| {
        let to = remedy.activation.as_deref().unwrap_or(&info.activation);
        let gain = to.parse::<relume::Activation>().map(|a| a.gain());
        let other_rule = saturating(to) != saturating(&info.activation);
        Target {
            layer: info.name.clone(),
            activation: info.activation.clone(),
            module: network.module(changes, info).map(str::to_owned),
            weights: network.weights_of(info).filter(|_| other_rule).map(str::to_owned),
            units: if of_units {
                dead(info, network.record, courses)
            } else {
                Vec::new()
            },
            glorot: saturating(to),
            gain: gain
                .ok()
                .filter(|gain| gain.is_finite())
                .unwrap_or(std::f64::consts::SQRT_2),
        }
    });
    targets
        .filter(|target| !of_units || !target.units.is_empty())
        .collect()
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
