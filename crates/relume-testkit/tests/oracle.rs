//! The oracle against mpmath: values by its own functions, derivatives taken numerically. The fast reference against the
//! exact one.

use relume::Activation;
use relume_oracle::bounded::LANES;
use relume_oracle::real::Real;
use relume_oracle::{Parameters, oracle, oracles};
use relume_testkit::reference::{Digits, mpmath};

/// Agreement demanded; the table has 60 digits.
const DIGITS_IN_BITS: i32 = 185;
/// Below 2 to this power the oracle only promises a tiny number of the right sign.
const TINY: i32 = -20_000;

fn assert_agree(row: &Digits, what: &str, ours: Real, theirs: Real) {
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
        "{} of {} at {:e}: oracle {:e}, mpmath {:e}",
        what,
        row.activation,
        row.x,
        ours.to_f64(),
        theirs.to_f64()
    );
}

#[test]
fn the_oracle_agrees_with_mpmath() {
    for row in mpmath() {
        let oracle = oracle(row.activation.name()).expect("every function has an oracle");
        let parameters: Vec<_> = row.activation.parameters().collect();
        let [value, derivative] = [&oracle.value, &oracle.derivative]
            .map(|reference| reference.exact(row.x, Parameters(&parameters)));
        assert_agree(&row, "value", value, row.value);
        assert_agree(&row, "derivative", derivative, row.derivative);
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
    for oracle in oracles() {
        let activation = Activation::new(oracle.name).expect("the catalogue has the function");
        let parameters: Vec<_> = activation.parameters().collect();
        for reference in [&oracle.value, &oracle.derivative] {
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
