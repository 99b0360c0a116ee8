//! The oracle's formulas against mpmath: values by its own functions, derivatives taken numerically.

use relume::Activation;
use relume_testkit::oracle::{ORACLES, Parameters, oracle};
use relume_testkit::real::Real;

/// Agreement demanded; the table has 60 digits.
const DIGITS_IN_BITS: i32 = 185;
/// Below 2 to this power the oracle only promises a tiny number of the right sign.
const TINY: i32 = -20_000;

struct Row<'a> {
    function: &'a str,
    parameters: Vec<(&'static str, f64)>,
    x: f64,
    value: Real,
    derivative: Real,
}

fn table() -> Vec<Row<'static>> {
    let text = include_str!("../reference/mpmath.csv");
    text.lines()
        .skip(1)
        .map(|line| {
            let [function, parameters, x, value, derivative] = line
                .split(',')
                .collect::<Vec<_>>()
                .try_into()
                .expect("five columns");
            let pair = |text: &'static str| {
                text.split_once('=')
                    .map(|(name, value)| (name, value.parse().unwrap()))
            };
            Row {
                function,
                parameters: parameters.split(';').filter_map(pair).collect(),
                x: x.parse().unwrap(),
                value: Real::parse(value),
                derivative: Real::parse(derivative),
            }
        })
        .collect()
}

fn assert_agree(row: &Row, what: &str, ours: Real, theirs: Real) {
    let difference = ours - theirs;
    let agree = match (difference.binade(), theirs.binade()) {
        (None, _) => true,
        (Some(difference), Some(tiny)) if tiny < TINY => {
            difference < TINY && ours.is_negative() == theirs.is_negative()
        }
        (Some(difference), Some(theirs)) => difference < theirs - DIGITS_IN_BITS,
        (Some(_), None) => false,
    };
    assert!(
        agree,
        "{} of {}{:?} at {:e}: oracle {:e}, mpmath {:e}",
        what,
        row.function,
        row.parameters,
        row.x,
        ours.to_f64(),
        theirs.to_f64()
    );
}

#[test]
fn formulas_agree_with_mpmath() {
    for row in table() {
        let oracle = oracle(row.function).expect("the table names functions of the oracle");
        let parameters = Parameters(&row.parameters);
        assert_agree(&row, "value", oracle.value.exact(row.x, parameters), row.value);
        assert_agree(
            &row,
            "derivative",
            oracle.derivative.exact(row.x, parameters),
            row.derivative,
        );
    }
}

#[test]
fn mpmath_has_been_asked_about_every_oracle() {
    let table = table();
    for oracle in ORACLES {
        assert!(
            table.iter().any(|row| row.function == oracle.name),
            "{} is not in the table",
            oracle.name
        );
    }
}

#[test]
fn the_fast_reference_stays_within_its_bound() {
    // The f32 of every 4,200,037th bit pattern: a thousand points, more than half of them in the tails.
    let inputs = (0..=u32::MAX)
        .step_by(4_200_037)
        .map(f32::from_bits)
        .filter(|x| x.is_finite());
    for x in inputs.map(f64::from) {
        for oracle in ORACLES {
            let activation = Activation::new(oracle.name).expect("the catalogue has the function");
            let parameters: Vec<_> = activation.parameters().collect();
            for reference in [oracle.value, oracle.derivative] {
                let fast = reference.fast(x, Parameters(&parameters));
                let off = (Real::from(fast.value()) - reference.exact(x, Parameters(&parameters)))
                    .to_f64()
                    .abs();
                assert!(
                    off <= fast.error(),
                    "{} at {x:e}: {off:e} > {:e}",
                    oracle.name,
                    fast.error()
                );
            }
        }
    }
}
