//! The printed formulas and derivatives, as they are written, against everything else that knows the function: the
//! stable forms, relume's kernels, mpmath (`reference/mpmath.csv`) and the frameworks (`reference/pytorch.csv` and others).

use relume::{Activation, Definition, Framework, InstructionSet};
use relume_formula::Formula;
use relume_oracle::real::Real;
use relume_oracle::ulp::{self, Float};
use relume_oracle::{Oracle, Parameters, Reference, oracle};
use relume_testkit::accuracy::Case;
use relume_testkit::domain;
use relume_testkit::reference::{computed_by, mpmath};
use relume_testkit::tolerance::{Operation, allowed};

/// Bits that two exact results have in common. A derivative that crosses zero loses some 64 of 256.
const BITS: i32 = 185;
/// Beyond, exp(x) has an exponent that no multiprecision number has. There only the stable form is asked.
const FARTHEST: f64 = 1e7;
/// What is closer than 2 to this power is the same to every f64.
const SAME: i32 = -1200;

/// How many bits a text shares with other formulas of the function: fewer where it says so itself.
fn bits(activation: &Activation) -> i32 {
    match activation.name() {
        // Its constants are printed with 20 digits.
        "selu" => 62,
        // The slope is off by 2^-54 of itself, and near the kink little is left of the sum.
        _ if stands_for_a_fraction(activation) => 40,
        _ => BITS,
    }
}

/// Whether a parameter is the slope nearest to 1/6, which stands for 1/6: a text cannot know that.
fn stands_for_a_fraction(activation: &Activation) -> bool {
    activation
        .parameters()
        .any(|parameter| parameter == ("slope", 1.0 / 6.0))
}

/// Whether two results agree to so many bits.
fn agree(a: Real, b: Real, bits: i32) -> bool {
    let size = a.binade().max(b.binade()).unwrap_or(SAME);
    (a - b)
        .binade()
        .is_none_or(|difference| difference < (size - bits).max(SAME))
}

fn names(definition: &Definition) -> Vec<&'static str> {
    definition
        .parameters
        .iter()
        .map(|parameter| parameter.name)
        .collect()
}

fn printed(definition: &Definition) -> [Reference; 2] {
    [definition.formula, definition.derivative].map(|text| {
        let read = Reference::of_formula(text, &names(definition));
        read.unwrap_or_else(|error| panic!("{}: {text:?}: {error}", definition.name))
    })
}

/// The function at its default parameters, and with each parameter at two others.
fn activations() -> impl Iterator<Item = Activation> {
    relume::activations().flat_map(|activation| {
        let parameters = activation.definition().parameters.iter();
        let others = parameters.flat_map(move |parameter| {
            [0.25, 1.7].map(|value| {
                activation
                    .with(parameter.name, value)
                    .expect("it is in every domain")
            })
        });
        std::iter::once(activation).chain(others)
    })
}

/// Kinks and their neighbours, what lies around 0 and far out, and numbers in between.
fn points(activation: &Activation) -> Vec<f64> {
    let mut points: Vec<f64> = domain::by_magnitude::<f64>(20).collect();
    points.extend(domain::linear::<f64>(4.0, 20).chain(domain::linear::<f64>(760.0, 12)));
    points.extend([0.0, 1.0, -1.0, 0.5, -0.5, 6.0, -6.0, 1e-20, -1e-20]);
    let kinks = activation.elementwise().kinks.iter().map(|kink| kink.at);
    let bends = kinks.chain(activation.parameters().flat_map(|(_, value)| [value, -value]));
    points.extend(bends.flat_map(|x| domain::neighbours(x, 1)));
    points.retain(|x| x.is_finite());
    if stands_for_a_fraction(activation) {
        // Left of these points and right of them, but not where the line of the text bends a little beside the kink.
        let kinks = [0.0, 1.0].map(|y| {
            let offset = activation.parameters().find(|(name, _)| *name == "offset");
            (y - offset.map_or(0.0, |(_, offset)| offset)) * 6.0
        });
        points.retain(|x| kinks.iter().all(|kink| (x - kink).abs() > 1e-9));
    }
    points
}

