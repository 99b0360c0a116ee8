//! A folder of texts, in `.txt` files: one file per class, named after it, with an example a line; or one sub-folder
//! per class with an example a file.
//!
//! Two sub-folders `train` and `test`, and a third one `val`, `valid` or `validation`, are parts as in a folder of
//! images.

use crate::image_folder::{Listing, are_parts, is_image, list};
use crate::text::{self, Examples};
use crate::words::grouped;
use crate::{Dataset, Error, MAX_VALUES, Tokens};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The most files of a folder with an example a file. As lines of one file per class there may be more.
const MOST_FILES: usize = 200_000;

/// The most bytes that are read: as characters, more would be beyond [`MAX_VALUES`].
const MOST_BYTES: u64 = 4 * MAX_VALUES as u64;

/// What the texts of a folder are, or those of its parts; `None` if it holds no texts.
pub(crate) fn examples(folder: &Path, listing: &Listing) -> Option<Examples> {
    if !are_parts(&listing.folders) {
        return examples_of_part(folder, listing);
    }
    // The first part that tells does so for all: a test part may have a file of one class only.
    listing.folders.iter().find_map(|part| {
        let part = folder.join(part);
        let listing = list(&part).ok()?;
        examples_of_part(&part, &listing)
    })
}

/// Lines of files, each of a class, or files in sub-folders, each of a class with no images and mostly texts.
fn examples_of_part(folder: &Path, listing: &Listing) -> Option<Examples> {
    let (mut images, mut texts, mut others) = (false, 0_usize, 0);
    let mut left = MOST_FILES;
    for class in &listing.folders {
        let Ok(entries) = std::fs::read_dir(folder.join(class)) else {
            continue;
        };
        for entry in entries.flatten().take(left) {
            left -= 1;
            let file = PathBuf::from(entry.file_name());
            images |= is_image(&file);
            let kind = if is_text(&file) { &mut texts } else { &mut others };
            *kind += 1;
        }
    }
    if images {
        None
    } else if texts > 1 && texts > others {
        // One beside files of another kind tells of these.
        Some(Examples::Whole)
    } else {
        let files = listing.files.iter().filter(|file| is_text(Path::new(file)));
        // A single one is no classes.
        (files.count() > 1).then_some(Examples::Lines)
    }
}

fn is_text(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("txt"))
}

/// The files of a folder, before any is opened.
struct Found {
    /// How many there may be.
    most: usize,
    files: Vec<File>,
    classes: Vec<String>,
    numbers: HashMap<String, u32>,
    others: Vec<PathBuf>,
    bytes: u64,
}

struct File {
    path: PathBuf,
    class: u32,
    test: bool,
}

impl Found {
    fn new(most: usize) -> Self {
        Self {
            most,
            files: vec![],
            classes: vec![],
            numbers: HashMap::new(),
            others: vec![],
            bytes: 0,
        }
    }

