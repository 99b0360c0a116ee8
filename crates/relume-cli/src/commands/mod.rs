//! The commands, one file each.

mod bench;
mod completions;
mod describe;
mod doctor;
mod list;
mod plot;
mod report;
mod study;
mod trial;

use crate::failure::Failure;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    // Boxed because it is much larger than the others.
    Study(Box<study::Arguments>),
    Trial(trial::Arguments),
    Report(report::Arguments),
    Doctor(doctor::Arguments),
    List(list::Arguments),
    Describe(describe::Arguments),
    Plot(plot::Arguments),
    Bench(bench::Arguments),
    Completions(completions::Arguments),
}

impl Command {
    /// `program` is the definition of the whole program, for what is derived from it.
    pub(crate) fn run(self, program: &mut clap::Command) -> Result<(), Failure> {
        match self {
            Self::Study(arguments) => study::run(&arguments),
            Self::Trial(arguments) => trial::run(&arguments),
            Self::Report(arguments) => report::run(&arguments),
            Self::Doctor(arguments) => doctor::run(&arguments),
            Self::List(arguments) => list::run(&arguments),
            Self::Describe(arguments) => describe::run(&arguments),
            Self::Plot(arguments) => plot::run(&arguments),
            Self::Bench(arguments) => bench::run(&arguments),
            Self::Completions(arguments) => completions::run(&arguments, program),
        }
    }
}
