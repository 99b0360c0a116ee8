//! What remedies that put another activation into a network share.

use super::network::Network;
use super::remedy::Remedy;

/// Whether any of the layers has an activation that is none of these.
pub(super) fn any_other_than(these: &[&str], remedy: &Remedy, network: &Network<'_>) -> bool {
    let name = |activation: &str| activation.split('(').next().unwrap_or_default().to_owned();
    let mut layers = network.layers(remedy).into_iter();
    layers.any(|info| !these.contains(&name(&info.activation).as_str()) && network.recurrent(info).is_none())
}

/// Which activation goes where.
pub(super) fn here(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    Some(format!(
        "{} in {}",
        remedy.activation.as_deref()?,
        network.names(remedy)
    ))
}

/// Another activation in place of each.
pub(super) fn pytorch(remedy: &Remedy, network: &Network<'_>) -> Option<String> {
    let activation = remedy.activation.as_deref()?;
    let class = class(activation);
    let mut code = String::new();
    for info in network.layers(remedy) {
        let (place, call) = info.name.split_once('#').unwrap_or((&info.name, ""));
        let used_before = network.record.layers.iter().any(|other| other.name == place);
        if network.recurrent(info).is_some() {
            continue;
        }
        let line = match place.rsplit_once('.').unwrap_or(("", place)) {
            _ if call.is_empty() => format!("model.set_submodule({place:?}, nn.{class}())"),
            // A module that is used again has been exchanged at its first use.
            _ if used_before => continue,
            (module, function) => format!(
                "# in the forward of {}: F.{activation} instead of {function}, call {call}",
                if module.is_empty() { "the model" } else { module },
            ),
        };
        code.push_str(&line);
        code.push('\n');
    }
    (!code.is_empty()).then_some(code)
}

pub(super) fn keras(remedy: &Remedy) -> Option<String> {
    Some(format!(
        "# where the layers are made\nkeras.layers.Dense(units, activation={:?})\n",
        remedy.activation.as_deref()?
    ))
}

/// What PyTorch calls the module of an activation that is prescribed.
fn class(activation: &str) -> &'static str {
    match activation {
        "tanh" => "Tanh",
        "leaky_relu" => "LeakyReLU",
        _ => "GELU",
    }
}
