//! From bytes to text.

use crate::Error;
use crate::error::Place;

/// The text in the bytes of a file, without a byte-order mark.
pub(crate) fn decoded<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, Error> {
    let wrong = |place, found: String, remedy| Error::malformed(file, place, "text in UTF-8", found, remedy);
    let line = |byte: usize| {
        let before = &bytes[..byte];
        Place::Line(1 + before.iter().filter(|byte| **byte == b'\n').count() as u64)
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(wrong(
            Place::Whole,
            "the byte-order mark of UTF-16".to_owned(),
            "save it as UTF-8, for example with iconv -f UTF-16 -t UTF-8",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let byte = error.valid_up_to();
        wrong(
            line(byte),
            format!("the byte {:02x}", bytes[byte]),
            "save it as UTF-8; if it is in Latin-1, with iconv -f LATIN1 -t UTF-8",
        )
    })?;
    if let Some(byte) = text.find('\0') {
        return Err(wrong(
            line(byte),
            "the byte 00".to_owned(),
            "this is no text, or it is UTF-16 without a byte-order mark: save it as UTF-8",
        ));
    }
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}
