//! `relume doctor`: what a watched training run says, from its counts in a file.

use crate::failure::Failure;
use crate::output;
use clap::{Args, Subcommand};
use relume_report::checkup::{self, Checkup};
use relume_report::html;
use relume_report::store;
use relume_report::table::Terminal;
use std::path::PathBuf;

/// Show or add up what was counted in watched training runs
///
/// The files are written by `relume.torch.watch(model)` in Python: `doctor.save("run.relume")`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relume doctor show run.relume\n  relume doctor show run.relume --html doctor.html\n  relume doctor merge rank0.relume rank1.relume -o all.relume"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the findings and a table of the layers
    Show {
        /// A file of counts
        file: PathBuf,
        /// Write the report as a page, too
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
        /// Print everything as JSON
        #[arg(long)]
        json: bool,
    },
    /// Add up the counts of workers that trained one network together
    Merge {
        /// The files of counts
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Where the sum is written
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match &arguments.action {
        Action::Show { file, html, json } => {
            let checkup = Checkup::of(&checkup::load(file)?);
            if let Some(path) = html {
                let title = file.file_stem().unwrap_or_default().to_string_lossy();
                store::write(path, &html::checkup(&checkup, &title))?;
            }
            output::print(if *json {
                checkup.json()
            } else {
                checkup.terminal(screen())
            })
        }
        Action::Merge { files, output: path } => {
            let (first, others) = files.split_first().expect("clap asks for one");
            let mut sum = checkup::load(first)?;
            for file in others {
                let run = checkup::load(file)?;
                sum.merge(&run)
                    .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
            }
            checkup::save(&sum, path)?;
            output::print(Checkup::of(&sum).headline())
        }
    }
}

fn screen() -> Terminal {
    Terminal {
        width: output::width(),
        colour: console::colors_enabled(),
    }
}
