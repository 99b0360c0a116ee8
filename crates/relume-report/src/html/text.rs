//! Words from outside on the page, and links to what they mean.

use maud::{Markup, html};

/// A name from outside: isolated from the direction of the text around it, and where it must be broken, broken
/// before its parameters.
pub(crate) fn name(text: &str) -> Markup {
    html! {
        bdi {
            @if let Some((name, parameters)) = text.split_once('(') { (name) wbr; "(" (parameters) } @else { (text) }
        }
    }
}

/// Replaces characters that cannot be seen: control characters, which no document may hold, and marks that change
/// the direction of text, which have no place in names. Done once for a whole page, so that no name is forgotten.
pub(crate) fn visible(page: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    page.chars()
        .map(|c| if hidden(c) { '\u{fffd}' } else { c })
        .collect()
}

/// A text of at most so many characters; what is left out is marked.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A link to the definition of a term, with the text to show.
pub(crate) fn term(of: &str, shown: &str) -> Markup {
    html! { a class="term" href={ "#" (anchor(of)) } { (shown) } }
}

/// The term whose anchor is at the threshold of a check.
pub(crate) fn threshold(check: &str) -> String {
    format!("{check} threshold")
}

/// The anchor of a term's definition.
pub(crate) fn anchor(term: &str) -> String {
    let mut anchor = String::from("def");
    for word in term
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty())
    {
        anchor.push('-');
        anchor.push_str(&word.to_ascii_lowercase());
    }
    anchor
}

/// A key of a settings file as words.
pub(crate) fn words(key: &str) -> String {
    key.replace('_', " ")
}

/// A value of a setting, as people write it.
pub(crate) fn setting(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) if number.is_f64() => {
            number.as_f64().unwrap_or_default().to_string()
        }
        serde_json::Value::Null => "none".to_owned(),
        serde_json::Value::Array(items) => items.iter().map(setting).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_replaced_and_markup_is_text() {
        assert_eq!(visible("a\u{202e}b\0c\n"), "a\u{fffd}b\u{fffd}c\n");
        assert_eq!(name("<b>&\"").into_string(), "<bdi>&lt;b&gt;&amp;&quot;</bdi>");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("語語語", 3), "語語語");
        assert_eq!(shortened("語語語語", 3), "語語…");
        assert_eq!(shortened("", 0), "");
    }

    #[test]
    fn anchors_are_plain() {
        assert_eq!(anchor("epochs to 95 %"), "def-epochs-to-95");
        assert_eq!(anchor("dead_units"), "def-dead-units");
    }

    #[test]
    fn settings_read_as_people_write_them() {
        let value = serde_json::json!([0.0, 0.003, 12, "he", null, true]);
        assert_eq!(setting(&value), "0, 0.003, 12, he, none, true");
    }
}
