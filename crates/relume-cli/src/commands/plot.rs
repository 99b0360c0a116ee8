//! `relume plot`: functions as a picture.

use crate::failure::Failure;
use crate::output;
use clap::Args;
use relume::Activation;
use relume_report::{html::plot_functions, store};
use std::path::PathBuf;

/// Draw activation functions as an SVG file
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    relume plot relu elu --derivative --out relu.svg\n  \
    relume plot gelu silu mish --from -6 --to 3 > smooth.svg")]
pub(crate) struct Arguments {
    /// The functions
    #[arg(required = true)]
    activations: Vec<String>,
    /// Draw the derivatives too
    #[arg(long)]
    derivative: bool,
    /// Left edge
    #[arg(long, default_value_t = -4.0, allow_negative_numbers = true, value_name = "X")]
    from: f64,
    /// Right edge
    #[arg(long, default_value_t = 4.0, allow_negative_numbers = true, value_name = "X")]
    to: f64,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let activations: Vec<Activation> = arguments
        .activations
        .iter()
        .map(|name| name.parse().map_err(refusal))
        .collect::<Result<_, Failure>>()?;
    let (from, to) = (arguments.from, arguments.to);
    if !(from.is_finite() && to.is_finite() && from < to) {
        return Err(Failure::usage(format!(
            "--from {from} --to {to}: expected two numbers, the smaller first"
        )));
    }
    let picture = plot_functions(&activations, arguments.derivative, (from, to));
    match &arguments.out {
        Some(path) => Ok(store::write(path, &picture)?),
        None => output::print(picture),
    }
}

/// A function that exists but has no curve is answered with those that have one.
fn refusal(error: relume::Error) -> Failure {
    match error {
        relume::Error::OtherShape { name, shape, .. } => {
            let names: Vec<&str> = relume::activations()
                .map(|activation| activation.name())
                .collect();
            Failure::usage(format!(
                "`{name}` works on {shape}, so it has no curve; what can be drawn: {}",
                names.join(", ")
            ))
        }
        error => error.into(),
    }
}
