//! What can be wrong with what is handed to a watch.

use crate::Layout;

/// Why a watch refused what it was given; its counts are as they were.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The layer belongs to another watch.
    #[error("layer {layer} is not of this watch, which has {layers} layers")]
    UnknownLayer {
        /// Its index.
        layer: usize,
        /// How many layers the watch has.
        layers: usize,
    },
    /// The tensor has another number of units than the layer.
    #[error("layer `{layer}` has {expected} units, the tensor {found}")]
    Units {
        /// The layer's name.
        layer: String,
        /// The layer's units.
        expected: usize,
        /// The tensor's.
        found: usize,
    },
    /// The tensor's length is not that of its layout.
    #[error(
        "layer `{layer}`: a tensor of [{}, {}, {}] was announced, {found} elements were given",
        layout.outer, layout.units, layout.inner
    )]
    Length {
        /// The layer's name.
        layer: String,
        /// The layout announced.
        layout: Layout,
        /// The number of elements found.
        found: usize,
    },
    /// Counts of two different networks cannot be added.
    #[error("the {what} of the two networks differ at position {position}: {expected} here, {found} there")]
    OtherNetwork {
        /// `layers` or `parameters`.
        what: &'static str,
        /// The first position at which they differ.
        position: usize,
        /// What is here.
        expected: String,
        /// What is there.
        found: String,
    },
    /// Counts from a file contradict themselves.
    #[error("these counts cannot be: {0}; the file is damaged, or another program wrote it wrongly")]
    Counts(String),
}
