//! Elementary functions and the normal distribution, in multiprecision.

use super::{PRECISION, ROUND, Real, with_constants};

/// Below this argument, `exp` returns e^[`LEAST_EXPONENT`]: some 2^-28854, which no f32 or f64 result can tell
/// from the true one, whatever finite number multiplies it.
const LEAST_EXPONENT: f64 = -20_000.0;

impl Real {
    /// e^self.
    #[must_use]
    pub fn exp(self) -> Self {
        let argument = if self < LEAST_EXPONENT {
            Self::from(LEAST_EXPONENT)
        } else {
            self
        };
        with_constants(|constants| Self::of(argument.big().exp(PRECISION, ROUND, constants)))
    }

    /// e^self − 1, accurate near 0.
    #[must_use]
    pub fn exp_m1(self) -> Self {
        if self.abs() > 1.0 {
            return self.exp() - Self::from(1.0);
        }
        // y + y²/2! + y³/3! + ...
        let (mut sum, mut term, mut n) = (self, self, 1.0);
        while !sum.absorbs(term) {
            n += 1.0;
            term = term * self / Self::from(n);
            sum = sum + term;
        }
        sum
    }

    /// ln(1 + self), accurate near 0. Self must be above −1.
    #[must_use]
    pub fn ln_1p(self) -> Self {
        if self.abs() > 0.5 {
            let sum = self + Self::from(1.0);
            return with_constants(|constants| Self::of(sum.big().ln(PRECISION, ROUND, constants)));
        }
        // 2 artanh(z) = 2 (z + z³/3 + z⁵/5 + ...), z = y / (2 + y)
        let z = self / (self + Self::from(2.0));
        let square = z * z;
        let (mut sum, mut power, mut n) = (z, z, 1.0);
        while !sum.absorbs(power) {
            n += 2.0;
            power = power * square;
            sum = sum + power / Self::from(n);
        }
        sum.scaled(1)
    }

    /// The square root of a number that is not negative.
    #[must_use]
    pub fn sqrt(self) -> Self {
        Self::of(self.big().sqrt(PRECISION, ROUND))
    }

    /// The distribution function of the standard normal, accurate in its tail.
    #[must_use]
    pub fn normal_cdf(self) -> Self {
        if self < -SERIES_LIMIT {
            return upper_tail(-self);
        }
        if self > SERIES_LIMIT {
            return Self::from(1.0) - upper_tail(self);
        }
        central_cdf(self)
    }
}

/// From here outwards the continued fraction is used. At the limit the series loses 26 bits to cancellation and
/// the fraction needs some 200 divisions.
const SERIES_LIMIT: f64 = 6.0;

/// 1/2 + φ(x) (x + x³/3 + x⁵/(3·5) + ...), for |x| up to some ten.
fn central_cdf(x: Real) -> Real {
    let square = x * x;
    let (mut sum, mut term, mut n) = (x, x, 1.0);
    while !sum.absorbs(term) {
        n += 2.0;
        term = term * square / Real::from(n);
        sum = sum + term;
    }
    Real::from(0.5) + normal_density(x) * sum
}

/// 1 - Φ(a) by Laplace's continued fraction φ(a) / (a + 1/(a + 2/(a + 3/(a + ...)))), for a from some four on.
fn upper_tail(a: Real) -> Real {
    // n steps leave a relative error of about exp(-2a √(2n)); 40 steps are more than enough room for "about".
    let root = PRECISION as f64 * std::f64::consts::LN_2 / (2.0 * a.to_f64().min(1e9));
    let steps = (root * root / 2.0 * 1.2).ceil() as u32 + 40;
    let denominator = (1..=steps)
        .rev()
        .fold(a, |rest, n| a + Real::from(f64::from(n)) / rest);
    normal_density(a) / denominator
}

fn normal_density(x: Real) -> Real {
    (-(x * x).scaled(-1)).exp() / Real::pi().scaled(1).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree(a: Real, b: Real, bits: i32) -> bool {
        let difference = a - b;
        difference.is_zero() || difference.binade().unwrap() < a.binade().unwrap() - bits
    }

    #[test]
    fn the_two_ways_to_the_normal_distribution_agree() {
        for a in [4.0, 5.0, 5.9, 6.0, 6.1, 7.0, 8.0] {
            let a = Real::from(a);
            assert!(agree(upper_tail(a), central_cdf(-a), 190), "{}", a.to_f64());
        }
    }

    #[test]
    fn small_arguments_lose_nothing() {
        for value in [1e-300, -1e-40, 1e-9, 0.3, -0.4, 0.99] {
            let y = Real::from(value);
            assert!(agree(y.exp_m1().ln_1p(), y, 245), "{value:e}");
            assert!(agree(y.ln_1p().exp_m1(), y, 245), "{value:e}");
        }
        let y = Real::from(1.0);
        assert!(agree(y.exp_m1(), y.exp() - y, 250));
        assert!(agree(
            y.ln_1p(),
            (y.exp() * Real::from(2.0) / y.exp() - y).ln_1p(),
            250
        ));
    }
}
