//! `relume bench`: what each function costs on this machine.

use crate::failure::Failure;
use crate::output;
use clap::builder::PossibleValuesParser;
use clap::{Args, value_parser};
use console::{Alignment, pad_str, style};
use half::{bf16, f16};
use indicatif::{ProgressBar, ProgressStyle};
use relume::cost::{self, Timing};
use relume::{Activation, Element, InstructionSet};
use relume_report::machine;

/// Measure what the activation functions cost on this machine
///
/// One thread, outputs that exist already, the shortest of many runs. Next to each time stands its share of the speed
/// of copying as many bytes: at 100 % the function costs nothing but the traffic of memory.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relume bench\n  relume bench relu gelu 'elu(alpha=0.5)'\n  relume bench --elements 16777216 --type f64"
)]
pub(crate) struct Arguments {
    /// The functions, by name or alias, with parameters if you like [default: all]
    activations: Vec<String>,
    /// How many elements are computed in one call
    #[arg(long, value_name = "N", default_value_t = 65_536, value_parser = value_parser!(u32).range(1..=1 << 28))]
    elements: u32,
    /// The type of the elements
    #[arg(long = "type", value_name = "TYPE", default_value = "f32", value_parser = PossibleValuesParser::new(TYPES.map(|(name, _)| name)))]
    element: String,
}

/// Measures a function, or with `None` a copy, on this many elements.
type Timer = fn(Option<&Activation>, usize) -> Timing;

const TYPES: [(&str, Timer); 4] = [
    (<f32 as Element>::NAME, measure::<f32>),
    (<f64 as Element>::NAME, measure::<f64>),
    (<f16 as Element>::NAME, measure::<f16>),
    (<bf16 as Element>::NAME, measure::<bf16>),
];

fn measure<T: Element>(activation: Option<&Activation>, elements: usize) -> Timing {
    activation.map_or_else(
        || cost::copy::<T>(elements),
        |activation| cost::measure_slices::<T>(activation, elements),
    )
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let chosen = arguments.activations.iter().map(|text| text.parse());
    let mut activations: Vec<Activation> = chosen.collect::<Result<_, _>>()?;
    if activations.is_empty() {
        activations = relume::activations().collect();
    }
    let (_, measure) = TYPES[TYPES
        .iter()
        .position(|(name, _)| *name == arguments.element)
        .unwrap_or(0)];
    let elements = arguments.elements as usize;

    let progress = ProgressBar::new(activations.len() as u64 + 1).with_style(
        ProgressStyle::with_template("{bar:30.cyan/dim} {pos}/{len} {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let copy = measure(None, elements);
    let mut rows = vec![row("copy", copy, copy)];
    for activation in &activations {
        progress.inc(1);
        progress.set_message(activation.to_string());
        rows.push(row(
            &activation.to_string(),
            measure(Some(activation), elements),
            copy,
        ));
    }
    progress.finish_and_clear();

    let heading = ["", "forward", "of copy", "backward", "of copy"].map(str::to_string);
    let widths: [usize; 5] = std::array::from_fn(|i| {
        let cells = rows.iter().chain([&heading]).map(|row| row[i].chars().count());
        cells.max().unwrap_or(0)
    });
    let line = |row: &[String; 5]| {
        let cells = row.iter().zip(widths).enumerate().map(|(i, (cell, width))| {
            let side = if i == 0 { Alignment::Left } else { Alignment::Right };
            pad_str(cell, width, side, None).into_owned()
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    let title = format!(
        "ns per element: {} × {}, one thread, {}",
        arguments.elements,
        arguments.element,
        InstructionSet::best()
    );
    let mut lines = vec![title, machine::describe(), String::new()];
    lines.push(style(line(&heading)).bold().to_string());
    lines.extend(rows.iter().map(line));
    output::print(lines.join("\n"))
}

fn row(name: &str, cost: Timing, copy: Timing) -> [String; 5] {
    let share = |copy: f64, cost: f64| format!("{:.0} %", 100.0 * copy / cost);
    [
        name.to_string(),
        format!("{:.3}", cost.forward),
        share(copy.forward, cost.forward),
        format!("{:.3}", cost.backward),
        share(copy.backward, cost.backward),
    ]
}
