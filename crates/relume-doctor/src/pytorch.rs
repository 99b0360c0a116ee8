//! Prescriptions as PyTorch code, to be copied into a training script that has a `model` and an `optimizer`.

use crate::change::{Change, MAX_NORM, rate_factor, replacement};
use crate::finding::Finding;
use crate::module::{concerned, recurrent, saturating, weighing};
use crate::record::{LayerInfo, Record};
use std::fmt::Write;

/// One step of a finding's prescription as PyTorch code, with the names of the layers that it concerns; `None` where
/// the step is one that no few lines can take, such as another architecture.
///
/// ```
/// use relume_doctor::{LayerInfo, Layout, Run, diagnose, pytorch};
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
/// let record = run.record();
/// let finding = &diagnose(&record)[0];
/// let steps = finding.prescription.iter().filter_map(|step| pytorch(step, finding, &record));
/// assert!(steps.last().unwrap().contains("model.set_submodule(\"1\", nn.GELU())"));
/// # Ok(()) }
/// ```
pub fn pytorch(step: &str, finding: &Finding, record: &Record) -> Option<String> {
    code(step, finding, record, rate_factor(std::slice::from_ref(finding)))
}

/// The same, with what the learning rate is to be multiplied by, where it is known.
pub(crate) fn code(step: &str, finding: &Finding, record: &Record, factor: Option<f64>) -> Option<String> {
    let layers = concerned(finding, record);
    match Change::of(step) {
        kind @ (Change::LowerLearningRate | Change::RaiseLearningRate) => {
            let factor = kind.value(factor)?;
            let change = if factor < 1.0 {
                format!("/= {}", (1.0 / factor).round())
            } else {
                format!("*= {factor}")
            };
            let mut code = format!("for group in optimizer.param_groups:\n    group[\"lr\"] {change}\n");
            if step.contains("raise it slowly") {
                code.push_str(WARMUP);
            }
            Some(code)
        }
        Change::WarmUp => Some(format!("{WARMUP}\n{}", clip())),
        Change::Clip => Some(clip()),
        Change::Initialise => initialise(&layers, record),
        Change::Revive => Some(REVIVE.into()),
        Change::Standardise => Some(STANDARDISE.into()),
        Change::Normalise => normalise(&layers, record),
        Change::Activation => exchange(&layers, record, replacement(step)),
        Change::Optimiser => Some("optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)\n".into()),
        Change::Other => None,
    }
}

const WARMUP: &str = "\
warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=500)
# after each optimizer.step():
warmup.step()
";

const REVIVE: &str = "\
# with doctor = relume.torch.watch(model)
for prescription in doctor.prescribe():
    if prescription.kind == \"revive\":
        relume.torch.treat(model, prescription, optimizer)
";

fn clip() -> String {
    format!(
        "# between loss.backward() and optimizer.step():\n\
         torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm={MAX_NORM:.1})\n"
    )
}

const STANDARDISE: &str = "\
# x: the training data, samples first; new data is to be treated with the same mean and std
mean, std = x.mean(0), x.std(0).clamp_min(1e-6)
x = ((x - mean) / std).clamp(-5, 5)  # a rare value in an almost constant column is many std away
";

/// The modules that compute the pre-activations of these layers, where they are known.
fn modules<'a>(layers: &[&LayerInfo], record: &'a Record) -> Vec<&'a str> {
    layers.iter().filter_map(|info| weighing(info, record)).collect()
}

/// New weights by the rule that fits the activation, and biases at zero.
fn initialise(layers: &[&LayerInfo], record: &Record) -> Option<String> {
    let of = |flat_ends: bool| {
        let kind = layers
            .iter()
            .copied()
            .filter(|info| saturating(&info.activation) == flat_ends);
        modules(&kind.collect::<Vec<_>>(), record)
    };
    let mut own: Vec<&str> = layers.iter().filter_map(|info| recurrent(info, record)).collect();
    own.dedup();
    let mut code = String::new();
    if !own.is_empty() {
        let _ = write!(
            code,
            "for name in {}:\n    model.get_submodule(name).reset_parameters()\n",
            list(&own)
        );
    }
    for (names, rule) in [
        (of(false), "kaiming_normal_(module.weight, nonlinearity=\"relu\")"),
        (of(true), "xavier_normal_(module.weight)"),
    ] {
        if !names.is_empty() {
            let _ = write!(
                code,
                "for name in {}:\n    module = model.get_submodule(name)\n    nn.init.{rule}\n    \
                 if module.bias is not None:\n        nn.init.zeros_(module.bias)\n",
                list(&names)
            );
        }
    }
    (!code.is_empty()).then_some(code)
}

/// A normalisation behind each module that computes pre-activations.
fn normalise(layers: &[&LayerInfo], record: &Record) -> Option<String> {
    let names = modules(layers, record);
    (!names.is_empty()).then(|| {
        format!(
            "for name in {}:\n    module = model.get_submodule(name)\n    norm = nn.LayerNorm(module.out_features) \
             if isinstance(module, nn.Linear) else nn.GroupNorm(1, module.out_channels)\n    \
             model.set_submodule(name, nn.Sequential(module, norm))\n\
             # made before the optimizer, so that it trains them too\n",
            list(&names)
        )
    })
}

/// Another activation in place of each.
fn exchange(layers: &[&LayerInfo], record: &Record, class: &str) -> Option<String> {
    let mut code = String::new();
    for info in layers {
        let (place, use_of) = info.name.split_once('#').unwrap_or((&info.name, ""));
        let used_before = record.layers.iter().any(|other| other.name == place);
        if recurrent(info, record).is_some() {
            continue;
        }
        let line = match place.rsplit_once('.').unwrap_or(("", place)) {
            _ if use_of.is_empty() => format!("model.set_submodule({place:?}, nn.{class}())"),
            // A module that is used again has been exchanged at its first use.
            _ if used_before => continue,
            (module, function) => format!(
                "# in the forward of {}: F.{} instead of {function}, call {use_of}",
                if module.is_empty() { "the model" } else { module },
                class.to_lowercase()
            ),
        };
        code.push_str(&line);
        code.push('\n');
    }
    (!code.is_empty()).then_some(code)
}

/// Names as Python's list of strings.
fn list(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    format!("[{}]", quoted.join(", "))
}
