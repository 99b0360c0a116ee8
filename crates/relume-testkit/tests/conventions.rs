//! What the definitions say of other frameworks, against derivatives that these computed (`reference/hosts.py`), and
//! the page that says it all.

use relume::{Activation, Framework, activations};

/// Derivatives as the framework computed them: activation, x, derivative.
fn recorded(framework: Framework) -> Vec<(Activation, f64, f64)> {
    let text = match framework {
        Framework::PyTorch => include_str!("../reference/hosts-pytorch.csv"),
        Framework::Keras => include_str!("../reference/hosts-keras.csv"),
        Framework::Jax => include_str!("../reference/hosts-jax.csv"),
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
    for framework in [Framework::PyTorch, Framework::Keras, Framework::Jax] {
        for (activation, x, derivative) in recorded(framework) {
            let convention = activation.definition().convention(framework);
            let convention = convention.unwrap_or_else(|| panic!("{framework} has {activation}"));
            let slope = activation.derivative_in(convention, x);
            // Keras computes some derivatives with constants in single precision.
            assert!(
                (slope - derivative).abs() < 1e-6,
                "{framework}: {activation} at {x}: {slope}, {derivative}"
            );
        }
    }
}

#[test]
fn every_convention_with_derivatives_was_recorded() {
    for framework in [Framework::PyTorch, Framework::Keras, Framework::Jax] {
        let recorded = recorded(framework);
        for activation in activations() {
            let definition = activation.definition();
            assert_eq!(
                definition.convention(framework).is_some(),
                recorded
                    .iter()
                    .any(|(recorded, ..)| recorded.name() == definition.name),
                "{framework}: {}",
                definition.name
            );
        }
    }
}

#[test]
fn parameters_exist_and_defaults_differ() {
    for activation in activations() {
        let definition = activation.definition();
        for convention in definition.conventions {
            for (place, _) in convention.kinks {
                assert!(activation.point(*place).is_some(), "{}: {place}", definition.name);
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
