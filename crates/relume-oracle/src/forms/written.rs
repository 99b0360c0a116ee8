//! What a form written by hand is.

use crate::number::Number;
use crate::parameters::Parameters;

/// A function and its derivative, by formulas that owe nothing to relume.
///
/// At a kink the derivative is the one from the right.
pub(super) trait Written {
    /// f(x).
    fn value<N: Number>(x: N, parameters: Parameters) -> N;
    /// f'(x).
    fn derivative<N: Number>(x: N, parameters: Parameters) -> N;
}
