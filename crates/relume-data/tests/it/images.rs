//! Single images and folders of them, the images written by Pillow; `fixtures/make.py` says what is in them.

use crate::{fixture, labels, message};
use relume_data::picture::{Pixels, Wanted, decode, size};
use relume_data::{Options, Shape, open};
use std::path::Path;

const AS_IT_IS: Wanted = Wanted {
    height: 6,
    width: 7,
    grey: false,
};

fn grey() -> Vec<u8> {
    (0..42u8).map(|i| i / 7 * 16 + i % 7 * 5).collect()
}

fn colour() -> Vec<u8> {
    grey()
        .into_iter()
        .flat_map(|value| [value, 255 - value, value / 2])
        .collect()
}

fn read(file: &str, wanted: Wanted) -> Pixels {
    decode(file, &fixture(file), wanted).unwrap()
}

#[test]
fn every_kind_of_image() {
    for file in ["grey.png", "grey_as_rgb.png", "grey16.png"] {
        assert_eq!(size(file, &fixture(file)).unwrap(), (6, 7));
        assert_eq!(read(file, AS_IT_IS), Pixels::Grey(grey()), "{file}");
    }
    for file in ["colour.png", "alpha.png"] {
        assert_eq!(read(file, AS_IT_IS), Pixels::Colour(colour()), "{file}");
    }
    let palette = grey().iter().map(|value| value % 8).collect();
    assert_eq!(read("palette.png", AS_IT_IS), Pixels::Grey(palette));
    let bits = grey()
        .iter()
        .map(|value| if *value > 40 { 255 } else { 0 })
        .collect();
    assert_eq!(read("bits.png", AS_IT_IS), Pixels::Grey(bits));
    let near = |pixels: Pixels, expected: Vec<u8>| {
        let (Pixels::Grey(pixels) | Pixels::Colour(pixels)) = pixels;
        assert_eq!(pixels.len(), expected.len());
        assert!(
            pixels.iter().zip(&expected).all(|(a, b)| a.abs_diff(*b) <= 6),
            "{pixels:?}\n{expected:?}"
        );
    };
    near(read("grey.jpg", AS_IT_IS), grey());
    near(read("colour.jpg", AS_IT_IS), colour());
    near(read("progressive.jpg", AS_IT_IS), colour());
}

#[test]
fn size_and_colour_can_be_chosen() {
    let Pixels::Grey(pixels) = read(
        "colour.png",
        Wanted {
            grey: true,
            ..AS_IT_IS
        },
    ) else {
        panic!("grey was asked for")
    };
    // The luma of ITU-R BT.709.
    for (pixel, rgb) in pixels.iter().zip(colour().chunks_exact(3)) {
        let luma = 0.2126 * f32::from(rgb[0]) + 0.7152 * f32::from(rgb[1]) + 0.0722 * f32::from(rgb[2]);
        assert!((f32::from(*pixel) - luma).abs() <= 1.0, "{pixel} {luma}");
    }
    let Pixels::Grey(halved) = read(
        "grey.png",
        Wanted {
            height: 3,
            width: 7,
            grey: false,
        },
    ) else {
        panic!("it is grey")
    };
    // A plane stays a plane: rows step by 32 inside, columns by 5.
    assert_eq!(halved.len(), 21);
    assert!(
        (i32::from(halved[7]) - i32::from(grey()[14]) - 8).abs() <= 1,
        "{halved:?}"
    );
    assert_eq!(halved[8] - halved[7], 5);
}

