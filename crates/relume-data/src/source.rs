//! From what a user names on the command line to a data set.

use crate::error::{nearest, one_line};
use crate::text::Examples;
use crate::{
    Dataset, Error, Options, SplitBy, csv, digits, generated, idx, image_folder, npz, places, sound_files,
    sound_folder, spoken, text_folder,
};
use std::path::Path;

/// What a source is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Digits,
    Spoken,
    Places,
    Generated,
    ImageFolder,
    SoundFolder,
    TextFolder(Examples),
    IdxFolder,
    Csv,
    Npz,
}

/// What is embedded.
const NAMED: [&str; 3] = ["digits", "spoken", "places"];

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Digits => "the embedded digits",
            Format::Spoken => "the embedded spoken digits",
            Format::Places => "the embedded places",
            Format::Generated => "generated data",
            Format::ImageFolder => "a folder of images",
            Format::SoundFolder => "a folder of recordings",
            Format::TextFolder(_) => "a folder of texts",
            Format::IdxFolder => "a folder of IDX files",
            Format::Csv => "a CSV file",
            Format::Npz => "an npz file",
        }
    }
}

/// Opens a data set: `digits`, `spoken` and `places` (the embedded ones), `mnist1d` and `adding` (generated, with parameters
/// if need be, as in `mnist1d(test=20000, seed=3)`), a folder of images, of texts, of recordings or of IDX files, a `.csv`,
/// `.tsv` or `.npz` file.
pub fn open(source: &str, options: &Options) -> Result<Dataset, Error> {
    let path = Path::new(source);
    let format = format_of(source)?;
    check(source, options, format)?;
    let name = name(path, format);
    let data = match format {
        Format::Digits => digits(),
        Format::Spoken => spoken(),
        Format::Places => places(),
        Format::Generated => generated::read(source)?,
        Format::ImageFolder => image_folder::read(path, &name, options)?,
        Format::SoundFolder => sound_folder::read(path, &name, options)?,
        Format::TextFolder(examples) => text_folder::read(path, &name, examples, options.tokens)?,
        Format::IdxFolder => idx::read_folder(path, &name, &image_folder::list(path)?.files)?,
        Format::Csv => csv::parse(&name, source, &read(source)?, options)?,
        Format::Npz => npz::parse(&name, source, &read(source)?)?,
    };
    let data = match options.limit {
        // The files of a folder were drawn before they were decoded.
        Some(limit) if !matches!(format, Format::ImageFolder | Format::SoundFolder) => data.limited(limit)?,
        _ => data,
    };
    match (options.split, &data.groups) {
        (SplitBy::Groups, _) => Ok(data),
        (SplitBy::Random, Some(_)) => Ok(data.without_groups()),
        (SplitBy::Random, None) => Err(Error::NeedlessOption {
            name: source.to_owned(),
            option: "split at random",
            meant_for: "data with groups, such as the recordings of several speakers",
            kind: format.name(),
        }),
    }
}

fn format_of(source: &str) -> Result<Format, Error> {
    let path = Path::new(source);
    let unknown = |problem: &str, nearest| {
        Err(Error::UnknownSource {
            given: one_line(source),
            problem: problem.to_owned(),
            nearest,
        })
    };
    if source == "digits" {
        return Ok(Format::Digits);
    }
    if source == "places" {
        return Ok(Format::Places);
    }
    if generated::is_named(source) {
        return Ok(Format::Generated);
    }
    if source == "spoken" {
        return Ok(Format::Spoken);
    }
    if path.is_dir() {
        let listing = image_folder::list(path)?;
        if listing.files.iter().any(|file| idx::is_idx(file)) {
            return Ok(Format::IdxFolder);
        }
        if sound_files::are_in(path, &listing) {
            return Ok(Format::SoundFolder);
        }
        if let Some(examples) = text_folder::examples(path, &listing) {
            return Ok(Format::TextFolder(examples));
        }
        if !listing.folders.is_empty() {
            return Ok(Format::ImageFolder);
        }
        let table = listing
            .files
            .iter()
            .find(|file| [".csv", ".tsv", ".npz"].iter().any(|end| file.ends_with(end)));
        let within = table.map(|file| path.join(file).display().to_string());
        return unknown(
            "this folder has no sub-folders, no IDX files and no two .txt files",
            within,
        );
    }
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        _ if !path.exists() => unknown("there is no such file or folder", nearest_path(path)),
        Some("csv" | "tsv") => Ok(Format::Csv),
        Some("npz") => Ok(Format::Npz),
        Some("txt") => unknown(
            "texts are named by their folder, which has a file or a sub-folder per class",
            folder_of(path),
        ),
        _ if idx::is_idx(source) => unknown("IDX files are named by their folder", folder_of(path)),
        _ => unknown("files of this kind are not known", None),
    }
}

fn folder_of(file: &Path) -> Option<String> {
    let folder = file.parent()?.display().to_string();
    Some(if folder.is_empty() { ".".to_owned() } else { folder })
}

/// What was probably meant: an existing neighbour in the same folder, or what has a name without being a file.
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
    let named = || NAMED.into_iter().chain(generated::names());
    if folder == Path::new(".") {
        names.extend(named().map(str::to_owned));
    }
    let neighbour = nearest(&wanted, names.iter().map(|name| &**name));
    let neighbour = neighbour.map(|name| parent.join(name).display().to_string());
    neighbour.or_else(|| nearest(generated::name(&path.to_string_lossy()), named()))
}

/// An option that would be ignored is an error: its author expects something else than what would happen.
fn check(source: &str, options: &Options, format: Format) -> Result<(), Error> {
    let needless = |option, meant_for: Format| {
        let (name, meant_for, kind) = (source.to_owned(), meant_for.name(), format.name());
        Err(Error::NeedlessOption {
            name,
            option,
            meant_for,
            kind,
        })
    };
    if options.label.is_some() && format != Format::Csv {
        return needless("label", Format::Csv);
    }
    if options.text.is_some() && format != Format::Csv {
        return needless("text", Format::Csv);
    }
    if options.tokens.is_some() && !matches!(format, Format::Csv | Format::TextFolder(_)) {
        return needless("tokens", Format::TextFolder(Examples::Lines));
    }
    if options.image_size.is_some() && format != Format::ImageFolder {
        return needless("image size", Format::ImageFolder);
    }
    if options.grey && format != Format::ImageFolder {
        return needless("grey", Format::ImageFolder);
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

/// What a data set is called after its path.
fn name(path: &Path, format: Format) -> String {
    let full = || path.canonicalize().unwrap_or(path.to_path_buf());
    let part = match format {
        Format::Digits | Format::Spoken | Format::Places | Format::Generated => None,
        Format::ImageFolder | Format::TextFolder(_) | Format::SoundFolder | Format::IdxFolder => {
            full().file_name().map(|name| name.to_os_string())
        }
        Format::Csv | Format::Npz => path.file_stem().map(|name| name.to_os_string()),
    };
    part.map_or("data".to_owned(), |part| part.to_string_lossy().into_owned())
}

fn read(file: &str) -> Result<Vec<u8>, Error> {
    std::fs::read(file).map_err(|error| Error::Unreadable {
        file: file.to_owned(),
        error,
    })
}
