use crate::labels;
use relume_data::{Shape, digits};
use sha2::{Digest, Sha256};

#[test]
fn the_file_is_the_published_one() {
    let file = include_bytes!("../../data/digits.csv.gz");
    let hash: String = Sha256::digest(file)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hash,
        "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
    );
}

#[test]
fn every_digit_is_there() {
    let data = digits();
    assert_eq!(data.len(), 1797);
    assert_eq!(
        data.inputs.shape,
        Shape::Image {
            channels: 1,
            height: 8,
            width: 8
        }
    );
    let (labels, names) = labels(&data);
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let mut counts = [0; 10];
    labels.iter().for_each(|label| counts[*label as usize] += 1);
    assert_eq!(counts, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    // Sums of the source file, by awk: all pixels, and the pixels of the first image.
    let sum = |values: &[f32]| values.iter().map(|value| f64::from(*value)).sum::<f64>();
    assert_eq!(
        (sum(&data.inputs.values), sum(&data.inputs.values[..64])),
        (561718.0, 294.0)
    );
    assert!(
        data.inputs
            .values
            .iter()
            .all(|pixel| (0.0..=16.0).contains(pixel) && pixel.fract() == 0.0)
    );
}

#[test]
fn the_description_has_counts_and_source() {
    let text = digits().description;
    assert!(
        text.starts_with("1,797 grey images of 8x8 pixels in 10 classes from the test part of"),
        "{text}"
    );
    assert!(text.contains("UCI") && text.contains("CC BY 4.0"), "{text}");
}
