//! Many threads and one give the same bits.
#![cfg(feature = "rayon")]

use std::sync::Mutex;

use relume::{Activation, Element, Error, Gated, Needs, Prelu, RowFunction, activations, catalogue};

/// Not a multiple of anything that the work could be divided into, and long enough to be divided for any function.
const LEN: usize = (1 << 21) + 7;

fn numbers<T: Element>(scale: f64) -> Vec<T> {
    (0..LEN)
        .map(|i| T::from_f64(((i * 7919) % 65_537) as f64 * scale - 9.0))
        .collect()
}

fn agree<T: Element>() {
    let (x, dy) = (numbers::<T>(3e-4), numbers::<T>(2e-4));
    let zeros = || vec![T::from_f64(0.0); LEN];
    for activation in activations() {
        assert!(LEN > activation.parallel_from());
        let (mut one, mut many) = (zeros(), zeros());
        activation.forward(&x, &mut one).unwrap();
        activation.in_parallel().forward(&x, &mut many).unwrap();
        assert!(one == many, "{activation} forward");
        many.copy_from_slice(&x);
        activation.in_parallel().forward_in_place(&mut many);
        assert!(one == many, "{activation} forward in place");
        activation.derivatives(&x, &mut one).unwrap();
        activation.in_parallel().derivatives(&x, &mut many).unwrap();
        assert!(one == many, "{activation} derivative");
        activation.backward(&x, &dy, &mut one).unwrap();
        activation.in_parallel().backward(&x, &dy, &mut many).unwrap();
        assert!(one == many, "{activation} backward");
        many.copy_from_slice(&dy);
        activation.in_parallel().backward_in_place(&x, &mut many).unwrap();
        assert!(one == many, "{activation} backward in place");
        if activation.definition().needs == Needs::Bit {
            let [mut bits, mut many_bits] = [(); 2].map(|()| vec![0; LEN.div_ceil(8)]);
            activation.forward_with_bits(&x, &mut one, &mut bits).unwrap();
            let on_all = activation.in_parallel();
            on_all.forward_with_bits(&x, &mut many, &mut many_bits).unwrap();
            assert!(one == many && bits == many_bits, "{activation} with bits");
            many.copy_from_slice(&x);
            many_bits.fill(0);
            on_all
                .forward_in_place_with_bits(&mut many, &mut many_bits)
                .unwrap();
            assert!(
                one == many && bits == many_bits,
                "{activation} in place with bits"
            );
            activation.backward_from_bits(&bits, &dy, &mut one).unwrap();
            on_all.backward_from_bits(&bits, &dy, &mut many).unwrap();
            assert!(one == many, "{activation} from bits");
            many.copy_from_slice(&dy);
            on_all.backward_in_place_from_bits(&bits, &mut many).unwrap();
            assert!(one == many, "{activation} in place from bits");
        }
    }
}

