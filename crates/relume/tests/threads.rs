//! Many threads and one give the same bits.
#![cfg(feature = "rayon")]

use std::sync::Mutex;

use relume::{Activation, Element, Error, catalogue};

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
    for definition in catalogue() {
        let activation = Activation::from(*definition);
        assert!(LEN > activation.par_from());
        let (mut one, mut many) = (zeros(), zeros());
        activation.forward(&x, &mut one).unwrap();
        activation.par_forward(&x, &mut many).unwrap();
        assert!(one == many, "{activation} forward");
        many.copy_from_slice(&x);
        activation.par_forward_in_place(&mut many);
        assert!(one == many, "{activation} forward in place");
        activation.derivatives(&x, &mut one).unwrap();
        activation.par_derivatives(&x, &mut many).unwrap();
        assert!(one == many, "{activation} derivative");
        activation.backward(&x, &dy, &mut one).unwrap();
        activation.par_backward(&x, &dy, &mut many).unwrap();
        assert!(one == many, "{activation} backward");
        many.copy_from_slice(&dy);
        activation.par_backward_in_place(&x, &mut many).unwrap();
        assert!(one == many, "{activation} backward in place");
    }
}

fn pool() -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap()
}

#[test]
fn threads_change_no_bit() {
    pool().install(|| {
        agree::<f32>();
        agree::<f64>();
    });
}

#[test]
fn lengths_are_checked_before_anything_is_written() {
    let relu = Activation::new("relu").unwrap();
    let (x, mut y) = (vec![1_f32; LEN], vec![7_f32; LEN - 1]);
    let mismatch = |result| matches!(result, Err(Error::LengthMismatch { .. }));
    pool().install(|| {
        assert!(mismatch(relu.par_forward(&x, &mut y)));
        assert!(mismatch(relu.par_derivatives(&x, &mut y)));
        assert!(mismatch(relu.par_backward_in_place(&x, &mut y)));
        assert!(mismatch(relu.par_backward(&x, &x[1..], &mut y)));
        assert!(mismatch(relu.par_backward(&x, &x, &mut y)));
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
            activation.par_pieces(&pool, len, |piece| pieces.lock().unwrap().push(piece));
            let mut pieces = pieces.into_inner().unwrap();
            pieces.sort_by_key(|piece| piece.start);
            pieces
        };
        let from = activation.par_from();
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
