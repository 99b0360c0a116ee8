//! The `relume` program: choose, inspect and debug activation functions.

mod commands;
mod failure;
mod interrupt;
mod output;
mod progress;

use clap::{CommandFactory, Parser};
use commands::Command;
use std::process::ExitCode;

/// Which activation function should this network use?
///
/// relume trains your task with each activation function, watches every layer while it trains, and says which to
/// use and why, with the statistics to believe it.
#[derive(Debug, Parser)]
#[command(
    name = "relume",
    version,
    after_help = "Examples:\n  \
        relume study                       compare a dozen activations on embedded handwritten digits\n  \
        relume study photos/ --net cnn     the same on your own pictures, one sub-folder per class\n  \
        relume describe gelu               everything about one function\n\n\
        Exit status: 0 fine, 1 failed, 2 wrong usage."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match Cli::parse().command.run(&mut Cli::command()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