/// The same for functions of rows, gated units and PReLU.
fn others_agree<T: Element>() {
    for definition in catalogue() {
        let Ok(function) = RowFunction::new(definition.name) else {
            continue;
        };
        // The last piece is not as long as the others.
        let row = 2 * 331;
        let len = LEN - LEN % row;
        let outputs = len / row * function.output_row(row);
        let (x, dy) = (
            &numbers::<T>(3e-4)[..len],
            &numbers::<T>(2e-4).repeat(2)[..outputs],
        );
        let zeros = |len| vec![T::from_f64(0.0); len];
        let (mut one, mut many) = (zeros(outputs), zeros(outputs));
        function.forward(x, row, &mut one).unwrap();
        function.in_parallel().forward(x, row, &mut many).unwrap();
        assert!(one == many, "{} forward", definition.name);
        let saved = if definition.needs == Needs::Output {
            &one
        } else {
            x
        };
        let (mut dx, mut many_dx) = (zeros(len), zeros(len));
        function.backward(saved, dy, row, &mut dx).unwrap();
        function
            .in_parallel()
            .backward(saved, dy, row, &mut many_dx)
            .unwrap();
        assert!(dx == many_dx, "{} backward", definition.name);
        if outputs == len {
            many.copy_from_slice(x);
            function.in_parallel().forward_in_place(&mut many, row).unwrap();
            assert!(one == many, "{} forward in place", definition.name);
            many.copy_from_slice(dy);
            function
                .in_parallel()
                .backward_in_place(saved, &mut many, row)
                .unwrap();
            assert!(dx == many, "{} backward in place", definition.name);
        }
    }

    let (a, b, dy) = (numbers::<T>(3e-4), numbers::<T>(1e-4), numbers::<T>(2e-4));
    let zeros = || vec![T::from_f64(0.0); LEN];
    let gated = Gated::new("swiglu").unwrap();
    let [mut one, mut many] = [zeros(), zeros()];
    gated.forward(&a, &b, &mut one).unwrap();
    gated.in_parallel().forward(&a, &b, &mut many).unwrap();
    assert!(one == many, "gated forward");
    let [mut da, mut db, mut many_da, mut many_db] = [zeros(), zeros(), zeros(), zeros()];
    gated.backward(&a, &b, &dy, &mut da, &mut db).unwrap();
    gated
        .in_parallel()
        .backward(&a, &b, &dy, &mut many_da, &mut many_db)
        .unwrap();
    assert!(da == many_da && db == many_db, "gated backward");

    let slopes = [0.5, -0.25, 0.125].map(T::from_f64);
    let prelu = Prelu::new(&slopes, 7).unwrap();
    let len = LEN - LEN % 21;
    let [mut one, mut many] = [zeros(), zeros()];
    prelu.forward(&a[..len], &mut one[..len]).unwrap();
    prelu.in_parallel().forward(&a[..len], &mut many[..len]).unwrap();
    assert!(one == many, "prelu forward");
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap()
}

#[test]
fn threads_change_no_bit() {
    pool().install(|| {
        agree::<f32>();
        agree::<f64>();
        others_agree::<f32>();
        others_agree::<f64>();
    });
}

#[test]
fn lengths_are_checked_before_anything_is_written() {
    let relu = Activation::new("relu").unwrap();
    let (x, mut y) = (vec![1_f32; LEN], vec![7_f32; LEN - 1]);
    let mismatch = |result| matches!(result, Err(Error::LengthMismatch { .. }));
    pool().install(|| {
        assert!(mismatch(relu.in_parallel().forward(&x, &mut y)));
        assert!(mismatch(relu.in_parallel().derivatives(&x, &mut y)));
        assert!(mismatch(relu.in_parallel().backward_in_place(&x, &mut y)));
        assert!(mismatch(relu.in_parallel().backward(&x, &x[1..], &mut y)));
        assert!(mismatch(relu.in_parallel().backward(&x, &x, &mut y)));
    });
    assert!(y.iter().all(|y| *y == 7.0));
}

#[test]
fn pieces_cover_everything_once_and_there_are_several_for_each_thread() {
    let pool = pool();
    for name in ["relu", "gelu"] {
        let activation = Activation::new(name).unwrap();
        let pieces = |len| {
            let pieces = Mutex::new(Vec::new());
            activation.parallel_pieces(&pool, len, |piece| pieces.lock().unwrap().push(piece));
            let mut pieces = pieces.into_inner().unwrap();
            pieces.sort_by_key(|piece| piece.start);
            pieces
        };
        let from = activation.parallel_from();
        for len in [0, 1, from - 1] {
            let pieces = pieces(len);
            assert_eq!((pieces.len(), &pieces[0]), (1, &(0..len)), "{name}");
        }
        for len in [from, from + 1, LEN, 10 * LEN] {
            let pieces = pieces(len.max(from));
            assert!(
                pieces
                    .iter()
                    .all(|piece| piece.start % 64 == 0 && !piece.is_empty())
            );
            assert!(
                pieces.windows(2).all(|pair| pair[0].end == pair[1].start),
                "{name}"
            );
            let ends = (pieces[0].start, pieces[pieces.len() - 1].end);
            assert_eq!(ends, (0, len.max(from)), "{name}");
            assert!(pieces.len() > 2 * pool.current_num_threads(), "{name} of {len}");
        }
    }
}
