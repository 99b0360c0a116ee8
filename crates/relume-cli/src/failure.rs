//! How the program says that it failed.

use std::fmt::Display;
use std::process::ExitCode;

/// Why a command failed, in one line, and whose fault it was.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    usage: bool,
}

impl Failure {
    /// The command was used wrongly: exit status 2.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            usage: true,
        }
    }

    /// The command was right but could not be carried out: exit status 1.
    pub(crate) fn failed(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            usage: false,
        }
    }

    pub(crate) fn report(&self) -> ExitCode {
        eprintln!(
            "{} {}",
            console::style("error:").red().bold().for_stderr(),
            self.message
        );
        ExitCode::from(if self.usage { 2 } else { 1 })
    }
}

impl From<relume::Error> for Failure {
    fn from(error: relume::Error) -> Self {
        Self::usage(error)
    }
}

impl From<relume_study::Error> for Failure {
    fn from(error: relume_study::Error) -> Self {
        use relume_study::Error;
        match error {
            Error::Setting { .. } | Error::Activation(_) => Self::usage(error),
            _ => Self::failed(error),
        }
    }
}

impl From<relume_data::Error> for Failure {
    fn from(error: relume_data::Error) -> Self {
        Self::failed(error)
    }
}

impl From<relume_report::store::StoreError> for Failure {
    fn from(error: relume_report::store::StoreError) -> Self {
        Self::failed(error)
    }
}
