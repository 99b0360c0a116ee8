//! `relume report`: judge the trials in a folder, whoever wrote them.

use crate::failure::Failure;
use crate::output;
use clap::{Args, ValueEnum};
use relume_report::store::{self, Store};
use relume_report::study::Study;
use relume_report::table::{self, Terminal};
use relume_report::trial::Trial;
use relume_report::{html, judge, machine};
use std::path::{Path, PathBuf};

/// Judge the trials in a folder
///
/// Reads the study and the trials in a folder (their schema is documented, so other programs may have written
/// them), judges them and writes the report again.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relume report relume-study\n  relume report relume-study --format markdown"
)]
pub(crate) struct Arguments {
    /// The folder of a study
    folder: PathBuf,
    /// Two activations closer than this many points are equivalent [default: as in the study, else 0.5]
    #[arg(long, value_name = "POINTS")]
    margin: Option<f64>,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on a terminal
    #[default]
    Table,
    /// For programs
    Json,
    /// For documents
    Markdown,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let store = Store::open(&arguments.folder)?;
    let trials = store.read_trials()?;
    let mut study = store.read_study()?.unwrap_or_else(|| unknown_study(&trials));
    if let Some(points) = arguments.margin {
        study.margin = points / 100.0;
    }
    present(&study, &trials, &arguments.folder, arguments.format)
}

/// Judges, writes the report and prints the result.
pub(crate) fn present(study: &Study, trials: &[Trial], folder: &Path, format: Format) -> Result<(), Failure> {
    let judgement = judge::judge(study, trials)
        .map_err(|error| Failure::failed(format!("{}: {error}", folder.display())))?;
    let samples = Store::open(folder)?.read_samples()?;
    let page = html::render(study, &judgement, trials, samples.as_ref()).map_err(Failure::failed)?;
    let path = folder.join("report.html");
    store::write(&path, &page)?;
    let shown = format!("Report: {}", path.display());
    match format {
        Format::Table => {
            let screen = Terminal {
                width: output::width(),
                colour: console::colors_enabled(),
            };
            output::print(table::terminal(&judgement, screen))?;
            output::print(shown)
        }
        Format::Json => {
            eprintln!("{shown}");
            output::print(table::json(&judgement))
        }
        Format::Markdown => {
            eprintln!("{shown}");
            output::print(table::markdown(&judgement))
        }
    }
}

/// What is known of trials that come without a `study.json`: costs are measured here and now.
fn unknown_study(trials: &[Trial]) -> Study {
    Study {
        settings: trials
            .first()
            .map(|trial| trial.settings.clone())
            .unwrap_or_default(),
        costs: machine::costs(trials.iter().filter_map(|trial| trial.arm.activation.as_deref())),
        machine: machine::describe(),
        ..Study::default()
    }
}