/// Where a reference differs from what is right, in words.
fn difference(
    activation: &Activation,
    points: &[f64],
    reference: &Reference,
    right: impl Fn(f64) -> Option<Real>,
) -> Option<String> {
    let parameters: Vec<_> = activation.parameters().collect();
    points.iter().find_map(|&x| {
        let right = right(x)?;
        let found = reference.try_exact(x, Parameters(&parameters));
        let agrees = found.is_some_and(|found| agree(found, right, bits(activation)));
        let found = found.map_or("no value".to_owned(), |found| format!("{:e}", found.to_f64()));
        (!agrees).then(|| format!("{activation} at {x:e}: {found}, right is {:e}", right.to_f64()))
    })
}

#[test]
fn printed_formulas_are_read_and_print_as_themselves() {
    for definition in relume::activations().map(|activation| activation.definition()) {
        for text in [definition.formula, definition.derivative] {
            match Formula::parse(text, &names(definition)) {
                Ok(formula) => assert_eq!(formula.to_string(), text, "{}", definition.name),
                Err(error) => panic!("{}: {text:?}: {error}", definition.name),
            }
        }
    }
}

/// The text as it is written, its stable form with the derivative derived from it, and the printed derivative.
#[test]
fn printed_formulas_agree_with_the_oracle() {
    let mut differences = Vec::new();
    for activation in activations() {
        let definition = activation.definition();
        let points = points(&activation);
        let by_hand = oracle(definition.name).expect("the function has an oracle");
        let [value, derivative] = printed(definition);
        let derived = Oracle::of_text(definition).expect("the text was read before");
        let parameters: Vec<_> = activation.parameters().collect();
        let parameters = Parameters(&parameters);
        let right_value = |x| Some(by_hand.value.exact(x, parameters));
        let near: Vec<f64> = points.iter().copied().filter(|x| x.abs() <= FARTHEST).collect();
        let right_derivative = |x| Some(by_hand.derivative.exact(x, parameters));
        for (what, found) in [
            ("formula", difference(&activation, &near, &value, right_value)),
            (
                "stable form",
                difference(&activation, &points, &derived.value, right_value),
            ),
            (
                "derivative",
                difference(&activation, &points, &derivative, right_derivative),
            ),
            (
                "derived derivative",
                difference(&activation, &points, &derived.derivative, right_derivative),
            ),
        ] {
            differences.extend(found.map(|found| format!("{what} of {found}")));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// The largest error of a kernel against the printed texts.
fn kernels_are_within_their_bounds<T: Float>() {
    for activation in activations().filter(|activation| !stands_for_a_fraction(activation)) {
        let definition = activation.definition();
        let case = Case::new(activation).expect("the function has an oracle");
        let parameters = case.parameters::<T>();
        let x: Vec<T> = points(&activation)
            .into_iter()
            .map(T::from_f64)
            .filter(|x| x.to_f64().is_finite())
            .collect();
        for (operation, reference) in [Operation::Value, Operation::Derivative]
            .into_iter()
            .zip(printed(definition))
        {
            let got = case
                .compute(operation, InstructionSet::best(), &x, &x)
                .expect("the parameters are valid");
            for (&x, got) in x.iter().zip(got) {
                let wide = x.to_f64();
                if operation == Operation::Value && wide.abs() > FARTHEST {
                    continue;
                }
                let exact = reference.exact(wide, Parameters(&parameters));
                // The sign of a zero is the oracle's business.
                let error = if exact.is_zero() && got.to_f64() == 0.0 {
                    0.0
                } else {
                    ulp::error(got, exact)
                };
                let bound = allowed::<T>(&activation, operation);
                assert!(
                    error <= bound,
                    "{operation} of {activation} at {x:?}: {got:?} is {error} ULP of {} off {:e}",
                    T::NAME,
                    exact.to_f64()
                );
            }
        }
    }
}

/// The texts that are composed of a framework's operations name the same functions, to within what an f64 can tell.
#[test]
fn composed_texts_agree_with_the_oracle() {
    const BITS_OF_F64: i32 = 54;
    let mut differences = Vec::new();
    for activation in activations() {
        let definition = activation.definition();
        let Some(text) = definition
            .elementwise()
            .and_then(|elementwise| elementwise.composed)
        else {
            continue;
        };
        let by_hand = oracle(definition.name).expect("the function has an oracle");
        let parameters: Vec<_> = activation.parameters().collect();
        let parameters = Parameters(&parameters);
        let value = Reference::of_formula(text, &names(definition)).expect("it is a formula");
        let derivative = Reference::of_derivative(text, &names(definition)).expect("it is a formula");
        for (what, found, right) in [
            ("value", value, &by_hand.value),
            ("derivative", derivative, &by_hand.derivative),
        ] {
            for x in points(&activation).into_iter().filter(|x| x.abs() <= FARTHEST) {
                let right = right.exact(x, parameters);
                let found = found.try_exact(x, parameters);
                // Far out, what is below every f64 may be left out.
                let agrees = found.is_some_and(|found| {
                    agree(found, right, BITS_OF_F64.min(bits(&activation)))
                        || found.to_f64() == right.to_f64()
                });
                let found = found.map_or("no value".to_owned(), |found| format!("{:e}", found.to_f64()));
                if !agrees {
                    differences.push(format!(
                        "{what} of {activation} at {x:e}: {found}, right is {:e}",
                        right.to_f64()
                    ));
                }
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn kernels_agree_with_printed_formulas() {
    kernels_are_within_their_bounds::<f32>();
    kernels_are_within_their_bounds::<f64>();
}

#[test]
fn printed_formulas_agree_with_mpmath() {
    let mut differences = Vec::new();
    for row in mpmath() {
        let references = printed(row.activation.definition());
        for (reference, right) in references.iter().zip([row.value, row.derivative]) {
            differences.extend(difference(&row.activation, &[row.x], reference, |_| Some(right)));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Where a framework chooses another derivative at a kink, the definition says so, and another test holds that.
#[test]
fn printed_formulas_agree_with_the_frameworks() {
    for framework in [Framework::PyTorch, Framework::Keras, Framework::Jax] {
        for row in computed_by(framework) {
            let definition = row.activation.definition();
            let convention = definition
                .convention(framework)
                .expect("the framework has the function");
            let is_its_own_choice = convention
                .kinks
                .iter()
                .any(|(place, _)| row.activation.point(*place) == Some(row.x));
            let parameters: Vec<_> = row.activation.parameters().collect();
            let [value, derivative] =
                printed(definition).map(|reference| reference.exact(row.x, Parameters(&parameters)).to_f64());
            // Keras computes some with constants in single precision.
            let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-6 * ours.abs().max(1.0);
            let at = format!("{framework}: {} at {}", row.activation, row.x);
            assert!(close(value, row.value), "{at}: {value}, {}", row.value);
            // The text knows the kink of hard_sigmoid only nearly.
            let is_at_a_kink = stands_for_a_fraction(&row.activation) && row.x.abs() == 3.0;
            if !is_its_own_choice && !is_at_a_kink {
                assert!(
                    close(derivative, row.derivative),
                    "{at}: {derivative}, {}",
                    row.derivative
                );
            }
        }
    }
}

/// Each of these texts is a little wrong.
#[test]
fn a_wrong_formula_is_noticed() {
    for (name, wrong_formula, wrong_derivative) in [
        ("gelu", "x·Φ(1.0000001·x)", "Φ(x) + 1.0000001·x·φ(x)"),
        ("relu", "max(x, 0.0000000000000000001)", "1 for x > 0, else 0"),
        (
            "elu",
            "x for x ≥ 0, else alpha·(exp(x) − 1.0000000000000000001)",
            "1 for x > 0.001, else alpha·exp(x)",
        ),
        (
            "softplus",
            "x for x > 30, else ln(1 + exp(beta·x))/beta",
            "1 for x > 40, else σ(beta·x)",
        ),
        (
            "hard_shrink",
            "x for |x| ≥ lambda, else 0",
            "1 for |x| ≥ lambda, else 0",
        ),
        (
            "soft_shrink",
            "x − lambda for x > 0, x + lambda for x < −lambda, else 0",
            "1 for |x| > lambda, else 0",
        ),
    ] {
        let activation = Activation::new(name).expect("the catalogue has the function");
        let by_hand = oracle(name).expect("the function has an oracle");
        let parameters: Vec<_> = activation.parameters().collect();
        let points = points(&activation);
        for (wrong, right) in [
            (wrong_formula, &by_hand.value),
            (wrong_derivative, &by_hand.derivative),
        ] {
            let reference =
                Reference::of_formula(wrong, &names(activation.definition())).expect("it is a formula");
            let right = |x| Some(right.exact(x, Parameters(&parameters)));
            let found = difference(&activation, &points, &reference, right);
            assert!(found.is_some(), "{name}: nothing is wrong with {wrong}");
        }
    }
}
