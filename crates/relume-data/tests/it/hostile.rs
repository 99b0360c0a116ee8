//! Bytes from anywhere: whatever they are, an answer comes, and no more memory is taken than they bear out. The same
//! parsers are fuzzed in `fuzz/`; here, valid files are damaged in ways that get past the first checks.

use crate::allocation::peak;
use crate::fixture;
use crate::idx::{gzip, idx};
use crate::wav::pcm16;
use proptest::prelude::*;
use relume_data::idx::{File, Pair};
use relume_data::picture::{Wanted, decode};
use relume_data::text::{self, Examples};
use relume_data::{Options, Tokens};
use std::io::{Cursor, Write};

/// One change of a file: overwrite, insert, remove, cut off.
#[derive(Clone, Debug)]
enum Edit {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, Vec<u8>),
    Remove(prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let index = any::<prop::sample::Index>;
    let edit = prop_oneof![
        6 => (index(), prop_oneof![any::<u8>(), Just(0), Just(0xff)]).prop_map(|(at, byte)| Edit::Set(at, byte)),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        1 => (index(), 1usize..9).prop_map(|(at, count)| Edit::Remove(at, count)),
        1 => index().prop_map(Edit::Cut),
    ];
    prop::collection::vec(edit, 0..6)
}

fn edited(mut bytes: Vec<u8>, edits: Vec<Edit>) -> Vec<u8> {
    for edit in edits {
        let length = bytes.len().max(1);
        match edit {
            Edit::Set(at, byte) => bytes
                .iter_mut()
                .skip(at.index(length))
                .take(1)
                .for_each(|old| *old = byte),
            Edit::Insert(at, new) => {
                let at = at.index(length).min(bytes.len());
                drop(bytes.splice(at..at, new));
            }
            Edit::Remove(at, count) => {
                let at = at.index(length).min(bytes.len());
                drop(bytes.drain(at..(at + count).min(bytes.len())));
            }
            Edit::Cut(at) => bytes.truncate(at.index(length)),
        }
    }
    bytes
}

/// The first bytes of a file are where most is decided: damage these alone every other time.
fn damaged(start: usize, valid: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    (any::<bool>(), edits()).prop_map(move |(only_start, edits)| {
        if only_start {
            let (head, tail) = valid.split_at(start.min(valid.len()));
            [edited(head.to_vec(), edits), tail.to_vec()].concat()
        } else {
            edited(valid.clone(), edits)
        }
    })
}

/// The most memory that `work` held, its error, if any, being one line of a readable length.
fn held<T>(work: impl FnOnce() -> Result<T, relume_data::Error>) -> usize {
    let (result, bytes) = peak(work);
    if let Err(error) = result {
        let message = error.to_string();
        assert!(
            !message.contains(char::is_control) && message.chars().count() < 1500,
            "{message}"
        );
    }
    bytes
}

const MEGABYTE: usize = 1 << 20;

