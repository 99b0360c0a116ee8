//! IDX files, as used by MNIST and its relatives: a file of images next to a file of labels, gzipped or not.
//!
//! A file starts with two zero bytes, a byte for the element type and one for the number of axes; then come
//! the axes' lengths, 32 bits each, and the elements, all big-endian. A pair of files is found by name:
//! `train-images-idx3-ubyte.gz` goes with `train-labels-idx1-ubyte.gz`. Where there are two pairs, `train-*`
//! and `t10k-*` (or `test-*`), the second is the given test part.

use crate::array::{Array, DAMAGED, Element, Encoding};
use crate::error::Place;
use crate::{Dataset, Error};
use flate2::read::MultiGzDecoder;
use std::io::Read;
use std::path::Path;

/// A file in memory: its name, for messages, and its content.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// The name that error messages show.
    pub name: &'a str,
    /// The content, gzipped or not.
    pub bytes: &'a [u8],
}

/// The images (or features) and the labels of the same samples.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// Two to four axes, samples first.
    pub images: File<'a>,
    /// One axis. Whole numbers are classes; of floats their values decide, as in a CSV file.
    pub labels: File<'a>,
}

/// A data set from pairs of IDX files: the samples, and where there is one a given test part.
pub fn parse(name: &str, samples: Pair<'_>, test: Option<Pair<'_>>) -> Result<Dataset, Error> {
    let (images, labels) = (array(samples.images)?, array(samples.labels)?);
    same_count(samples, &images, &labels)?;
    let count = images.shape[0];
    let (images, labels) = match test {
        None => (images, labels),
        Some(test) => {
            let (more_images, more_labels) = (array(test.images)?, array(test.labels)?);
            same_count(test, &more_images, &more_labels)?;
            (
                images.followed_by(more_images, test.images.name, &Place::Whole)?,
                labels.followed_by(more_labels, test.labels.name, &Place::Whole)?,
            )
        }
    };
    let inputs = images.inputs(samples.images.name, &Place::Whole)?;
    let targets = labels.targets(samples.labels.name, &Place::Whole)?;
    Dataset::new(
        name,
        &format!("IDX files in {name}"),
        inputs,
        targets,
        test.map(|_| count),
        vec![],
    )
}

fn same_count(pair: Pair<'_>, images: &Array, labels: &Array) -> Result<(), Error> {
    let (expected, found) = (images.shape[0], labels.shape[0]);
    if expected == found {
        return Ok(());
    }
    let expected = format!("{expected} labels, one per image in {}", pair.images.name);
    let remedy = "the two files must belong together";
    Err(Error::malformed(
        pair.labels.name,
        Place::Whole,
        expected,
        format!("{found}"),
        remedy,
    ))
}

fn array(file: File<'_>) -> Result<Array, Error> {
    if file.bytes.starts_with(&[0x1f, 0x8b]) {
        read_array(file.name, MultiGzDecoder::new(file.bytes))
    } else {
        read_array(file.name, file.bytes)
    }
}

fn read_array(file: &str, mut reader: impl Read) -> Result<Array, Error> {
    let mut magic = [0; 4];
    read_header(file, &mut reader, &mut magic)?;
    let bad = |byte, expected: &str, found: String| {
        Err(Error::malformed(
            file,
            Place::Byte(byte),
            expected,
            found,
            "this is no IDX file, or a damaged one",
        ))
    };
    if magic[..2] != [0, 0] {
        return bad(0, "two zero bytes", format!("{:02x} {:02x}", magic[0], magic[1]));
    }
    let (encoding, size) = match magic[2] {
        0x08 => (Encoding::Unsigned, 1),
        0x09 => (Encoding::Signed, 1),
        0x0b => (Encoding::Signed, 2),
        0x0c => (Encoding::Signed, 4),
        0x0d => (Encoding::Float, 4),
        0x0e => (Encoding::Float, 8),
        other => {
            return bad(
                2,
                "an element type (08, 09, 0b, 0c, 0d or 0e)",
                format!("{other:02x}"),
            );
        }
    };
    if !(1..=4).contains(&magic[3]) {
        return bad(3, "1 to 4 axes", format!("{}", magic[3]));
    }
    let mut shape = vec![];
    for _ in 0..magic[3] {
        let mut extent = [0; 4];
        read_header(file, &mut reader, &mut extent)?;
        shape.push(u32::from_be_bytes(extent) as usize);
    }
    Array::read(
        file,
        &Place::Whole,
        shape,
        Element {
            encoding,
            size,
            big_endian: true,
        },
        reader,
    )
}