#[test]
fn what_is_no_image_is_refused() {
    let refused = |bytes: &[u8], expected: &str| {
        let message = decode("cat.png", bytes, AS_IT_IS).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    refused(
        &fixture("webp.png"),
        "cat.png: expected a PNG or JPEG image, found WebP content; convert or remove it",
    );
    refused(b"", "found an empty file");
    refused(b"hello", "found something else");
    for file in ["colour.png", "colour.jpg", "progressive.jpg", "grey.jpg"] {
        let whole = fixture(file);
        for length in [10, whole.len() / 2, whole.len() - 10] {
            refused(&whole[..length], "expected a whole PNG or JPEG image");
        }
    }
    let mut changed = fixture("colour.png");
    let middle = changed.len() / 2 + 8;
    changed[middle] ^= 0x55;
    refused(&changed, "expected a whole PNG or JPEG image");
    // A third component that is sampled more finely than the first: the decoder panics.
    let mut contradictory = fixture("progressive.jpg");
    assert_eq!(contradictory[175], 0x11);
    contradictory[175] = 0x22;
    refused(&contradictory, "found one that contradicts itself");
}

#[test]
fn a_header_of_absurd_size_costs_no_memory() {
    // The width and height of the header chunk, with the checksum that belongs to them.
    let mut png = fixture("grey.png");
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let mut crc = flate2::Crc::new();
    crc.update(&png[12..29]);
    png[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    let (result, bytes) = crate::allocation::peak(|| decode("big.png", &png, AS_IT_IS));
    let message = result.unwrap_err().to_string();
    assert!(
        message.contains("found 60000x60000 pixels in its header"),
        "{message}"
    );
    assert!(bytes < 1 << 20, "{bytes} bytes were held");
}

fn put(folder: &Path, name: &str, fixture_name: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, fixture(fixture_name)).unwrap();
}

#[test]
fn a_folder_of_grey_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for i in 0..4 {
        put(folder.path(), &format!("cats/{i}.png"), "grey.png");
        put(folder.path(), &format!("dogs/{i}.PNG"), "grey_as_rgb.png");
    }
    put(folder.path(), "dogs/notes.txt", "make.py");
    put(folder.path(), ".hidden/1.png", "colour.png");
    let data = open(path, &Options::default()).unwrap();
    assert_eq!(
        data.inputs.shape,
        Shape::Image {
            channels: 1,
            height: 6,
            width: 7
        }
    );
    assert_eq!(
        labels(&data),
        (vec![0, 0, 0, 0, 1, 1, 1, 1], vec!["cats", "dogs"])
    );
    let grey: Vec<f32> = grey().into_iter().map(f32::from).collect();
    assert!(data.inputs.values.chunks_exact(42).all(|image| image == grey));
    assert_eq!(
        data.notes,
        ["left out, no PNG or JPEG: dogs/notes.txt (1 in all)"]
    );

    put(folder.path(), "cats/9.jpg", "colour.jpg");
    let mixed = open(path, &Options::default()).unwrap();
    assert_eq!(
        mixed.inputs.shape,
        Shape::Image {
            channels: 3,
            height: 6,
            width: 7
        }
    );
    assert_eq!(
        mixed.inputs.values[42..84],
        grey,
        "a grey image has three equal channels"
    );
    let forced = open(
        path,
        &Options {
            grey: true,
            image_size: Some((3, 2)),
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!(
        forced.inputs.shape,
        Shape::Image {
            channels: 1,
            height: 3,
            width: 2
        }
    );
    let fewer = open(
        path,
        &Options {
            limit: Some(6),
            ..Options::default()
        },
    )
    .unwrap();
    assert!((6..=7).contains(&fewer.len()));
    assert!(
        fewer.notes[1].ends_with("of 9 samples drawn, of each class in proportion"),
        "{:?}",
        fewer.notes
    );

    std::fs::write(folder.path().join("dogs/2.PNG"), &fixture("colour.png")[..50]).unwrap();
    let message = message(open(path, &Options::default()));
    assert!(
        message.contains("dogs/2.PNG: expected a whole PNG or JPEG image"),
        "{message}"
    );
}

#[test]
fn images_of_different_sizes_become_32x32() {
    let folder = tempfile::tempdir().unwrap();
    for i in 0..3 {
        put(folder.path(), &format!("a/{i}.png"), "grey.png");
        put(folder.path(), &format!("b/{i}.png"), "colour.png");
    }
    let mut wide = std::io::Cursor::new(vec![]);
    image::GrayImage::from_pixel(9, 5, image::Luma([80]))
        .write_to(&mut wide, image::ImageFormat::Png)
        .unwrap();
    std::fs::write(folder.path().join("b/wide.png"), wide.into_inner()).unwrap();
    let data = open(folder.path().to_str().unwrap(), &Options::default()).unwrap();
    assert_eq!(
        data.inputs.shape,
        Shape::Image {
            channels: 3,
            height: 32,
            width: 32
        }
    );
    assert_eq!(data.notes, ["images of different sizes, all brought to 32x32"]);
    assert!(data.inputs.values[6 * 3072..].iter().all(|value| *value == 80.0));
}

#[test]
fn a_folder_with_train_and_test() {
    let folder = tempfile::tempdir().unwrap();
    for (part, count) in [("train", 3), ("val", 1), ("test", 1)] {
        for i in 0..count {
            put(folder.path(), &format!("{part}/a/{i}.png"), "grey.png");
            put(folder.path(), &format!("{part}/b/{i}.png"), "grey.png");
        }
    }
    let data = open(folder.path().to_str().unwrap(), &Options::default()).unwrap();
    assert_eq!(
        (data.len(), data.test_from, data.classes()),
        (10, Some(8), Some(2))
    );
    assert_eq!(data.split(0).unwrap().test, [8, 9]);
}

#[test]
fn folders_without_classes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "only/1.png", "grey.png");
    let path = folder.path().to_str().unwrap();
    assert!(message(open(path, &Options::default())).contains("one class (`only`)"));
    put(folder.path(), "empty/readme.txt", "make.py");
    std::fs::remove_file(folder.path().join("only/1.png")).unwrap();
    assert!(message(open(path, &Options::default())).contains("expected sub-folders, one per class"));
}
