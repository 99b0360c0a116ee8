//! Texts in tables and folders: what is taken for one, what it is divided into, what is left out, what is refused.

use crate::{labels, message};
use proptest::prelude::*;
use relume_data::{Dataset, Error, Options, Shape, Targets, Tokens, open};
use std::path::Path;

fn table(text: &str, options: &Options) -> Result<Dataset, Error> {
    relume_data::csv::parse("table", "table.csv", text.as_bytes(), options)
}

fn plain(text: &str) -> Dataset {
    table(text, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn named(text: &str) -> Options {
    Options {
        text: Some(text.into()),
        ..Options::default()
    }
}

fn by(tokens: Tokens) -> Options {
    Options {
        tokens: Some(tokens),
        ..Options::default()
    }
}

/// The texts of a data set, put together again from their tokens.
fn texts(data: &Dataset, between: &str) -> Vec<String> {
    let Shape::Text { tokens, .. } = &data.inputs.shape else {
        panic!("no texts: {:?}", data.inputs.shape)
    };
    let text = |sample| {
        let numbers = data.inputs.sample(sample);
        let tokens: Vec<&str> = numbers.iter().map(|&number| &*tokens[number as usize]).collect();
        tokens.join(between)
    };
    (0..data.len()).map(text).collect()
}

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (file, content) in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    folder
}

fn opened(folder: &Path, options: &Options) -> Result<Dataset, Error> {
    open(folder.to_str().unwrap(), options)
}

const SPAM: &str = "kind,message\nspam,Win a prize\nham,See you soon\nspam,\"Cash, now\"\nham,I am late\nspam,Free \
                    money!\nham,On my way\n";

#[test]
fn the_only_column_with_words_is_a_text_and_the_other_its_label() {
    let data = plain(SPAM);
    assert_eq!(labels(&data), (vec![1, 0, 1, 0, 1, 0], vec!["ham", "spam"]));
    assert_eq!(
        texts(&data, ""),
        [
            "Win a prize",
            "See you soon",
            "Cash, now",
            "I am late",
            "Free money!",
            "On my way"
        ]
    );
    assert_eq!(
        data.description,
        "6 texts of 9 to 12 tokens, 25 different in 2 classes from the table table.csv"
    );
    assert_eq!(
        data.notes,
        [
            "column kind: predicted as 2 classes",
            "column message: taken for the text",
            "read character by character: more than half of the texts have fewer than 20 words",
        ]
    );
    for variant in [
        SPAM.replace('\n', "\r\n"),
        format!("\u{feff}{SPAM}"),
        SPAM.replace(',', "\t").replace("Cash\t", "Cash,"),
    ] {
        assert_eq!(plain(&variant), data, "{variant:?}");
    }
    // The label last, a column that only numbers the rows, and an empty one.
    let rows = SPAM.lines().skip(1).enumerate();
    let turned: String = rows
        .map(|(i, row)| {
            let (kind, message) = row.split_once(',').unwrap();
            format!("{i},{message},,{kind}\n")
        })
        .collect();
    let turned = plain(&format!("id,message,empty,kind\n{turned}"));
    assert_eq!((turned.inputs, turned.targets), (data.inputs, data.targets));
    assert_eq!(turned.notes[2], "left out beside the text: id, empty");
}

#[test]
fn a_quotation_mark_between_tabs_joins_no_lines() {
    let text =
        "ham\t\"Hi there\nspam\tBuy \"it\"\nham\tSo \"long\nspam\t\"Win now\nham\tSee you\nspam\tOh my\n";
    assert_eq!(
        texts(&plain(text), ""),
        [
            "\"Hi there",
            "Buy \"it\"",
            "So \"long",
            "\"Win now",
            "See you",
            "Oh my"
        ]
    );
    // Quotes that are needed are followed.
    let quoted = text
        .replace("\"Hi there", "\"Hi\tthere\"")
        .replace("\"Win", "Win");
    assert_eq!(texts(&plain(&quoted), "")[0], "Hi\tthere");
    let whole = text.replace("\"Hi there", "\"Hi there\"").replace("\"Win", "Win");
    assert_eq!(texts(&plain(&whole), "")[0], "Hi there");
}

#[test]
fn a_text_beside_features_is_one_only_if_it_is_named() {
    let row = |i: usize| format!("Name {i},{},{}\n", i % 7, ["a", "b"][i % 2]);
    let text = format!("name,size,y\n{}", (0..202).map(row).collect::<String>());
    assert!(matches!(plain(&text).inputs.shape, Shape::Features { .. }));
    let data = table(&text, &named("name")).unwrap();
    assert_eq!(texts(&data, "")[..2], ["Name 0", "Name 1"]);
    assert_eq!(data.notes[2], "left out beside the text: size");
    assert_eq!(labels(&data).1, ["a", "b"]);
    // Words without a space are a text from 101 different ones on; fewer are categories, unless named.
    let surnames = |n: usize| -> String {
        let rows = (0..n).map(|i| format!("sur{i},{}\n", ["x", "y"][i % 2]));
        rows.collect()
    };
    assert!(matches!(plain(&surnames(101)).inputs.shape, Shape::Text { .. }));
    assert!(matches!(
        plain(&surnames(100)).inputs.shape,
        Shape::Features { .. }
    ));
    assert_eq!(
        texts(&table(&surnames(100), &named("1")).unwrap(), "")[99],
        "sur99"
    );
    // Half of the cells have to differ.
    let again = |different: usize| -> String {
        let rows = (0..400).map(|i| format!("no {},{}\n", i % different, ["x", "y"][i / 3 % 2]));
        rows.collect()
    };
    assert!(matches!(plain(&again(201)).inputs.shape, Shape::Text { .. }));
    assert!(message(table(&again(200), &Options::default())).contains("at most 100 categories"));
}

#[test]
fn wrong_columns_are_said() {
    assert_eq!(
        message(table(SPAM, &named("mesage"))),
        "table.csv: no single column `mesage` of text; the columns are kind, message; did you mean message?"
    );
    let same = Options {
        label: Some("message".into()),
        ..named("2")
    };
    assert_eq!(
        message(table(SPAM, &same)),
        "table.csv: message is both the text and what is to be predicted; name two columns"
    );
    assert!(message(table("a\nb b\nc c\n", &named("1"))).contains("name two columns"));
    let numbers = "x,y\n1.5,a\n2,b\n3,a\n4,b\n5,a\n6,b\n";
    assert!(message(table(numbers, &by(Tokens::Words))).contains("the option tokens is for texts"));
    let unlabelled: String = (1..=12).map(|i| format!("{i},text {i}\n")).collect();
    let unlabelled = message(table(&format!("id,text\n{unlabelled}"), &Options::default()));
    assert!(
        unlabelled.contains("there is nothing to predict text from"),
        "{unlabelled}"
    );
    let two = "a,b,y\nx x,p p,k\ny y,q q,l\nz z,r r,k\nv v,s s,l\nw w,t t,k\nu u,u u,l\n";
    assert!(
        matches!(plain(two).inputs.shape, Shape::Features { .. }),
        "two texts"
    );
}

#[test]
fn a_quantity_can_be_predicted_from_texts() {
    let rows: String = (0..12)
        .map(|i| format!("word{} more,{}.5\n", "s".repeat(i), i))
        .collect();
    let data = plain(&format!("text,score\n{rows}"));
    assert_eq!(
        data.targets,
        Targets::Values((0..12).map(|i| i as f32 + 0.5).collect())
    );
}

#[test]
fn words_are_asked_for_or_found_in_long_texts() {
    let words = table(SPAM, &by(Tokens::Words)).unwrap();
    assert_eq!(
        texts(&words, " "),
        [
            "win a prize",
            "see you soon",
            "cash , now",
            "i am late",
            "free money !",
            "on my way"
        ]
    );
    let long = SPAM.replace("\n", &format!("{}\n", " and so on".repeat(6)));
    let long = long.replacen(&" and so on".repeat(6), "", 1);
    let found = plain(&long);
    assert_eq!(found, {
        let mut asked = table(&long, &by(Tokens::Words)).unwrap();
        asked.notes = found.notes.clone();
        asked
    });
    assert!(
        found.notes[2]
            .starts_with("read word by word, in small letters: half of the texts or more have at least 20"),
        "{:?}",
        found.notes
    );
}

#[test]
fn empty_and_repeated_texts_are_left_out_and_counted() {
    let rows = "ham,Hello there\nspam, \nham,hello there\nham,Hello there\nspam,Hello there\nspam,Buy it\nspam,Buy \
                that\nham,See you\n";
    let data = table(&format!("kind,text\n{rows}"), &by(Tokens::Characters)).unwrap();
    assert_eq!(
        texts(&data, ""),
        [
            "Hello there",
            "hello there",
            "Hello there",
            "Buy it",
            "Buy that",
            "See you"
        ]
    );
    assert_eq!(
        data.notes,
        [
            "1 empty text left out (first in table.csv, line 3, column text)",
            "column kind: predicted as 2 classes",
            "column text: taken for the text",
            "1 text comes with different answers, and may be both trained and tested on",
            "1 of 7 texts left out that come again with the same answer (first in table.csv, line 5, column text)",
        ]
    );
    // As words, `hello` and `Hello` are the same to the network.
    let words = table(&format!("kind,text\n{rows}ham,Bye now\n"), &by(Tokens::Words)).unwrap();
    assert!(
        words.notes[4].starts_with("2 of 8 texts left out"),
        "{:?}",
        words.notes
    );
    // A missing label is no text's fault.
    let missing = plain(&format!("kind,text\n{rows}ham,Bye now\n,Gone now\n"));
    assert_eq!(missing.notes[0], "1 of 10 rows dropped: no value in kind");
    // `None` and `?` are missing numbers, but good texts.
    let short = table("y,x\na,None\nb,?\na,NA\nb,null\na,n\nb,o\n", &named("x")).unwrap();
    assert_eq!(texts(&short, "")[1], "?");
}

#[test]
fn a_folder_has_a_file_per_class_with_a_text_a_line() {
    let dir = folder(&[
        ("cat.txt", b"\xef\xbb\xbfmeow\r\npurr\r\n\r\nhiss"),
        ("dog.TXT", "woof\n  wáu \nx\n".as_bytes()),
        ("notes.md", b"none"),
        ("old/bird.txt", b"tweet"),
    ]);
    let data = opened(dir.path(), &Options::default()).unwrap();
    assert_eq!(labels(&data), (vec![0, 0, 0, 1, 1, 1], vec!["cat", "dog"]));
    assert_eq!(texts(&data, ""), ["meow", "purr", "hiss", "woof", "wáu", "x"]);
    assert_eq!(data.inputs.steps(5), 1);
    assert_eq!(data.notes[0], "left out, no .txt: old (2 in all)");
    let blank = dir.path().join("cat.txt").display().to_string();
    assert_eq!(
        data.notes[1],
        format!("1 empty text left out (first in {blank}, line 3)")
    );
    assert_eq!(data.test_from, None);
}

#[test]
fn a_folder_has_a_sub_folder_per_class_with_a_text_a_file() {
    let dir = folder(&[
        ("neg/1.txt", b"dull\r\nand long"),
        ("neg/2.txt", b"bad"),
        ("neg/3.txt", b"worse"),
        ("neg/4.txt", b"\n"),
        ("pos/1.txt", b"good"),
        ("pos/2.txt", b"better"),
        ("pos/3.txt", b"best\n"),
        ("pos/more.csv", b""),
        ("none/at-all.md", b""),
        ("readme.txt", b"films"),
    ]);
    let data = opened(dir.path(), &Options::default()).unwrap();
    assert_eq!(labels(&data).1, ["neg", "pos"]);
    assert_eq!(
        texts(&data, ""),
        ["dull\nand long", "bad", "worse", "good", "better", "best"]
    );
    assert!(data.notes[0].ends_with("(4 in all)"), "{:?}", data.notes);
    let blank = dir.path().join("neg/4.txt").display().to_string();
    assert_eq!(data.notes[1], format!("1 empty text left out (first in {blank})"));
    // Where there are images, texts are no data.
    std::fs::write(dir.path().join("pos/face.png"), "").unwrap();
    assert!(message(opened(dir.path(), &Options::default())).contains("face.png"));
}

#[test]
fn a_test_part_is_kept_as_it_is() {
    let dir = folder(&[
        ("train/a.txt", b"one\ntwo\nthree\none\n"),
        ("train/b.txt", b"four\nfive\nsix\n"),
        ("test/a.txt", b"one\nseven\n"),
        ("test/b.txt", b"one\nsix\n"),
    ]);
    let data = opened(dir.path(), &Options::default()).unwrap();
    assert_eq!((data.len(), data.test_from), (11, Some(7)));
    assert_eq!(texts(&data, "")[7..], ["one", "seven", "one", "six"]);
    assert_eq!(
        data.notes[1],
        "3 texts of the test part are also among those to train on"
    );
    // A test part with one class, and one without texts.
    std::fs::remove_file(dir.path().join("test/a.txt")).unwrap();
    assert_eq!(
        opened(dir.path(), &Options::default()).unwrap().test_from,
        Some(7)
    );
    std::fs::remove_file(dir.path().join("test/b.txt")).unwrap();
    assert!(
        message(opened(dir.path(), &Options::default())).contains("the given test part has no .txt file")
    );
    let files = folder(&[
        ("train/a/1.txt", b"one"),
        ("train/a/2.txt", b"two"),
        ("train/b/1.txt", b"four"),
        ("train/b/2.txt", b"five"),
        ("valid/b/1.txt", b"six"),
        ("test/b/1.txt", b"seven"),
    ]);
    let data = opened(files.path(), &Options::default()).unwrap();
    assert_eq!(texts(&data, ""), ["one", "two", "four", "five", "six", "seven"]);
    assert_eq!(
        (labels(&data).0, data.test_from),
        (vec![0, 0, 1, 1, 1, 1], Some(5))
    );
}

#[test]
fn other_encodings_are_refused_with_what_to_do() {
    let good = ("b.txt", &b"one\ntwo\nthree\n"[..]);
    let said = |content: &[u8]| {
        message(opened(
            folder(&[("a.txt", content), good]).path(),
            &Options::default(),
        ))
    };
    let latin = said(b"caf\ncaf\xe9\n");
    assert!(
        latin.contains(
            "a.txt, line 2: expected text in UTF-8, found the byte e9; save it as UTF-8; if it is in Latin-1, with \
             iconv -f LATIN1 -t UTF-8"
        ),
        "{latin}"
    );
    for mark in [b"\xff\xfea\x00", b"\xfe\xff\x00a"] {
        let said = said(mark);
        assert!(
            said.contains("a.txt: expected text in UTF-8, found the byte-order mark of UTF-16; save"),
            "{said}"
        );
    }
    assert!(said(b"a\n\0b").contains("a.txt, line 2: expected text in UTF-8, found the byte 00"));
    let csv = relume_data::csv::parse("t", "t.csv", b"\xff\xfea\x00,\x00", &Options::default());
    assert!(message(csv).contains("UTF-16"));
}

#[test]
fn too_long_a_text_is_refused_with_its_place() {
    let text = |letters: usize| {
        format!(
            "y,x\na,{}\nb,b b\na,c c\nb,d d\na,e e\nb,f f\n",
            "ab ".repeat(letters)
        )
    };
    let longest = plain(&text(3333));
    assert_eq!(longest.inputs.steps(0), 9998, "trimmed");
    assert_eq!(
        message(table(&text(3334 + 1), &Options::default())),
        "table.csv, line 2, column x: expected at most 10,000 characters in a text, found 10,004; cut it, leave it \
         out, or read words instead of characters"
    );
    assert_eq!(
        table(&text(10_000), &by(Tokens::Words)).unwrap().inputs.steps(0),
        10_000
    );
    assert!(
        message(table(&text(10_001), &by(Tokens::Words)))
            .ends_with("10,000 words in a text, found 10,001; cut it or leave it out")
    );
}

#[test]
fn classes_with_few_texts_are_named_and_thousands_are_fine() {
    let few = "y,x\na,a a\nb,b b\na,c c\nb,d d\na,e e\nb,f f\nc,g g\n";
    assert!(message(table(few, &Options::default())).contains("class `c` has 1 samples to split"));
    let rows: String = (0..9000)
        .map(|i| format!("class {},text number {i}\n", i % 3000))
        .collect();
    let data = table(&format!("y,x\n{rows}"), &named("x")).unwrap();
    assert_eq!((data.classes(), data.len()), (Some(3000), 9000));
}

#[test]
fn what_texts_need_is_refused_elsewhere() {
    let said = |source: &str, options: &Options| message(open(source, options));
    assert!(said("digits", &named("x")).contains("the option text is for a CSV file"));
    assert!(said("digits", &by(Tokens::Words)).contains("the option tokens is for a folder of texts"));
    let dir = folder(&[("a.txt", b"one\n")]);
    let path = dir.path().to_str().unwrap().to_owned();
    assert!(said(&path, &Options::default()).contains("no two .txt files"));
    let file = format!("{path}/a.txt");
    assert!(said(&file, &Options::default()).ends_with(&format!("did you mean {path}?")));
}

proptest! {
    #[test]
    fn every_text_is_kept_once(texts in prop::collection::btree_set("[a-zé]{1,4} [a-z\"]{1,4}", 12..40), seed: u64) {
        let row = |(i, text): (usize, &String)| format!("{},\"{}\"\n", ["a", "b"][i % 2], text.replace('"', "\"\""));
        let rows: String = texts.iter().enumerate().map(row).collect();
        // A few rows a second time.
        let again: String = rows.split_inclusive('\n').skip((seed % 5) as usize).take(3).collect();
        let data = plain(&format!("y,x\n{rows}{again}"));
        prop_assert_eq!(self::texts(&data, ""), Vec::from_iter(texts.iter().cloned()));
        let split = data.split(seed).unwrap();
        prop_assert_eq!(split.train.len() + split.validation.len() + split.test.len(), texts.len());
    }
}
