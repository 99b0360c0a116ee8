//! Standard output, for people, pipes and full disks.

use crate::failure::Failure;
use std::fmt::Display;
use std::io::{ErrorKind, Write, stdout};

/// Prints a line. A reader that has seen enough (`relume list | head -1`) is no failure.
pub(crate) fn print(line: impl Display) -> Result<(), Failure> {
    let mut out = stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::failed(format!(
            "cannot write to standard output: {error}"
        ))),
        Ok(()) => Ok(()),
    }
}

/// How many columns there are to fill: those of the terminal, or 100.
pub(crate) fn width() -> usize {
    console::Term::stdout()
        .size_checked()
        .map_or(100, |(_, columns)| usize::from(columns))
}
