//! How large the errors of results can be.

use std::fmt;

/// The largest error in units in the last place, over all finite inputs: for `f32` of every input, for `f64` of
/// dense samples and of the neighbourhoods in which errors are largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorBound {
    /// For values in `f32`.
    pub f32: f64,
    /// For derivatives and backward products in `f32`.
    pub f32_derivative: f64,
    /// For all of them in `f64`.
    pub f64: f64,
}

impl ErrorBound {
    /// The correctly rounded result.
    pub(crate) const ROUNDED: Self = Self {
        f32: 0.5,
        f32_derivative: 0.5,
        f64: 0.5,
    };
    /// Rounded once from a result with some digits to spare.
    pub(crate) const SMOOTH: Self = Self {
        f32: 0.55,
        f32_derivative: 0.55,
        f64: 2.0,
    };
    /// The same, but values in `f32` come from compensated lanes, with few digits to spare: this many units in the last place.
    pub(crate) const fn compensated(f32: f64) -> Self {
        Self { f32, ..Self::SMOOTH }
    }
}

impl fmt::Display for ErrorBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ULP in f32", self.f32)?;
        if self.f32_derivative != self.f32 {
            write!(f, " ({} for the derivative)", self.f32_derivative)?;
        }
        write!(f, ", {} ULP in f64", self.f64)
    }
}

/// The largest error of a value, for the two types in which rows are computed. In `f16` and `bf16` it is that of
/// `f32`, and half a unit in the last place of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowErrorBound {
    /// For `f32`.
    pub f32: Growth,
    /// For `f64`.
    pub f64: Growth,
}

/// How an error may grow with the length of a row, up to 2²⁴ elements.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// Units in the last place, whatever the length.
    pub units: f64,
    /// Units in the last place for each element of the row.
    pub units_per_element: f64,
    /// In addition, an absolute error for each element of the row.
    pub absolute_per_element: f64,
}

impl Growth {
    /// No error.
    pub(crate) const EXACT: Self = Self {
        units: 0.0,
        units_per_element: 0.0,
        absolute_per_element: 0.0,
    };

    /// From the sum of as many positive terms as there are elements, in eight or more partial sums.
    pub(crate) const fn units(units: f64) -> Self {
        Self {
            units,
            units_per_element: 1.0 / (1_u64 << 32) as f64,
            absolute_per_element: 0.0,
        }
    }

    /// The bound for a row of `n` elements: units in the last place, and an absolute error in addition.
    ///
    /// ```
    /// use relume::Shape;
    /// let Shape::Rows(softmax) = &relume::find("softmax").unwrap().shape else { unreachable!() };
    /// let [units, absolute] = softmax.error_bound.f32.of(1000);
    /// assert!(units < 0.631 && absolute == 0.0);
    /// ```
    pub fn of(self, n: usize) -> [f64; 2] {
        let n = n as f64;
        [
            self.units + n * self.units_per_element,
            n * self.absolute_per_element,
        ]
    }
}
