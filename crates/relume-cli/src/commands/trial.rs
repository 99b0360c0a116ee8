//! `relume trial`: one trial from a file, for schedulers.

use crate::failure::Failure;
use crate::{interrupt, output};
use clap::Args;
use relume_report::store::Store;
use relume_study::{Companion, TrialSpec, run_trial};
use std::path::PathBuf;

/// Run one trial from its specification
///
/// Any scheduler can farm trials out with it; `relume report` judges the folder in which they end up.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    relume trial --example > spec.json       a specification to begin with\n  \
    relume trial spec.json --out results     writes results/trials/main-relu-seed0.json")]
pub(crate) struct Arguments {
    /// The specification
    #[arg(required_unless_present = "example")]
    spec: Option<PathBuf>,
    /// Print a specification to begin with
    #[arg(long)]
    example: bool,
    /// The folder that the trial is written to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// Stops a trial on Ctrl-C.
struct Keyboard;

impl Companion for Keyboard {
    fn interrupted(&self) -> bool {
        interrupt::interrupted()
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Some(path) = &arguments.spec else {
        return output::print(TrialSpec::example().to_json());
    };
    let name = path.display().to_string();
    let text =
        std::fs::read_to_string(path).map_err(|e| Failure::failed(format!("cannot read {name}: {e}")))?;
    let spec = TrialSpec::from_json(&name, &text)?;
    let (data, _) = spec.data.open()?;
    let data = spec.data.feed(data, spec.network.kind)?;
    let store = Store::create(&arguments.out)?;
    interrupt::listen();
    let trial = run_trial(&spec, &data, &Keyboard)?;
    output::print(store.write_trial(&trial)?.display())
}
