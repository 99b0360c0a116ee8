//! Archives that NumPy wrote; `fixtures/make.py` says what is in them.

use crate::{fixture, labels, message};
use relume_data::{Dataset, Error, Shape, Targets};

fn parse(file: &str) -> Result<Dataset, Error> {
    relume_data::npz::parse("data", file, &fixture(file))
}

fn quarters() -> Vec<f32> {
    (0..36).map(|i| i as f32 / 4.0).collect()
}

#[test]
fn features_of_any_type_and_order() {
    for file in ["features.npz", "compressed.npz", "fortran.npz"] {
        let data = parse(file).unwrap();
        assert_eq!(data.inputs.values, quarters(), "{file}");
        let names = ["x1", "x2", "x3"].map(str::to_owned).to_vec();
        assert_eq!(data.inputs.shape, Shape::Features { names }, "{file}");
        assert_eq!(
            labels(&data),
            ([0, 1, 2].repeat(4), vec!["0", "1", "2"]),
            "{file}"
        );
        assert_eq!(data.test_from, None);
    }
}

#[test]
fn labels_may_be_text() {
    for file in ["text.npz", "bytes.npz"] {
        assert_eq!(
            labels(&parse(file).unwrap()),
            ([0, 1, 2].repeat(4), vec!["ant", "bee", "cat"]),
            "{file}"
        );
    }
}

#[test]
fn floats_are_regressed() {
    let expected = (0..12).map(|i| i as f32 / 8.0).collect();
    assert_eq!(
        parse("regression.npz").unwrap().targets,
        Targets::Values(expected)
    );
}

#[test]
fn a_given_test_part_is_kept() {
    let data = parse("parts.npz").unwrap();
    assert_eq!((data.len(), data.test_from), (12, Some(9)));
    assert_eq!(data.inputs.values, quarters());
    assert_eq!(data.split(3).unwrap().test, [9, 10, 11]);
}

#[test]
fn images_end_up_channel_by_channel() {
    let (height, width) = (4, 5);
    let grey = parse("nhw.npz").unwrap();
    assert_eq!(
        grey.inputs.shape,
        Shape::Image {
            channels: 1,
            height,
            width
        }
    );
    assert_eq!(grey.inputs.values[200], 200.0);
    let last = parse("nhwc.npz").unwrap();
    let first = parse("nchw.npz").unwrap();
    for data in [&last, &first] {
        assert_eq!(
            data.inputs.shape,
            Shape::Image {
                channels: 3,
                height,
                width
            }
        );
    }
    for (sample, channel, row, column) in [(0, 0, 0, 0), (0, 2, 1, 3), (5, 1, 3, 4), (11, 2, 3, 4)] {
        let at = ((sample * 3 + channel) * height + row) * width + column;
        let nhwc = ((sample * height + row) * width + column) * 3 + channel;
        assert_eq!(first.inputs.values[at], (at % 251) as f32);
        assert_eq!(last.inputs.values[at], (nhwc % 251) as f32);
    }
    assert_eq!(labels(&first).1, ["0", "1"], "booleans are classes");
}

#[test]
fn what_is_wrong_is_said_with_its_array() {
    let said = |file: &str, expected: &str| {
        let message = message(parse(file));
        assert!(message.contains(expected), "{message}");
    };
    said(
        "one_hot.npz",
        "array y: expected one label per sample, found shape [12, 3]; one-hot rows become labels",
    );
    said(
        "nan.npz",
        "nan.npz, sample 2, value 1: expected a finite number, found NaN",
    );
    said(
        "complex.npz",
        "array x: expected bool, whole numbers, float32, float64 or text, found elements of type <c16",
    );
    said("objects.npz", "array y: expected bool, whole numbers");
    said(
        "scalar.npz",
        "array y: expected one axis or more, found a single number",
    );
    said(
        "names.npz",
        "expected arrays x and y, or x_train, y_train, x_test and y_test, found images, labels",
    );
    said(
        "lengths.npz",
        "array y: expected 12 labels, one per sample in x, found 11",
    );
}

#[test]
fn a_damaged_archive_is_refused() {
    let whole = fixture("features.npz");
    for length in [0, 1, 30, whole.len() / 2, whole.len() - 1] {
        let message = message(relume_data::npz::parse("data", "cut.npz", &whole[..length]));
        assert!(
            message.starts_with("cut.npz: expected an npz (zip) archive, found"),
            "{message}"
        );
    }
    let mut changed = whole.clone();
    changed[200] ^= 1;
    let message = message(relume_data::npz::parse("data", "changed.npz", &changed));
    assert!(message.contains("hecksum"), "{message}");
}
