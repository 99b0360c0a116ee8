//! Wider layers, or fewer.

use super::definition::{RemedyDefinition, always, nothing};
use super::remedy::Changes;

pub(crate) static WIDER: RemedyDefinition = RemedyDefinition {
    name: "wider",
    text: "Make narrow layers wider, best as wide as inputs and outputs together, which suffices for any continuous \
           function (Hanin and Sellke 2017), or the network less deep: of 3 units all are silent once in 8 times, of 10 \
           once in 1024.",
    changes: Changes::Program,
    value: None,
    activation: None,
    fits: always,
    here: nothing,
    pytorch: nothing,
    keras: nothing,
};
