//! Drawings: each takes plain numbers and gives back SVG, and knows nothing of trials.

pub(crate) mod axis;
pub(crate) mod cells;
pub(crate) mod courses;
pub(crate) mod curves;
pub(crate) mod function;
pub(crate) mod heatmap;
pub(crate) mod histogram;
pub(crate) mod lengths;
pub(crate) mod loss;
pub(crate) mod raster;
pub(crate) mod rates;
pub(crate) mod signal;
pub(crate) mod small;
pub(crate) mod strips;
pub(crate) mod track;
pub(crate) mod units;
