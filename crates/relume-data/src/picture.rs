//! One PNG or JPEG image: from bytes to pixels of a wanted size.

use crate::Error;
use crate::array::DAMAGED;
use crate::error::Place;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, imageops::FilterType};
use std::cell::Cell;
use std::io::Cursor;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

/// The most bytes that an image may take once decoded: 67 million pixels in colour.
const MOST_BYTES: u64 = 3 << 26;

/// The most decoded bytes that a byte of file can stand for: deflate yields at most 1032 bytes for one, each of
/// which may hold 8 pixels. A header that claims more is not believed, so that it costs no memory.
const MOST_EXPANSION: u64 = 1032 * 8;

/// How pixels are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Whether colours are to become grey.
    pub grey: bool,
}

/// The pixels of an image, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pixels {
    /// One byte per pixel.
    Grey(Vec<u8>),
    /// Red, green, blue per pixel.
    Colour(Vec<u8>),
}

/// Height and width as the header says, believed only as far as the length of the file allows.
pub fn size(file: &str, bytes: &[u8]) -> Result<(usize, usize), Error> {
    guarded(file, || {
        let (width, height) = open(file, bytes)?.dimensions();
        Ok((height as usize, width as usize))
    })
}

/// Decodes an image and brings it to the wanted size (linear filter, antialiased). Transparency is dropped. A
/// colour image whose pixels are all grey is a grey one.
pub fn decode(file: &str, bytes: &[u8], wanted: Wanted) -> Result<Pixels, Error> {
    let mut image = guarded(file, || {
        let decoder = open(file, bytes)?;
        DynamicImage::from_decoder(decoder).map_err(|error| damaged(file, &error.to_string()))
    })?;
    let (width, height) = (wanted.width as u32, wanted.height as u32);
    let grey = wanted.grey || !image.color().has_color();
    // Few channels of 8 bits first: resizing costs per channel.
    image = if grey {
        image.to_luma8().into()
    } else {
        image.to_rgb8().into()
    };
    if (image.width(), image.height()) != (width, height) {
        image = image.resize_exact(width, height, FilterType::Triangle);
    }
    let pixels = image.into_bytes();
    Ok(match grey {
        true => Pixels::Grey(pixels),
        false
            if pixels
                .chunks_exact(3)
                .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2]) =>
        {
            Pixels::Grey(pixels.chunks_exact(3).map(|pixel| pixel[0]).collect())
        }
        false => Pixels::Colour(pixels),
    })
}

fn open<'a>(file: &str, bytes: &'a [u8]) -> Result<impl ImageDecoder + 'a, Error> {
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => format,
        other => {
            let found = match other {
                Ok(format) => format!("{format:?} content"),
                Err(_) if bytes.is_empty() => "an empty file".to_owned(),
                Err(_) => "something else".to_owned(),
            };
            let remedy = "convert or remove it";
            return Err(Error::malformed(
                file,
                Place::Whole,
                "a PNG or JPEG image",
                found,
                remedy,
            ));
        }
    };
    if format == ImageFormat::Jpeg && is_cut_off(bytes) {
        return Err(damaged(file, "no end-of-image marker"));
    }
    let decoder = ImageReader::with_format(Cursor::new(bytes), format)
        .into_decoder()
        .map_err(|error| damaged(file, &error.to_string()))?;
    let most = MOST_BYTES.min(MOST_EXPANSION * bytes.len() as u64);
    if decoder.total_bytes() > most {
        let (width, height) = decoder.dimensions();
        let expected = format!(
            "an image of at most {most} bytes uncompressed (from {} bytes)",
            bytes.len()
        );
        let found = format!("{width}x{height} pixels in its header");
        return Err(Error::malformed(
            file,
            Place::Whole,
            expected,
            found,
            "make it smaller, or remove it",
        ));
    }
    Ok(decoder)
}

thread_local! {
    /// Whether this thread's panics are those of a decoder.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Makes an error of a decoder's panic: that of JPEG (zune-jpeg 0.5) panics at some files that contradict themselves.
/// The panic is not reported, while others are as before.
fn guarded<T>(file: &str, decode: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                report(panic);
            }
        }));
    });
    GUARDED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(decode));
    GUARDED.set(false);
    result.unwrap_or_else(|_| Err(damaged(file, "one that contradicts itself")))
}

/// Whether a JPEG file has no end-of-image marker after its last start of scan. Decoders fill what is missing with
/// grey and say nothing.
fn is_cut_off(bytes: &[u8]) -> bool {
    let last = |marker: u8| bytes.windows(2).rposition(|pair| pair == [0xff, marker]);
    last(0xd9) < last(0xda)
}

fn damaged(file: &str, found: &str) -> Error {
    Error::malformed(file, Place::Whole, "a whole PNG or JPEG image", found, DAMAGED)
}
