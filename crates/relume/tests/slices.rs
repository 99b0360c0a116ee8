//! Properties of every function over slices: what an element becomes depends on nothing but the element.

use proptest::prelude::*;
use relume::{Activation, Element, InstructionSet, activations};

/// The longest slice: four times the widest vectors, four of which move together, and one more.
const LONGEST: usize = 4 * 64 + 1;

/// Equal bits; one NaN is as good as another.
fn same<T: Element>(a: T, b: T) -> bool {
    (a == b && a.to_f64().is_sign_negative() == b.to_f64().is_sign_negative()) || (is_nan(a) && is_nan(b))
}

fn is_nan<T: Element>(a: T) -> bool {
    a.to_f64().is_nan()
}

/// Checks one function on one instruction set: forward and backward, in place and not, against single elements.
fn check<T: Element>(activation: Activation, isa: InstructionSet, x: &[f64], dy: &[f64], start: usize) {
    let rounded = |v: &[f64]| v.iter().map(|v| T::from_f64(*v)).collect::<Vec<T>>();
    let (x, dy) = (&rounded(x)[start..], &rounded(dy)[start..]);
    let zero = T::from_f64(0.0);
    let (mut y, mut dx, mut d) = (vec![zero; x.len()], vec![zero; x.len()], vec![zero; x.len()]);
    activation.on(isa).forward(x, &mut y).unwrap();
    activation.on(isa).backward(x, dy, &mut dx).unwrap();
    activation.on(isa).derivatives(x, &mut d).unwrap();
    let (mut y_in_place, mut dx_in_place) = (x.to_vec(), dy.to_vec());
    activation.on(isa).forward_in_place(&mut y_in_place);
    activation.on(isa).backward_in_place(x, &mut dx_in_place).unwrap();
    for i in 0..x.len() {
        let (mut one_y, mut one_dx, mut one_d) = ([x[i]], [dy[i]], [zero]);
        activation.on(isa).forward_in_place(&mut one_y);
        activation
            .on(isa)
            .backward_in_place(&x[i..=i], &mut one_dx)
            .unwrap();
        activation.on(isa).derivatives(&x[i..=i], &mut one_d).unwrap();
        for (what, one, many) in [
            ("value", one_y[0], y[i]),
            ("value in place", one_y[0], y_in_place[i]),
            ("backward", one_dx[0], dx[i]),
            ("backward in place", one_dx[0], dx_in_place[i]),
            ("derivative", one_d[0], d[i]),
        ] {
            assert!(
                same(one, many),
                "{activation} {what} on {isa}: x = {} alone gives {one}, at {i} of {} gives {many}",
                x[i],
                x.len()
            );
        }
    }
}

/// Numbers of all sizes, and the special ones.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -12.0..12.0,
        1 => -800.0..800.0,
        1 => any::<f64>(),
        1 => prop::sample::select(vec![0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 6.0, 3.0, -3.0]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_element_gets_the_same_bits_wherever_it_stands(
        pairs in prop::collection::vec((number(), number()), 0..=LONGEST),
        start in 0_usize..8,
    ) {
        let start = start.min(pairs.len());
        let (x, dy): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        for activation in activations() {
            for isa in InstructionSet::available() {
                // An odd start makes the slices unaligned.
                check::<f64>(activation, isa, &x, &dy, start);
                check::<f32>(activation, isa, &x, &dy, start);
                #[cfg(feature = "half")]
                {
                    check::<half::f16>(activation, isa, &x, &dy, start);
                    check::<half::bf16>(activation, isa, &x, &dy, start);
                }
            }
        }
    }

    #[test]
    fn any_text_is_an_activation_or_an_error(text in ".{0,40}") {
        if let Ok(activation) = text.parse::<Activation>() {
            prop_assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
        }
    }

    #[test]
    fn text_comes_back(slope in any::<f32>().prop_filter("finite", |slope| slope.is_finite())) {
        let activation = Activation::new("leaky_relu").unwrap().with("slope", f64::from(slope)).unwrap();
        prop_assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
    }
}

#[test]
fn every_length_is_filled_to_its_end() {
    for activation in activations() {
        for len in 0..=LONGEST {
            let x = vec![1.0_f32; len];
            let mut y = vec![f32::NAN; len];
            activation.forward(&x, &mut y).unwrap();
            let first = y.first().copied();
            assert!(
                y.iter().all(|value| Some(*value) == first),
                "{activation} at length {len}: {y:?}"
            );
        }
    }
}
