//! A folder of images: one sub-folder per class, named after it, with PNG and JPEG files.
//!
//! Two sub-folders `train` and `test`, with the classes below each, are a given test part; a third one `val`, `valid`
//! or `validation` is added to the training part, from which new validation samples are drawn for each seed.
//!
//! Images of different sizes are brought to 32x32 unless a size is asked for. If all images are grey there is one
//! channel, otherwise three.

use crate::dataset::MAX_VALUES;
use crate::error::Place;
use crate::picture::{self, Pixels, Wanted};
use crate::words::grouped;
use crate::{Dataset, Error, Inputs, Options, Shape, Targets, split};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Height and width that images of different sizes are brought to.
const COMMON_SIZE: (usize, usize) = (32, 32);

/// The names in a folder, sorted; hidden ones are left out.
pub(crate) struct Listing {
    pub(crate) folders: Vec<String>,
    pub(crate) files: Vec<String>,
}

pub(crate) fn list(folder: &Path) -> Result<Listing, Error> {
    let unreadable = |error| Error::Unreadable {
        file: folder.display().to_string(),
        error,
    };
    let mut listing = Listing {
        folders: vec![],
        files: vec![],
    };
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        // Links count as what they point to.
        let names = if entry.path().is_dir() {
            &mut listing.folders
        } else {
            &mut listing.files
        };
        names.push(name);
    }
    listing.folders.sort();
    listing.files.sort();
    Ok(listing)
}

/// The image files of a folder, before any is opened.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    labels: Vec<u32>,
    classes: Vec<String>,
    test_from: Option<usize>,
    others: Vec<PathBuf>,
}

impl Found {
    /// Adds the images below one folder of class folders.
    fn add(&mut self, folder: &Path) -> Result<(), Error> {
        for class in list(folder)?.folders {
            let inside = folder.join(&class);
            let (images, others): (Vec<_>, Vec<_>) = list(&inside)?
                .files
                .into_iter()
                .map(|file| inside.join(file))
                .partition(|file| is_image(file));
            self.others.extend(others);
            if images.is_empty() {
                self.others.push(inside);
                continue;
            }
            let label = self
                .classes
                .iter()
                .position(|known| *known == class)
                .unwrap_or_else(|| {
                    self.classes.push(class);
                    self.classes.len() - 1
                });
            self.labels.extend(images.iter().map(|_| label as u32));
            self.files.extend(images);
        }
        Ok(())
    }

    fn keep(&mut self, kept: &[usize]) {
        self.files = kept.iter().map(|&i| self.files[i].clone()).collect();
        self.labels = kept.iter().map(|&i| self.labels[i]).collect();
        self.test_from = self.test_from.map(|from| kept.partition_point(|&i| i < from));
    }
}

/// Whether these sub-folders are parts, `train` and `test`, and no classes.
pub(crate) fn are_parts(folders: &[String]) -> bool {
    let is = |name: &str| folders.iter().any(|folder| folder == name);
    is("train")
        && is("test")
        && folders
            .iter()
            .all(|folder| folder == "train" || folder == "test" || is_validation(folder))
}

/// Whether a sub-folder next to `train` and `test` is for validation.
fn is_validation(folder: &str) -> bool {
    matches!(folder, "val" | "valid" | "validation")
}

fn is_image(file: &Path) -> bool {
    let extension = file
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    matches!(extension.as_deref(), Some("png" | "jpg" | "jpeg"))
}

