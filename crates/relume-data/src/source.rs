//! From what a user names on the command line to a data set.

use crate::error::{nearest, one_line};
use crate::{Dataset, Error, csv, digits, idx, image_folder, npz};
use std::path::Path;

/// How a source is to be read; the default suits most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The column of a CSV file to predict, by name or by number (1 for the first); the last one if `None`.
    pub label: Option<String>,
    /// Height and width that the images of a folder are brought to.
    pub image_size: Option<(usize, usize)>,
    /// Whether the images of a folder become grey.
    pub grey: bool,
    /// Keep about so many samples, drawn from each class in proportion.
    pub limit: Option<usize>,
}

/// What kind of thing a source is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digits,
    ImageFolder,
    IdxFolder,
    Csv,
    Npz,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Digits => "the embedded digits",
            Kind::ImageFolder => "a folder of images",
            Kind::IdxFolder => "a folder of IDX files",
            Kind::Csv => "a CSV file",
            Kind::Npz => "an npz file",
        }
    }
}

/// Opens a data set: `digits` (the embedded one), a folder of images, a folder of IDX files, a `.csv` or a `.npz`
/// file.
pub fn open(source: &str, options: &Options) -> Result<Dataset, Error> {
    let path = Path::new(source);
    let kind = kind(source)?;
    check(source, options, kind)?;
    let name = name(path, kind);
    let data = match kind {
        Kind::Digits => digits(),
        Kind::ImageFolder => image_folder::read(path, &name, options)?,
        Kind::IdxFolder => idx::read_folder(path, &name, &image_folder::list(path)?.files)?,
        Kind::Csv => csv::parse(&name, source, &read(source)?, options.label.as_deref())?,
        Kind::Npz => npz::parse(&name, source, &read(source)?)?,
    };
    match options.limit {
        // The images of a folder were drawn before they were decoded.
        Some(limit) if kind != Kind::ImageFolder => data.limited(limit),
        _ => Ok(data),
    }
}

fn kind(source: &str) -> Result<Kind, Error> {
    let path = Path::new(source);
    let unknown = |problem: &str, nearest| {
        Err(Error::UnknownSource {
            given: one_line(source),
            problem: problem.to_owned(),
            nearest,
        })
    };
    if source == "digits" {
        return Ok(Kind::Digits);
    }
    if path.is_dir() {
        let listing = image_folder::list(path)?;
        if listing.files.iter().any(|file| idx::is_idx(file)) {
            return Ok(Kind::IdxFolder);
        }
        if !listing.folders.is_empty() {
            return Ok(Kind::ImageFolder);
        }
        let table = listing
            .files
            .iter()
            .find(|file| file.ends_with(".csv") || file.ends_with(".npz"));
        let within = table.map(|file| path.join(file).display().to_string());
        return unknown("this folder has no sub-folders and no IDX files", within);
    }
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        _ if !path.exists() => unknown("there is no such file or folder", nearest_path(path)),
        Some("csv" | "tsv") => Ok(Kind::Csv),
        Some("npz") => Ok(Kind::Npz),
        _ if idx::is_idx(source) => unknown(
            "IDX files are named by their folder",
            path.parent().map(|folder| folder.display().to_string()),
        ),
        _ => unknown("files of this kind are not known", None),
    }
}

/// An existing neighbour, in the same folder, that was probably meant; or `digits`.
fn nearest_path(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let parent = path.parent().unwrap_or(Path::new(""));
    let folder = if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    };
    let mut names =
        image_folder::list(folder).map_or(vec![], |listing| [listing.folders, listing.files].concat());
    names.extend((folder == Path::new(".")).then(|| "digits".to_owned()));
    let name = nearest(&wanted, names.iter().map(|name| &**name))?;
    Some(parent.join(name).display().to_string())
}

/// An option that would be ignored is an error: its author expects something else than what would happen.
fn check(source: &str, options: &Options, kind: Kind) -> Result<(), Error> {
    let needless = |option, meant_for: Kind| {
        let (name, meant_for, kind) = (source.to_owned(), meant_for.name(), kind.name());
        Err(Error::NeedlessOption {
            name,
            option,
            meant_for,
            kind,
        })
    };
    if options.label.is_some() && kind != Kind::Csv {
        return needless("label", Kind::Csv);
    }
    if options.image_size.is_some() && kind != Kind::ImageFolder {
        return needless("image size", Kind::ImageFolder);
    }
    if options.grey && kind != Kind::ImageFolder {
        return needless("grey", Kind::ImageFolder);
    }
    let sides = 1..=4096;
    if options
        .image_size
        .is_some_and(|(height, width)| !sides.contains(&height) || !sides.contains(&width))
    {
        return Err(Error::unfit(
            source,
            "an image size out of range",
            "ask for 1 to 4096 pixels each way",
        ));
    }
    match options.limit {
        Some(0) => Err(Error::unfit(
            source,
            "a limit of 0 samples leaves nothing",
            "ask for more",
        )),
        _ => Ok(()),
    }
}

fn name(path: &Path, kind: Kind) -> String {
    let full = || path.canonicalize().unwrap_or(path.to_path_buf());
    let part = match kind {
        Kind::Digits => return "digits".to_owned(),
        Kind::ImageFolder | Kind::IdxFolder => full().file_name().map(|name| name.to_os_string()),
        Kind::Csv | Kind::Npz => path.file_stem().map(|name| name.to_os_string()),
    };
    part.map_or("data".to_owned(), |part| part.to_string_lossy().into_owned())
}

fn read(file: &str) -> Result<Vec<u8>, Error> {
    std::fs::read(file).map_err(|error| Error::Unreadable {
        file: file.to_owned(),
        error,
    })
}
