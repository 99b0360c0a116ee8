//! Any numbers through any function with any parameters: nothing panics, and all ways to compute agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume::{Activation, Element, Needs, activations};

/// Equal, or both NaN.
fn same<T: Element>(a: &[T], b: &[T]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .all(|(a, b)| a == b || (a.to_f64().is_nan() && b.to_f64().is_nan()))
}

fn check<T: Element>(activation: &Activation, x: &[T], dy: &[T]) {
    let zeros = vec![T::from_f64(0.0); x.len()];
    let (mut y, mut dx) = (zeros.clone(), zeros.clone());
    activation.forward(x, &mut y).expect("equal lengths");
    activation.backward(x, dy, &mut dx).expect("equal lengths");
    let (mut y_in_place, mut dx_in_place) = (x.to_vec(), dy.to_vec());
    activation.forward_in_place(&mut y_in_place);
    activation
        .backward_in_place(x, &mut dx_in_place)
        .expect("equal lengths");
    assert!(same(&y, &y_in_place) && same(&dx, &dx_in_place), "{activation}");
    if activation.definition().needs == Needs::Bit {
        let mut bits = vec![0; x.len().div_ceil(8)];
        let (mut y_too, mut dx_too) = (zeros.clone(), zeros);
        activation
            .forward_with_bits(x, &mut y_too, &mut bits)
            .expect("lengths that fit");
        activation
            .backward_from_bits(&bits, dy, &mut dx_too)
            .expect("lengths that fit");
        assert!(same(&y, &y_too), "{activation}");
        if !x.iter().any(|x| x.to_f64().is_nan()) {
            assert!(same(&dx, &dx_too), "{activation}");
        }
    }
    if let Some(rest) = x.len().checked_sub(1) {
        assert!(activation.forward(x, &mut y[..rest]).is_err());
    }
}

fuzz_target!(|input: (u8, Vec<f64>, Vec<(f64, f64)>)| {
    let (which, parameters, pairs) = input;
    let index = usize::from(which) % activations().count();
    let Some(mut activation) = activations().nth(index) else {
        return;
    };
    for (parameter, value) in activation.definition().parameters.iter().zip(parameters) {
        if let Ok(changed) = activation.with(parameter.name, value) {
            activation = changed;
        }
    }
    let (x, dy): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
    let narrow = |numbers: &[f64]| numbers.iter().map(|number| *number as f32).collect::<Vec<_>>();
    check(&activation, &narrow(&x), &narrow(&dy));
    check(&activation, &x, &dy);
});
