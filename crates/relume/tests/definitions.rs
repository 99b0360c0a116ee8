//! What the definitions state is what the kernels do.

use std::collections::HashSet;

use relume::{Activation, Error, Gated, Initialisation, RowFunction, Shape, activations, catalogue, find};

#[test]
fn names_and_aliases_are_unique() {
    let mut seen = HashSet::new();
    for definition in catalogue() {
        for name in std::iter::once(&definition.name).chain(definition.aliases) {
            assert!(seen.insert(*name), "{name} is there twice");
            assert_eq!(find(name).map(|found| found.name), Some(definition.name));
        }
    }
}

#[test]
fn every_name_makes_what_its_shape_says_and_nothing_else() {
    let mut elementwise = 0;
    for definition in catalogue() {
        let name = definition.name;
        let is = [
            Activation::new(name).map(drop),
            RowFunction::new(name).map(drop),
            Gated::new(name).map(drop),
        ];
        let expected = match definition.shape {
            Shape::Elementwise(_) => [true, false, false],
            Shape::Rows(_) => [false, true, false],
            Shape::Gated { .. } => [false, true, true],
            _ => [false; 3],
        };
        for (made, expected) in is.into_iter().zip(expected) {
            match made {
                Ok(()) => assert!(expected, "{name}"),
                Err(error) => {
                    assert!(
                        !expected && matches!(error, Error::OtherShape { .. }),
                        "{name}: {error}"
                    );
                    let works_on = format!("`{name}` works on {}, not", definition.shape.works_on());
                    assert!(error.to_string().starts_with(&works_on), "{error}");
                }
            }
        }
        elementwise += usize::from(expected[0]);
    }
    assert_eq!(activations().count(), elementwise);
    assert!(activations().all(|activation| Activation::new(activation.name()) == Ok(activation)));
}

#[test]
fn limits_are_reached() {
    for activation in activations() {
        let found = [f64::NEG_INFINITY, f64::INFINITY].map(|x| activation.value(x));
        assert_eq!(found, activation.elementwise().limits, "{}", activation.name());
    }
}

#[test]
fn values_stay_in_range_and_come_near_its_ends() {
    for activation in activations() {
        let [low, high] = activation.elementwise().range;
        // Some come near their ends only far out.
        let values = grid().chain([-1e6, 1e6]).map(|x| activation.value(x));
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            assert!((low..=high).contains(&value), "{}: {value}", activation.name());
            (least, most) = (least.min(value), most.max(value));
        }
        assert!(
            low.is_infinite() || least - low < 1e-4,
            "{}: {least}",
            activation.name()
        );
        assert!(
            high.is_infinite() || high - most < 1e-4,
            "{}: {most}",
            activation.name()
        );
    }
}

#[test]
fn monotone_means_that_it_never_falls() {
    for activation in activations() {
        let values: Vec<f64> = grid().map(|x| activation.value(x)).collect();
        let rises = values.windows(2).all(|pair| pair[0] <= pair[1]);
        assert_eq!(rises, activation.elementwise().monotone, "{}", activation.name());
    }
}

#[test]
fn kinks_are_where_the_derivative_jumps() {
    let near = 1e-9;
    for activation in activations() {
        for kink in activation.elementwise().kinks {
            let slope = |x| activation.derivative(x);
            assert_eq!(
                slope(kink.at),
                kink.derivative,
                "{} at {}",
                activation.name(),
                kink.at
            );
            assert!(
                (slope(kink.at + near) - kink.derivative).abs() < 1e-6,
                "from the right"
            );
            assert!(
                (slope(kink.at - near) - kink.derivative).abs() > 1e-3,
                "{} does not jump",
                activation.name()
            );
        }
        for x in grid().filter(|x| {
            activation
                .elementwise()
                .kinks
                .iter()
                .all(|kink| (kink.at - x).abs() > 1e-3)
        }) {
            let (left, right) = (activation.derivative(x - near), activation.derivative(x + near));
            assert!((left - right).abs() < 1e-6, "{} jumps at {x}", activation.name());
        }
    }
}

#[test]
fn derivatives_are_those_of_the_values() {
    let step = 1e-5;
    for activation in activations() {
        for x in grid().filter(|x| {
            activation
                .elementwise()
                .kinks
                .iter()
                .all(|kink| (kink.at - x).abs() > 2.0 * step)
        }) {
            let value = |x| activation.value(x);
            let difference = (value(x + step) - value(x - step)) / (2.0 * step);
            let slope = activation.derivative(x);
            assert!(
                (difference - slope).abs() < 1e-6,
                "{} at {x}: {slope}, {difference}",
                activation.name()
            );
        }
    }
}

