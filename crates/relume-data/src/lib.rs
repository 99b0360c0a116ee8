//! Data sets for relume: embedded digits, written and spoken, and names of places, sequences that are computed, images,
//! texts, recordings, IDX, CSV and npz, with seeded splits.
//!
//! Whatever the source, a [`Dataset`] comes out: inputs of one shape, targets, and notes on what was done to them.
//!
//! ```
//! use relume_data::{Options, open};
//!
//! let data = open("digits", &Options::default())?;
//! let split = data.split(1)?;
//! let inputs = data.standardised(&split.train);
//! assert_eq!((data.len(), data.classes(), inputs.len()), (1797, Some(10), 1797 * 64));
//! # Ok::<(), relume_data::Error>(())
//! ```
//!
//! What is wrong with data is said in one line: which file, where in it, what was expected, what was found and what to
//! do. The parsers ([`csv::parse`], [`idx::parse`], [`npz::parse`], [`picture::decode`], [`text::parse`],
//! [`wav::decode`]) are functions of bytes; they neither panic nor believe a length that the bytes do not bear out.

mod array;
mod columns;
pub mod csv;
mod dataset;
mod digits;
mod encoding;
mod error;
mod generated;
pub mod idx;
mod image_folder;
mod inputs;
pub mod mel;
mod npy;
pub mod npz;
mod options;
pub mod picture;
mod places;
mod random;
pub mod resample;
mod scale;
mod sound_files;
mod sound_folder;
mod source;
mod split;
mod spoken;
mod targets;
pub mod text;
mod text_column;
mod text_folder;
mod texts;
mod tokens;
mod vocabulary;
pub mod wav;
mod words;

pub use dataset::{Dataset, Groups, MAX_STEPS, MAX_VALUES, Targets};
pub use digits::digits;
pub use error::{Error, Malformed, Place};
pub use inputs::{Inputs, Shape};
pub use options::{Options, SplitBy};
pub use places::places;
pub use source::open;
pub use split::Split;
pub use spoken::spoken;
pub use tokens::Tokens;
pub use vocabulary::Vocabulary;
