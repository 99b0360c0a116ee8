//! Arrays as IDX and npy files hold them: a shape, an element type and raw bytes.

use crate::dataset::MAX_VALUES;
use crate::error::Place;
use crate::{Error, Inputs, Shape, Targets, targets};
use std::io::Read;

/// The most features that a sample without spatial order may have.
const MAX_FEATURES: usize = 1 << 16;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) encoding: Encoding,
    /// Bytes per element, at least 1; at most 8 for numbers.
    pub(crate) size: usize,
    pub(crate) big_endian: bool,
}

/// What the bytes of an element mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Signed,
    Unsigned,
    Float,
    /// Bytes of text, padded with zeros.
    Text,
    /// UTF-32 characters, padded with zeros.
    Unicode,
}

/// An array whose length has been checked against its bytes.
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    element: Element,
    bytes: Vec<u8>,
}

impl Array {
    /// Reads the elements that a header announced. Memory grows with the bytes that are really there, never
    /// with what the header claims.
    pub(crate) fn read(
        file: &str,
        place: &Place,
        shape: Vec<usize>,
        element: Element,
        reader: impl Read,
    ) -> Result<Array, Error> {
        let said = || format!("{shape:?} elements of {} bytes as its header says", element.size);
        let elements = shape.iter().try_fold(1usize, |n, &extent| n.checked_mul(extent));
        let expected = elements
            .filter(|&n| n <= MAX_VALUES)
            .and_then(|n| n.checked_mul(element.size));
        let Some(expected) = expected else {
            let (most, remedy) = (
                format!("at most {MAX_VALUES} elements"),
                "use fewer or smaller samples",
            );
            return Err(Error::malformed(file, place.clone(), most, said(), remedy));
        };
        let mut bytes = Vec::new();
        if let Err(error) = reader.take(expected as u64 + 1).read_to_end(&mut bytes) {
            let found = format!("{} bytes, then: {error}", bytes.len());
            return Err(Error::malformed(file, place.clone(), said(), found, DAMAGED));
        }
        if bytes.len() != expected {
            let found = match bytes.len() {
                n if n > expected => "more bytes".to_owned(),
                n => format!("{n} of {expected} bytes"),
            };
            return Err(Error::malformed(file, place.clone(), said(), found, DAMAGED));
        }
        Ok(Array {
            shape,
            element,
            bytes,
        })
    }

    /// The same array with its first axis slowest, from one with its first axis fastest (Fortran order).
    pub(crate) fn transposed_from_fortran(mut self) -> Array {
        let mut bytes = Vec::with_capacity(self.bytes.len());
        let mut index = vec![0usize; self.shape.len()];
        for _ in 0..self.bytes.len() / self.element.size {
            let at = self
                .shape
                .iter()
                .zip(&index)
                .rev()
                .fold(0, |at, (extent, i)| at * extent + i);
            bytes.extend_from_slice(&self.bytes[at * self.element.size..(at + 1) * self.element.size]);
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < self.shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        self.bytes = bytes;
        self
    }

    /// The array with another of the same element type and sample shape behind it.
    pub(crate) fn followed_by(mut self, other: Array, file: &str, place: &Place) -> Result<Array, Error> {
        if (self.element, &self.shape[1..]) != (other.element, &other.shape[1..]) {
            let (expected, found) = (self.samples(), other.samples());
            let remedy = "the training and the test part must be stored in the same way";
            return Err(Error::malformed(file, place.clone(), expected, found, remedy));
        }
        self.shape[0] += other.shape[0];
        self.bytes.extend(other.bytes);
        Ok(self)
    }

    fn samples(&self) -> String {
        let Element { encoding, size, .. } = self.element;
        format!(
            "samples of shape {:?}, elements {encoding:?} of {size} bytes",
            &self.shape[1..]
        )
    }

    /// The array as samples: (n, features), (n, height, width), (n, channels, height, width) or
    /// (n, height, width, channels). Of four axes the shorter one of the second and the last is the channels; the
    /// second where they are equal.
    pub(crate) fn inputs(&self, file: &str, place: &Place) -> Result<Inputs, Error> {
        let bad = |expected: &str, remedy: &str| {
            Err(Error::malformed(
                file,
                place.clone(),
                expected,
                format!("shape {:?}", self.shape),
                remedy,
            ))
        };
        if matches!(self.element.encoding, Encoding::Text | Encoding::Unicode) {
            return bad("numbers", "samples must be numbers, not text");
        }
        if self.shape.contains(&0) {
            return bad("at least one sample with at least one value", "the data is empty");
        }
        let (shape, channels_last) = match self.shape[..] {
            [_, features] if features > MAX_FEATURES => {
                return bad("at most 65,536 features per sample", "choose among the features");
            }
            [_, features] => (
                Shape::Features {
                    names: (1..=features).map(|i| format!("x{i}")).collect(),
                },
                false,
            ),
            [_, height, width] => (
                Shape::Image {
                    channels: 1,
                    height,
                    width,
                },
                false,
            ),
            [_, height, width, channels] if channels < height => (
                Shape::Image {
                    channels,
                    height,
                    width,
                },
                true,
            ),
            [_, channels, height, width] => (
                Shape::Image {
                    channels,
                    height,
                    width,
                },
                false,
            ),
            _ => {
                return bad(
                    "2 axes for features, 3 or 4 for images, samples first",
                    "reshape the array",
                );
            }
        };
        let mut values: Vec<f32> = self.elements().map(|bytes| self.number(bytes) as f32).collect();
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            let place = Place::Value(at / shape.len(), at % shape.len());
            let found = values[at].to_string();
            return Err(Error::malformed(
                file,
                place,
                "a finite number",
                found,
                "mend or remove the sample",
            ));
        }
        if let (Shape::Image { channels, .. }, true) = (&shape, channels_last) {
            for sample in values.chunks_exact_mut(shape.len()) {
                let last = sample.to_vec();
                let plane = last.len() / channels;
                for (i, value) in sample.iter_mut().enumerate() {
                    *value = last[i % plane * channels + i / plane];
                }
            }
        }
        Ok(Inputs::new(values, shape))
    }

