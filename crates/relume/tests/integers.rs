//! The rectifier on integers, on every value or on many, and at every length.

use relume::Error;
use relume::integer::{relu, relu_in_place};

macro_rules! same_as_the_definition {
    ($name:ident, $Int:ty) => {
        #[test]
        fn $name() {
            let step = (<$Int>::MAX as i128 / 20_000).max(1);
            let all: Vec<$Int> = (<$Int>::MIN as i128..=<$Int>::MAX as i128)
                .step_by(step as usize)
                .map(|x| x as $Int)
                .collect();
            for x in [&all[..], &[<$Int>::MIN, -1, 0, 1, <$Int>::MAX]] {
                for start in 0..x.len().min(70) {
                    let x = &x[start..];
                    let expected: Vec<$Int> = x.iter().map(|x| if *x < 0 { 0 } else { *x }).collect();
                    let (mut y, mut in_place) = (vec![1; x.len()], x.to_vec());
                    relu(x, &mut y).unwrap();
                    relu_in_place(&mut in_place);
                    assert!(y == expected && in_place == expected);
                }
            }
        }
    };
}

same_as_the_definition!(bytes, i8);
same_as_the_definition!(words, i16);
same_as_the_definition!(integers, i32);
same_as_the_definition!(long_integers, i64);

#[test]
fn lengths_are_checked() {
    assert_eq!(
        relu(&[1_i32, 2], &mut [0]),
        Err(Error::LengthMismatch {
            what: "output",
            expected: 2,
            found: 1
        })
    );
}
