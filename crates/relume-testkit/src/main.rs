//! The program `relume-testkit`: sweeps over all f32 inputs.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use relume::{Activation, Rung};
use relume_testkit::accuracy::Case;
use relume_testkit::sweep::{Outcome, Plan};
use relume_testkit::tolerance::Operation;

mod table;

const EXAMPLES: &str = "\
Examples:
  relume-testkit sweep gelu                        values of gelu at all 2^32 inputs
  relume-testkit sweep gelu mish --derivative      derivatives of two functions
  relume-testkit sweep 'elu(alpha=0.3)' --stride 97
  relume-testkit sweep --all --both --stride 16    everything, at every 16th input
  relume-testkit sweep --all --rung sse2 --stride 1009";

/// Holds relume's results against an independent high-precision oracle.
#[derive(Parser)]
#[command(name = "relume-testkit", version, after_help = EXAMPLES)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find the largest error over all f32 inputs.
    ///
    /// Each result is compared with the same formula in f64 arithmetic that bounds its own error; results that
    /// might break the bound, or of which f64 knows too little, are judged in multiprecision. Exit code 1 if a
    /// bound is broken.
    #[command(after_help = EXAMPLES)]
    Sweep(Sweep),
    /// Print the page of all functions, docs/functions.md.
    Functions,
}

#[derive(Args)]
struct Sweep {
    /// Functions, with parameters if wanted.
    #[arg(value_name = "NAME", required_unless_present = "all", conflicts_with = "all")]
    names: Vec<Activation>,
    /// Every function of the catalogue.
    #[arg(long)]
    all: bool,
    /// Derivatives instead of values.
    #[arg(long)]
    derivative: bool,
    /// Values and derivatives.
    #[arg(long, conflicts_with = "derivative")]
    both: bool,
    /// The instruction set to run on; the best one of this machine unless given.
    #[arg(long, value_parser = rung)]
    rung: Option<Rung>,
    /// Take every N-th bit pattern only.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    stride: u64,
    /// Threads to use; all cores unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Print a Markdown page, with machine and commit, instead of a table for the terminal.
    #[arg(long)]
    markdown: bool,
}

fn rung(name: &str) -> Result<Rung, String> {
    let available = Rung::available();
    let names: Vec<_> = available.iter().map(|rung| rung.name()).collect();
    let unknown = || format!("this machine runs {}", names.join(", "));
    available
        .iter()
        .copied()
        .find(|rung| rung.name() == name)
        .ok_or_else(unknown)
}

fn main() -> ExitCode {
    let arguments = match Program::parse().command {
        Command::Sweep(arguments) => arguments,
        Command::Functions => {
            print!("{}", relume_testkit::page::functions());
            return ExitCode::SUCCESS;
        }
    };
    match sweep(&arguments) {
        Ok(outcomes) if outcomes.iter().all(Outcome::holds) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn sweep(arguments: &Sweep) -> Result<Vec<Outcome>, String> {
    let rung = arguments.rung.unwrap_or_else(Rung::best);
    let threads = arguments.threads.map_or_else(cores, usize::from);
    let activations: Vec<Activation> = if arguments.all {
        relume::catalogue()
            .iter()
            .map(|definition| Activation::from(*definition))
            .collect()
    } else {
        arguments.names.clone()
    };
    let operations: &[Operation] = match (arguments.both, arguments.derivative) {
        (true, _) => &[Operation::Value, Operation::Derivative],
        (false, true) => &[Operation::Derivative],
        (false, false) => &[Operation::Value],
    };
    let commit = table::commit();
    let mut outcomes = Vec::new();
    for activation in activations {
        let case =
            Case::new(activation).ok_or_else(|| format!("{activation}: the oracle has no formula for it"))?;
        for &operation in operations {
            let plan = Plan {
                case,
                operation,
                rung,
                stride: arguments.stride,
                threads,
            };
            let bar = bar(&plan);
            let outcome = plan
                .run(|inputs| bar.inc(inputs))
                .map_err(|error| error.to_string())?;
            bar.finish_and_clear();
            if !outcome.holds() {
                eprintln!("{}", table::broken(&outcome));
            }
            outcomes.push(outcome);
        }
    }
    let page = table::Page {
        outcomes: &outcomes,
        rung,
        threads,
        stride: arguments.stride,
        commit: commit.as_deref(),
    };
    println!(
        "{}",
        if arguments.markdown {
            page.markdown()
        } else {
            page.terminal()
        }
    );
    Ok(outcomes)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn bar(plan: &Plan) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:28} {wide_bar} {percent:>3} %  {eta} left")
        .expect("the template is valid");
    ProgressBar::new(plan.inputs())
        .with_style(style)
        .with_message(format!("{} {}", plan.case.activation, plan.operation))
}
