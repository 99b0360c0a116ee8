use crate::allocation::peak;
use crate::{labels, message};
use flate2::{Compression, write::GzEncoder};
use relume_data::idx::{File, Pair, parse};
use relume_data::{Dataset, Error, Options, Shape, Targets, open};
use std::io::Write;
use std::path::Path;

/// An IDX file by its definition.
pub(crate) fn idx(kind: u8, shape: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, shape.len() as u8];
    shape.iter().for_each(|extent| bytes.extend(extent.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn pair<'a>(images: &'a [u8], labels: &'a [u8]) -> Pair<'a> {
    Pair {
        images: File {
            name: "images",
            bytes: images,
        },
        labels: File {
            name: "labels",
            bytes: labels,
        },
    }
}

fn read(images: &[u8], labels: &[u8]) -> Result<Dataset, Error> {
    parse("test", pair(images, labels), None)
}

/// Six images of 2x3 pixels, 0 to 35.
fn images() -> Vec<u8> {
    idx(8, &[6, 2, 3], &(0..36).collect::<Vec<u8>>())
}

fn six_labels() -> Vec<u8> {
    idx(8, &[6], &[7, 3, 7, 3, 7, 3])
}

#[test]
fn images_and_labels_plain_and_gzipped() {
    let data = read(&images(), &six_labels()).unwrap();
    assert_eq!(
        data.inputs.shape,
        Shape::Image {
            channels: 1,
            height: 2,
            width: 3
        }
    );
    assert_eq!(data.inputs.values, (0..36).map(|i| i as f32).collect::<Vec<_>>());
    assert_eq!(labels(&data), (vec![1, 0, 1, 0, 1, 0], vec!["3", "7"]));
    assert_eq!(read(&gzip(&images()), &gzip(&six_labels())).unwrap(), data);
}

#[test]
fn every_element_type() {
    let expected = [-3.0f32, 0.0, 5.0, 100.0, -128.0, 127.0];
    let bytes = |size: usize, make: &dyn Fn(f32) -> Vec<u8>| {
        let all: Vec<u8> = expected.iter().flat_map(|value| make(*value)).collect();
        assert_eq!(all.len(), 6 * size);
        all
    };
    let kinds = [
        (0x09, bytes(1, &|v| (v as i8).to_be_bytes().to_vec())),
        (0x0b, bytes(2, &|v| (v as i16).to_be_bytes().to_vec())),
        (0x0c, bytes(4, &|v| (v as i32).to_be_bytes().to_vec())),
        (0x0d, bytes(4, &|v| v.to_be_bytes().to_vec())),
        (0x0e, bytes(8, &|v| f64::from(v).to_be_bytes().to_vec())),
    ];
    for (kind, elements) in kinds {
        let data = read(&idx(kind, &[6, 1], &elements), &six_labels()).unwrap();
        assert_eq!(data.inputs.values, expected, "type {kind:02x}");
    }
    let quantity: Vec<u8> = (0..12).flat_map(|i| (i as f32 / 4.0).to_be_bytes()).collect();
    let data = read(&idx(8, &[12, 1], &[1; 12]), &idx(0x0d, &[12], &quantity)).unwrap();
    assert_eq!(
        data.targets,
        Targets::Values((0..12).map(|i| i as f32 / 4.0).collect())
    );
}

#[test]
fn a_given_test_part_is_kept() {
    let (train, test) = (images(), idx(8, &[2, 2, 3], &[9; 12]));
    let (train_labels, test_labels) = (six_labels(), idx(8, &[2], &[3, 7]));
    let data = parse(
        "test",
        pair(&train, &train_labels),
        Some(pair(&test, &test_labels)),
    )
    .unwrap();
    assert_eq!((data.len(), data.test_from), (8, Some(6)));
    assert_eq!(labels(&data).0, [1, 0, 1, 0, 1, 0, 0, 1]);
    let other = idx(8, &[2, 3, 3], &[9; 18]);
    let message = message(parse(
        "test",
        pair(&train, &train_labels),
        Some(pair(&other, &test_labels)),
    ));
    assert!(message.contains("expected samples of shape [2, 3]"), "{message}");
}

#[test]
fn what_is_wrong_is_said() {
    let cases = [
        (
            images()[..20].to_vec(),
            six_labels(),
            "images: expected [6, 2, 3] elements of 1 bytes as its header says, found 4 of 36 bytes; the file is damaged or cut off",
        ),
        ([images(), vec![0]].concat(), six_labels(), "found more bytes"),
        (vec![], six_labels(), "images: expected an IDX header"),
        (gzip(&images())[..30].to_vec(), six_labels(), "damaged or cut off"),
        (
            images(),
            idx(8, &[5], &[1; 5]),
            "labels: expected 6 labels, one per image in images, found 5",
        ),
        (
            b"P5 3 3 255 hello".to_vec(),
            six_labels(),
            "images, byte 0: expected two zero bytes, found 50 35",
        ),
        (
            idx(7, &[6, 1], &[0; 6]),
            six_labels(),
            "images, byte 2: expected an element type",
        ),
        (
            vec![0, 0, 8, 9],
            six_labels(),
            "images, byte 3: expected 1 to 4 axes, found 9",
        ),
        (
            idx(8, &[6], &[0; 6]),
            six_labels(),
            "2 axes for features, 3 or 4 for images",
        ),
        (idx(8, &[0, 2, 2], &[]), idx(8, &[0], &[]), "the data is empty"),
        (
            idx(0x0d, &[6, 1], &f32::INFINITY.to_be_bytes().repeat(6)),
            six_labels(),
            "images, sample 0, value 0: expected a finite number, found inf",
        ),
        (idx(8, &[u32::MAX; 4], &[]), six_labels(), "expected at most"),
        (images(), idx(8, &[6], &[1; 6]), "one class (`1`)"),
    ];
    for (images, labels, expected) in cases {
        let message = message(read(&images, &labels));
        assert!(message.contains(expected), "{message}\nlacks: {expected}");
    }
    let mut corrupt = gzip(&images());
    let crc = corrupt.len() - 6;
    corrupt[crc] ^= 1;
    assert!(message(read(&corrupt, &six_labels())).contains("damaged"));
}

#[test]
fn no_header_is_believed() {
    // 500 million elements are announced, 3 are there; then a hundred million are there, 4 are announced.
    let few = idx(8, &[500, 1000, 1000], &[1, 2, 3]);
    let bomb = gzip(&[idx(8, &[1, 2, 2], &[]), vec![0; 100_000_000]].concat());
    for images in [&few, &gzip(&few), &bomb] {
        let (result, bytes) = peak(|| read(images, &six_labels()));
        message(result);
        assert!(bytes < 1 << 20, "{bytes} bytes were held");
    }
}

#[test]
fn a_folder_is_read_by_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    let read = || open(path, &Options::default());
    write("train-images-idx3-ubyte.gz", &gzip(&images()));
    write("README", b"hello");
    let message = message(read());
    assert!(
        message.contains("expected a file of labels next to train-images-idx3-ubyte.gz"),
        "{message}"
    );
    write("train-labels.idx1-ubyte", &six_labels());
    assert_eq!(read().unwrap().test_from, None);
    write("t10k-images-idx3-ubyte", &idx(8, &[2, 2, 3], &[9; 12]));
    write("t10k-labels-idx1-ubyte.gz", &gzip(&idx(8, &[2], &[3, 7])));
    assert_eq!(read().unwrap().test_from, Some(6));
    write(
        "t10k-images-idx3-ubyte.gz",
        b"the plain file next to it is preferred",
    );
    assert_eq!(read().unwrap().len(), 8);
    write("emnist-images-idx3-ubyte", &images());
    write("emnist-labels-idx1-ubyte", &six_labels());
    assert!(crate::message(read()).contains("leave one data set in the folder"));
}

#[test]
fn mnist_is_read() {
    let data = std::env::var_os("RELUME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        |data| data.into(),
    );
    let folder = data.join("mnist-10k");
    if !folder.is_dir() {
        println!("skipped: no MNIST in {} (set RELUME_DATA)", folder.display());
        return;
    }
    let data = open(folder.to_str().unwrap(), &Options::default()).unwrap();
    assert_eq!(
        data.description,
        "10,000 grey images of 28x28 pixels in 10 classes from IDX files in mnist-10k"
    );
    let (labels, _) = labels(&data);
    let mut counts = [0; 10];
    labels.iter().for_each(|label| counts[*label as usize] += 1);
    // The published counts of MNIST's test set; its first image is a 7.
    assert_eq!(counts, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    assert_eq!(labels[..5], [7, 2, 1, 0, 4]);
    let small = open(
        folder.to_str().unwrap(),
        &Options {
            limit: Some(500),
            ..Options::default()
        },
    )
    .unwrap();
    assert!(small.len().abs_diff(500) <= 5, "{}", small.len());
    assert!(
        small.notes[0].ends_with("of 10,000 samples drawn, of each class in proportion"),
        "{:?}",
        small.notes
    );
}
