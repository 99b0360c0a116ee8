//! The recordings of a folder, before any is opened: what each is of, who speaks, which are for testing.
//!
//! Sub-folders are classes (Speech Commands, `yes/0a7c2a8d_nohash_0.wav`), below `train` and `test` where there are such.
//! In a folder without sub-folders a file's name begins with its class (Free Spoken Digit Dataset, `7_jackson_32.wav`).
//! Who speaks is what stands before `_nohash_`, or the second of three parts. A file `testing_list.txt` names the
//! recordings of a given test part, as it does in Speech Commands.

use crate::Error;
use crate::array::DAMAGED;
use crate::error::{Place, one_line};
use crate::image_folder::{Listing, are_parts, list};
use crate::words::{counted, grouped};
use std::collections::BTreeMap;
use std::path::Path;

/// One recording.
#[derive(Clone, Debug)]
pub(crate) struct Sound {
    /// From the folder on, with `/` between folders.
    pub(crate) path: String,
    pub(crate) class: String,
    pub(crate) speaker: Option<String>,
    pub(crate) test: bool,
}

/// The recordings of a folder.
#[derive(Default)]
pub(crate) struct Found {
    /// Those of a given test part come last.
    pub(crate) sounds: Vec<Sound>,
    pub(crate) notes: Vec<String>,
    others: Vec<String>,
    noise: Vec<String>,
}

/// The folder of noise that no class is, in Speech Commands.
const NOISE: &str = "_background_noise_";

/// The paths of a given test part, one a line.
const TEST_LIST: &str = "testing_list.txt";

/// The paths that Speech Commands recommends for validation.
const VALIDATION_LIST: &str = "validation_list.txt";

/// What comes before the number of a recording by the same speaker, in Speech Commands.
const BEFORE_NUMBER: &str = "_nohash_";

/// Whether a folder is one of recordings: whether these come first of what it and its sub-folders hold.
pub(crate) fn are_in(folder: &Path, listing: &Listing) -> bool {
    first_is_sound(folder, listing, 2).unwrap_or(false)
}

/// Looks for a recording or an image, so many folders deep, and says whether it is a recording.
fn first_is_sound(folder: &Path, listing: &Listing, depth: usize) -> Option<bool> {
    let here = listing
        .files
        .iter()
        .find_map(|file| match extension(file).as_str() {
            "wav" | "mp3" | "flac" | "ogg" | "opus" | "m4a" | "aac" | "aif" | "aiff" | "sph" => Some(true),
            "png" | "jpg" | "jpeg" => Some(false),
            _ => None,
        });
    here.or_else(|| {
        let below = || {
            listing.folders.iter().find_map(|name| {
                let inside = folder.join(name);
                first_is_sound(&inside, &list(&inside).ok()?, depth - 1)
            })
        };
        (depth > 0).then(below).flatten()
    })
}

fn is_wav(file: &str) -> bool {
    extension(file) == "wav"
}

fn extension(file: &str) -> String {
    Path::new(file).extension().map_or(String::new(), |extension| {
        extension.to_string_lossy().to_lowercase()
    })
}

/// Lists the recordings of a folder.
pub(crate) fn find(folder: &Path) -> Result<Found, Error> {
    let listing = list(folder)?;
    let mut found = Found::default();
    if listing.files.iter().any(|file| is_wav(file)) {
        found.add_named(folder, &listing, "")?;
    } else if are_parts(&listing.folders) {
        for part in &listing.folders {
            let before = found.sounds.len();
            found.add_classes(&folder.join(part), &format!("{part}/"))?;
            found.sounds[before..]
                .iter_mut()
                .for_each(|sound| sound.test = part == "test");
        }
    } else if let [only] = &listing.folders[..]
        && let inside = list(&folder.join(only))?
        && inside.files.iter().any(|file| is_wav(file))
    {
        // A single class would teach nothing: it is the folder that was meant.
        found.add_named(&folder.join(only), &inside, &format!("{only}/"))?;
    } else {
        found.add_classes(folder, "")?;
        found
            .others
            .extend(listing.files.iter().filter(|file| is_other_sound(file)).cloned());
    }
    if found.sounds.is_empty() {
        let (what, remedy) = match found.others.first() {
            Some(other) => (format!("none, but {other}"), CONVERT),
            None => (
                "none".to_owned(),
                "sort the recordings into sub-folders named after their classes",
            ),
        };
        let shown = folder.display().to_string();
        return Err(Error::malformed(
            &shown,
            Place::Whole,
            "WAV files, in one sub-folder per class or named like `7_jackson_32.wav`",
            what,
            remedy,
        ));
    }
    found.note_what_is_left_out();
    found.choose_test_part(folder, &listing)?;
    // Stable: the order of the listing stays.
    found.sounds.sort_by_key(|sound| sound.test);
    Ok(found)
}

const CONVERT: &str = "convert the recordings, as by `ffmpeg -i IN -c:a pcm_s16le OUT.wav`";

/// Whether a file that is not read should be spoken of: another kind of recording, not a readme.
fn is_other_sound(file: &str) -> bool {
    !is_wav(file) && first_is_sound(Path::new(""), &only(file), 0) == Some(true)
}

fn only(file: &str) -> Listing {
    Listing {
        folders: vec![],
        files: vec![file.to_owned()],
    }
}

