//! What the definitions say of other frameworks, against derivatives that these computed (`reference/frameworks.py`).

use relume::{Framework, activations};
use relume_testkit::reference::computed_by;

#[test]
fn slopes_are_those_of_the_frameworks() {
    for framework in [Framework::PyTorch, Framework::Keras, Framework::Jax] {
        for row in computed_by(framework) {
            let (activation, x, derivative) = (row.activation, row.x, row.derivative);
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
