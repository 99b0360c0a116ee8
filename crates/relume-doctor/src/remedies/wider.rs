//! Wider layers, or fewer.

use super::definition::RemedyDefinition;

pub(crate) static WIDER: RemedyDefinition = RemedyDefinition::new(
    "wider",
    "Make narrow layers wider, best as wide as inputs and outputs together, which suffices for any continuous \
           function (Hanin and Sellke 2017), or the network less deep: of 3 units all are silent once in 8 times, of 10 \
           once in 1024.",
);
