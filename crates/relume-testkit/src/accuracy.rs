//! Holding relume's results against the oracle.

use std::fmt;

use relume::{Activation, Error, Rung};

use crate::bounded::Bounded;
use crate::oracle::{self, Oracle, Parameters, Reference};
use crate::real::Real;
use crate::tolerance::Operation;
use crate::ulp::{self, Float};

/// An activation and its oracle.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What is tested.
    pub activation: Activation,
    oracle: &'static Oracle,
}

/// One result that was judged.
#[derive(Clone, Copy, Debug)]
pub struct Finding<T> {
    /// Its error, in ULP.
    pub error: f64,
    /// The input.
    pub x: T,
    /// The arriving gradient, which matters to the backward only.
    pub dy: T,
    /// The result.
    pub got: T,
}

/// The largest errors over some inputs, and how often a result was not the nearest float.
#[derive(Clone, Copy, Debug)]
pub struct Worst<T> {
    /// The largest finite error.
    pub finite: Option<Finding<T>>,
    /// The first result that no error can excuse.
    pub inexcusable: Option<Finding<T>>,
    /// Results that were judged.
    pub count: u64,
    /// Those with an error above half an ULP.
    pub above_half: u64,
}

impl<T: Float> Worst<T> {
    /// Nothing judged yet.
    pub const NONE: Self = Self {
        finite: None,
        inexcusable: None,
        count: 0,
        above_half: 0,
    };

    /// Takes note of one result.
    pub fn add(&mut self, finding: Finding<T>) {
        self.count += 1;
        self.above_half += u64::from(finding.error > 0.5);
        self.keep(finding);
    }

    fn keep(&mut self, finding: Finding<T>) {
        if finding.error < f64::INFINITY {
            if self.finite.is_none_or(|known| finding.error > known.error) {
                self.finite = Some(finding);
            }
        } else if self.inexcusable.is_none() {
            self.inexcusable = Some(finding);
        }
    }

    /// Takes note of all that another has seen.
    pub fn merge(&mut self, other: &Self) {
        other
            .finite
            .into_iter()
            .chain(other.inexcusable)
            .for_each(|finding| self.keep(finding));
        self.count += other.count;
        self.above_half += other.above_half;
    }

    /// The result with the largest error of all.
    pub fn worst(&self) -> Option<Finding<T>> {
        self.inexcusable.or(self.finite)
    }
}

impl<T: Float> fmt::Display for Finding<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, x, dy, got } = self;
        let number = |number: &T| format!("{:e} ({:#x})", number.to_f64(), number.bits());
        write!(
            f,
            "{error:.4} ULP at x = {}, dy = {}: got {}",
            number(x),
            number(dy),
            number(got)
        )
    }
}

impl Case {
    /// The activation with its oracle; `None` if the testkit has none.
    pub fn new(activation: Activation) -> Option<Self> {
        Some(Self {
            activation,
            oracle: oracle::oracle(activation.name())?,
        })
    }

    /// The activation with another function's oracle, to see that this is noticed.
    ///
    /// # Panics
    /// When judged, if the oracle needs parameters that the activation lacks.
    pub fn mismatched(activation: Activation, oracle: &'static Oracle) -> Self {
        Self { activation, oracle }
    }

