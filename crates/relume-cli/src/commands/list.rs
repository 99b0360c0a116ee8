//! `relume list`: the catalogue at a glance.

use crate::failure::Failure;
use crate::output;
use clap::Args;
use console::{Alignment, measure_text_width, pad_str, style};
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
        let names: Vec<&str> = relume::catalogue().map(|definition| definition.name).collect();
        return output::print(names.join("\n"));
    }
    let rows: Vec<[String; 3]> = relume::catalogue().map(row).collect();
    let widths = [0, 1].map(|i| {
        rows.iter()
            .map(|row| measure_text_width(&row[i]))
            .max()
            .unwrap_or(0)
    });
    let lines = rows.iter().map(|[name, formula, aliases]| {
        let name = style(pad_str(name, widths[0], Alignment::Left, None)).bold();
        let line = format!("{name}  {}", pad_str(formula, widths[1], Alignment::Left, None));
        let fits = measure_text_width(&line) + 2 + measure_text_width(aliases) <= output::width();
        if fits {
            format!("{line}  {}", style(aliases).dim())
        } else {
            line.trim_end().to_string()
        }
    });
    output::print(lines.collect::<Vec<_>>().join("\n"))
}

/// Name with default parameters, formula, aliases.
fn row(definition: &Definition) -> [String; 3] {
    let name = Activation::new(definition.name).map_or(definition.name.to_string(), |a| a.to_string());
    [
        name,
        definition.formula.to_string(),
        definition.aliases.join(", "),
    ]
}
