//! NumPy archives with arrays `x` and `y`, as `numpy.savez("data.npz", x=x, y=y)` writes them.
//!
//! `x` is (n, features), (n, height, width), (n, channels, height, width) or (n, height, width, channels);
//! `y` is (n), whole numbers or text for classes, floats for classes or regression as their values suggest. The
//! four arrays `x_train`, `y_train`, `x_test`, `y_test` are a data set with a given test part.

use crate::array::{Array, DAMAGED};
use crate::error::Place;
use crate::{Dataset, Error, npy};
use std::io::Cursor;
use zip::ZipArchive;
use zip::result::ZipError;

/// A data set from the bytes of an npz file, called `file` in messages.
pub fn parse(name: &str, file: &str, bytes: &[u8]) -> Result<Dataset, Error> {
    let damaged = |error: ZipError| {
        Error::malformed(
            file,
            Place::Whole,
            "an npz (zip) archive",
            error.to_string(),
            DAMAGED,
        )
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let names: Vec<String> = archive
        .file_names()
        .flatten()
        .map(|name| name.into_owned())
        .collect();
    let has = |array: &str| names.iter().any(|name| name.strip_suffix(".npy") == Some(array));
    let (x, y, test_from) = if has("x") && has("y") {
        let (x, y) = pair(&mut archive, file, "x", "y")?;
        (x, y, None)
    } else if ["x_train", "y_train", "x_test", "y_test"].into_iter().all(has) {
        let (x, y) = pair(&mut archive, file, "x_train", "y_train")?;
        let (x_test, y_test) = pair(&mut archive, file, "x_test", "y_test")?;
        let from = x.shape[0];
        let x = x.followed_by(x_test, file, &Place::Array("x_test".into()))?;
        (
            x,
            y.followed_by(y_test, file, &Place::Array("y_test".into()))?,
            Some(from),
        )
    } else {
        let mut found: Vec<&str> = names
            .iter()
            .take(10)
            .map(|name| name.trim_end_matches(".npy"))
            .collect();
        found.sort_unstable();
        let found = if found.is_empty() {
            "nothing".to_owned()
        } else {
            found.join(", ")
        };
        let expected = "arrays x and y, or x_train, y_train, x_test and y_test";
        let remedy = "save it with numpy.savez(file, x=samples, y=labels)";
        return Err(Error::malformed(file, Place::Whole, expected, found, remedy));
    };
    let inputs = x.inputs(file, &Place::Array("x".into()))?;
    let targets = y.targets(file, &Place::Array("y".into()))?;
    Dataset::new(
        name,
        &format!("the NumPy archive {name}.npz"),
        inputs,
        targets,
        test_from,
        vec![],
    )
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

fn pair(archive: &mut Archive<'_>, file: &str, x: &str, y: &str) -> Result<(Array, Array), Error> {
    let (x_array, y_array) = (array(archive, file, x)?, array(archive, file, y)?);
    if x_array.shape[0] != y_array.shape[0] {
        let expected = format!("{} labels, one per sample in {x}", x_array.shape[0]);
        let (place, found) = (Place::Array(y.into()), y_array.shape[0].to_string());
        return Err(Error::malformed(
            file,
            place,
            expected,
            found,
            "x and y must be of one length",
        ));
    }
    Ok((x_array, y_array))
}

fn array(archive: &mut Archive<'_>, file: &str, name: &str) -> Result<Array, Error> {
    let place = Place::Array(name.to_owned());
    let entry = archive
        .by_name(&format!("{name}.npy"))
        .map_err(|error| Error::malformed(file, place.clone(), "an array", error.to_string(), DAMAGED))?;
    let array = npy::read(file, &place, entry)?;
    if array.shape.is_empty() {
        let remedy = "give it one entry per sample";
        return Err(Error::malformed(
            file,
            place,
            "one axis or more",
            "a single number",
            remedy,
        ));
    }
    Ok(array)
}