    /// The oracle.
    pub fn oracle(&self) -> &'static Oracle {
        self.oracle
    }

    /// The parameters as the kernels for `T` see them.
    pub fn parameters<T: Float>(&self) -> Vec<(&'static str, f64)> {
        self.activation
            .parameters()
            .map(|(name, value)| (name, T::parameter(value)))
            .collect()
    }

    fn reference(&self, operation: Operation) -> Reference {
        match operation {
            Operation::Value => self.oracle.value,
            Operation::Derivative | Operation::Backward => self.oracle.derivative,
        }
    }

    /// Exact values or derivatives at `x`; `None` at NaN. Infinities count as limits.
    pub fn exact<T: Float>(&self, operation: Operation, x: &[T]) -> Vec<Option<Real>> {
        let (parameters, reference) = (self.parameters::<T>(), self.reference(operation));
        let at = |x: &T| {
            let x = x.to_f64();
            (!x.is_nan()).then(|| reference.exact(x, Parameters(&parameters)))
        };
        x.iter().map(at).collect()
    }

    /// What relume computes on `rung`; `dy` matters to the backward only.
    ///
    /// # Errors
    /// If a parameter is not valid in `T`.
    pub fn compute<T: Float>(
        &self,
        operation: Operation,
        rung: Rung,
        x: &[T],
        dy: &[T],
    ) -> Result<Vec<T>, Error> {
        let mut results = vec![T::from_f64(f64::NAN); x.len()];
        match operation {
            Operation::Value => self.activation.forward_on(rung, x, &mut results),
            Operation::Derivative => self.activation.derivative_on(rung, x, &mut results),
            Operation::Backward => self.activation.backward_on(rung, x, dy, &mut results),
        }?;
        Ok(results)
    }

    /// The largest error of `got` against what [`exact`](Self::exact) returned.
    pub fn judge<T: Float>(
        operation: Operation,
        x: &[T],
        dy: &[T],
        got: &[T],
        exact: &[Option<Real>],
    ) -> Worst<T> {
        let mut worst = Worst::NONE;
        for (((&x, &dy), &got), &exact) in x.iter().zip(dy).zip(got).zip(exact) {
            worst.add(Finding {
                error: error(operation, x, dy, got, exact),
                x,
                dy,
                got,
            });
        }
        worst
    }

    /// The largest error of results no finer than `f32`, by the fast reference where it can tell that the error is below
    /// `suspect`, and exactly elsewhere.
    pub fn judge_fast<T: Float>(
        &self,
        operation: Operation,
        x: &[T],
        dy: &[T],
        got: &[T],
        suspect: f64,
    ) -> Worst<T> {
        let (parameters, reference) = (self.parameters::<T>(), self.reference(operation));
        let mut worst = Worst::NONE;
        for ((&x, &dy), &got) in x.iter().zip(dy).zip(got) {
            let at = x.to_f64();
            let fast = (at.is_finite() && (at != 0.0 || operation != Operation::Value)).then(|| {
                let result = reference.fast(at, Parameters(&parameters));
                let result = if operation == Operation::Backward {
                    result * Bounded::from(dy.to_f64())
                } else {
                    result
                };
                ulp::fast_error(got, result)
            });
            let error = match fast.flatten() {
                Some(error) if error < suspect => error,
                _ => error(operation, x, dy, got, self.exact(operation, &[x])[0]),
            };
            worst.add(Finding { error, x, dy, got });
        }
        worst
    }
}

/// The error of one result in ULP, given the exact value or derivative.
///
/// - NaN is expected for NaN and nowhere else.
/// - f(±0) = ±0 where f(0) = 0.
/// - The backward of f64 multiplies a derivative that has been rounded, which is all that matters where the
///   derivative is subnormal and dy large; so its unit is the larger one of a unit of the result and dy units
///   of the derivative. The backward of f32 is rounded only once.
fn error<T: Float>(operation: Operation, x: T, dy: T, got: T, exact: Option<Real>) -> f64 {
    let Some(exact) = exact else {
        return if got.to_f64().is_nan() { 0.0 } else { f64::INFINITY };
    };
    match operation {
        Operation::Value if exact.is_zero() && x.to_f64() == 0.0 => {
            if got.bits() == x.bits() {
                0.0
            } else {
                f64::INFINITY
            }
        }
        Operation::Value | Operation::Derivative => ulp::error(got, exact),
        Operation::Backward => {
            let dy = Real::from(dy.to_f64());
            let error = ulp::error(got, exact * dy);
            let units = |number: Real| number.binade().map_or(0, |binade| T::unit_exponent(binade));
            let coarser = units(exact) + dy.binade().unwrap_or(0) - units(exact * dy);
            if T::NAME == "f64" && coarser > 0 {
                error * 2f64.powi(-coarser)
            } else {
                error
            }
        }
    }
}
