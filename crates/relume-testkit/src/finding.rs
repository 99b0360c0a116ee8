//! What was found out about results, and the largest errors of many.

use std::fmt;

use relume_oracle::ulp::Float;

/// How far an error that is told may be too large, in ULP, and how far above half an ULP one may be that counts as
/// half.
pub const DOUBT: f64 = 1e-6;

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
    /// Those with an error above half an ULP, and [`DOUBT`].
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
        self.above_half += u64::from(finding.error > 0.5 + DOUBT);
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

    /// The largest finite error; negative if there is none.
    pub fn largest(&self) -> f64 {
        self.finite.map_or(-1.0, |finding| finding.error)
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