    /// The array as targets, of shape (n) or (n, 1). Whole-number and text types are classes; of floats
    /// [`targets::from_numbers`] decides.
    pub(crate) fn targets(&self, file: &str, place: &Place) -> Result<Targets, Error> {
        match self.shape[..] {
            [_] | [_, 1] => {}
            _ => {
                let found = format!("shape {:?}", self.shape);
                let remedy = "one-hot rows become labels by argmax over their last axis";
                return Err(Error::malformed(
                    file,
                    place.clone(),
                    "one label per sample",
                    found,
                    remedy,
                ));
            }
        }
        match self.element.encoding {
            Encoding::Signed | Encoding::Unsigned => Ok(targets::from_keys(
                self.elements().map(|bytes| self.integer(bytes)),
            )),
            Encoding::Text | Encoding::Unicode => {
                Ok(targets::from_keys(self.elements().map(|bytes| self.text(bytes))))
            }
            Encoding::Float => {
                let numbers: Vec<f64> = self.elements().map(|bytes| self.number(bytes)).collect();
                if let Some(at) = numbers.iter().position(|number| !(*number as f32).is_finite()) {
                    let (found, remedy) = (numbers[at].to_string(), "mend or remove the sample");
                    let expected = "a finite number to predict";
                    return Err(Error::malformed(
                        file,
                        Place::Value(at, 0),
                        expected,
                        found,
                        remedy,
                    ));
                }
                Ok(targets::from_numbers(&numbers))
            }
        }
    }

    fn elements(&self) -> std::slice::ChunksExact<'_, u8> {
        self.bytes.chunks_exact(self.element.size)
    }

    fn number(&self, bytes: &[u8]) -> f64 {
        if self.element.encoding != Encoding::Float {
            return self.integer(bytes) as f64;
        }
        let bits = self.bits(bytes);
        if self.element.size == 4 {
            f64::from(f32::from_bits(bits as u32))
        } else {
            f64::from_bits(bits)
        }
    }

    fn integer(&self, bytes: &[u8]) -> i128 {
        let bits = self.bits(bytes);
        let unused = 64 - 8 * self.element.size;
        match self.element.encoding {
            Encoding::Signed => i128::from((bits << unused) as i64 >> unused),
            _ => i128::from(bits),
        }
    }

    /// The bytes of one number, least significant first, as the low bits of 64.
    fn bits(&self, bytes: &[u8]) -> u64 {
        let mut buffer = [0; 8];
        buffer[..bytes.len()].copy_from_slice(bytes);
        if self.element.big_endian {
            buffer[..bytes.len()].reverse();
        }
        u64::from_le_bytes(buffer)
    }

    fn text(&self, bytes: &[u8]) -> String {
        let text: String = match self.element.encoding {
            Encoding::Unicode => bytes
                .chunks_exact(4)
                .map(|unit| char::from_u32(self.bits(unit) as u32).unwrap_or(char::REPLACEMENT_CHARACTER))
                .collect(),
            _ => String::from_utf8_lossy(bytes).into_owned(),
        };
        text.trim_end_matches('\0').to_owned()
    }
}

/// What to do about a file that was cut off or has changed.
pub(crate) const DAMAGED: &str = "the file is damaged or cut off: get it again";
