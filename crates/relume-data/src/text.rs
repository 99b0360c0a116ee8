//! Texts in files: an example a line, or an example a file.
//!
//! They are in UTF-8, with or without a byte-order mark, and lines end as on Unix or on Windows. White space around a
//! text does not count. An empty text is left out, and so is one that comes again in the same class, unless a test part
//! is given: notes say how many.

use crate::encoding::decoded;
use crate::targets;
use crate::texts::{At, Blank, Text, Texts};
use crate::{Dataset, Error, Tokens};

/// A file of texts of one class.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its name, for messages.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
    /// The class of its texts.
    pub class: &'a str,
    /// What in it is a text.
    pub examples: Examples,
    /// Whether it is of a given test part.
    pub test: bool,
}

/// What in a file is a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Examples {
    /// Every line.
    Lines,
    /// The whole.
    Whole,
}

/// A data set from files of texts; without `tokens`, those that suit the texts.
pub fn parse(name: &str, files: &[File], tokens: Option<Tokens>) -> Result<Dataset, Error> {
    let mut blank = Blank::default();
    let (mut texts, mut classes) = (vec![], vec![]);
    let mut test_from = None;
    for test in [false, true] {
        if test && files.iter().any(|file| file.test) {
            test_from = Some(texts.len());
        }
        for file in files.iter().filter(|file| file.test == test) {
            let content = decoded(file.name, file.bytes)?;
            let examples: &mut dyn Iterator<Item = (&str, At)> = match file.examples {
                Examples::Lines => &mut (1..)
                    .zip(content.lines())
                    .map(|(number, line)| (line, At::Line(number))),
                Examples::Whole => &mut std::iter::once((content, At::Whole)),
            };
            for (text, at) in examples {
                if !blank.is(text, file.name, at) {
                    texts.push(Text {
                        text: text.trim(),
                        file: file.name,
                        at,
                    });
                    classes.push(file.class);
                }
            }
        }
    }
    let texts = Texts {
        texts,
        targets: targets::from_keys(classes.into_iter()),
        test_from,
        notes: Vec::from_iter(blank.note()),
    };
    texts.into_dataset(name, &format!("the text folder {name}"), tokens)
}
