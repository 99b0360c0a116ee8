//! A study on disk: `study.json`, `samples.json` and a folder `trials` with one JSON file per trial.
//!
//! A file appears under its name only when it is complete, so whatever stops the program leaves complete
//! files or none.

use crate::samples::{Misfit, SAMPLES_SCHEMA, Samples};
use crate::study::{STUDY_SCHEMA, Study};
use crate::trial::{FIRST, Panel, SCHEMA, Trial};
use serde::{Deserialize, de::DeserializeOwned};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder of trials.
#[derive(Clone, Debug)]
pub struct Store {
    folder: PathBuf,
}

/// Why a study could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The system refused: a missing or unwritable folder, a full disk, ...
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried: `create`, `read`, `write`.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is of another version of the schema, or of something else altogether.
    #[error("{path}: schema `{found}`, but this program reads `{expected}`")]
    Schema {
        /// The file.
        path: PathBuf,
        /// The schema it names.
        found: String,
        /// The schema expected.
        expected: &'static str,
    },
    /// The file is not what its schema says: truncated, corrupted, or written by a program that errs.
    #[error("{path}: {source}")]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, with line and column.
        source: serde_json::Error,
    },
    /// What the file says of samples does not fit together.
    #[error("{path}: {source}")]
    Samples {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: Misfit,
    },
    /// A trial holds a number that JSON cannot express.
    #[error("the trial {trial} cannot be written: {source} (a number in it is not finite)")]
    Unwritable {
        /// Its panel, arm and seed.
        trial: String,
        /// Where.
        source: serde_json::Error,
    },
}

impl Store {
    /// A folder to write to, made if it is not there.
    pub fn create(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Store {
            folder: folder.into(),
        };
        let trials = store.trials();
        fs::create_dir_all(&trials).map_err(io("create", &trials))?;
        // A folder that cannot be written to is better known before the first trial than after it.
        tempfile::tempfile_in(&trials).map_err(io("write", &trials))?;
        Ok(store)
    }

    /// A folder to read from.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Store {
            folder: folder.into(),
        };
        fs::read_dir(&store.folder).map_err(io("read", &store.folder))?;
        Ok(store)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a trial is or would be stored.
    pub fn path(&self, trial: &Trial) -> PathBuf {
        // Only in the search is one arm trained twice with one seed.
        let rate = match (trial.panel, trial.arm.chosen.get("learning_rate")) {
            (Panel::Search, Some(rate)) => format!("-rate{rate}"),
            _ => String::new(),
        };
        let name = format!(
            "{}-{}{}-seed{}.json",
            trial.panel,
            escape(&trial.arm.name),
            escape(&rate),
            trial.seed
        );
        self.trials().join(name)
    }

    /// Writes a trial; one of the same panel, arm and seed is replaced.
    pub fn write_trial(&self, trial: &Trial) -> Result<PathBuf, StoreError> {
        let path = self.path(trial);
        let text = serde_json::to_string(trial).expect("a trial has only text for keys");
        // JSON has no NaN; serde_json writes null instead, which would be found out when it is read.
        serde_json::from_str::<Trial>(&text).map_err(|source| StoreError::Unwritable {
            trial: trial.name(),
            source,
        })?;
        write(&path, &text)?;
        Ok(path)
    }

    /// All trials, by panel, arm and seed. Every `*.json` in `trials`; in a folder without `trials`,
    /// every `*.json` in the folder itself except `study.json` and `samples.json`.
    pub fn read_trials(&self) -> Result<Vec<Trial>, StoreError> {
        let mut folder = self.trials();
        if !folder.is_dir() {
            folder = self.folder.clone();
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(&folder).map_err(io("read", &folder))? {
            let path = entry.map_err(io("read", &folder))?.path();
            let about_all = path == self.study_path() || path == self.samples_path();
            if path.extension().is_some_and(|e| e == "json") && !about_all {
                paths.push(path);
            }
        }
        paths.sort();
        let mut trials: Vec<Trial> = paths.iter().map(|p| read_trial(p)).collect::<Result<_, _>>()?;
        trials.sort_by(|a, b| (a.panel, &a.arm.name, a.seed).cmp(&(b.panel, &b.arm.name, b.seed)));
        Ok(trials)
    }

    /// Writes `study.json`.
    pub fn write_study(&self, study: &Study) -> Result<PathBuf, StoreError> {
        let path = self.study_path();
        let mut text = serde_json::to_string_pretty(study).expect("a study has only text for keys");
        text.push('\n');
        write(&path, &text)?;
        Ok(path)
    }

    /// Reads `study.json`; `None` where there is none.
    pub fn read_study(&self) -> Result<Option<Study>, StoreError> {
        let path = self.study_path();
        if path.exists() {
            read(&path, STUDY_SCHEMA).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Writes `samples.json`.
    pub fn write_samples(&self, samples: &Samples) -> Result<PathBuf, StoreError> {
        let path = self.samples_path();
        let fits = samples.check();
        fits.map_err(|source| samples_error(&path, source))?;
        let text = serde_json::to_string(samples).expect("samples have only text for keys");
        write(&path, &text)?;
        Ok(path)
    }

    /// Reads `samples.json`; `None` where there is none.
    pub fn read_samples(&self) -> Result<Option<Samples>, StoreError> {
        let path = self.samples_path();
        if !path.exists() {
            return Ok(None);
        }
        let samples: Samples = read(&path, SAMPLES_SCHEMA)?;
        let fits = samples.check();
        fits.map_err(|source| samples_error(&path, source))?;
        Ok(Some(samples))
    }

    fn trials(&self) -> PathBuf {
        self.folder.join("trials")
    }

    fn study_path(&self) -> PathBuf {
        self.folder.join("study.json")
    }

    fn samples_path(&self) -> PathBuf {
        self.folder.join("samples.json")
    }
}

/// Writes a file at once: it appears complete or not at all.
pub fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".relume-").suffix(".tmp");
    // Temporary files are private by default; this one becomes a result like any other.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder).map_err(io("write", path))?;
    file.write_all(text.as_bytes()).map_err(io("write", path))?;
    file.persist(path).map_err(|e| io("write", path)(e.error))?;
    Ok(())
}

