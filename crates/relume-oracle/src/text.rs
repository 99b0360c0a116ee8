//! A text as a reference: evaluated with as many bits as it takes, or in f64 with bounds.

use relume_formula::{Error, Formula, FromTheRight, Germ};

use crate::ball::{Ball, Balls};
use crate::bounded::{Bounded, LANES, by_paths};
use crate::lanes::Lanes;
use crate::parameters::Parameters;
use crate::real::Real;

/// Bits to begin with; twice as many are taken until a result is known well enough.
const FIRST_BITS: usize = 384;
/// No more bits than these. A text that needs more loses all digits.
const MOST_BITS: usize = 12288;
/// How many bits of a result have to be known.
const KNOWN_BITS: i64 = 220;
/// A result known to within 2 to this power is known well enough, whatever its size: no f64 is that small.
const LEAST: i64 = -1300;

/// The text of a formula.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    formula: Formula,
    of: Of,
}

/// What is asked of a formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Of {
    /// Its value.
    Value,
    /// Its derivative from the right.
    Derivative,
}

impl Text {
    pub(crate) fn parse(text: &str, parameters: &[&str], of: Of) -> Result<Self, Error> {
        let formula = Formula::parse(text, parameters)?;
        Ok(Self { formula, of })
    }

    /// The same function in its [stable form](Formula::stable).
    pub(crate) fn stable(&self) -> Self {
        Self {
            formula: self.formula.stable(),
            of: self.of,
        }
    }

    /// The result at `x`; `None` where the text has none, or where too many digits cancel.
    pub(crate) fn exact(&self, x: Real, parameters: Parameters) -> Option<Real> {
        let mut bits = FIRST_BITS;
        loop {
            let ball = self.ball(Balls { bits }, x, parameters);
            if let Some(settled) = ball.settled(KNOWN_BITS, LEAST) {
                return Some(settled);
            }
            bits *= 2;
            if bits > MOST_BITS {
                return None;
            }
        }
    }

    fn ball(&self, balls: Balls, x: Real, parameters: Parameters) -> Ball {
        let numbers = self.numbers(parameters, |value| Ball::exactly(Real::from(value)));
        match self.of {
            Of::Value => self.formula.evaluate(&balls, Ball::exactly(x), &numbers),
            Of::Derivative => {
                let numbers: Vec<_> = numbers
                    .into_iter()
                    .map(|number| Germ::constant(number, &balls))
                    .collect();
                let x = Germ::variable(Ball::exactly(x), &balls);
                self.formula.evaluate(&FromTheRight(balls), x, &numbers).slope
            }
        }
    }

    /// The results at finite `x` with bounds on their errors.
    pub(crate) fn fast(&self, x: [f64; LANES], parameters: Parameters) -> Bounded {
        let numbers = self.numbers(parameters, Bounded::from);
        match self.of {
            Of::Value => by_paths(x, |x| self.formula.evaluate(&Lanes, x, &numbers)),
            Of::Derivative => {
                let numbers: Vec<_> = numbers
                    .into_iter()
                    .map(|number| Germ::constant(number, &Lanes))
                    .collect();
                by_paths(x, |x| {
                    let x = Germ::variable(x, &Lanes);
                    self.formula.evaluate(&FromTheRight(Lanes), x, &numbers).slope
                })
            }
        }
    }

    /// The parameters in the order of the formula.
    fn numbers<N>(&self, parameters: Parameters, number: impl Fn(f64) -> N) -> Vec<N> {
        let names = &self.formula.names()[1..=self.formula.parameters()];
        names.iter().map(|name| number(parameters.number(name))).collect()
    }
}