impl Found {
    /// Adds files whose names begin with their classes.
    fn add_named(&mut self, folder: &Path, listing: &Listing, prefix: &str) -> Result<(), Error> {
        for file in &listing.files {
            if !is_wav(file) {
                if is_other_sound(file) {
                    self.others.push(format!("{prefix}{file}"));
                }
                continue;
            }
            let stem = file.rsplit_once('.').map_or(&**file, |(stem, _)| stem);
            let mut parts = stem.split('_');
            let (class, second, third) = (parts.next(), parts.next(), parts.next());
            let (Some(class), Some(second)) = (class.filter(|class| !class.is_empty()), second) else {
                let shown = folder.join(file).display().to_string();
                let expected = "a name that begins with its class, such as `7_jackson_32.wav`";
                let remedy = "rename it, or sort the recordings into sub-folders named after their classes";
                return Err(Error::malformed(
                    &shown,
                    Place::Whole,
                    expected,
                    "no `_` after one",
                    remedy,
                ));
            };
            self.sounds.push(Sound {
                path: format!("{prefix}{file}"),
                class: class.to_owned(),
                speaker: third.map(|_| second.to_owned()).filter(|name| !name.is_empty()),
                test: false,
            });
        }
        let folders = listing.folders.iter();
        for name in folders {
            let path = format!("{prefix}{name}");
            match name == NOISE {
                true => self.noise.push(path),
                false => self.others.push(path),
            }
        }
        Ok(())
    }

    /// Adds the recordings below one folder of class folders.
    fn add_classes(&mut self, folder: &Path, prefix: &str) -> Result<(), Error> {
        for class in list(folder)?.folders {
            if class == NOISE {
                self.noise.push(format!("{prefix}{class}"));
                continue;
            }
            let before = self.sounds.len();
            for file in list(&folder.join(&class))?.files {
                let path = format!("{prefix}{class}/{file}");
                if is_wav(&file) {
                    let speaker = file.split_once(BEFORE_NUMBER).map(|(speaker, _)| speaker);
                    self.sounds.push(Sound {
                        path,
                        class: class.clone(),
                        speaker: speaker.filter(|speaker| !speaker.is_empty()).map(str::to_owned),
                        test: false,
                    });
                } else {
                    self.others.push(path);
                }
            }
            if self.sounds.len() == before {
                self.others.push(format!("{prefix}{class}"));
            }
        }
        Ok(())
    }

    fn note_what_is_left_out(&mut self) {
        if let Some(noise) = self.noise.first() {
            self.notes
                .push(format!("left out, noise and no class: {}", one_line(noise)));
        }
        self.notes.extend(left_out("no WAV file", &self.others));
    }

    /// Marks what `testing_list.txt` names.
    fn choose_test_part(&mut self, folder: &Path, listing: &Listing) -> Result<(), Error> {
        let has = |name: &str| listing.files.iter().any(|file| file == name);
        if !has(TEST_LIST) || self.sounds.iter().any(|sound| sound.test) {
            return Ok(());
        }
        let file = folder.join(TEST_LIST);
        let shown = file.display().to_string();
        let bytes = std::fs::read(&file).map_err(|error| Error::Unreadable {
            file: shown.clone(),
            error,
        })?;
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (i, sound) in self.sounds.iter().enumerate() {
            places.insert(sound.path.clone(), i);
        }
        let (mut named, mut missing) = (0, vec![]);
        for (i, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let Ok(line) = std::str::from_utf8(line) else {
                let place = Place::Line(i as u64 + 1);
                return Err(Error::malformed(
                    &shown,
                    place,
                    "text in UTF-8",
                    "other bytes",
                    DAMAGED,
                ));
            };
            let path = line.trim().trim_start_matches("./").replace('\\', "/");
            match places.get(&path) {
                _ if path.is_empty() => {}
                Some(&place) => {
                    self.sounds[place].test = true;
                    named += 1;
                }
                None => missing.push(path),
            }
        }
        if named == 0 {
            let expected = "the path of a recording, from this folder on, on each line";
            let found = match missing.first() {
                Some(path) => format!("none that is there, first {path}"),
                None => "no line".to_owned(),
            };
            let remedy = "remove the list to have a test part drawn";
            return Err(Error::malformed(&shown, Place::Whole, expected, found, remedy));
        }
        self.notes.push(format!("the test part is that of {TEST_LIST}"));
        if let Some(first) = missing.first() {
            self.notes.push(format!(
                "{TEST_LIST} names what is not there: {} ({} in all)",
                one_line(first),
                grouped(missing.len())
            ));
        }
        if has(VALIDATION_LIST) {
            self.notes.push(format!(
                "{VALIDATION_LIST} is not followed: what it names is trained on, and validation samples are drawn for \
                 each seed"
            ));
        }
        Ok(())
    }

    /// All classes, in the order of their names.
    pub(crate) fn classes(&self) -> Vec<String> {
        let mut classes: Vec<String> = self.sounds.iter().map(|sound| sound.class.clone()).collect();
        classes.sort();
        classes.dedup();
        classes
    }
}

/// A note on files that are left out, if there are any.
pub(crate) fn left_out(why: &str, files: &[String]) -> Option<String> {
    let first = one_line(files.first()?);
    Some(match files.len() {
        1 => format!("left out, {why}: {first}"),
        n => format!("left out, {why}: {first} and {}", counted(n - 1, "other")),
    })
}
