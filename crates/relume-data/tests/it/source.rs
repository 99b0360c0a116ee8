//! What a user may name, and what is said of everything else.

use crate::{fixture, message};
use relume_data::{Options, open};

#[test]
fn every_source_opens() {
    assert_eq!(
        open("digits", &Options::default()).unwrap(),
        relume_data::digits()
    );
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("pets.csv");
    std::fs::write(&csv, "x,y\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n").unwrap();
    let pets = open(
        csv.to_str().unwrap(),
        &Options {
            label: Some("y".into()),
            ..Options::default()
        },
    )
    .unwrap();
    assert_eq!((&*pets.name, pets.len()), ("pets", 6));
    let npz = folder.path().join("things.npz");
    std::fs::write(&npz, fixture("features.npz")).unwrap();
    let things = open(npz.to_str().unwrap(), &Options::default()).unwrap();
    assert_eq!(
        things.description,
        "12 samples of 3 features in 3 classes from the NumPy archive things.npz"
    );
}

#[test]
fn what_is_unknown_is_answered_with_what_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("pets.csv"), "x,y\n").unwrap();
    std::fs::write(path("photo.bmp"), "BM").unwrap();
    let said = |source: &str| message(open(source, &Options::default()));
    assert_eq!(
        said("digts"),
        "digts: there is no such file or folder; expected `digits`, `spoken`, `places`, `mnist1d`, `adding`, a folder of \
         images (one sub-folder per class), of texts (one file or sub-folder per class), of WAV files or of IDX files, a \
         .csv file or a .npz file; did you mean digits?"
    );
    assert!(said("spokn").ends_with("did you mean spoken?"));
    assert!(said(&path("pet.csv")).ends_with(&format!("did you mean {}?", path("pets.csv"))));
    assert!(said(&path("nothing-like-it")).ends_with("a .npz file"));
    assert!(said(&path("photo.bmp")).contains("files of this kind are not known"));
    let whole = said(folder.path().to_str().unwrap());
    assert!(
        whole.contains("no sub-folders, no IDX files and no two .txt files"),
        "{whole}"
    );
    assert!(
        whole.ends_with(&format!("did you mean {}?", path("pets.csv"))),
        "{whole}"
    );
    assert!(said("").contains("no such file"));
}

#[test]
fn options_that_mean_nothing_here_are_refused() {
    let said = |options: Options| message(open("digits", &options));
    assert_eq!(
        said(Options {
            label: Some("y".into()),
            ..Options::default()
        }),
        "digits: the option label is for a CSV file, but this is the embedded digits; leave it out"
    );
    assert!(
        said(Options {
            grey: true,
            ..Options::default()
        })
        .contains("the option grey")
    );
    assert!(
        said(Options {
            image_size: Some((8, 8)),
            ..Options::default()
        })
        .contains("the option image size")
    );
    assert!(
        said(Options {
            limit: Some(0),
            ..Options::default()
        })
        .contains("limit of 0")
    );
    assert!(
        said(Options {
            limit: Some(5),
            ..Options::default()
        })
        .contains("samples to split")
    );
    let some = open(
        "digits",
        &Options {
            limit: Some(100),
            ..Options::default()
        },
    )
    .unwrap();
    assert!(
        some.len().abs_diff(100) <= 5 && some.description.ends_with("of them drawn"),
        "{}",
        some.description
    );
}
