//! A folder of texts, in `.txt` files: one file per class, named after it, with an example a line; or one sub-folder per
//! class with an example a file.
//!
//! Two sub-folders `train` and `test`, and a third one `val`, `valid` or `validation`, are parts as in a folder of images.

use crate::encoding::decoded;
use crate::error::Place;
use crate::image_folder::{Listing, are_parts, is_image, list};
use crate::targets;
use crate::texts::{Blank, Text, Texts};
use crate::words::grouped;
use crate::{Dataset, Error, MAX_VALUES, Tokens};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The most files of a folder with an example a file. As lines of one file per class there may be more.
const MOST_FILES: usize = 200_000;

/// The most bytes that are read: of texts with more, fewer than [`MAX_VALUES`] characters are impossible.
const MOST_BYTES: u64 = 4 * MAX_VALUES as u64;

/// Whether a folder holds texts: files of classes, or folders of classes with no images and mostly texts.
pub(crate) fn are_in(folder: &Path, listing: &Listing) -> bool {
    if are_parts(&listing.folders) {
        let parts = listing.folders.iter().map(|part| folder.join(part));
        return parts
            .map(|part| (list(&part), part))
            .any(|(listing, part)| listing.is_ok_and(|listing| form(&part, &listing).is_some()));
    }
    form(folder, listing).is_some()
}

/// How texts lie in a folder.
enum Form {
    FilePerClass,
    FolderPerClass,
}

fn form(folder: &Path, listing: &Listing) -> Option<Form> {
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
        Some(Form::FolderPerClass)
    } else {
        let files = listing.files.iter().filter(|file| is_text(Path::new(file)));
        // A single one is no classes.
        (files.count() > 1).then_some(Form::FilePerClass)
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
    /// Whether each line is an example, not the whole.
    lines: bool,
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
    fn add(&mut self, folder: &Path, test: bool) -> Result<(), Error> {
        let listing = list(folder)?;
        let form = form(folder, &listing);
        let (texts, others): (Vec<_>, Vec<_>) = listing
            .files
            .iter()
            .map(PathBuf::from)
            .partition(|file| matches!(form, Some(Form::FilePerClass)) && is_text(file));
        self.others
            .extend(others.into_iter().map(|file| folder.join(file)));
        for file in texts {
            let class = file.file_stem().unwrap_or_default().to_string_lossy();
            let class = self.number(&class);
            self.push(folder.join(file), class, true, test)?;
        }
        for class in listing.folders {
            let inside = folder.join(&class);
            let (texts, others): (Vec<_>, Vec<_>) = list(&inside)?
                .files
                .into_iter()
                .map(|file| inside.join(file))
                .partition(|file| is_text(file));
            self.others.extend(others);
            if texts.is_empty() {
                self.others.push(inside);
                continue;
            }
            let class = self.number(&class);
            for file in texts {
                self.push(file, class, false, test)?;
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

    fn push(&mut self, path: PathBuf, class: u32, lines: bool, test: bool) -> Result<(), Error> {
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
        self.files.push(File {
            path,
            class,
            lines,
            test,
        });
        Ok(())
    }
}

fn unreadable(file: &Path, error: std::io::Error) -> Error {
    Error::Unreadable {
        file: file.display().to_string(),
        error,
    }
}

/// Reads a folder of texts.
pub(crate) fn read(folder: &Path, name: &str, tokens: Option<Tokens>) -> Result<Dataset, Error> {
    let mut found = Found::new(MOST_FILES);
    let parts = list(folder)?.folders;
    let given = are_parts(&parts);
    if given {
        for part in parts.iter().filter(|part| *part != "test") {
            found.add(&folder.join(part), false)?;
        }
        found.add(&folder.join("test"), true)?;
    } else {
        found.add(folder, false)?;
    }
    let mut notes = vec![];
    if let Some(first) = found.others.first() {
        let first = first.strip_prefix(folder).unwrap_or(first).display();
        notes.push(format!(
            "left out, no .txt: {first} ({} in all)",
            grouped(found.others.len())
        ));
    }
    let mut contents = Vec::with_capacity(found.files.len());
    for file in &found.files {
        let shown = file.path.display().to_string();
        let bytes = std::fs::read(&file.path).map_err(|error| unreadable(&file.path, error))?;
        let text = decoded(&shown, &bytes)?.to_owned();
        contents.push((shown, text));
    }
    let mut blank = Blank::default();
    let (mut texts, mut labels, mut test_from) = (vec![], vec![], None);
    for (file, (shown, content)) in found.files.iter().zip(&contents) {
        if file.test && test_from.is_none() {
            test_from = Some(texts.len());
        }
        let mut push = |text, place: Place| {
            if blank.is(text, shown, &place) {
                return;
            }
            texts.push(Text {
                text: text.trim(),
                file: shown,
                place,
            });
            labels.push(file.class);
        };
        if file.lines {
            let lines = (1..).zip(content.lines());
            lines.for_each(|(number, line)| push(line, Place::Line(number)));
        } else {
            push(content, Place::Whole);
        }
    }
    notes.extend(blank.note());
    // A class whose texts are all empty has none.
    let classes = &found.classes;
    let targets = targets::from_keys(labels.iter().map(|&class: &u32| &classes[class as usize]));
    let texts = Texts {
        texts,
        targets,
        test_from,
        notes,
    };
    texts.into_dataset(name, &format!("the text folder {name}"), tokens)
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
        enough.add(folder.path(), false).unwrap();
        assert_eq!(enough.files.len(), 6);
        let message = Found::new(5).add(folder.path(), false).unwrap_err().to_string();
        let place = folder.path().join("b").display().to_string();
        assert_eq!(
            message,
            format!(
                "{place}: up to here there are more than 5 files; write the texts into one file per class, one a line"
            )
        );
    }
}