/// Reads a folder of images.
pub(crate) fn read(folder: &Path, name: &str, options: &Options) -> Result<Dataset, Error> {
    let mut found = Found::default();
    let folders = list(folder)?.folders;
    if are_parts(&folders) {
        for part in folders.iter().filter(|part| *part != "test") {
            found.add(&folder.join(part))?;
        }
        found.test_from = Some(found.files.len());
        found.add(&folder.join("test"))?;
    } else {
        found.add(folder)?;
    }
    let shown = folder.display().to_string();
    if found.files.is_empty() {
        let expected = "sub-folders, one per class, with PNG or JPEG images";
        let remedy = "sort the images into sub-folders named after their classes";
        return Err(Error::malformed(
            &shown,
            Place::Whole,
            expected,
            "no image in any",
            remedy,
        ));
    }
    let mut notes = vec![];
    if let Some(first) = found.others.first() {
        let first = first.strip_prefix(folder).unwrap_or(first).display();
        notes.push(format!(
            "left out, no PNG or JPEG: {first} ({} in all)",
            grouped(found.others.len())
        ));
    }
    let mut targets = Targets::Classes {
        labels: found.labels.clone(),
        names: found.classes.clone(),
    };
    if let Some(limit) = options.limit.filter(|limit| *limit < found.files.len()) {
        let kept = split::draw(&targets, found.test_from, limit);
        notes.push(split::limit_note(kept.len(), found.files.len()));
        found.keep(&kept);
        targets = Targets::Classes {
            labels: found.labels,
            names: found.classes,
        };
    }
    let (height, width) = match options.image_size {
        Some(size) => size,
        None => common_size(&found.files, &mut notes)?,
    };
    let inputs = inputs(
        &shown,
        &found.files,
        Wanted {
            height,
            width,
            grey: options.grey,
        },
    )?;
    Dataset::new(
        name,
        &format!("the image folder {name}"),
        inputs,
        targets,
        found.test_from,
        notes,
    )
}

fn content(file: &Path) -> Result<(String, Vec<u8>), Error> {
    let shown = file.display().to_string();
    match std::fs::read(file) {
        Ok(bytes) => Ok((shown, bytes)),
        Err(error) => Err(Error::Unreadable { file: shown, error }),
    }
}

/// The size of all images, or [`COMMON_SIZE`] if they differ.
fn common_size(files: &[PathBuf], notes: &mut Vec<String>) -> Result<(usize, usize), Error> {
    let size = |file: &PathBuf| {
        let (shown, bytes) = content(file)?;
        picture::size(&shown, &bytes)
    };
    let first = size(&files[0])?;
    // An image that cannot be read is reported when all are decoded, in their order.
    if files
        .par_iter()
        .all(|file| size(file).map_or(true, |size| size == first))
    {
        return Ok(first);
    }
    let (height, width) = COMMON_SIZE;
    notes.push(format!(
        "images of different sizes, all brought to {height}x{width}"
    ));
    Ok(COMMON_SIZE)
}

fn inputs(folder: &str, files: &[PathBuf], wanted: Wanted) -> Result<Inputs, Error> {
    let (Wanted { height, width, .. }, n) = (wanted, files.len());
    // Colour is not known yet: it may need three times as much.
    if n.saturating_mul(height).saturating_mul(width) > MAX_VALUES / 3 {
        let problem = format!("{} images of {height}x{width} pixels are too many", grouped(n));
        return Err(Error::unfit(
            folder,
            problem,
            "ask for a smaller image size or a limit",
        ));
    }
    let decoded: Vec<Result<Pixels, Error>> = files
        .par_iter()
        .map(|file| {
            let (shown, bytes) = content(file)?;
            picture::decode(&shown, &bytes, wanted)
        })
        .collect();
    let pictures = decoded.into_iter().collect::<Result<Vec<Pixels>, Error>>()?;
    let channels = if pictures.iter().all(|pixels| matches!(pixels, Pixels::Grey(_))) {
        1
    } else {
        3
    };
    let plane = height * width;
    let mut values = vec![0f32; n * channels * plane];
    for (sample, pixels) in values.chunks_exact_mut(channels * plane).zip(&pictures) {
        for (channel, values) in sample.chunks_exact_mut(plane).enumerate() {
            let (bytes, first, step) = match pixels {
                Pixels::Grey(bytes) => (bytes, 0, 1),
                Pixels::Colour(bytes) => (bytes, channel, 3),
            };
            let bytes = bytes[first..].iter().step_by(step);
            values
                .iter_mut()
                .zip(bytes)
                .for_each(|(value, byte)| *value = f32::from(*byte));
        }
    }
    Ok(Inputs::new(
        values,
        Shape::Image {
            channels,
            height,
            width,
        },
    ))
}
