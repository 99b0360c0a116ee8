//! WAV files: from bytes to the samples of one channel.
//!
//! A file is a row of chunks after the twelve bytes `RIFF`, a length and `WAVE`; each chunk has a name of four bytes, a
//! length of 32 bits, little-endian, its content, and a byte of padding if that is odd. `fmt ` says how the samples are
//! written, `data` holds them. Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM and Microsoft,
//! 1991); the numbers of the encodings are those of RFC 2361.
//!
//! The chunks are walked here because what is wrong has to be said with its byte, and because no length is to be
//! believed; the two laws of ITU-T G.711 are a library's.

use crate::Error;
use crate::array::DAMAGED;
use crate::error::Place;
use audio_codec_algorithms::{decode_alaw, decode_ulaw};
use std::ops::RangeInclusive;

/// Samples per second that a recording may have. At fewer, speech can hardly be understood; at more, the header is damaged
/// rather than the recording extraordinary.
pub const RATES: RangeInclusive<u32> = 4_000..=192_000;

/// The most channels that are mixed down.
pub const MAX_CHANNELS: u16 = 64;

/// The largest magnitude that a sample of floats may have. Full scale is 1; some write the numbers of 32-bit samples.
pub const MAX_SAMPLE: f32 = (1u64 << 32) as f32;

/// From this length on, `data` reaches to the end of the file, whatever that is: programs that write into a pipe cannot
/// come back to fill in the true one, and write one of several large numbers.
const UNKNOWN_LENGTH: u32 = 0x7fff_0000;

/// What was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// Samples per second.
    pub rate: u32,
    /// The mean of all channels; full scale is from −1 to 1.
    pub samples: Vec<f32>,
}

/// The samples of a WAV file, its channels mixed down to one.
///
/// ```
/// use relume_data::wav;
///
/// // One sample of 16 bits, at half of full scale.
/// let file = b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\x02\0\0\0\0\x40";
/// let recording = wav::decode("half.wav", file)?;
/// assert_eq!((recording.rate, &recording.samples[..]), (8_000, &[0.5][..]));
/// # Ok::<(), relume_data::Error>(())
/// ```
///
/// # Errors
/// If the file is no WAV file, is written in an encoding that is not known, holds less than it says, or a sample that
/// is no number.
pub fn decode(file: &str, bytes: &[u8]) -> Result<Recording, Error> {
    Wav::open(file, bytes)?.recording()
}

/// A WAV file whose header was read, and whose samples were not yet.
pub(crate) struct Wav<'a> {
    file: &'a str,
    format: Format,
    data: &'a [u8],
    /// Where `data` begins in the file.
    at: usize,
}

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Format {
    encoding: Encoding,
    channels: u16,
    rate: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Pcm8,
    Pcm16,
    Pcm24,
    Pcm32,
    Float32,
    Float64,
    ALaw,
    MuLaw,
}

impl Encoding {
    fn of(tag: u16, bits: u16) -> Option<Encoding> {
        Some(match (tag, bits) {
            (1, 8) => Encoding::Pcm8,
            (1, 16) => Encoding::Pcm16,
            (1, 24) => Encoding::Pcm24,
            (1, 32) => Encoding::Pcm32,
            (3, 32) => Encoding::Float32,
            (3, 64) => Encoding::Float64,
            (6, 8) => Encoding::ALaw,
            (7, 8) => Encoding::MuLaw,
            _ => return None,
        })
    }

    fn bytes(self) -> usize {
        match self {
            Encoding::Pcm8 | Encoding::ALaw | Encoding::MuLaw => 1,
            Encoding::Pcm16 => 2,
            Encoding::Pcm24 => 3,
            Encoding::Pcm32 | Encoding::Float32 => 4,
            Encoding::Float64 => 8,
        }
    }

    /// One sample; full scale is from −1 to 1.
    fn sample(self, bytes: &[u8]) -> f32 {
        match (self, bytes) {
            (Encoding::Pcm8, &[a]) => (f32::from(a) - 128.0) / 128.0,
            (Encoding::Pcm16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])) / 32_768.0,
            // As the upper bytes of 32 bits, which brings the sign with it.
            (Encoding::Pcm24, &[a, b, c]) => full_scale(i32::from_le_bytes([0, a, b, c])),
            (Encoding::Pcm32, &[a, b, c, d]) => full_scale(i32::from_le_bytes([a, b, c, d])),
            (Encoding::Float32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Encoding::Float64, &[a, b, c, d, e, f, g, h]) => {
                f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32
            }
            (Encoding::ALaw, &[a]) => f32::from(decode_alaw(a)) / 32_768.0,
            (Encoding::MuLaw, &[a]) => f32::from(decode_ulaw(a)) / 32_768.0,
            _ => unreachable!("as many bytes as the encoding has"),
        }
    }
}