fn npz(arrays: [(&str, &[u8]); 2]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in arrays {
        archive
            .start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn npy(header: &str, elements: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\x00"[..], &length, header.as_bytes(), elements].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn idx_bytes(
        images in damaged(16, idx(8, &[6, 2, 3], &[5; 36])),
        labels in damaged(8, idx(8, &[6], &[1, 2, 1, 2, 1, 2])),
        compress in any::<bool>(),
    ) {
        let (images, labels) = if compress { (gzip(&images), gzip(&labels)) } else { (images, labels) };
        let pair = Pair {
            images: File { name: "images", bytes: &images },
            labels: File { name: "labels", bytes: &labels },
        };
        let bytes = held(|| relume_data::idx::parse("test", pair, Some(pair)));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn gzipped_idx_bytes(images in damaged(40, gzip(&idx(8, &[6, 2, 3], &[5; 36])))) {
        let labels = idx(8, &[6], &[1, 2, 1, 2, 1, 2]);
        let pair = Pair {
            images: File { name: "images", bytes: &images },
            labels: File { name: "labels", bytes: &labels },
        };
        let bytes = held(|| relume_data::idx::parse("test", pair, None));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn npz_bytes(file in prop_oneof![
        damaged(60, fixture("features.npz")),
        damaged(60, fixture("compressed.npz")),
        damaged(60, fixture("text.npz")),
        damaged(60, fixture("parts.npz")),
    ]) {
        let bytes = held(|| relume_data::npz::parse("test", "test.npz", &file));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn npy_bytes_in_a_sound_archive(
        x in damaged(80, npy("{'descr': '<f4', 'fortran_order': True, 'shape': (6, 2), }\n", &[1; 48])),
        y in damaged(80, npy("{'descr': '<U1', 'fortran_order': False, 'shape': (6,), }\n", &[65, 0, 0, 0].repeat(6))),
    ) {
        let file = npz([("x", &x), ("y", &y)]);
        let bytes = held(|| relume_data::npz::parse("test", "test.npz", &file));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn csv_text(text in "([a-c0-3.?\"eN-]{0,4}[,;\n\r\t]){0,80}", label in prop::option::of("[a-c1-3]{1,2}")) {
        let options = Options { label, ..Options::default() };
        let bytes = held(|| relume_data::csv::parse("test", "test.csv", text.as_bytes(), &options));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn csv_bytes(file in damaged(30, b"age,sex,y\n1,m,a\n,f,b\n3,?,a\nNaN,m,b\n5,f,a\n6,m,b\n7,f,NA\n".to_vec())) {
        let bytes = held(|| relume_data::csv::parse("test", "test.csv", &file, &Options::default()));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn text_bytes(
        first in damaged(9, "\u{feff}one\r\ntwo\n\nthrée\none\n".into()),
        second in damaged(9, "four\nfive five\r\n \nsix\n".into()),
        lines in any::<bool>(),
        test in any::<bool>(),
        tokens in prop::option::of(prop_oneof![Just(Tokens::Characters), Just(Tokens::Words)]),
    ) {
        let examples = if lines { Examples::Lines } else { Examples::Whole };
        let file = |name, bytes, class, test| text::File { name, bytes, class, examples, test };
        let files = [
            file("a.txt", &first[..], "a", false),
            file("b.txt", &second, "b", false),
            file("c.txt", &first, "a", test),
            file("d.txt", &second, "b", test),
        ];
        let bytes = held(|| text::parse("test", &files, tokens));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn csv_texts(
        file in damaged(30, "y,text\na,\"b, c\"\nb,d é\na,\nb,b c\na,e f\nb,g h\na,i j\n".into()),
        text in prop::option::of(prop_oneof![Just("text"), Just("1"), Just("2")]),
        tokens in prop::option::of(prop_oneof![Just(Tokens::Characters), Just(Tokens::Words)]),
    ) {
        let options = Options { text: text.map(str::to_owned), tokens, ..Options::default() };
        let bytes = held(|| relume_data::csv::parse("test", "test.csv", &file, &options));
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }

    #[test]
    fn image_bytes(file in prop_oneof![
        damaged(40, fixture("colour.png")),
        damaged(40, fixture("palette.png")),
        damaged(40, fixture("grey16.png")),
        damaged(200, fixture("colour.jpg")),
        damaged(200, fixture("progressive.jpg")),
    ]) {
        let wanted = Wanted { height: 3, width: 5, grey: false };
        let bytes = held(|| decode("test.png", &file, wanted));
        prop_assert!(bytes < MEGABYTE + 4 * 8256 * file.len(), "{bytes} bytes were held");
    }

    #[test]
    fn wav_bytes(file in prop_oneof![
        damaged(60, pcm16(8000, &[1, -2, 3, -4, 5])),
        damaged(60, fixture("extended.wav")),
        damaged(60, fixture("float64.wav")),
        damaged(60, fixture("alaw.wav")),
        damaged(60, fixture("adpcm.wav")),
    ]) {
        let bytes = held(|| relume_data::wav::decode("test.wav", &file));
        prop_assert!(bytes < MEGABYTE / 16 + 4 * file.len(), "{bytes} bytes were held");
    }

    #[test]
    fn any_bytes(file in prop::collection::vec(any::<u8>(), 0..200)) {
        let pair = Pair {
            images: File { name: "images", bytes: &file },
            labels: File { name: "labels", bytes: &file },
        };
        let (_, bytes) = peak(|| {
            let _ = relume_data::idx::parse("test", pair, None);
            let _ = relume_data::npz::parse("test", "test.npz", &file);
            let _ = relume_data::csv::parse("test", "test.csv", &file, &Options::default());
            let lines = text::File { name: "a", bytes: &file, class: "a", examples: Examples::Lines, test: false };
            let _ = text::parse("test", &[lines], None);
            let _ = decode("test.png", &file, Wanted { height: 3, width: 5, grey: true });
            let _ = relume_data::wav::decode("test.wav", &file);
        });
        prop_assert!(bytes < MEGABYTE, "{bytes} bytes were held");
    }
}

#[test]
fn a_text_takes_memory_in_proportion() {
    // Many short ones, in a column of a long name.
    let rows: String = (0..20_000)
        .map(|i| format!("{},{i}\n", ["a", "b"][i % 2]))
        .collect();
    let table = format!("y,{}\n{}", "x".repeat(299), rows.replace(",", ",n"));
    let bytes = held(|| relume_data::csv::parse("test", "test.csv", table.as_bytes(), &Options::default()));
    assert!(
        (table.len()..60 * table.len()).contains(&bytes),
        "{bytes} of {}",
        table.len()
    );
    // Each character of its own: what is most to be remembered of them.
    let text: String = (0..9_000).filter_map(|i| char::from_u32(0x4e00 + i)).collect();
    let rows: String = (0..40)
        .map(|i| format!("{} {i},{}\n", text, ["a", "b"][i % 2]))
        .collect();
    let bytes = held(|| relume_data::csv::parse("test", "test.csv", rows.as_bytes(), &Options::default()));
    assert!(
        (rows.len()..16 * rows.len()).contains(&bytes),
        "{bytes} of {}",
        rows.len()
    );
}
