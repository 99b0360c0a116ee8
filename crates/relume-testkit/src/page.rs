//! The page of all functions, `docs/functions.md`, from the catalogue.

use relume::{Activation, Definition};

/// The whole page, in Markdown.
///
/// ```
/// let page = relume_testkit::page::functions();
/// assert!(page.contains("## gelu\n"));
/// ```
pub fn functions() -> String {
    let introduction = "# The functions

Everything the catalogue knows of each function, as `relume describe` prints it. This page is written by \
`cargo run --release -p relume-testkit -- functions > docs/functions.md`; a test compares it with the catalogue.

What depends on parameters is stated for their default values. Errors are in units in the last place (ULP), of \
values, derivatives and backward products. At a kink our derivative is the one from the right; where a framework \
takes another one or another default, its line says so.
";
    let index = relume::catalogue().iter().map(|definition| {
        let name = definition.name;
        let formula = definition.formula.replace('|', "\\|");
        let (text, gain) = (
            Activation::from(*definition),
            Activation::from(*definition).gain(),
        );
        format!(
            "| [`{text}`](#{name}) | {formula} | {} | {gain:.4} |\n",
            definition.needs
        )
    });
    let index: String = index.collect();
    let sections: String = relume::catalogue()
        .iter()
        .map(|definition| section(definition))
        .collect();
    format!(
        "{introduction}\n| function | f(x) | backward needs | gain |\n|---|---|---|---|\n{index}{sections}"
    )
}

fn section(definition: &'static Definition) -> String {
    let lines: String = facts(definition)
        .into_iter()
        .map(|(what, text)| format!("- {what}: {text}\n"))
        .collect();
    let Definition { name, summary, .. } = definition;
    format!("\n## {name}\n\n{summary}\n\n{lines}")
}

fn facts(definition: &'static Definition) -> Vec<(String, String)> {
    let activation = Activation::from(definition);
    let mut facts = vec![
        ("f(x)".to_owned(), definition.formula.to_owned()),
        ("f′(x)".to_owned(), definition.derivative.to_owned()),
    ];
    facts.extend(definition.parameters.iter().map(|parameter| {
        let text = format!(
            "{}; {} by default, {}",
            parameter.description, parameter.default, parameter.domain
        );
        (format!("`{}`", parameter.name), text)
    }));
    let [low, high] = definition.range.map(number);
    let monotone = if definition.monotone {
        "monotone"
    } else {
        "not monotone"
    };
    let [left, right] = definition.limits.map(number);
    let kinks = definition
        .kinks
        .iter()
        .map(|kink| format!("at {}, where f′ = {}", number(kink.at), number(kink.derivative)));
    let kinks: Vec<String> = kinks.collect();
    facts.extend(
        [
            ("range", format!("{low} to {high}, {monotone}")),
            ("f(−∞), f(∞)", format!("{left}, {right}")),
            (
                "kinks",
                if kinks.is_empty() {
                    "none".to_owned()
                } else {
                    kinks.join("; ")
                },
            ),
            ("backward needs", definition.needs.to_string()),
            (
                "initialisation",
                format!(
                    "{}, gain {:.4} ({})",
                    definition.initialisation,
                    activation.gain(),
                    definition.gain.source()
                ),
            ),
            ("largest error", definition.error_bound.to_string()),
            ("origin", definition.origin.to_string()),
        ]
        .map(|(what, text)| (what.to_owned(), text)),
    );
    if !definition.aliases.is_empty() {
        facts.push(("also called".to_owned(), definition.aliases.join(", ")));
    }
    let conventions = definition.conventions.iter();
    facts.extend(conventions.map(|convention| (convention.framework.to_string(), convention.to_string())));
    facts
}

/// A number in running text.
fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "∞".to_owned(),
        f64::NEG_INFINITY => "−∞".to_owned(),
        _ => value.to_string().replace('-', "−"),
    }
}
