//! What the definitions say of other frameworks, against derivatives that these computed (`reference/hosts.py`), and
//! the page that says it all.

use relume::{Activation, Host, catalogue};

/// Derivatives as the framework computed them: activation, x, derivative.
fn recorded(host: Host) -> Vec<(Activation, f64, f64)> {
    let text = match host {
        Host::PyTorch => include_str!("../reference/hosts-pytorch.csv"),
        Host::Keras => include_str!("../reference/hosts-keras.csv"),
        Host::Jax => include_str!("../reference/hosts-jax.csv"),
        _ => "",
    };
    let row = |line: &str| {
        let [activation, x, derivative] = line
            .split(';')
            .collect::<Vec<_>>()
            .try_into()
            .expect("three columns");
        let number = |text: &str| text.parse().expect("a number");
        (
            activation.parse().expect("an activation"),
            number(x),
            number(derivative),
        )
    };
    text.lines().skip(1).map(row).collect()
}

#[test]
fn slopes_are_those_of_the_frameworks() {
    for host in [Host::PyTorch, Host::Keras, Host::Jax] {
        for (activation, x, derivative) in recorded(host) {
            let convention = activation.definition().convention(host);
            let convention = convention.unwrap_or_else(|| panic!("{host} has {activation}"));
            let slope = convention.slope(&activation, x);
            // Keras computes some derivatives with constants in single precision.
            assert!(
                (slope - derivative).abs() < 1e-6,
                "{host}: {activation} at {x}: {slope}, {derivative}"
            );
        }
    }
}

#[test]
fn every_convention_with_derivatives_was_recorded() {
    for host in [Host::PyTorch, Host::Keras, Host::Jax] {
        let recorded = recorded(host);
        for definition in catalogue() {
            assert_eq!(
                definition.convention(host).is_some(),
                recorded
                    .iter()
                    .any(|(activation, ..)| activation.name() == definition.name),
                "{host}: {}",
                definition.name
            );
        }
    }
}

#[test]
fn parameters_exist_and_defaults_differ() {
    for definition in catalogue() {
        let activation = Activation::from(*definition);
        for convention in definition.hosts {
            for (place, _) in convention.kinks {
                assert!(place.of(&activation).is_some(), "{}: {place}", definition.name);
            }
            for (parameter, value) in convention.defaults {
                let other = activation.with(parameter, *value);
                let other = other.expect("a parameter and a valid value");
                assert_ne!(other, activation, "{}: that is our default too", definition.name);
            }
        }
    }
}

#[test]
fn the_page_of_all_functions_is_in_step() {
    let kept = include_str!("../../../docs/functions.md");
    assert_eq!(
        kept,
        relume_testkit::page::functions(),
        "run `cargo run --release -p relume-testkit -- functions > docs/functions.md`"
    );
}
