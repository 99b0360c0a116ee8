//! Functions of rows: lengths, in place or not, and edges that need no oracle.

use relume::{Element, Error, Gated, RowFunction};

fn named(name: &str) -> RowFunction {
    RowFunction::new(name).unwrap()
}

#[test]
fn crelu_at_the_edges() {
    let x = [f64::NEG_INFINITY, -0.0, 0.0, f64::INFINITY, f64::NAN, -5e-324];
    let mut y = [7.0; 12];
    named("crelu").forward(&x, 3, &mut y).unwrap();
    assert_eq!(y[..6], [0.0, 0.0, 0.0, f64::INFINITY, 0.0, 0.0]);
    assert_eq!((y[6], y[8], y[9], y[11]), (f64::INFINITY, 0.0, 0.0, 5e-324));
    assert!(y[7].is_nan() && y[10].is_nan());

    let dy: Vec<f64> = (1..=12).map(f64::from).collect();
    let mut dx = [0.0; 6];
    named("crelu").backward(&x, &dy, 3, &mut dx).unwrap();
    assert_eq!(dx[..4], [-4.0, 2.0, 3.0, 7.0]);
    assert!(dx[4].is_nan() && dx[5] == -12.0);
}

#[test]
fn gated_rows_are_the_same_as_halves() {
    let (glu, rows) = (Gated::new("glu").unwrap(), named("glu"));
    let x: Vec<f32> = (0..42).map(|i| (i as f32).sin() * 3.0).collect();
    let dy: Vec<f32> = (0..21).map(|i| (i as f32).cos()).collect();
    let (mut y, mut dx) = ([0.0; 21], [0.0; 42]);
    rows.forward(&x, 14, &mut y).unwrap();
    rows.backward(&x, &dy, 14, &mut dx).unwrap();
    for row in 0..3 {
        let (x, dy) = (&x[row * 14..][..14], &dy[row * 7..][..7]);
        let [mut half, mut da, mut db] = [[0.0; 7]; 3];
        glu.forward(&x[..7], &x[7..], &mut half).unwrap();
        glu.backward(&x[..7], &x[7..], dy, &mut da, &mut db).unwrap();
        assert_eq!(y[row * 7..][..7], half);
        assert_eq!(dx[row * 14..][..14], [da, db].concat());
    }
}

#[test]
fn lengths_are_checked() {
    // Elements of x, length of a row, elements of y.
    let wrong = [
        ("softmax", [4, 3, 4]),
        ("softmax", [3, 3, 4]),
        ("softmax", [3, 0, 3]),
        ("crelu", [4, 3, 8]),
        ("crelu", [3, 3, 8]),
        ("crelu", [3, 0, 6]),
        ("glu", [8, 6, 4]),
        ("glu", [6, 6, 4]),
        ("glu", [6, 0, 3]),
        ("glu", [6, 3, 3]),
    ];
    for (name, [elements, row, outputs]) in wrong {
        let (x, y) = (vec![0.0; elements], vec![7.0; outputs]);
        let (mut x_again, mut y_again) = (x.clone(), y.clone());
        let function = named(name);
        assert!(function.forward(&x, row, &mut y_again).is_err(), "{name} {row}");
        assert!(
            function.backward(&x, &y, row, &mut x_again).is_err(),
            "{name} {row}"
        );
        assert_eq!((x_again, y_again), (x, y), "nothing is written");
    }
    for name in ["softmax", "crelu", "glu"] {
        for row in [0, 2] {
            assert_eq!(named(name).forward::<f64>(&[], row, &mut []), Ok(()));
        }
    }
}

#[test]
fn only_what_keeps_the_length_is_done_in_place() {
    let mut x = [1.0_f32; 4];
    named("softmax").forward_in_place(&mut x, 4).unwrap();
    assert_eq!(x[0].to_f64(), 0.25);
    for name in ["crelu", "glu"] {
        let refused = named(name).forward_in_place(&mut x, 4);
        assert!(matches!(refused, Err(Error::LengthMismatch { .. })), "{name}");
        let refused = named(name).backward_in_place(&[1.0; 4], &mut x, 4);
        assert!(matches!(refused, Err(Error::LengthMismatch { .. })), "{name}");
    }
}