fn full_scale(sample: i32) -> f32 {
    (f64::from(sample) / 2f64.powi(31)) as f32
}

/// Where the first chunk begins.
const FIRST_CHUNK: usize = 12;

/// One of the chunks of a file.
struct Chunk<'a> {
    name: &'a [u8; 4],
    /// What it says its length is.
    length: u32,
    /// What of it is there.
    content: &'a [u8],
    /// Where that begins in the file.
    at: usize,
}

/// The chunks of a file. One that is cut off is the last.
fn chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut next = FIRST_CHUNK;
    std::iter::from_fn(move || {
        let (name, rest) = bytes.get(next..)?.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length);
        let at = next + 8;
        // Chunks begin at even bytes.
        next = at
            .saturating_add(length as usize)
            .saturating_add(length as usize % 2);
        let content = rest.get(..length as usize).unwrap_or(rest);
        Some(Chunk {
            name,
            length,
            content,
            at,
        })
    })
}

impl<'a> Wav<'a> {
    pub(crate) fn open(file: &'a str, bytes: &'a [u8]) -> Result<Wav<'a>, Error> {
        check_container(file, bytes)?;
        let mut format = None;
        let mut end = FIRST_CHUNK;
        for chunk in chunks(bytes) {
            end = chunk.at + chunk.content.len();
            match chunk.name {
                b"fmt " => format = Some(Format::read(file, chunk.at, chunk.content)?),
                b"data" => {
                    let Some(format) = format else {
                        let (expected, found) = ("a chunk `fmt ` before the samples", "none");
                        return Err(malformed(file, chunk.at - 8, expected, found, DAMAGED));
                    };
                    let data = chunk.content;
                    if data.len() < chunk.length as usize && chunk.length < UNKNOWN_LENGTH {
                        let expected = format!("{} bytes of samples, as the header says", chunk.length);
                        let found = data.len().to_string();
                        return Err(malformed(file, chunk.at, expected, found, DAMAGED));
                    }
                    let at = chunk.at;
                    return Ok(Wav {
                        file,
                        format,
                        data,
                        at,
                    });
                }
                _ => {}
            }
        }
        let expected = "a chunk `data` with samples";
        Err(malformed(file, end, expected, "the end of the file", DAMAGED))
    }

    /// The rate in the first bytes of a file, if it is there and makes sense.
    pub(crate) fn rate_of(head: &[u8]) -> Option<u32> {
        check_container("", head).ok()?;
        let format = chunks(head).find(|chunk| chunk.name == b"fmt ")?;
        Some(Format::read("", format.at, format.content).ok()?.rate)
    }

    /// Samples per second.
    pub(crate) fn rate(&self) -> u32 {
        self.format.rate
    }

    pub(crate) fn channels(&self) -> u16 {
        self.format.channels
    }

    /// How many samples each channel has. Less than one, at the end, does not count.
    pub(crate) fn len(&self) -> usize {
        self.data.len() / self.format.frame()
    }

    pub(crate) fn recording(&self) -> Result<Recording, Error> {
        let Format {
            encoding,
            channels,
            rate,
        } = self.format;
        let width = encoding.bytes();
        let mut samples = Vec::with_capacity(self.len());
        for (i, frame) in self.data.chunks_exact(self.format.frame()).enumerate() {
            let mut sum = 0.0;
            for (channel, bytes) in frame.chunks_exact(width).enumerate() {
                let sample = encoding.sample(bytes);
                if sample.is_nan() || sample.abs() > MAX_SAMPLE {
                    let at = self.at + i * frame.len() + channel * width;
                    let (expected, found) = ("a sample between −1 and 1", sample.to_string());
                    let remedy = "write the file again, in 16-bit samples";
                    return Err(malformed(self.file, at, expected, found, remedy));
                }
                sum += sample;
            }
            samples.push(sum / f32::from(channels));
        }
        Ok(Recording { rate, samples })
    }
}

