//! The oracle's formulas against mpmath: values by its own functions, derivatives taken numerically.

use relume::Activation;
use relume_testkit::bounded::LANES;
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

/// The bounds of the fast reference are kept, whether the inputs of a pack are neighbours or far apart.
#[test]
fn the_fast_reference_stays_within_its_bound() {
    let packs = |first: u32, step: u32| {
        let pack = move |first: u32| std::array::from_fn(|lane| first + lane as u32 * step);
        let number = |bits: u32| f64::from(f32::from_bits(bits));
        (0..=u32::MAX - LANES as u32 * step)
            .step_by(first as usize)
            .map(move |first| pack(first).map(number))
            .filter(|pack: &[f64; LANES]| pack.iter().all(|x| x.is_finite()))
    };
    let packs: Vec<_> = packs(16_800_149, 1).chain(packs(67_200_353, 4_200_037)).collect();
    for oracle in ORACLES {
        let activation = Activation::new(oracle.name).expect("the catalogue has the function");
        let parameters: Vec<_> = activation.parameters().collect();
        for reference in [oracle.value, oracle.derivative] {
            for x in &packs {
                let fast = reference.fast(*x, Parameters(&parameters));
                for (lane, &x) in x.iter().enumerate().step_by(5) {
                    let (value, error) = fast.lane(lane);
                    let exact = reference.exact(x, Parameters(&parameters));
                    let off = (Real::from(value) - exact).to_f64().abs();
                    // The exact result is rounded to 256 bits.
                    let known = error + value.abs() * 2f64.powi(-250);
                    assert!(off <= known, "{} at {x:e}: {off:e} > {error:e}", oracle.name);
                }
            }
        }
    }
}
