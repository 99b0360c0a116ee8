//! The backward from one bit per element against the backward from the input.

use proptest::prelude::*;
use relume::{Activation, Element, Error, InstructionSet, Needs, activations};

fn with_bits() -> impl Iterator<Item = Activation> {
    activations().filter(|activation| activation.definition().needs == Needs::Bit)
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -9.0..9.0,
        1 => prop::num::f64::ANY,
        1 => prop::sample::select(vec![0.0, -0.0, 1.0, -1.0, 3.0, -3.0, 6.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]),
    ]
}

/// Everything about a number but the payload of a NaN.
fn identity<T: Element>(number: &T) -> (bool, bool, u64) {
    let number = number.to_f64();
    let nan = number.is_nan();
    (
        nan,
        !nan && number.is_sign_negative(),
        if nan { 0 } else { number.to_bits() },
    )
}

fn identities<T: Element>(numbers: &[T]) -> Vec<(bool, bool, u64)> {
    numbers.iter().map(identity).collect()
}

/// Whether no number lies between the two.
fn are_neighbours<T: Element>(a: T, b: T) -> bool {
    let between = T::from_f64(0.5 * a.to_f64() + 0.5 * b.to_f64());
    between == a || between == b
}

fn check<T: Element>(activation: Activation, isa: InstructionSet, x: &[f64], dy: &[f64]) {
    let rounded = |numbers: &[f64]| {
        numbers
            .iter()
            .map(|number| T::from_f64(*number))
            .collect::<Vec<T>>()
    };
    let (x, dy) = (rounded(x), rounded(dy));
    let zeros = vec![T::from_f64(0.0); x.len()];
    let (mut y, mut dx, mut expected) = (zeros.clone(), zeros.clone(), zeros);
    let mut bits = vec![0xff; x.len().div_ceil(8)];

    activation
        .on(isa)
        .forward_with_bits(&x, &mut y, &mut bits)
        .unwrap();
    activation.on(isa).forward(&x, &mut expected).unwrap();
    assert_eq!(
        identities(&y),
        identities(&expected),
        "{activation} forward on {isa}"
    );
    let unused = bits.len() * 8 - x.len();
    assert!(
        bits.last()
            .is_none_or(|last| last.leading_zeros() as usize >= unused),
        "{bits:?}"
    );

    let (mut in_place, mut bits_in_place) = (x.clone(), vec![0xff; bits.len()]);
    activation
        .on(isa)
        .forward_in_place_with_bits(&mut in_place, &mut bits_in_place)
        .unwrap();
    assert_eq!((identities(&in_place), &bits_in_place), (identities(&y), &bits));

    activation
        .on(isa)
        .backward_from_bits(&bits, &dy, &mut dx)
        .unwrap();
    activation.on(isa).backward(&x, &dy, &mut expected).unwrap();
    for i in 0..x.len() {
        if x[i].to_f64().is_nan() {
            assert_eq!(
                bits[i / 8] >> (i % 8) & 1,
                1,
                "{activation}: the bit of NaN on {isa}"
            );
        } else {
            let same = identity(&dx[i]) == identity(&expected[i]);
            assert!(
                same || (activation.name() == "hard_sigmoid" && are_neighbours(dx[i], expected[i])),
                "{activation} backward on {isa} at x = {}, dy = {}: {}, expected {}",
                x[i],
                dy[i],
                dx[i],
                expected[i]
            );
        }
    }
    let mut in_place = dy;
    activation
        .on(isa)
        .backward_in_place_from_bits(&bits, &mut in_place)
        .unwrap();
    assert_eq!(
        identities(&in_place),
        identities(&dx),
        "{activation} in place on {isa}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn bits_say_all_that_the_input_says(pairs in prop::collection::vec((number(), number()), 0..=300)) {
        let (x, dy): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        for activation in with_bits() {
            for isa in InstructionSet::available() {
                check::<f32>(activation, isa, &x, &dy);
                check::<f64>(activation, isa, &x, &dy);
                #[cfg(feature = "half")]
                {
                    check::<half::f16>(activation, isa, &x, &dy);
                    check::<half::bf16>(activation, isa, &x, &dy);
                }
            }
        }
    }
}

#[test]
fn long_slices_go_in_several_blocks() {
    let x: Vec<f64> = (0..10_007)
        .map(|i| f64::from((i * 7919) % 1_000) * 0.02 - 10.0)
        .collect();
    for activation in with_bits() {
        check::<f32>(activation, InstructionSet::best(), &x, &x);
    }
}

#[test]
fn flat_pieces_stop_whatever_arrives() {
    let relu = Activation::new("relu").unwrap();
    let mut dx = [f32::NAN, f32::INFINITY, f32::NAN];
    relu.backward_in_place_from_bits(&[0b100], &mut dx).unwrap();
    assert!(dx[0] == 0.0 && dx[1] == 0.0 && dx[2].is_nan(), "{dx:?}");
}

#[test]
fn functions_that_need_more_than_a_bit_say_so() {
    for activation in activations() {
        let definition = activation.definition();
        let result = activation.backward_in_place_from_bits(&[1], &mut [1_f32]);
        if definition.needs == Needs::Bit {
            assert_eq!(result, Ok(()));
        } else {
            let error = Error::MoreThanABit {
                activation: definition.name,
                needs: definition.needs,
            };
            assert_eq!(result, Err(error));
        }
    }
}

#[test]
fn lengths_are_checked() {
    let relu = Activation::new("relu").unwrap();
    let x = [1_f32; 9];
    let mut y = [0_f32; 9];
    for bytes in [0, 1, 3] {
        let mut bits = vec![0; bytes];
        let mismatch = Err(Error::BitsMismatch {
            elements: 9,
            expected: 2,
            found: bytes,
        });
        assert_eq!(relu.forward_with_bits(&x, &mut y, &mut bits), mismatch);
        assert_eq!(relu.forward_in_place_with_bits(&mut y, &mut bits), mismatch);
        assert_eq!(relu.backward_from_bits(&bits, &x, &mut y), mismatch);
        assert_eq!(relu.backward_in_place_from_bits(&bits, &mut y), mismatch);
    }
    assert!(relu.forward_with_bits(&x, &mut y[1..], &mut [0; 2]).is_err());
    assert!(relu.backward_from_bits(&[0; 2], &x, &mut y[1..]).is_err());
}
