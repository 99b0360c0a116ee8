//! `relume describe`: everything about one function.

use crate::failure::Failure;
use crate::output;
use clap::Args;
use console::{Alignment, pad_str, style};
use relume::{Activation, Definition, Kink};

/// Describe an activation function: formula, derivative, kinks, limits, initialisation, cost, origin
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relume describe gelu\n  relume describe 'leaky_relu(slope=0.2)'")]
pub(crate) struct Arguments {
    /// The function, by name or alias, with parameters if you like
    activation: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (name, definition, facts) = match arguments.activation.parse::<Activation>() {
        Ok(activation) => (
            activation.to_string(),
            activation.definition(),
            elementwise(&activation),
        ),
        Err(error) => {
            let definition = relume::find(&arguments.activation).ok_or(error)?;
            (definition.name.to_string(), definition, other(definition))
        }
    };
    let title = format!("{}  {}", style(name).bold(), definition.title);
    let mut lines = vec![title, definition.summary.to_string(), String::new()];
    lines.extend(facts.into_iter().chain(origin(definition)).map(|(what, text)| {
        let label = pad_str(what, 16, Alignment::Left, None);
        format!("{}{text}", style(label).dim())
    }));
    output::print(lines.join("\n"))
}

/// What there is to say of a function that is not elementwise.
fn other(definition: &Definition) -> Vec<(&'static str, String)> {
    vec![
        ("function", definition.formula.to_string()),
        ("backward", definition.derivative.to_string()),
        ("works on", definition.shape.works_on().to_string()),
        ("backward needs", definition.needs.to_string()),
        ("largest error", definition.accuracy()),
    ]
}

fn elementwise(activation: &Activation) -> Vec<(&'static str, String)> {
    let (definition, known) = (activation.definition(), activation.elementwise());
    let mut facts = vec![
        ("f(x)", definition.formula.to_string()),
        ("f'(x)", definition.derivative.to_string()),
    ];
    facts.extend(definition.parameters.iter().map(|parameter| {
        let text = format!(
            "{} (default {}, {})",
            parameter.description, parameter.default, parameter.domain
        );
        (parameter.name, text)
    }));
    let cost = relume::cost::measure(activation);
    facts.extend([
        ("range", format!("{} to {}", known.range[0], known.range[1])),
        ("monotone", if known.monotone { "yes" } else { "no" }.to_string()),
        ("kinks", kinks(known.kinks)),
        (
            "f(-inf), f(inf)",
            format!("{}, {}", known.limits[0], known.limits[1]),
        ),
        (
            "f(0), f'(0)",
            format!("{}, {}", activation.value(0.0), activation.derivative(0.0)),
        ),
        ("backward needs", definition.needs.to_string()),
        (
            "initialisation",
            format!("{}, gain {:.4}", known.initialisation, activation.gain()),
        ),
        ("", known.gain.source().to_string()),
        ("largest error", known.error_bound.to_string()),
        (
            "cost here",
            format!(
                "{:.2} ns forward, {:.2} ns backward per f32 element",
                cost.forward, cost.backward
            ),
        ),
    ]);
    facts
}

/// Where it comes from, and what others call it.
fn origin(definition: &Definition) -> Vec<(&'static str, String)> {
    let mut facts = vec![("origin", definition.origin.to_string())];
    if !definition.aliases.is_empty() {
        facts.push(("also called", definition.aliases.join(", ")));
    }
    let conventions = definition.conventions.iter();
    facts.extend(conventions.map(|convention| (convention.framework.name(), convention.to_string())));
    facts
}

fn kinks(kinks: &[Kink]) -> String {
    if kinks.is_empty() {
        return "none".to_string();
    }
    let each: Vec<String> = kinks
        .iter()
        .map(|kink| format!("{} (f' = {})", kink.at, kink.derivative))
        .collect();
    each.join(", ")
}
