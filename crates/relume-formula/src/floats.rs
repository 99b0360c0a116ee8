//! The arithmetic of f64.

use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

use crate::arithmetic::Arithmetic;
use crate::tree::{Decimal, Relation};

/// f64, with the functions of the standard library. Good for a look at a formula and for drawings; what is to be held
/// against it needs a reference with known errors.
///
/// A NaN compares false with everything.
#[derive(Clone, Copy, Debug)]
pub struct Floats;

impl Arithmetic for Floats {
    type Number = f64;
    type Truth = bool;

    fn number(&self, value: Decimal) -> f64 {
        value.to_f64()
    }
    fn pi(&self) -> f64 {
        PI
    }
    fn add(&self, a: &f64, b: &f64) -> f64 {
        a + b
    }
    fn subtract(&self, a: &f64, b: &f64) -> f64 {
        a - b
    }
    fn multiply(&self, a: &f64, b: &f64) -> f64 {
        a * b
    }
    fn divide(&self, a: &f64, b: &f64) -> f64 {
        a / b
    }
    fn negate(&self, a: &f64) -> f64 {
        -a
    }
    fn exp(&self, a: &f64) -> f64 {
        a.exp()
    }
    fn exp_m1(&self, a: &f64) -> f64 {
        a.exp_m1()
    }
    fn ln(&self, a: &f64) -> f64 {
        a.ln()
    }
    fn ln_1p(&self, a: &f64) -> f64 {
        a.ln_1p()
    }
    fn sqrt(&self, a: &f64) -> f64 {
        a.sqrt()
    }
    fn abs(&self, a: &f64) -> f64 {
        a.abs()
    }
    fn tanh(&self, a: &f64) -> f64 {
        a.tanh()
    }
    fn erf(&self, a: &f64) -> f64 {
        let z = a * SQRT_2;
        if a.abs() < FAR {
            2.0 * central_part(z)
        } else {
            (1.0 - 2.0 * upper_tail(z.abs())).copysign(*a)
        }
    }
    fn normal_cdf(&self, a: &f64) -> f64 {
        match *a {
            a if a <= -FAR => upper_tail(-a),
            a if a >= FAR => 1.0 - upper_tail(a),
            a => 0.5 + central_part(a),
        }
    }
    fn compare(&self, a: &f64, relation: Relation, b: &f64) -> bool {
        match relation {
            Relation::Less => a < b,
            Relation::LessOrEqual => a <= b,
            Relation::Greater => a > b,
            Relation::GreaterOrEqual => a >= b,
        }
    }
    fn and(&self, a: bool, b: bool) -> bool {
        a && b
    }
    fn or(&self, a: bool, b: bool) -> bool {
        a || b
    }
    fn choose(&self, condition: bool, chosen: impl FnOnce() -> f64, otherwise: impl FnOnce() -> f64) -> f64 {
        if condition { chosen() } else { otherwise() }
    }
}

/// From here on the tail of the normal distribution is computed by itself.
const FAR: f64 = 2.0;

fn density(z: f64) -> f64 {
    (-0.5 * z * z).exp() * FRAC_1_SQRT_2 / PI.sqrt()
}

/// Φ(z) − 1/2 = φ(z)·(z + z³/3 + z⁵/(3·5) + ...).
fn central_part(z: f64) -> f64 {
    let (mut sum, mut term, mut odd) = (z, z, 1.0);
    while term.abs() > sum.abs() * f64::EPSILON / 4.0 {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    density(z) * sum
}

/// 1 − Φ(z) = φ(z)/(z + 1/(z + 2/(z + 3/(z + ...)))) for z ≥ 2 (Laplace), whose 120 steps are enough from there on.
fn upper_tail(z: f64) -> f64 {
    if z == f64::INFINITY {
        return 0.0;
    }
    density(z) / (1..=120).rev().fold(z, |rest, n| z + f64::from(n) / rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_normal_distribution_is_that_of_the_tables() {
        // Abramowitz and Stegun, tables 26.1 and 26.2.
        for (z, expected) in [
            (0.0, 0.5),
            (1.0, 0.841_344_746_068_542_9),
            (-1.0, 0.158_655_253_931_457_05),
            (2.5, 0.993_790_334_674_224),
            (-5.0, 2.866_515_718_791_939e-7),
            (-20.0, 2.753_624_118_606_233_6e-89),
        ] {
            let found = Floats.normal_cdf(&z);
            assert!((found / expected - 1.0).abs() < 1e-13, "Φ({z}) = {found}");
        }
        assert_eq!(Floats.normal_cdf(&f64::INFINITY), 1.0);
        assert_eq!(Floats.normal_cdf(&f64::NEG_INFINITY), 0.0);
        for (x, expected) in [
            (1e-20, 1.128_379_167_095_512_6e-20),
            (0.5, 0.520_499_877_813_046_5),
            (-2.5, -0.999_593_047_982_555),
        ] {
            let found = Floats.erf(&x);
            assert!((found / expected - 1.0_f64).abs() < 1e-14, "erf({x}) = {found}");
        }
        assert!(Floats.erf(&f64::NAN).is_nan() && Floats.normal_cdf(&f64::NAN).is_nan());
    }
}
