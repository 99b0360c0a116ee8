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
    let index = relume::activations().map(|activation| {
        let Definition {
            name, formula, needs, ..
        } = activation.definition();
        let (formula, gain) = (formula.replace('|', "\\|"), activation.gain());
        format!("| [`{activation}`](#{name}) | {formula} | {needs} | {gain:.4} |\n")
    });
    let index: String = index.collect();
    let others = relume::catalogue().filter(|definition| definition.elementwise().is_none());
    let others_index = others.clone().map(|definition| {
        let Definition {
            name, formula, shape, ..
        } = definition;
        format!("| [`{name}`](#{name}) | {formula} | {} |\n", shape.works_on())
    });
    let others_index: String = others_index.collect();
    let sections =
        relume::activations().map(|activation| section(activation.definition(), facts(&activation)));
    let sections: String = sections
        .chain(others.map(|definition| section(definition, other_facts(definition))))
        .collect();
    format!(
        "{introduction}\n| function | f(x) | backward needs | gain |\n|---|---|---|---|\n{index}\n\
         | function | formula | works on |\n|---|---|---|\n{others_index}{sections}"
    )
}

fn section(definition: &Definition, facts: Vec<(String, String)>) -> String {
    let lines: String = facts
        .into_iter()
        .chain(origin(definition))
        .map(|(what, text)| format!("- {what}: {text}\n"))
        .collect();
    let Definition { name, summary, .. } = definition;
    format!("\n## {name}\n\n{summary}\n\n{lines}")
}

/// What there is to say of a function that is not elementwise.
fn other_facts(definition: &Definition) -> Vec<(String, String)> {
    [
        ("function", definition.formula.to_owned()),
        ("backward", definition.derivative.to_owned()),
        ("works on", definition.shape.works_on().to_owned()),
        ("backward needs", definition.needs.to_string()),
        ("largest error", definition.accuracy()),
    ]
    .map(|(what, text)| (what.to_owned(), text))
    .into()
}

fn facts(activation: &Activation) -> Vec<(String, String)> {
    let (definition, known) = (activation.definition(), activation.elementwise());
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
    let [low, high] = known.range.map(number);
    let monotone = if known.monotone {
        "monotone"
    } else {
        "not monotone"
    };
    let [left, right] = known.limits.map(number);
    let kinks = known
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
                    known.initialisation,
                    activation.gain(),
                    known.gain.source()
                ),
            ),
            ("largest error", known.error_bound.to_string()),
        ]
        .map(|(what, text)| (what.to_owned(), text)),
    );
    facts
}

/// Where it comes from, and what others call it.
fn origin(definition: &Definition) -> Vec<(String, String)> {
    let mut facts = vec![("origin".to_owned(), definition.origin.to_string())];
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
