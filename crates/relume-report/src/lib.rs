//! The record of a training trial, the judge that compares activations by it, and the report that shows why.

pub mod checkup;
pub mod html;
pub mod judge;
pub mod machine;
pub mod mistakes;
pub mod samples;
pub mod store;
pub mod study;
pub mod table;
mod terminal;
pub mod trial;
