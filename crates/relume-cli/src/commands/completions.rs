//! `relume completions`: for the shell.

use crate::Cli;
use crate::failure::Failure;
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Print shell completions
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relume completions bash > /etc/bash_completion.d/relume\n  \
    relume completions zsh > ~/.zfunc/_relume"
)]
pub(crate) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "relume", &mut script);
    output::print(String::from_utf8_lossy(&script))
}
