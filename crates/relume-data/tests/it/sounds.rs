//! Folders of recordings.

use crate::wav::{format, pcm16, wav};
use crate::{fixture, labels, message};
use proptest::prelude::*;
use relume_data::{Dataset, Error, MAX_STEPS, Options, Shape, SplitBy, Targets, open};
use std::collections::BTreeSet;
use std::path::Path;

/// A tone, so many samples long.
fn tone(rate: u32, samples: usize) -> Vec<u8> {
    let sample = |n: usize| ((n as f64 * 0.3).sin() * 8000.0) as i16;
    pcm16(rate, &(0..samples).map(sample).collect::<Vec<_>>())
}

fn write(folder: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Opens a folder of these files.
fn of(files: &[(&str, &[u8])], options: &Options) -> Result<Dataset, Error> {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), files);
    open(folder.path().to_str().unwrap(), options)
}

/// The same recording under every name.
fn same<'a>(names: &[&'a str], bytes: &'a [u8]) -> Vec<(&'a str, &'a [u8])> {
    names.iter().map(|name| (*name, bytes)).collect()
}

fn named() -> Vec<&'static str> {
    vec![
        "0_ann_0.wav",
        "0_ann_1.wav",
        "0_bob_0.wav",
        "0_cyn_0.wav",
        "1_ann_0.wav",
        "1_bob_0.wav",
        "1_cyn_0.wav",
    ]
}

fn has(data: &Dataset, note: &str) -> bool {
    data.notes.iter().any(|said| said == note)
}

fn speakers(data: &Dataset) -> Vec<&str> {
    let groups = data.groups.as_ref().unwrap();
    assert_eq!(groups.kind, "speaker");
    groups
        .of
        .iter()
        .map(|&group| &*groups.names[group as usize])
        .collect()
}