fn read_header(file: &str, reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), Error> {
    reader
        .read_exact(bytes)
        .map_err(|error| Error::malformed(file, Place::Whole, "an IDX header", error.to_string(), DAMAGED))
}

/// Whether a file of that name is taken for an IDX file.
pub(crate) fn is_idx(file_name: &str) -> bool {
    let name = file_name.to_lowercase();
    name.contains("idx") && (name.contains("images") || name.contains("labels"))
}

/// The files of one pair in a folder.
struct Found {
    /// What comes before `images` or `labels`: `train-`, `t10k-`, or nothing.
    prefix: String,
    images: String,
    labels: String,
}

/// Reads a folder of IDX files.
pub(crate) fn read_folder(folder: &Path, name: &str, files: &[String]) -> Result<Dataset, Error> {
    let pairs = pairs(&folder.display().to_string(), files)?;
    let (samples, test) = match &pairs[..] {
        [only] => (only, None),
        [a, b] if is_train(a) && is_test(b) => (a, Some(b)),
        [a, b] if is_train(b) && is_test(a) => (b, Some(a)),
        _ => {
            let expected = "one pair of images and labels, or two named train-* and t10k-* (or test-*)";
            let found = pairs
                .iter()
                .map(|pair| &*pair.images)
                .collect::<Vec<_>>()
                .join(", ");
            let remedy = "leave one data set in the folder";
            return Err(Error::malformed(
                &folder.display().to_string(),
                Place::Whole,
                expected,
                found,
                remedy,
            ));
        }
    };
    let read = |file: &str| {
        let path = folder.join(file);
        let shown = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Ok((shown, bytes)),
            Err(error) => Err(Error::Unreadable { file: shown, error }),
        }
    };
    let read_pair = |found: &Found| Ok::<_, Error>((read(&found.images)?, read(&found.labels)?));
    let samples = read_pair(samples)?;
    let test = test.map(read_pair).transpose()?;
    parse(name, as_pair(&samples), test.as_ref().map(as_pair))
}

type Loaded = (String, Vec<u8>);

fn as_pair((images, labels): &(Loaded, Loaded)) -> Pair<'_> {
    Pair {
        images: File {
            name: &images.0,
            bytes: &images.1,
        },
        labels: File {
            name: &labels.0,
            bytes: &labels.1,
        },
    }
}

fn is_train(found: &Found) -> bool {
    found.prefix.contains("train")
}

fn is_test(found: &Found) -> bool {
    found.prefix.contains("t10k") || found.prefix.contains("test")
}

/// Pairs the files of a folder by name. Of a file and its gzipped copy the former is taken.
fn pairs(folder: &str, files: &[String]) -> Result<Vec<Found>, Error> {
    let find = |word: &str| {
        let mut found: Vec<(String, String)> = vec![];
        for file in files.iter().filter(|file| is_idx(file)) {
            let lower = file.to_lowercase();
            let Some(at) = lower.find(word) else { continue };
            let prefix = lower[..at].to_owned();
            match found.iter_mut().find(|(known, _)| *known == prefix) {
                Some((_, known)) if known.ends_with(".gz") => *known = file.clone(),
                Some(_) => {}
                None => found.push((prefix, file.clone())),
            }
        }
        found
    };
    let (images, mut labels) = (find("images"), find("labels"));
    let mut pairs = vec![];
    let alone = |file: &str, missing: &str| {
        let expected = format!("a file of {missing} next to {file}");
        Error::malformed(
            folder,
            Place::Whole,
            expected,
            "none",
            "put both files in the folder",
        )
    };
    for (prefix, images) in images {
        let Some(at) = labels.iter().position(|(other, _)| *other == prefix) else {
            return Err(alone(&images, "labels"));
        };
        pairs.push(Found {
            prefix,
            images,
            labels: labels.remove(at).1,
        });
    }
    match labels.first() {
        Some((_, labels)) => Err(alone(labels, "images")),
        None => Ok(pairs),
    }
}
