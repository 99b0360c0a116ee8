//! One array as NumPy saves it: a magic string, a version, a header that is a Python dictionary, the elements.

use crate::Error;
use crate::array::{Array, DAMAGED, Element, Encoding};
use crate::error::Place;
use std::io::Read;

/// The longest header that is read; NumPy itself writes 128 bytes or little more.
const LONGEST_HEADER: usize = 1 << 16;

/// Reads an array from the content of an npy file.
pub(crate) fn read(file: &str, place: &Place, mut reader: impl Read) -> Result<Array, Error> {
    let bad = |expected: &str, found: String, remedy: &str| {
        Error::malformed(file, place.clone(), expected, found, remedy)
    };
    let cut_off = |error: std::io::Error| bad("an npy header", error.to_string(), DAMAGED);
    let mut start = [0; 8];
    reader.read_exact(&mut start).map_err(cut_off)?;
    if &start[..6] != b"\x93NUMPY" {
        let found = format!("the bytes {:02x?}", &start[..6]);
        return Err(bad("an array saved by NumPy", found, "save it with numpy.savez"));
    }
    let mut length = [0; 4];
    let digits = if start[6] == 1 { 2 } else { 4 };
    reader.read_exact(&mut length[..digits]).map_err(cut_off)?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        return Err(bad(
            "an npy header of at most 65,536 bytes",
            format!("{length}"),
            DAMAGED,
        ));
    }
    let mut header = vec![0; length];
    reader.read_exact(&mut header).map_err(cut_off)?;
    let header = String::from_utf8_lossy(&header);
    let fields = Fields::parse(&header).ok_or_else(|| {
        bad(
            "descr, fortran_order and shape in its header",
            header.trim().to_owned(),
            DAMAGED,
        )
    })?;
    let element = element(fields.descr).ok_or_else(|| {
        let expected = "bool, whole numbers, float32, float64 or text";
        bad(
            expected,
            format!("elements of type {}", fields.descr),
            "convert the array with astype",
        )
    })?;
    let array = Array::read(file, place, fields.shape, element, reader)?;
    Ok(if fields.fortran_order {
        array.transposed_from_fortran()
    } else {
        array
    })
}

/// What the header says.
struct Fields<'a> {
    descr: &'a str,
    fortran_order: bool,
    shape: Vec<usize>,
}

impl Fields<'_> {
    fn parse(header: &str) -> Option<Fields<'_>> {
        let value = |key: &str| {
            let after = &header[header.find(&format!("'{key}'"))? + key.len() + 2..];
            after.trim_start().strip_prefix(':').map(str::trim_start)
        };
        let descr = match value("descr")?.strip_prefix('\'') {
            Some(rest) => &rest[..rest.find('\'')?],
            None => "a structure",
        };
        let order = value("fortran_order")?;
        let fortran_order = order.starts_with("True");
        if !fortran_order && !order.starts_with("False") {
            return None;
        }
        let shape = value("shape")?.strip_prefix('(')?;
        let shape = shape[..shape.find(')')?]
            .split(',')
            .map(str::trim)
            .filter(|extent| !extent.is_empty())
            .map(|extent| extent.parse().ok())
            .collect::<Option<Vec<usize>>>()?;
        Some(Fields {
            descr,
            fortran_order,
            shape,
        })
    }
}

/// The element type of a descriptor such as `<f4`, `|u1` or `<U12`; `None` for what cannot be used.
fn element(descr: &str) -> Option<Element> {
    let order = descr.chars().next().filter(|order| "<>|=".contains(*order))?;
    let kind = descr.chars().nth(1)?;
    let size: usize = descr.get(2..)?.parse().ok()?;
    let (encoding, size) = match (kind, size) {
        ('b', 1) => (Encoding::Unsigned, 1),
        ('i', 1 | 2 | 4 | 8) => (Encoding::Signed, size),
        ('u', 1 | 2 | 4 | 8) => (Encoding::Unsigned, size),
        ('f', 4 | 8) => (Encoding::Float, size),
        ('S', 1..=4096) => (Encoding::Text, size),
        ('U', 1..=1024) => (Encoding::Unicode, 4 * size),
        _ => return None,
    };
    Some(Element {
        encoding,
        size,
        big_endian: order == '>',
    })
}