#[test]
fn gains_preserve_the_second_moment_or_say_where_they_come_from() {
    let close = |name: &str, expected: f64| {
        let gain = name.parse::<Activation>().unwrap().gain();
        assert!((gain - expected).abs() < 1e-9, "{name}: {gain}");
    };
    close("relu", 2_f64.sqrt());
    close("leaky_relu(slope=0.2)", (2.0 / (1.0 + 0.04_f64)).sqrt());
    close("identity", 1.0);
    // E[z²; z > 1] = φ(1) + Φ(−1): the jump does not show.
    close(
        "thresholded_relu",
        1.0 / (0.24197072451914337_f64 + 0.15865525393145705).sqrt(),
    );
    close("tanh", 5.0 / 3.0);
    for activation in activations() {
        assert!(activation.gain() > 0.0);
        assert!(!activation.elementwise().gain.source().is_empty());
    }
    assert_eq!(
        Activation::new("selu").unwrap().elementwise().initialisation,
        Initialisation::LeCun
    );
}

#[test]
fn parameters_are_checked() {
    let read = |text: &str| text.parse::<Activation>();
    assert!(matches!(
        read("rleu"),
        Err(Error::UnknownActivation {
            nearest: Some("relu"),
            ..
        })
    ));
    assert!(matches!(
        read("quantum"),
        Err(Error::UnknownActivation { nearest: None, .. })
    ));
    assert!(matches!(
        read("relu(slope=1)"),
        Err(Error::UnknownParameter { .. })
    ));
    assert!(matches!(
        read("elu(alpha=NaN)"),
        Err(Error::ParameterOutOfDomain { .. })
    ));
    assert!(matches!(
        read("elu(alpha=-inf)"),
        Err(Error::ParameterOutOfDomain { .. })
    ));
    assert!(matches!(
        read("elu(alpha=-1)"),
        Err(Error::ParameterOutOfDomain { .. })
    ));
    assert!(
        matches!(read("elu(alpha=1e40)"), Err(Error::ParameterOutOfDomain { .. })),
        "no finite f32"
    );
    assert!(matches!(
        read("celu(alpha=0)"),
        Err(Error::ParameterOutOfDomain { .. })
    ));
    assert!(
        matches!(read("celu(alpha=1e-60)"), Err(Error::ParameterOutOfDomain { .. })),
        "zero as f32"
    );
    assert!(matches!(
        read("elu(alpha=1, alpha=2)"),
        Err(Error::RepeatedParameter { .. })
    ));
    for text in [
        "",
        "(",
        "elu(",
        "elu(alpha)",
        "elu(alpha=)",
        "elu(alpha=x)",
        "elu(alpha=1,)",
        "elu(,)",
    ] {
        assert!(matches!(read(text), Err(Error::Syntax { .. })), "{text}");
    }
    for (text, nearest) in [
        ("swsh", "swish"),
        ("gleu", "gelu"),
        ("sofmax", "softmax"),
        ("swigl", "swiglu"),
    ] {
        assert_eq!(
            read(text).unwrap_err().to_string(),
            format!("unknown activation `{text}`, did you mean `{nearest}`?")
        );
    }
}

#[test]
fn text_is_read_and_printed() {
    for (text, printed) in [
        ("relu", "relu"),
        (" ReLU ", "relu"),
        ("relu()", "relu"),
        ("Swish", "silu(beta=1)"),
        ("hard-swish", "hard_silu"),
        ("leaky_relu", "leaky_relu(slope=0.01)"),
        ("leaky_relu( slope = 0.25 )", "leaky_relu(slope=0.25)"),
    ] {
        assert_eq!(text.parse::<Activation>().unwrap().to_string(), printed);
    }
}

#[test]
fn lengths_are_checked() {
    let relu: Activation = "relu".parse().unwrap();
    let (x, mut y) = ([1.0; 3], [0.0; 2]);
    let error = Error::LengthMismatch {
        what: "output",
        expected: 3,
        found: 2,
    };
    assert_eq!(relu.forward(&x, &mut y), Err(error));
    assert!(relu.derivatives(&x, &mut y).is_err());
    assert!(relu.backward(&x, &[1.0; 2], &mut [0.0; 3]).is_err());
    assert!(relu.backward(&x, &[1.0; 3], &mut y).is_err());
    assert!(relu.backward_in_place(&x, &mut y).is_err());
    assert_eq!(y, [0.0; 2], "nothing is written");
}

#[cfg(feature = "serde")]
#[test]
fn serialised_as_text() {
    let activation: Activation = "elu(alpha=0.5)".parse().unwrap();
    let json = serde_json::to_string(&activation).unwrap();
    assert_eq!(json, "\"elu(alpha=0.5)\"");
    assert_eq!(serde_json::from_str::<Activation>(&json).unwrap(), activation);
    assert!(serde_json::from_str::<Activation>("\"nonsense\"").is_err());
}

/// Points on which the definitions are checked: none of them is a kink.
fn grid() -> impl Iterator<Item = f64> {
    (-40_000..=40_000)
        .step_by(7)
        .map(|i| f64::from(i) / 1000.0 + 0.000_3)
}
