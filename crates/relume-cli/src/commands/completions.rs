//! `relume completions`: for the shell.

use crate::failure::Failure;
use crate::output;
use clap::Args;
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

pub(crate) fn run(arguments: &Arguments, program: &mut clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, program, "relume", &mut script);
    output::print(String::from_utf8_lossy(&script))
}