    /// Adds the texts of one part.
    fn add(&mut self, folder: &Path, examples: Examples, test: bool) -> Result<(), Error> {
        let Listing { files, folders } = list(folder)?;
        let files = files.into_iter().map(|file| folder.join(file));
        let folders = folders.into_iter().map(|class| (folder.join(&class), class));
        match examples {
            Examples::Lines => {
                self.others.extend(folders.map(|(path, _)| path));
                let (texts, others): (Vec<_>, Vec<_>) = files.partition(|file| is_text(file));
                self.others.extend(others);
                for file in texts {
                    let class = self.number(&file.file_stem().unwrap_or_default().to_string_lossy());
                    self.push(file, class, test)?;
                }
            }
            Examples::Whole => {
                self.others.extend(files);
                for (inside, class) in folders {
                    let files = list(&inside)?.files;
                    let files = files.into_iter().map(|file| inside.join(file));
                    let (texts, others): (Vec<_>, Vec<_>) = files.partition(|file| is_text(file));
                    self.others.extend(others);
                    if texts.is_empty() {
                        self.others.push(inside);
                        continue;
                    }
                    let class = self.number(&class);
                    for file in texts {
                        self.push(file, class, test)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn number(&mut self, class: &str) -> u32 {
        if let Some(&number) = self.numbers.get(class) {
            return number;
        }
        let number = self.classes.len() as u32;
        self.classes.push(class.to_owned());
        self.numbers.insert(class.to_owned(), number);
        number
    }

    fn push(&mut self, path: PathBuf, class: u32, test: bool) -> Result<(), Error> {
        let metadata = std::fs::metadata(&path);
        self.bytes += metadata.map_err(|error| unreadable(&path, error))?.len();
        let too_many = |problem: String, remedy| {
            let folder = path.parent().unwrap_or(&path).display().to_string();
            Err(Error::unfit(&folder, problem, remedy))
        };
        if self.files.len() == self.most {
            return too_many(
                format!("up to here there are more than {} files", grouped(self.most)),
                "write the texts into one file per class, one a line",
            );
        }
        if self.bytes > MOST_BYTES {
            return too_many(
                format!(
                    "up to here there are more than {} bytes of text",
                    grouped(MOST_BYTES as usize)
                ),
                "give it fewer texts",
            );
        }
        self.files.push(File { path, class, test });
        Ok(())
    }
}

fn unreadable(file: &Path, error: std::io::Error) -> Error {
    Error::Unreadable {
        file: file.display().to_string(),
        error,
    }
}

/// Reads a folder of texts, which are these [`examples`].
pub(crate) fn read(
    folder: &Path,
    name: &str,
    examples: Examples,
    tokens: Option<Tokens>,
) -> Result<Dataset, Error> {
    let mut found = Found::new(MOST_FILES);
    let parts = list(folder)?.folders;
    if are_parts(&parts) {
        for part in parts.iter().filter(|part| *part != "test") {
            found.add(&folder.join(part), examples, false)?;
        }
        found.add(&folder.join("test"), examples, true)?;
        if !found.files.iter().any(|file| file.test) {
            let problem = "the given test part has no .txt file";
            return Err(Error::unfit(
                &folder.display().to_string(),
                problem,
                "add to it or take it away",
            ));
        }
    } else {
        found.add(folder, examples, false)?;
    }
    let mut contents = Vec::with_capacity(found.files.len());
    for file in &found.files {
        let bytes = std::fs::read(&file.path).map_err(|error| unreadable(&file.path, error))?;
        contents.push((file.path.display().to_string(), bytes));
    }
    let files: Vec<text::File> = found
        .files
        .iter()
        .zip(&contents)
        .map(|(file, (name, bytes))| text::File {
            name,
            bytes,
            class: &found.classes[file.class as usize],
            examples,
            test: file.test,
        })
        .collect();
    let mut data = text::parse(name, &files, tokens)?;
    if let Some(first) = found.others.first() {
        let first = first.strip_prefix(folder).unwrap_or(first).display();
        let all = grouped(found.others.len());
        data.notes
            .insert(0, format!("left out, no .txt: {first} ({all} in all)"));
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_before_any_is_read() {
        let folder = tempfile::tempdir().unwrap();
        for class in ["a", "b"] {
            std::fs::create_dir(folder.path().join(class)).unwrap();
            for i in 0..3 {
                let file = folder.path().join(format!("{class}/{i}.txt"));
                // No text: reading it would fail.
                std::fs::write(file, b"\xff").unwrap();
            }
        }
        let mut enough = Found::new(6);
        enough.add(folder.path(), Examples::Whole, false).unwrap();
        assert_eq!(enough.files.len(), 6);
        let message = Found::new(5)
            .add(folder.path(), Examples::Whole, false)
            .unwrap_err()
            .to_string();
        let place = folder.path().join("b").display().to_string();
        assert_eq!(
            message,
            format!(
                "{place}: up to here there are more than 5 files; write the texts into one file per class, one a line"
            )
        );
    }
}
