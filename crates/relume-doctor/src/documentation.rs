//! A check's documentation, read from the module documentation of its own file: it is written once.

/// The text under a heading of the module documentation, kept for the life of the program.
pub(crate) fn section(source: &str, heading: &str) -> &'static str {
    text(source, heading).leak()
}

/// The text under a heading of the module documentation, each paragraph and each item of a list on one line;
/// empty where there is no such heading.
fn text(source: &str, heading: &str) -> String {
    let wanted = format!("# {heading}");
    let mut text = String::new();
    let lines = lines(source).skip_while(|&line| line != wanted).skip(1);
    for line in lines.take_while(|line| !line.starts_with("# ")) {
        let between = match line {
            _ if text.is_empty() => "",
            "" => "\n\n",
            _ if line.starts_with("- ") => "\n",
            _ if text.ends_with('\n') => "",
            _ => " ",
        };
        text.push_str(between);
        text.push_str(line);
    }
    text.trim().to_owned()
}

/// The first sentence of the module documentation, without its full stop.
pub(crate) fn title(source: &str) -> &'static str {
    lines(source)
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_owned()
        .leak()
}

/// The lines of the module documentation.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
}

/// Fails unless the text under a heading states all these numbers.
#[cfg(test)]
pub(crate) fn assert_states(source: &str, heading: &str, numbers: &[String]) {
    let text = text(source, heading);
    let missing: Vec<&String> = numbers
        .iter()
        .filter(|number| !text.contains(number.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?} not in: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "//! A title.\n//!\n//! # First\n//! One\n//! two.\n//!\n//! Three.\n//! # What to do\n//! - do\n//!   this\n//! - or that\n\nuse x;\n//! # First\n";

    #[test]
    fn sections_are_joined_as_written() {
        assert_eq!(title(SOURCE), "A title");
        assert_eq!(section(SOURCE, "First"), "One two.\n\nThree.");
        assert_eq!(section(SOURCE, "What to do"), "- do this\n- or that");
        assert_eq!(section(SOURCE, "Third"), "");
    }
}
