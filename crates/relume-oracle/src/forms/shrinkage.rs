//! Functions that move or set small inputs to zero.

use super::written::Written;
use crate::number::Number;
use crate::parameters::Parameters;

/// The derivative of both: 1 outside the interval from -lambda to lambda, of which the left end is part.
fn outside<N: Number>(x: N, p: Parameters) -> N {
    let lambda = p.get::<N>("lambda");
    let inside = x + lambda >= 0.0 && x - lambda < 0.0;
    N::from(if inside { 0.0 } else { 1.0 })
}

pub(super) struct SoftShrink;
impl Written for SoftShrink {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let lambda = p.get::<N>("lambda");
        match x {
            _ if x - lambda > 0.0 => x - lambda,
            _ if x + lambda < 0.0 => x + lambda,
            _ => N::from(0.0),
        }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        outside(x, p)
    }
}

pub(super) struct HardShrink;
impl Written for HardShrink {
    fn value<N: Number>(x: N, p: Parameters) -> N {
        let larger = x.abs() - p.get("lambda") > 0.0;
        if larger { x } else { N::from(0.0) }
    }
    fn derivative<N: Number>(x: N, p: Parameters) -> N {
        outside(x, p)
    }
}
