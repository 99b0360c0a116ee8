//! `relume describe`: everything about one function.

use crate::failure::Failure;
use crate::output;
use clap::Args;
use console::{Alignment, pad_str, style};
use relume::{Activation, Kink};

/// Describe an activation function: formula, derivative, kinks, limits, initialisation, cost, origin
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relume describe gelu\n  relume describe 'leaky_relu(slope=0.2)'")]
pub(crate) struct Arguments {
    /// The function, by name or alias, with parameters if you like
    activation: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let activation: Activation = arguments.activation.parse()?;
    let definition = activation.definition();
    let title = format!("{}  {}", style(activation).bold(), definition.title);
    let mut lines = vec![title, definition.summary.to_string(), String::new()];
    lines.extend(facts(&activation).into_iter().map(|(what, text)| {
        let label = pad_str(what, 16, Alignment::Left, None);
        format!("{}{text}", style(label).dim())
    }));
    output::print(lines.join("\n"))
}

fn facts(activation: &Activation) -> Vec<(&'static str, String)> {
    let definition = activation.definition();
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
        (
            "range",
            format!("{} to {}", definition.range[0], definition.range[1]),
        ),
        (
            "monotone",
            if definition.monotone { "yes" } else { "no" }.to_string(),
        ),
        ("kinks", kinks(definition.kinks)),
        (
            "f(-inf), f(inf)",
            format!("{}, {}", definition.limits[0], definition.limits[1]),
        ),
        (
            "f(0), f'(0)",
            format!("{}, {}", activation.value(0.0), activation.derivative(0.0)),
        ),
        ("backward needs", definition.needs.to_string()),
        (
            "initialisation",
            format!("{}, gain {:.4}", definition.initialisation, activation.gain()),
        ),
        ("", definition.gain.source().to_string()),
        ("largest error", definition.error_bound.to_string()),
        (
            "cost here",
            format!(
                "{:.2} ns forward, {:.2} ns backward per f32 element",
                cost.forward, cost.backward
            ),
        ),
        ("origin", definition.origin.to_string()),
    ]);
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
