//! Holding relume's results against the oracle.

use relume::{Activation, Error, InstructionSet};

use crate::finding::{DOUBT, Finding, Worst};
use crate::tolerance::Operation;
use relume_oracle::bounded::{Bounded, LANES, vectorised};
use relume_oracle::real::Real;
use relume_oracle::ulp::{self, Float};
use relume_oracle::{Oracle, Parameters, Reference};

/// An activation and its oracle.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What is tested.
    pub activation: Activation,
    oracle: &'static Oracle,
}

impl Case {
    /// The activation with its oracle; `None` if the testkit has none.
    pub fn new(activation: Activation) -> Option<Self> {
        Some(Self {
            activation,
            oracle: relume_oracle::oracle(activation.name())?,
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

    fn reference(&self, operation: Operation) -> &'static Reference {
        match operation {
            Operation::Value => &self.oracle.value,
            Operation::Derivative | Operation::Backward => &self.oracle.derivative,
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

    /// What relume computes on `isa`; `dy` matters to the backward only.
    ///
    /// # Errors
    /// If a parameter is not valid in `T`.
    pub fn compute<T: Float>(
        &self,
        operation: Operation,
        isa: InstructionSet,
        x: &[T],
        dy: &[T],
    ) -> Result<Vec<T>, Error> {
        let mut results = vec![T::from_f64(f64::NAN); x.len()];
        match operation {
            Operation::Value => self.activation.on(isa).forward(x, &mut results),
            Operation::Derivative => self.activation.on(isa).derivatives(x, &mut results),
            Operation::Backward => self.activation.on(isa).backward(x, dy, &mut results),
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

    /// The largest error of results no finer than `f32`, to within [`DOUBT`]: by the fast reference where it is sure
    /// enough on which side of `bound` and of half an ULP an error lies, and exactly elsewhere.
    pub fn judge_fast<T: Float>(
        &self,
        operation: Operation,
        x: &[T],
        dy: &[T],
        got: &[T],
        bound: f64,
    ) -> Worst<T> {
        vectorised(
            #[inline(always)]
            || self.judge_in_lanes(operation, x, dy, got, bound),
        )
    }

    #[inline(always)]
    fn judge_in_lanes<T: Float>(
        &self,
        operation: Operation,
        x: &[T],
        dy: &[T],
        got: &[T],
        bound: f64,
    ) -> Worst<T> {
        let parameters = self.parameters::<T>();
        let mut worst = Worst::NONE;
        for ((x, dy), got) in x.chunks(LANES).zip(dy.chunks(LANES)).zip(got.chunks(LANES)) {
            let (least, most) = self.error_bounds(operation, Parameters(&parameters), x, dy, got);
            let quiet = worst.largest().min(bound).min(0.5);
            if most.iter().fold(true, |all, &most| all & (most <= quiet)) {
                worst.count += x.len() as u64;
                continue;
            }
            for (i, ((&x, &dy), &got)) in x.iter().zip(dy).zip(got).enumerate() {
                let (least, most) = (least[i], most[i]);
                let sure = most <= bound
                    && (most <= 0.5 + DOUBT || least > 0.5 + DOUBT)
                    && (most - least <= DOUBT || most <= worst.largest());
                let error = if sure {
                    most
                } else {
                    let exact = self.exact(operation, &[x])[0];
                    error(operation, x, dy, got, exact)
                };
                worst.add(Finding { error, x, dy, got });
            }
        }
        worst
    }

    /// Between which bounds the errors lie by the fast reference.
    #[inline(always)]
    fn error_bounds<T: Float>(
        &self,
        operation: Operation,
        parameters: Parameters,
        x: &[T],
        dy: &[T],
        got: &[T],
    ) -> ([f64; LANES], [f64; LANES]) {
        let (x, dy, got) = (lanes(x), lanes(dy), lanes(got));
        // At zeros the sign of the result counts too.
        let special = |x: f64| !x.is_finite() | ((x == 0.0) & (operation == Operation::Value));
        if x.iter().fold(false, |any, &x| any | special(x)) {
            return ([0.0; LANES], [f64::INFINITY; LANES]);
        }
        let mut exact = self.reference(operation).fast(x, parameters);
        if operation == Operation::Backward {
            exact = exact * Bounded::exactly(dy);
        }
        let [mut least, mut most] = [[0.0; LANES]; 2];
        for i in 0..LANES {
            (least[i], most[i]) = ulp::error_bounds::<T>(got[i], exact.lane(i));
        }
        (least, most)
    }
}

/// Numbers side by side; if there are too few, the last one again.
#[inline(always)]
fn lanes<T: Float>(numbers: &[T]) -> [f64; LANES] {
    let last = numbers.last().map_or(0.0, |last| last.to_f64());
    let mut lanes = [last; LANES];
    for (lane, number) in lanes.iter_mut().zip(numbers) {
        *lane = number.to_f64();
    }
    lanes
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
