//! Texts in the arithmetic of [`Bounded`].

use relume_formula::{Arithmetic, Decimal, Relation};

use crate::bounded::{Bounded, LANES, doubt};

/// [`Bounded`] as an arithmetic for texts. Where a condition could be decided otherwise within the errors, the result
/// has no bound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lanes;

impl Arithmetic for Lanes {
    type Number = Bounded;
    type Truth = bool;

    fn number(&self, value: Decimal) -> Bounded {
        let nearest = value.to_f64();
        let exact = nearest.fract() == 0.0 && nearest.abs() < 2f64.powi(53);
        Bounded::new(nearest, if exact { 0.0 } else { nearest.abs() * f64::EPSILON })
    }
    fn pi(&self) -> Bounded {
        Bounded::new(std::f64::consts::PI, f64::EPSILON)
    }
    fn add(&self, a: &Bounded, b: &Bounded) -> Bounded {
        *a + *b
    }
    fn subtract(&self, a: &Bounded, b: &Bounded) -> Bounded {
        *a - *b
    }
    fn multiply(&self, a: &Bounded, b: &Bounded) -> Bounded {
        *a * *b
    }
    fn divide(&self, a: &Bounded, b: &Bounded) -> Bounded {
        *a / *b
    }
    fn negate(&self, a: &Bounded) -> Bounded {
        -*a
    }
    fn exp(&self, a: &Bounded) -> Bounded {
        a.exp()
    }
    fn exp_m1(&self, a: &Bounded) -> Bounded {
        a.exp_m1()
    }
    fn ln(&self, a: &Bounded) -> Bounded {
        a.ln()
    }
    fn ln_1p(&self, a: &Bounded) -> Bounded {
        a.ln_1p()
    }
    fn sqrt(&self, a: &Bounded) -> Bounded {
        a.sqrt()
    }
    fn erf(&self, a: &Bounded) -> Bounded {
        a.erf()
    }
    fn normal_cdf(&self, a: &Bounded) -> Bounded {
        a.normal_cdf()
    }
    fn compare(&self, a: &Bounded, relation: Relation, b: &Bounded) -> bool {
        let difference = *a - *b;
        let unsure = (0..LANES).filter(|&lane| {
            let (value, error) = difference.lane(lane);
            error > 0.0 && value.abs() <= error
        });
        doubt(unsure.fold(0, |lanes, lane| lanes | 1 << lane));
        match relation {
            Relation::Less => difference < 0.0,
            Relation::LessOrEqual => difference <= 0.0,
            Relation::Greater => difference > 0.0,
            Relation::GreaterOrEqual => difference >= 0.0,
        }
    }
    fn and(&self, a: bool, b: bool) -> bool {
        a && b
    }
    fn or(&self, a: bool, b: bool) -> bool {
        a || b
    }
    fn choose(
        &self,
        condition: bool,
        chosen: impl FnOnce() -> Bounded,
        otherwise: impl FnOnce() -> Bounded,
    ) -> Bounded {
        if condition { chosen() } else { otherwise() }
    }
}
