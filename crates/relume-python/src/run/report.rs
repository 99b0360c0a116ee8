//! What is made of the counts: reports, findings, files.

use std::path::PathBuf;

use pyo3::prelude::*;
use relume_report::checkup::{self, Checkup};
use relume_report::html;
use relume_report::table::Terminal;

use super::{Run, os_error, value_error};

#[pymethods]
impl Run {
    /// The report for a terminal.
    fn report(&self, width: usize, colour: bool) -> String {
        Checkup::of(&self.state().run).terminal(Terminal { width, colour })
    }

    /// The report as a page.
    fn html(&self, title: &str) -> String {
        html::checkup(&Checkup::of(&self.state().run), title)
    }

    /// Record, findings, cost and notes as JSON.
    fn json(&self) -> String {
        Checkup::of(&self.state().run).json()
    }

    /// The prescriptions as JSON; with the learning rate, if it is known, they say what it becomes.
    fn prescribe(&self, learning_rate: Option<f64>) -> PyResult<String> {
        serde_json::to_string(&relume_doctor::prescribe(&self.state().run, learning_rate))
            .map_err(value_error)
    }

    /// The findings as JSON.
    fn findings(&self) -> PyResult<String> {
        let record = self.state().run.record();
        serde_json::to_string(&relume_doctor::diagnose(&record)).map_err(value_error)
    }

    /// The same counts once more.
    fn copy(&self) -> Self {
        Self::from(self.state().run.clone())
    }

    /// Writes the counts to a file.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        checkup::save(&self.state().run, &path).map_err(os_error)
    }

    /// Reads counts from a file.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        checkup::load(&path).map(Self::from).map_err(os_error)
    }

    /// The counts as text, for another process.
    fn dumps(&self) -> PyResult<String> {
        serde_json::to_string(&self.state().run).map_err(value_error)
    }

    /// Counts from another process.
    #[staticmethod]
    fn loads(text: &str) -> PyResult<Self> {
        serde_json::from_str::<relume_doctor::Run>(text)
            .map(Self::from)
            .map_err(value_error)
    }

    /// Adds what another worker counted in the same run.
    fn merge(&self, other: &Self) -> PyResult<()> {
        let other = other.state().run.clone();
        self.state().run.merge(&other).map_err(value_error)
    }
}
