//! Single WAV files, written by libsndfile; `fixtures/make_sounds.py` says what is in them.

use crate::allocation::peak;
use crate::fixture;
use relume_data::wav::{MAX_CHANNELS, RATES, Recording, decode};
use relume_data::{Error, Place};

/// A file of 16-bit samples, as the tests damage it.
pub(crate) fn pcm16(rate: u32, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    wav(&format(1, 1, rate, 16), &data)
}

/// The chunk `fmt ` of an encoding.
pub(crate) fn format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let block = channels.wrapping_mul(bits / 8);
    let mut format = [tag.to_le_bytes(), channels.to_le_bytes()].concat();
    format.extend(rate.to_le_bytes());
    format.extend(rate.wrapping_mul(u32::from(block)).to_le_bytes());
    format.extend(block.to_le_bytes());
    format.extend(bits.to_le_bytes());
    format
}

pub(crate) fn wav(format: &[u8], data: &[u8]) -> Vec<u8> {
    let chunks = [chunk(b"fmt ", format), chunk(b"data", data)].concat();
    [
        b"RIFF",
        &(chunks.len() as u32 + 4).to_le_bytes(),
        b"WAVE",
        &chunks[..],
    ]
    .concat()
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let padding = &[0][..content.len() % 2];
    [name, &(content.len() as u32).to_le_bytes(), content, padding].concat()
}

