//! What the steps of a text are.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;
use strum::{Display, EnumString, VariantNames};
use unicode_segmentation::UnicodeSegmentation;

/// What the steps of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Tokens {
    /// Its characters, as Unicode numbers them: capitals differ from small letters, and a combining mark is a character
    /// of its own. A line break of Windows is one character.
    Characters,
    /// Its words, in small letters, as Unicode divides text (UAX #29): `don't` is one, each sign between words is one,
    /// spaces are none.
    Words,
}

/// From so many words in the median text on, texts are read word by word.
const MEDIAN_WORDS: usize = 20;

impl Tokens {
    /// Words where half of the texts have at least 20 of them, otherwise characters; and why, for people.
    pub(crate) fn suited<'a>(texts: impl ExactSizeIterator<Item = &'a str>) -> (Self, String) {
        // Beyond `MEDIAN_WORDS`, how many there are makes no difference.
        let many = |text: &str| text.unicode_words().take(MEDIAN_WORDS).count() == MEDIAN_WORDS;
        let n = texts.len();
        if 2 * texts.filter(|text| many(text)).count() >= n {
            let why = format!("half of the texts or more have at least {MEDIAN_WORDS} words");
            (
                Tokens::Words,
                format!("read word by word, in small letters: {why}"),
            )
        } else {
            let why = format!("more than half of the texts have fewer than {MEDIAN_WORDS} words");
            (Tokens::Characters, format!("read character by character: {why}"))
        }
    }

    /// How they are called, in the plural.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tokens::Characters => "characters",
            Tokens::Words => "words",
        }
    }

    /// Hands over the tokens of a text in their order. A text that is not blank has at least one.
    fn each(self, text: &str, mut take: impl FnMut(&str)) {
        match self {
            Tokens::Characters => {
                let mut buffer = [0; 4];
                let mut rest = text.chars().peekable();
                while let Some(character) = rest.next() {
                    if character != '\r' || rest.peek() != Some(&'\n') {
                        take(character.encode_utf8(&mut buffer));
                    }
                }
            }
            Tokens::Words => {
                let words = text.split_word_bounds().filter(|word| !word.trim().is_empty());
                words.for_each(|word| take(&small(word)));
            }
        }
    }
}

fn small(word: &str) -> Cow<'_, str> {
    if word.chars().all(|c| c.is_ascii() && !c.is_ascii_uppercase()) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(word.to_lowercase())
    }
}

/// The different tokens of texts, numbered as they come.
#[derive(Default)]
pub(crate) struct Numbering {
    numbers: HashMap<String, u32>,
    names: Vec<String>,
}

impl Numbering {
    /// The numbers of the tokens of a text.
    pub(crate) fn of(&mut self, text: &str, tokens: Tokens) -> Vec<u32> {
        let mut numbers = vec![];
        tokens.each(text, |token| {
            let number = self.numbers.get(token).copied().unwrap_or_else(|| {
                let next = self.names.len() as u32;
                self.numbers.insert(token.to_owned(), next);
                self.names.push(token.to_owned());
                next
            });
            numbers.push(number);
        });
        numbers
    }

    pub(crate) fn into_names(self) -> Vec<String> {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(text: &str, tokens: Tokens) -> Vec<String> {
        let mut all = vec![];
        tokens.each(text, |token| all.push(token.to_owned()));
        all
    }

    #[test]
    fn words_are_small_and_signs_stand_alone() {
        // The first is the example of UAX #29.
        assert_eq!(
            split(
                "The quick (“brown”) fox can’t jump 32.3 feet, right?",
                Tokens::Words
            ),
            [
                "the", "quick", "(", "“", "brown", "”", ")", "fox", "can’t", "jump", "32.3", "feet", ",",
                "right", "?"
            ]
        );
        assert_eq!(
            split("ÄRGER\r\nist\t👍🏽!", Tokens::Words),
            ["ärger", "ist", "👍🏽", "!"]
        );
    }

    #[test]
    fn characters_are_those_of_unicode_and_a_line_break_is_one() {
        assert_eq!(
            split("aÉ\r\n\n\r", Tokens::Characters),
            ["a", "É", "\n", "\n", "\r"]
        );
        assert_eq!(split("e\u{301}", Tokens::Characters), ["e", "\u{301}"]);
    }

    #[test]
    fn long_texts_are_read_by_words() {
        let (short, long) = ("word ".repeat(19), "word ".repeat(20));
        let suited = |texts: &[&str]| Tokens::suited(texts.iter().copied()).0;
        assert_eq!(suited(&[&long]), Tokens::Words);
        assert_eq!(suited(&[&short]), Tokens::Characters);
        assert_eq!(suited(&[&long, &short]), Tokens::Words);
        assert_eq!(suited(&[&short, &long, &short]), Tokens::Characters);
    }

    proptest! {
        #[test]
        fn nothing_but_spaces_and_capitals_is_lost(text in "\\PC{0,30}") {
            let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(split(&text, Tokens::Characters).concat(), text.clone());
            let words = split(&text, Tokens::Words);
            // Word by word: where a word ends decides what the small letter of a sigma is.
            let small: String = text.split_word_bounds().map(str::to_lowercase).collect();
            prop_assert_eq!(letters(&words.concat()), letters(&small));
            prop_assert_eq!(words.is_empty(), text.trim().is_empty());
        }

        #[test]
        fn numbers_lead_back_to_the_text(texts in prop::collection::vec("[abc ]{0,12}", 0..6)) {
            let mut numbering = Numbering::default();
            let numbers: Vec<Vec<u32>> =
                texts.iter().map(|text| numbering.of(text, Tokens::Characters)).collect();
            let names = numbering.into_names();
            for (text, numbers) in texts.iter().zip(numbers) {
                let back: String = numbers.iter().map(|&number| &*names[number as usize]).collect();
                prop_assert_eq!(&back, text);
            }
        }
    }
}
