//! The program `relume-testkit`: sweeps over all f32 inputs.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use relume::{Activation, InstructionSet};
use relume_testkit::accuracy::Case;
use relume_testkit::sweep::Plan;
use relume_testkit::tolerance::Operation;

mod table;

use table::Row;

const EXAMPLES: &str = "\
Examples:
  relume-testkit sweep gelu                        values of gelu at all 2^32 inputs
  relume-testkit sweep gelu mish --derivative      derivatives of two functions
  relume-testkit sweep 'elu(alpha=0.3)' --stride 97
  relume-testkit sweep --all --both --stride 16    the whole catalogue, at every 16th input
  relume-testkit sweep --all --instruction-set sse2 --stride 1009
  relume-testkit sweep --all --both --record f32.tsv --markdown > f32.md
                                                   takes hours; resumes after an interruption";

/// Compares relume's results with an independent high-precision oracle.
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
    /// Each result is compared with the textbook formula in f64 arithmetic that bounds its own error. Where that cannot
    /// decide whether an error exceeds the bound or half an ULP, multiprecision arithmetic does. The exit code is 1 if a
    /// bound is exceeded.
    #[command(after_help = EXAMPLES)]
    Sweep(Sweep),
    /// Print the page of all functions, docs/functions.md.
    Functions,
}

#[derive(Args)]
struct Sweep {
    /// Functions, optionally with parameters.
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
    /// The instruction set to run on [default: the best one of this machine].
    #[arg(long, value_parser = instruction_set)]
    instruction_set: Option<InstructionSet>,
    /// Test only every N-th bit pattern.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    stride: u64,
    /// Threads to use [default: all cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Append each result to this file, and skip what it already holds, so that an interrupted sweep can be resumed.
    /// Delete a line to compute its result again.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The machine's name in the table, such as that of an emulator [default: the processor's name].
    #[arg(long, value_name = "NAME")]
    machine: Option<String>,
    /// Print a Markdown page, with machine and commit, instead of a table for the terminal.
    #[arg(long)]
    markdown: bool,
}

fn instruction_set(name: &str) -> Result<InstructionSet, String> {
    let available = InstructionSet::available();
    let names: Vec<_> = available.iter().map(|isa| isa.name()).collect();
    let unknown = || format!("this machine runs {}", names.join(", "));
    available
        .iter()
        .copied()
        .find(|isa| isa.name() == name)
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
        Ok(rows) if rows.iter().all(Row::holds) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn sweep(arguments: &Sweep) -> Result<Vec<Row>, String> {
    let recorded = match &arguments.record {
        Some(path) => table::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => Vec::new(),
    };
    let mut rows = Vec::new();
    for plan in plans(arguments)? {
        // The last one counts: a file may hold results of several commits.
        let row = match recorded.iter().rev().find(|row| row.is_of(&plan)) {
            Some(row) => row.clone(),
            None => run(&plan, arguments)?,
        };
        rows.push(row);
    }
    let page = if arguments.markdown {
        table::markdown(&rows)
    } else {
        table::terminal(&rows)
    };
    println!("{page}");
    Ok(rows)
}

fn plans(arguments: &Sweep) -> Result<Vec<Plan>, String> {
    let isa = arguments.instruction_set.unwrap_or_else(InstructionSet::best);
    let threads = arguments.threads.map_or_else(cores, usize::from);
    let activations: Vec<Activation> = if arguments.all {
        relume::activations().collect()
    } else {
        arguments.names.clone()
    };
    let operations: &[Operation] = match (arguments.both, arguments.derivative) {
        (true, _) => &[Operation::Value, Operation::Derivative],
        (false, true) => &[Operation::Derivative],
        (false, false) => &[Operation::Value],
    };
    let mut plans = Vec::new();
    for activation in activations {
        let case =
            Case::new(activation).ok_or_else(|| format!("{activation}: the oracle has no formula for it"))?;
        plans.extend(operations.iter().map(|&operation| Plan {
            case,
            operation,
            isa,
            stride: arguments.stride,
            threads,
        }));
    }
    Ok(plans)
}

fn run(plan: &Plan, arguments: &Sweep) -> Result<Row, String> {
    let bar = bar(plan);
    let outcome = plan
        .run(|inputs| bar.inc(inputs))
        .map_err(|error| error.to_string())?;
    bar.finish_and_clear();
    if !outcome.holds() {
        eprintln!("{}", table::broken(&outcome));
    }
    let row = Row::new(plan, &outcome, arguments.machine.as_deref());
    if let Some(path) = &arguments.record {
        table::append(path, &row).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(row)
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