impl Format {
    /// The bytes of one sample of all channels.
    fn frame(self) -> usize {
        self.encoding.bytes() * usize::from(self.channels)
    }

    /// From the content of the chunk `fmt `, which begins at this byte.
    fn read(file: &str, start: usize, content: &[u8]) -> Result<Format, Error> {
        let short = |expected: &str| {
            let found = content.len().to_string();
            malformed(file, start, expected.to_owned(), found, DAMAGED)
        };
        let field = |at: usize| u16::from_le_bytes([content[at], content[at + 1]]);
        if content.len() < 16 {
            return Err(short("at least 16 bytes of format"));
        }
        let (mut tag, channels, rate, block, bits) =
            (field(0), field(2), number(&content[4..]), field(12), field(14));
        let mut tag_at = start;
        if tag == EXTENSIBLE {
            if content.len() < 40 {
                return Err(short("40 bytes of an extended format"));
            }
            (tag, tag_at) = (field(24), start + 24);
            if content[26..40] != EXTENSIBLE_TAIL {
                tag = EXTENSIBLE;
            }
        }
        let Some(encoding) = Encoding::of(tag, bits) else {
            let expected = "PCM of 8, 16, 24 or 32 bits, floats, A-law or mu-law";
            let found = match tag {
                1 | 3 | 6 | 7 => format!("samples of {bits} bits"),
                2 | 0x11 => "ADPCM".to_owned(),
                0x31 => "GSM 6.10".to_owned(),
                0x50 | 0x55 => "MPEG audio".to_owned(),
                tag => format!("the encoding {tag:#06x}"),
            };
            return Err(malformed(file, tag_at, expected, found, CONVERT));
        };
        if !(1..=MAX_CHANNELS).contains(&channels) {
            let expected = format!("1 to {MAX_CHANNELS} channels");
            return Err(malformed(
                file,
                start + 2,
                expected,
                channels.to_string(),
                DAMAGED,
            ));
        }
        if !RATES.contains(&rate) {
            let expected = format!("{} to {} samples per second", RATES.start(), RATES.end());
            return Err(malformed(file, start + 4, expected, rate.to_string(), CONVERT));
        }
        let format = Format {
            encoding,
            channels,
            rate,
        };
        if usize::from(block) != format.frame() {
            let expected = format!("{} bytes for the samples of one moment", format.frame());
            return Err(malformed(file, start + 12, expected, block.to_string(), DAMAGED));
        }
        Ok(format)
    }
}

/// The number of an encoding that is told by a GUID, whose first two bytes are the true number.
const EXTENSIBLE: u16 = 0xfffe;

/// What follows in the GUID of every encoding that has a number.
const EXTENSIBLE_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

const CONVERT: &str = "convert it, as by `ffmpeg -i IN -c:a pcm_s16le OUT.wav`";

fn check_container(file: &str, bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() >= 12 && bytes.starts_with(b"RIFF") && &bytes[8..12] == b"WAVE" {
        return Ok(());
    }
    let (found, remedy) = match bytes {
        [] => ("an empty file", "get it again, or remove it"),
        [b'I', b'D', b'3', ..] | [0xff, 0xe2..=0xff, ..] => ("MPEG audio, such as MP3", CONVERT),
        [b'f', b'L', b'a', b'C', ..] => ("a FLAC file", CONVERT),
        [b'O', b'g', b'g', b'S', ..] => ("an Ogg file", CONVERT),
        [b'F', b'O', b'R', b'M', ..] => ("an AIFF file", CONVERT),
        [b'N', b'I', b'S', b'T', ..] => ("a NIST SPHERE file", CONVERT),
        [b'R', b'I', b'F', b'X', ..] => ("a big-endian WAV file", CONVERT),
        [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => {
            ("a WAV file with lengths of 64 bits", CONVERT)
        }
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => ("an MP4 file", CONVERT),
        _ if bytes.len() < 12 => ("fewer than 12 bytes", DAMAGED),
        _ => ("something else", "convert or remove it"),
    };
    Err(malformed(file, 0, "a WAV file", found, remedy))
}

/// The first four bytes as a number.
fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn malformed(
    file: &str,
    byte: usize,
    expected: impl Into<String>,
    found: impl Into<String>,
    remedy: &str,
) -> Error {
    Error::malformed(file, Place::Byte(byte as u64), expected, found, remedy)
}