/// Where a file is wrong, what is said of it.
fn wrong(bytes: &[u8]) -> (u64, String) {
    match decode("a.wav", bytes) {
        Err(Error::Malformed(malformed)) => match malformed.place {
            Place::Byte(byte) => (byte, malformed.to_string()),
            ref place => panic!("{place:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_encoding_is_read_as_libsndfile_reads_it() {
    let table = String::from_utf8(fixture("sounds.csv")).unwrap();
    let mut files = 0;
    for line in table.lines().skip(1) {
        let mut cells = line.split(',');
        let (name, rate, samples) = (
            cells.next().unwrap(),
            cells.next().unwrap(),
            cells.next().unwrap(),
        );
        let recording = decode(name, &fixture(name)).unwrap();
        assert_eq!(recording.rate.to_string(), rate, "{name}");
        let expected: Vec<f64> = samples.split(' ').map(|sample| sample.parse().unwrap()).collect();
        assert_eq!(recording.samples.len(), expected.len(), "{name}");
        for (sample, expected) in recording.samples.iter().zip(&expected) {
            assert!(
                (f64::from(*sample) - expected).abs() < 1e-7,
                "{name}: {sample} {expected}"
            );
        }
        files += 1;
    }
    assert_eq!(files, 11);
}

#[test]
fn full_scale_is_one() {
    let least = |tag, bits, bytes: &[u8]| {
        decode("a.wav", &wav(&format(tag, 1, 8000, bits), bytes))
            .unwrap()
            .samples
    };
    assert_eq!(least(1, 8, &[0, 128, 255]), [-1.0, 0.0, 127.0 / 128.0]);
    assert_eq!(least(1, 16, &[0, 0x80, 0xff, 0x7f]), [-1.0, 32_767.0 / 32_768.0]);
    assert_eq!(least(1, 24, &[0, 0, 0x80, 0, 0, 0x40]), [-1.0, 0.5]);
    assert_eq!(least(1, 32, &[0, 0, 0, 0x80, 0, 0, 0, 0xc0]), [-1.0, -0.5]);
}

#[test]
fn other_chunks_are_passed_over_and_bytes_beyond_the_last_sample_too() {
    let whole = pcm16(8000, &[1, -2, 3]);
    let expected = decode("a.wav", &whole).unwrap();
    let (head, rest) = whole.split_at(12);
    // A chunk of odd length is padded.
    let with_list = [head, &chunk(b"LIST", b"odd"), rest, &chunk(b"cue ", b"more")].concat();
    assert_eq!(decode("a.wav", &with_list).unwrap(), expected);
    let half = wav(&format(1, 2, 8000, 16), &[0, 64, 0, 64, 0, 64]);
    assert_eq!(decode("a.wav", &half).unwrap().samples, [0.5]);
    let none = wav(&format(1, 1, 8000, 16), &[]);
    assert_eq!(
        decode("a.wav", &none).unwrap(),
        Recording {
            rate: 8000,
            samples: vec![]
        }
    );
}

#[test]
fn a_length_that_its_writer_could_not_know_is_that_of_the_file() {
    let whole = pcm16(8000, &[1, -2, 3]);
    // What espeak-ng, SoX and FFmpeg write into a pipe.
    for length in [0x7fff_f000u32, 0x7fff_ffff, 0xffff_ffff] {
        let mut streamed = whole.clone();
        streamed[40..44].copy_from_slice(&length.to_le_bytes());
        assert_eq!(
            decode("a.wav", &streamed).unwrap(),
            decode("a.wav", &whole).unwrap()
        );
    }
}

#[test]
fn what_is_no_wav_file_is_called_by_its_name() {
    for (file, name) in [
        ("flac_inside.wav", "a FLAC file"),
        ("ogg_inside.wav", "an Ogg file"),
        ("mp3_inside.wav", "MPEG audio, such as MP3"),
        ("aiff_inside.wav", "an AIFF file"),
    ] {
        let (byte, said) = wrong(&fixture(file));
        assert!(
            byte == 0 && said.contains(name) && said.contains("ffmpeg"),
            "{said}"
        );
    }
    assert!(wrong(b"").1.contains("an empty file"));
    assert!(wrong(b"RIFF\0\0").1.contains("fewer than 12 bytes"));
    assert!(wrong(&fixture("grey.png")).1.contains("something else"));
    let (byte, said) = wrong(&fixture("adpcm.wav"));
    assert!(byte == 20 && said.contains("found ADPCM"), "{byte}: {said}");
}

#[test]
fn what_is_wrong_is_said_with_its_byte() {
    let whole = pcm16(8000, &[1, -2, 3]);
    assert_eq!(
        wrong(&whole[..48]),
        (
            44,
            "a.wav, byte 44: expected 6 bytes of samples, as the header says, found 4; the file is damaged or cut \
             off: get it again"
                .to_owned()
        )
    );
    assert!(wrong(&whole[..40]).1.contains("a chunk `data`"));
    assert_eq!(wrong(&whole[..30]).0, 20);
    let set = |at: usize, bytes: &[u8]| {
        let mut changed = whole.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        changed
    };
    let (byte, said) = wrong(&set(20, &[0x61, 0x01]));
    assert!(byte == 20 && said.contains("the encoding 0x0161"), "{said}");
    let (byte, said) = wrong(&set(34, &[12]));
    assert!(byte == 20 && said.contains("samples of 12 bits"), "{said}");
    let (byte, said) = wrong(&set(32, &[3]));
    assert!(byte == 32 && said.contains("found 3"), "{said}");
    for channels in [0, MAX_CHANNELS + 1] {
        let (byte, said) = wrong(&wav(&format(1, channels, 8000, 16), &[0; 4]));
        assert!(byte == 22 && said.contains("1 to 64 channels"), "{said}");
    }
    assert!(decode("a.wav", &wav(&format(1, MAX_CHANNELS, 8000, 16), &[0; 128])).is_ok());
    for rate in [0, RATES.start() - 1, RATES.end() + 1, u32::MAX] {
        let (byte, said) = wrong(&pcm16(rate, &[1, 2]));
        assert!(byte == 24 && said.contains("samples per second"), "{said}");
    }
    for rate in [*RATES.start(), *RATES.end()] {
        assert!(decode("a.wav", &pcm16(rate, &[1, 2])).is_ok());
    }
    let (byte, said) = wrong(&[&whole[..12], &chunk(b"data", &[0; 4])[..]].concat());
    assert!(byte == 12 && said.contains("`fmt `"), "{said}");
}

#[test]
fn a_length_is_not_believed() {
    let mut lying = pcm16(8000, &[1, -2, 3]);
    for length in [0x7000_0000u32, 0xffff_ffff] {
        lying[40..44].copy_from_slice(&length.to_le_bytes());
        let (_, bytes) = peak(|| decode("a.wav", &lying));
        assert!(bytes < 1 << 12, "{bytes} bytes were held");
    }
    // A chunk before the samples that ends nowhere.
    let endless = [&lying[..12], b"LIST\xff\xff\xff\xff", &lying[12..]].concat();
    let (byte, said) = wrong(&endless);
    assert!(
        byte == endless.len() as u64 && said.contains("the end of the file"),
        "{said}"
    );
}

#[test]
fn floats_that_are_no_samples_are_refused() {
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1e20] {
        let data: Vec<u8> = [0.5, 0.25, value].iter().flat_map(|v| v.to_le_bytes()).collect();
        let (byte, said) = wrong(&wav(&format(3, 1, 8000, 32), &data));
        assert!(byte == 44 + 8 && said.contains("between −1 and 1"), "{said}");
    }
    let data: Vec<u8> = [0.0, 1e300f64].iter().flat_map(|v| v.to_le_bytes()).collect();
    assert_eq!(wrong(&wav(&format(3, 2, 8000, 64), &data)).0, 44 + 8);
    let loud = 32_768f32.to_le_bytes();
    assert!(decode("a.wav", &wav(&format(3, 1, 8000, 32), &loud)).is_ok());
}
