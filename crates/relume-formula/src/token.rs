//! Words and signs.

use crate::error::{Error, Problem};
use crate::tree::{Decimal, Relation};

/// The most symbols of a formula. Far more than any has, and few enough for a tree that can be walked.
const MOST_TOKENS: usize = 400;

/// One symbol.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Number(Decimal),
    /// A Latin word or a Greek letter, with the primes that follow it.
    Word(String),
    /// A power.
    Superscript(u32),
    Relation(Relation),
    /// Any other sign.
    Sign(char),
}

/// A symbol, and the number of characters before it.
pub(crate) type Placed = (usize, Token);

/// The symbols of a text.
pub(crate) fn tokens(text: &str) -> Result<Vec<Placed>, Error> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        if character.is_whitespace() {
            at += 1;
            continue;
        }
        if tokens.len() == MOST_TOKENS {
            let problem = Problem::TooLong;
            return Err(Error {
                position: at,
                problem,
            });
        }
        let (token, length) = token(&characters[at..]).map_err(|problem| Error {
            position: at,
            problem,
        })?;
        tokens.push((at, token));
        at += length;
    }
    Ok(tokens)
}

/// The first symbol of a text that is not empty, and the number of its characters.
fn token(text: &[char]) -> Result<(Token, usize), Problem> {
    let run = |of: fn(char) -> bool| text.iter().take_while(|&&c| of(c)).count();
    let first = text[0];
    if is_greek(first) || first.is_ascii_alphabetic() {
        let letters = if is_greek(first) {
            1
        } else {
            run(|c| c.is_ascii_alphanumeric() || c == '_')
        };
        let primes = text[letters..].iter().take_while(|&&c| c == '′').count();
        let length = letters + primes;
        return Ok((Token::Word(text[..length].iter().collect()), length));
    }
    if first.is_ascii_digit() {
        let length = run(|c| c.is_ascii_digit() || c == '.');
        return Ok((Token::Number(decimal(&text[..length])?), length));
    }
    if superscript(first).is_some() {
        let length = run(|c| superscript(c).is_some());
        let power = text[..length]
            .iter()
            .filter_map(|&c| superscript(c))
            .try_fold(0_u32, |power, digit| {
                power
                    .checked_mul(10)?
                    .checked_add(digit)
                    .filter(|&power| power < 100)
            });
        let power = power.ok_or(Problem::Number)?;
        return Ok((Token::Superscript(power), length));
    }
    let or_equal = text.get(1) == Some(&'=');
    Ok(match first {
        '<' if or_equal => (Token::Relation(Relation::LessOrEqual), 2),
        '>' if or_equal => (Token::Relation(Relation::GreaterOrEqual), 2),
        '<' => (Token::Relation(Relation::Less), 1),
        '>' => (Token::Relation(Relation::Greater), 1),
        '≤' => (Token::Relation(Relation::LessOrEqual), 1),
        '≥' => (Token::Relation(Relation::GreaterOrEqual), 1),
        '-' => (Token::Sign('−'), 1),
        '*' => (Token::Sign('·'), 1),
        '+' | '−' | '·' | '/' | '(' | ')' | '|' | '√' | ',' | '=' => (Token::Sign(first), 1),
        _ => return Err(Problem::Character(first)),
    })
}

pub(crate) fn is_greek(character: char) -> bool {
    ('α'..='ω').contains(&character) || ('Α'..='Ω').contains(&character)
}

/// The digit that a superscript stands for.
fn superscript(character: char) -> Option<u32> {
    let digit = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().position(|c| c == character)?;
    u32::try_from(digit).ok()
}

fn decimal(text: &[char]) -> Result<Decimal, Problem> {
    let text: String = text.iter().collect();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digits = format!("{whole}{fraction}");
    let stands_alone = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty() || text.ends_with('.') || stands_alone || digits.len() > Decimal::MOST_DIGITS {
        return Err(Problem::Number);
    }
    Ok(Decimal {
        digits: digits.parse().map_err(|_| Problem::Number)?,
        places: u8::try_from(fraction.len()).map_err(|_| Problem::Number)?,
    })
}
