//! From texts, wherever they come from, to a data set.

use crate::dataset::{MAX_STEPS, MAX_VALUES};
use crate::error::Place;
use crate::tokens::{Numbering, Tokens};
use crate::words::{counted, grouped};
use crate::{Dataset, Error, Inputs, Targets};
use std::collections::{HashMap, HashSet};

/// The most different tokens: up to here an `f32` holds every whole number.
const MOST_DIFFERENT: usize = 1 << 24;

/// A text, which is not blank, and where it stands.
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    pub(crate) file: &'a str,
    pub(crate) at: At<'a>,
}

/// Where in its file a text stands.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    /// It is the file.
    Whole,
    /// It is this line.
    Line(u64),
    /// It is in this line and column.
    Cell(u64, &'a str),
}

impl At<'_> {
    fn place(self) -> Place {
        match self {
            At::Whole => Place::Whole,
            At::Line(line) => Place::Line(line),
            At::Cell(line, column) => Place::Cell(line, column.to_owned()),
        }
    }
}

/// Texts with what is to be predicted from them.
pub(crate) struct Texts<'a> {
    pub(crate) texts: Vec<Text<'a>>,
    pub(crate) targets: Targets,
    /// As in [`Dataset`].
    pub(crate) test_from: Option<usize>,
    pub(crate) notes: Vec<String>,
}

/// The texts in numbers, one after another.
struct Encoded {
    numbers: Vec<u32>,
    steps: Vec<usize>,
}

impl Texts<'_> {
    /// Brings texts into the form of a data set: by these tokens, or else by those that suit them.
    ///
    /// A text that comes again with the same target is left out: it would else be learnt and then asked for. Where
    /// a test part is given all are kept, and a note says how many of its texts are also trained on.
    pub(crate) fn into_dataset(
        mut self,
        name: &str,
        origin: &str,
        tokens: Option<Tokens>,
    ) -> Result<Dataset, Error> {
        let tokens = tokens.unwrap_or_else(|| {
            let (tokens, note) = Tokens::suited(self.texts.iter().map(|text| text.text));
            self.notes.push(note);
            tokens
        });
        let mut numbering = Numbering::default();
        let mut encoded = Encoded {
            numbers: vec![],
            steps: Vec::with_capacity(self.texts.len()),
        };
        for text in &self.texts {
            let numbers = numbering.of(text.text, tokens);
            if numbers.len() > MAX_STEPS {
                return Err(too_long(text, tokens, numbers.len()));
            }
            encoded.steps.push(numbers.len());
            encoded.numbers.extend(numbers);
        }
        let names = numbering.into_names();
        if encoded.numbers.len() > MAX_VALUES || names.len() > MOST_DIFFERENT {
            let problem = format!(
                "{} {}, {} different, are too many",
                grouped(encoded.numbers.len()),
                tokens.name(),
                grouped(names.len())
            );
            return Err(Error::unfit(name, problem, "give it fewer texts"));
        }
        match self.test_from {
            Some(from) => self.count_known(&encoded, from),
            None => encoded = self.without_repeated(encoded),
        }
        let values = encoded.numbers.iter().map(|&number| number as f32).collect();
        let inputs = Inputs::texts(values, names, &encoded.steps);
        Dataset::new(name, origin, inputs, self.targets, self.test_from, self.notes)
    }

    /// Says how many texts of a given test part are among those before it.
    fn count_known(&mut self, encoded: &Encoded, from: usize) {
        let texts: Vec<&[u32]> = encoded.each().collect();
        let known: HashSet<&[u32]> = texts[..from].iter().copied().collect();
        let again = texts[from..].iter().filter(|text| known.contains(*text)).count();
        if again > 0 {
            self.notes.push(format!(
                "{} of the test part {} also among those to train on",
                counted(again, "text"),
                if again == 1 { "is" } else { "are" }
            ));
        }
    }

    /// Leaves out every text that came before with the same target; says so, and how many remain that come with
    /// several.
    fn without_repeated(&mut self, encoded: Encoded) -> Encoded {
        let mut seen = HashSet::new();
        let mut answers: HashMap<&[u32], usize> = HashMap::new();
        let mut kept = vec![];
        let mut first_left_out = None;
        for (i, text) in encoded.each().enumerate() {
            let target = match &self.targets {
                Targets::Classes { labels, .. } => labels[i],
                Targets::Values(values) => values[i].to_bits(),
            };
            if seen.insert((text, target)) {
                *answers.entry(text).or_default() += 1;
                kept.push(i);
            } else {
                first_left_out = first_left_out.or(Some(i));
            }
        }
        let several = answers.values().filter(|answers| **answers > 1).count();
        if several > 0 {
            let come = if several == 1 { "comes" } else { "come" };
            self.notes.push(format!(
                "{} {come} with different answers, and may be both trained and tested on",
                counted(several, "text")
            ));
        }
        let Some(first) = first_left_out else {
            return encoded;
        };
        let Text { file, at, .. } = &self.texts[first];
        self.notes.push(format!(
            "{} of {} texts left out that come again with the same answer (first in {file}{})",
            grouped(encoded.steps.len() - kept.len()),
            grouped(encoded.steps.len()),
            at.place(),
        ));
        self.targets = self.targets.only(&kept);
        let texts: Vec<&[u32]> = encoded.each().collect();
        Encoded {
            numbers: kept.iter().flat_map(|&i| texts[i]).copied().collect(),
            steps: kept.iter().map(|&i| encoded.steps[i]).collect(),
        }
    }
}

impl Encoded {
    fn each(&self) -> impl Iterator<Item = &[u32]> {
        let mut rest = &self.numbers[..];
        self.steps.iter().map(move |&steps| {
            let (text, after) = rest.split_at(steps);
            rest = after;
            text
        })
    }
}

fn too_long(text: &Text, tokens: Tokens, steps: usize) -> Error {
    let other = match tokens {
        Tokens::Characters => ", leave it out, or read words instead of characters",
        Tokens::Words => " or leave it out",
    };
    Error::malformed(
        text.file,
        text.at.place(),
        format!("at most {} {} in a text", grouped(MAX_STEPS), tokens.name()),
        grouped(steps),
        format!("cut it{other}"),
    )
}

/// Counts texts without a character that can be seen: they are left out.
#[derive(Default)]
pub(crate) struct Blank {
    texts: usize,
    first: String,
}

impl Blank {
    /// Whether this text is one; if so it is counted.
    pub(crate) fn is(&mut self, text: &str, file: &str, at: At) -> bool {
        let blank = text.trim().is_empty();
        if blank {
            self.texts += 1;
            if self.texts == 1 {
                self.first = format!("{file}{}", at.place());
            }
        }
        blank
    }

    /// How many there are, if any.
    pub(crate) fn note(self) -> Option<String> {
        let counted = counted(self.texts, "empty text");
        (self.texts > 0).then(|| format!("{counted} left out (first in {})", self.first))
    }
}
