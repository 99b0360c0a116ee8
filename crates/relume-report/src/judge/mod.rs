//! From trials to a judgement: which activation is best here, which are as good, which to use and why.

mod definitions;
mod verdict;

pub use definitions::DEFINITIONS;
pub use verdict::{
    Answer, Definition, Difference, Estimate, FindingSummary, Interval, JUDGEMENT_SCHEMA, Judgement, Method,
    Recommendation, Standing, StressPanel, StressRow, Verdict,
};

/// An activation survives a stress panel if no trial broke down and its mean test metric lost less than this
/// share of what it reaches in the main panel.
pub const SURVIVES: f64 = 0.1;

/// The activation that shows what any non-linearity is worth; compared, never recommended.
pub const CONTROL: &str = "identity";
