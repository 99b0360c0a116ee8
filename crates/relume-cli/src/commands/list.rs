//! `relume list`: the catalogue at a glance.

use crate::failure::Failure;
use clap::Args;
use relume::{Activation, Definition};

/// List the activation functions
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relume list\n  relume list --names      one name a line, for scripts")]
pub(crate) struct Arguments {
    /// Print only the names
    #[arg(long)]
    names: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.names {
        relume::catalogue()
            .iter()
            .for_each(|definition| println!("{}", definition.name));
        return Ok(());
    }
    let rows: Vec<[String; 3]> = relume::catalogue()
        .iter()
        .map(|definition| row(definition))
        .collect();
    let widths = [0, 1].map(|i| {
        rows.iter()
            .map(|row| console::measure_text_width(&row[i]))
            .max()
            .unwrap_or(0)
    });
    for [name, formula, aliases] in &rows {
        let name = console::pad_str(name, widths[0], console::Alignment::Left, None);
        let formula = console::pad_str(formula, widths[1], console::Alignment::Left, None);
        println!(
            "{}  {formula}  {}",
            console::style(name).bold(),
            console::style(aliases).dim()
        );
    }
    Ok(())
}

/// Name with default parameters, formula, aliases.
fn row(definition: &Definition) -> [String; 3] {
    let name = Activation::new(definition.name).map_or(definition.name.to_string(), |a| a.to_string());
    let aliases = match definition.aliases {
        [] => String::new(),
        aliases => format!("also {}", aliases.join(", ")),
    };
    [name, definition.formula.to_string(), aliases]
}