/// Reads a file of the given schema.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, expected: &'static str) -> Result<T, StoreError> {
    let bytes = checked(path, &[expected])?;
    serde_json::from_slice(&bytes).map_err(|source| json_error(path, source))
}

fn read_trial(path: &Path) -> Result<Trial, StoreError> {
    let bytes = checked(path, &[SCHEMA, FIRST])?;
    Trial::from_json(&bytes).map_err(|source| json_error(path, source))
}

/// The bytes of a file of one of these schemas. The schema is looked at first, so that a newer file is called newer and
/// not corrupted.
fn checked(path: &Path, expected: &[&'static str]) -> Result<Vec<u8>, StoreError> {
    #[derive(Deserialize)]
    struct Header {
        schema: String,
    }
    let bytes = fs::read(path).map_err(io("read", path))?;
    let Header { schema: found } =
        serde_json::from_slice(&bytes).map_err(|source| json_error(path, source))?;
    if expected.contains(&found.as_str()) {
        return Ok(bytes);
    }
    Err(StoreError::Schema {
        path: path.into(),
        found,
        expected: expected[0],
    })
}

fn samples_error(path: &Path, source: Misfit) -> StoreError {
    StoreError::Samples {
        path: path.into(),
        source,
    }
}

fn json_error(path: &Path, source: serde_json::Error) -> StoreError {
    StoreError::Json {
        path: path.into(),
        source,
    }
}

fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io {
        action,
        path: path.into(),
        source,
    }
}

/// A file name that reads like the text: what file systems do not like becomes %XX.
fn escape(text: &str) -> String {
    let mut name = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-+=,()".contains(&byte) {
            name.push(char::from(byte));
        } else {
            name.push_str(&format!("%{byte:02X}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn names_stay_legible_and_different() {
        assert_eq!(escape("leaky_relu(slope=0.01)"), "leaky_relu(slope=0.01)");
        assert_eq!(escape("../a/b"), "..%2Fa%2Fb");
        assert_ne!(escape("a/b"), escape("a%2Fb"));
        assert_ne!(escape("a b"), escape("a_b"));
    }
}