#[test]
fn names_tell_the_class_and_who_speaks() {
    let data = of(&same(&named(), &tone(8000, 1000)), &Options::default()).unwrap();
    assert_eq!(labels(&data), (vec![0, 0, 0, 0, 1, 1, 1], vec!["0", "1"]));
    assert_eq!(speakers(&data), ["ann", "ann", "bob", "cyn", "ann", "bob", "cyn"]);
    assert_eq!(data.origins.as_ref().unwrap(), &named());
    assert_eq!(
        (&data.inputs.shape, data.test_from),
        (
            &Shape::Sequence {
                steps: 11,
                channels: 40
            },
            None
        )
    );
    assert!(has(
        &data,
        "split by speaker: none of the 3 speakers is in both the training and the test samples"
    ));
    assert!(has(&data, "40 log-mel bands of 25 ms, every 10 ms, at 8,000 Hz"));
    let random = of(
        &same(&named(), &tone(8000, 1000)),
        &Options {
            split: SplitBy::Random,
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!(random.groups, None);
    assert!(has(
        &random,
        "split at random, not by speaker: what is learnt of one speaker may help with the same speaker in the test"
    ));
    assert!(!random.notes.iter().any(|note| note.starts_with("split by")));
}

#[test]
fn a_folder_around_the_recordings_is_entered() {
    let names: Vec<String> = named().iter().map(|name| format!("recordings/{name}")).collect();
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    let tone = tone(8000, 1000);
    let mut files = same(&names, &tone);
    files.push(("README.md", b"digits"));
    let data = of(&files, &Options::default()).unwrap();
    assert_eq!(speakers(&data)[..3], ["ann", "ann", "bob"]);
    assert_eq!(data.origins.unwrap()[0], "recordings/0_ann_0.wav");
}

const COMMANDS: [&str; 8] = [
    "no/aa_nohash_0.wav",
    "no/aa_nohash_1.wav",
    "no/bb_nohash_0.wav",
    "no/cc_nohash_0.wav",
    "yes/aa_nohash_0.wav",
    "yes/bb_nohash_0.wav",
    "yes/cc_nohash_0.wav",
    "yes/dd_nohash_0.wav",
];

#[test]
fn folders_are_classes_and_noise_is_none() {
    let tone = tone(16_000, 2000);
    let mut files = same(&COMMANDS, &tone);
    files.push(("_background_noise_/pink.wav", &tone));
    files.push(("README.md", b"commands"));
    let data = of(&files, &Options::default()).unwrap();
    assert_eq!(labels(&data), (vec![0, 0, 0, 0, 1, 1, 1, 1], vec!["no", "yes"]));
    assert_eq!(speakers(&data), ["aa", "aa", "bb", "cc", "aa", "bb", "cc", "dd"]);
    assert!(has(&data, "left out, noise and no class: _background_noise_"));
    assert_eq!(data.inputs.steps(0), 11);
}

#[test]
fn a_list_names_the_test_part() {
    let tone = tone(16_000, 2000);
    let list = |list: &str| {
        let mut files = same(&COMMANDS, &tone);
        files.push(("testing_list.txt", list.as_bytes()));
        files.push(("validation_list.txt", b"no/cc_nohash_0.wav\n"));
        of(&files, &Options::default())
    };
    let data = list("no/bb_nohash_0.wav\r\nyes/bb_nohash_0.wav\n\nmaybe/ee_nohash_0.wav\n").unwrap();
    assert_eq!(data.test_from, Some(6));
    assert_eq!(
        data.origins.as_ref().unwrap()[5..],
        ["yes/dd_nohash_0.wav", "no/bb_nohash_0.wav", "yes/bb_nohash_0.wav"]
    );
    assert_eq!(labels(&data).0, [0, 0, 0, 1, 1, 1, 0, 1]);
    assert_eq!(speakers(&data)[5..], ["dd", "bb", "bb"]);
    assert!(has(&data, "the test part is that of testing_list.txt"));
    assert!(has(
        &data,
        "testing_list.txt names what is not there: maybe/ee_nohash_0.wav (1 in all)"
    ));
    assert!(
        data.notes
            .iter()
            .any(|note| note.starts_with("validation_list.txt is not followed"))
    );
    assert!(
        !data.notes.iter().any(|note| note.contains("in both")),
        "{:?}",
        data.notes
    );
    // A list that divides a speaker is followed, and that is said.
    let divided = list("no/aa_nohash_1.wav\nyes/dd_nohash_0.wav\n").unwrap();
    assert!(has(
        &divided,
        "1 of 4 speakers in both the training and the given test part"
    ));
    let nothing = message(list("no/zz.wav\n"));
    assert!(
        nothing.contains("testing_list.txt") && nothing.contains("none that is there, first no/zz.wav"),
        "{nothing}"
    );
    assert!(message(list("")).contains("found no line"));
    let mut files = same(&COMMANDS, &tone);
    files.push(("testing_list.txt", b"no/aa_nohash_1.wav\n\xff\xfe"));
    assert!(
        message(of(&files, &Options::default())).contains("testing_list.txt, line 2: expected text in UTF-8")
    );
}

#[test]
fn parts_in_folders_are_parts() {
    let names: Vec<String> = ["train", "validation", "test"]
        .iter()
        .flat_map(|part| COMMANDS.map(|name| format!("{part}/{name}")))
        .collect();
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    let data = of(&same(&names, &tone(16_000, 2000)), &Options::default()).unwrap();
    assert_eq!((data.len(), data.test_from), (24, Some(16)));
    assert_eq!(labels(&data).1, ["no", "yes"]);
    assert!(
        data.origins.as_ref().unwrap()[16..]
            .iter()
            .all(|path| path.starts_with("test/"))
    );
    assert!(has(
        &data,
        "4 of 4 speakers in both the training and the given test part"
    ));
}

#[test]
fn the_most_frequent_rate_is_the_common_one() {
    let (low, high) = (tone(8000, 2000), tone(44_100, 8000));
    let mut files = same(&named(), &low);
    let stereo = wav(&format(1, 2, 8000, 16), &[1, 2, 3, 4, 5, 0, 7, 0].repeat(1000));
    files.extend([("1_dan_0.wav", &high[..]), ("0_dan_0.wav", &stereo)]);
    let data = of(&files, &Options::default()).unwrap();
    assert!(has(&data, "40 log-mel bands of 25 ms, every 10 ms, at 8,000 Hz"));
    assert!(has(&data, "1 recording brought to that rate, first 1_dan_0.wav"));
    assert!(has(
        &data,
        "1 recording mixed down from several channels, first 0_dan_0.wav"
    ));
    // 8,000 samples at 44.1 kHz are 1,452 at 8 kHz.
    assert_eq!(data.inputs.steps(8), 1 + (1452 - 200) / 80);
    let data = of(&same(&named(), &high), &Options::default()).unwrap();
    assert!(has(&data, "40 log-mel bands of 25 ms, every 10 ms, at 16,000 Hz"));
    assert!(has(&data, "7 recordings brought to that rate, first 0_ann_0.wav"));
}

#[test]
fn what_cannot_be_heard_is_left_out() {
    let tone = tone(8000, 1000);
    // The longest that is kept: a frame, and 9,999 steps.
    let most = 200 + (MAX_STEPS - 1) * 80;
    let (longest, too_long) = (self::tone(8000, most + 79), self::tone(8000, most + 80));
    let (shortest, too_short) = (self::tone(8000, 200), self::tone(8000, 199));
    let silent = pcm16(8000, &[3; 1000]);
    let mut files = same(&named(), &tone);
    files.extend([
        ("0_dan_0.wav", &longest[..]),
        ("0_dan_1.wav", &too_long),
        ("0_dan_2.wav", &shortest),
        ("0_dan_3.wav", &too_short),
        ("0_dan_4.wav", &silent),
        ("0_dan_5.wav", &silent),
        ("0_dan_6.mp3", b"ID3"),
    ]);
    let empty = pcm16(8000, &[]);
    files.push(("1_dan_0.wav", &empty));
    let data = of(&files, &Options::default()).unwrap();
    assert_eq!(data.len(), 9);
    assert_eq!((data.inputs.steps(4), data.inputs.steps(5)), (MAX_STEPS, 1));
    assert_eq!(
        data.origins.as_ref().unwrap()[4..6],
        ["0_dan_0.wav", "0_dan_2.wav"]
    );
    for note in [
        "left out, silent: 0_dan_4.wav and 1 other",
        "left out, shorter than 25 ms: 0_dan_3.wav and 1 other",
        "left out, longer than 100 s or 400 MiB: 0_dan_1.wav",
        "left out, no WAV file: 0_dan_6.mp3",
    ] {
        assert!(has(&data, note), "{note}: {:?}", data.notes);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let tone = tone(8000, 1000);
    let with = |name: &'static str, bytes: &[u8]| {
        let mut files = same(&named(), &tone);
        files.push((name, bytes));
        message(of(&files, &Options::default()))
    };
    let said = with("1_dan_0.wav", &tone[..500]);
    assert!(
        said.contains("1_dan_0.wav, byte 44: expected 2000 bytes of samples"),
        "{said}"
    );
    assert!(with("1_dan_0.wav", &fixture("mp3_inside.wav")).contains("MPEG audio, such as MP3"));
    let said = with("seven.wav", &tone);
    assert!(
        said.contains("a name that begins with its class, such as `7_jackson_32.wav`"),
        "{said}"
    );
    assert!(with("_x.wav", &tone).contains("begins with its class"));
    assert!(with("2_dan_0.wav", &tone).contains("class `2` has 1 samples"));
    let silence = message(of(&same(&named(), &pcm16(8000, &[0; 1000])), &Options::default()));
    assert!(
        silence.contains(
            "no recording of the class `0` can be used (left out, silent: 0_ann_0.wav and 3 others)"
        ),
        "{silence}"
    );
    let said = with("2_dan_0.wav", &self::tone(8000, 150));
    assert!(
        said.contains("class `2` can be used (left out, shorter than 25 ms: 2_dan_0.wav)"),
        "{said}"
    );
    let others = message(of(
        &[("yes/a.mp3", b"ID3"), ("no/a.flac", b"fLaC")],
        &Options::default(),
    ));
    assert!(others.contains("found none, but no/a.flac; convert"), "{others}");
    let random = message(of(
        &same(
            &["a_0.wav", "a_1.wav", "a_2.wav", "b_0.wav", "b_1.wav", "b_2.wav"],
            &tone,
        ),
        &Options {
            split: SplitBy::Random,
            ..Options::default()
        },
    ));
    assert!(
        random.contains("the option split at random is for data with groups"),
        "{random}"
    );
}

/// Files that are far too long are not read at all.
#[test]
fn a_huge_file_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &same(&named(), &tone(8000, 1000)));
    let huge = std::fs::File::create(folder.path().join("0_dan_0.wav")).unwrap();
    huge.set_len(1 << 36).unwrap();
    let data = open(folder.path().to_str().unwrap(), &Options::default()).unwrap();
    assert!(
        has(&data, "left out, longer than 100 s or 400 MiB: 0_dan_0.wav"),
        "{:?}",
        data.notes
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Whatever names and lists a folder has, an answer comes; and what it says of each recording is true.
    #[test]
    fn any_names(
        names in prop::collection::btree_set("[ab]_[ab1-]{0,3}(_nohash_)?[ab_]{0,3}|[ab1_-]{1,4}", 8..20),
        flat in any::<bool>(),
        listed in prop::option::of(prop::collection::btree_set(0usize..20, 0..8)),
        junk in "(\r\n|[ab]/|[./]{1,3}\n|[ab1_.\\\\/]{0,6}\n){0,2}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let tone = tone(8000, 300);
        let paths: Vec<String> = names.iter().enumerate().map(|(i, name)| {
            let class = ["", "a/", "b/"][if flat { 0 } else { 1 + i % 2 }];
            format!("{class}{name}.wav")
        }).collect();
        paths.iter().for_each(|path| write(folder.path(), &[(path, &tone)]));
        let listed = listed.map(|listed| listed.iter().filter_map(|&i| paths.get(i)).collect::<Vec<_>>());
        if let Some(listed) = &listed {
            let list = listed.iter().fold(junk, |list, path| format!("{list}\n{path}\r\n"));
            write(folder.path(), &[("testing_list.txt", list.as_bytes())]);
        }
        match open(folder.path().to_str().unwrap(), &Options::default()) {
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
            Ok(data) => {
                let origins = data.origins.as_ref().unwrap();
                prop_assert_eq!(origins.iter().collect::<BTreeSet<_>>(), paths.iter().collect());
                for (i, (path, label)) in origins.iter().zip(labels(&data).0).enumerate() {
                    let class = path.split(if flat { '_' } else { '/' }).next().unwrap();
                    prop_assert_eq!(labels(&data).1[label as usize], class);
                    let in_test = data.test_from.is_some_and(|from| i >= from);
                    prop_assert_eq!(listed.as_ref().is_some_and(|listed| listed.contains(&path)), in_test);
                }
            }
        }
    }
}

#[test]
fn where_nobody_is_named_the_split_is_random() {
    let tone = tone(8000, 1000);
    let nobody = of(
        &same(
            &["a_0.wav", "a_1.wav", "a_2.wav", "b_0.wav", "b_1.wav", "b_2.wav"],
            &tone,
        ),
        &Options::default(),
    )
    .unwrap();
    assert_eq!(nobody.groups, None);
    assert!(
        nobody
            .notes
            .last()
            .unwrap()
            .ends_with("a_0.wav does not tell who speaks")
    );
    let one = of(
        &same(
            &[
                "a_x_0.wav",
                "a_x_1.wav",
                "a_x_2.wav",
                "b_x_0.wav",
                "b_x_1.wav",
                "b_x_2.wav",
            ],
            &tone,
        ),
        &Options::default(),
    )
    .unwrap();
    assert_eq!(one.groups, None);
    assert_eq!(
        one.notes.last().unwrap(),
        "all recordings are of x: the split is drawn at random"
    );
}

#[test]
fn a_folder_of_images_stays_one() {
    let folder = tempfile::tempdir().unwrap();
    let image = fixture("grey.png");
    let names = ["a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png", "b/2.png"];
    write(folder.path(), &same(&names, &image));
    let data = open(folder.path().to_str().unwrap(), &Options::default()).unwrap();
    assert!(matches!(data.inputs.shape, Shape::Image { .. }));
    assert_eq!(data.origins, None);
}

#[test]
fn spoken_digits_are_read() {
    let data = std::env::var_os("RELUME_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        |data| data.into(),
    );
    let folder = data.join("fsdd/recordings");
    if !folder.is_dir() {
        println!(
            "skipped: no Free Spoken Digit Dataset in {} (set RELUME_DATA)",
            folder.display()
        );
        return;
    }
    let open = |options| open(folder.to_str().unwrap(), &options).unwrap();
    let data = open(Options::default());
    assert_eq!((data.len(), data.classes()), (3000, Some(10)));
    // Six people, each of whom says each digit fifty times.
    let Targets::Classes { labels, .. } = &data.targets else {
        panic!()
    };
    let each: BTreeSet<(&str, u32)> = speakers(&data).into_iter().zip(labels.iter().copied()).collect();
    assert_eq!((each.len(), data.groups.as_ref().unwrap().names.len()), (60, 6));
    assert!(has(&data, "40 log-mel bands of 25 ms, every 10 ms, at 8,000 Hz"));
    assert!(data.inputs.values.iter().all(|value| value.is_finite()));
    let split = data.hold_out(1, 0.3).unwrap();
    let of = |samples: &[usize]| {
        samples
            .iter()
            .map(|&i| speakers(&data)[i])
            .collect::<BTreeSet<_>>()
    };
    assert!(of(&split.train).is_disjoint(&of(&split.test)));
    let few = open(Options {
        limit: Some(300),
        ..Options::default()
    });
    assert_eq!((few.len(), few.origins.unwrap().len()), (300, 300));
    assert_eq!(
        few.notes[0],
        "300 of 3,000 samples drawn, of each class in proportion"
    );
}
