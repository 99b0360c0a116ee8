//! Multiprecision of any precision that knows how far off it may be: balls, each a number and a radius, as in Johansson's
//! Arb (2017).
//!
//! A text of a formula may cancel, so nobody knows beforehand how many bits it takes. Balls tell afterwards whether
//! there were enough.

use std::cmp::Ordering;

use astro_float_num::{BigFloat, Radix, RoundingMode};
use relume_formula::{Arithmetic, Decimal, Relation};

use crate::real::{Real, with_constants};

const ROUND: RoundingMode = RoundingMode::ToEven;

/// More bits for loops, in which roundings and what is left out stay far below the last bit of the result.
const GUARD: usize = 64;

/// The logarithm to base 2 of a radius; [`EXACT`] stands for radius 0.
type Exponent = i64;
const EXACT: Exponent = i64::MIN;
/// The radius of what may be any number.
const ANY: Exponent = i64::MAX / 4;

/// Beyond, `exp` gives e^±[`FARTHEST`] with a radius as large: nothing that a float could tell from 0.
const FARTHEST: f64 = 1e8;

/// Results that are smaller than 2 to this power are given as that: no float could tell.
const LEAST_SETTLED: i32 = -(1 << 27);

/// A real number that is known to lie within 2^`radius` of `middle`.
#[derive(Clone, Debug)]
pub(crate) struct Ball {
    middle: BigFloat,
    radius: Exponent,
    /// Whether the sign is that of the middle although 0 may be in the ball.
    signed: bool,
}

impl Ball {
    /// A number that is known exactly.
    pub(crate) fn exactly(value: Real) -> Self {
        Self {
            middle: value.big(),
            radius: EXACT,
            signed: false,
        }
    }

    /// The middle, if it is known to `bits` bits, or to within 2^`least` whatever its size; zero if the sign is not
    /// known.
    pub(crate) fn settled(self, bits: i64, least: Exponent) -> Option<Real> {
        if self.radius >= least.max(binade(&self.middle) - bits) {
            None
        } else if self.sign_is_known() {
            // A product of what `exp` gives far out can be smaller than a [`Real`] may be.
            let tiny = Real::power_of_two(LEAST_SETTLED);
            Some(match binade(&self.middle) < i64::from(LEAST_SETTLED) {
                true if self.middle.is_negative() => -tiny,
                true => tiny,
                false => Real::of(self.middle),
            })
        } else {
            Some(Real::ZERO)
        }
    }

    fn any() -> Self {
        Self {
            middle: BigFloat::new(64),
            radius: ANY,
            signed: false,
        }
    }

    fn sign_is_known(&self) -> bool {
        !self.middle.is_zero() && (self.signed || self.radius < binade(&self.middle))
    }

    /// Less, equal or greater than zero; equal if that cannot be told.
    fn sign(&self) -> Ordering {
        match self.sign_is_known() {
            false => Ordering::Equal,
            true if self.middle.is_negative() => Ordering::Less,
            true => Ordering::Greater,
        }
    }

    /// Marks the sign as that of the middle, whatever the radius.
    fn signed(self) -> Self {
        Self { signed: true, ..self }
    }
}

/// e with 2^e ≤ |value| < 2^(e+1); far below everything for 0.
fn binade(value: &BigFloat) -> Exponent {
    match value.exponent() {
        Some(exponent) if !value.is_zero() => i64::from(exponent) - 1,
        _ => i64::MIN / 4,
    }
}

/// At least the logarithm of the sum.
fn sum(a: Exponent, b: Exponent) -> Exponent {
    match (a, b) {
        (EXACT, other) | (other, EXACT) => other,
        _ => a.max(b) + 1,
    }
}

/// The logarithm of the product.
fn product(a: Exponent, b: Exponent) -> Exponent {
    if a == EXACT || b == EXACT { EXACT } else { a + b }
}

/// The arithmetic of balls with a number of bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Balls {
    pub(crate) bits: usize,
}

impl Balls {
    /// What the library computed, with what its arguments' radii make of it.
    fn rounded(self, middle: BigFloat, inherited: Exponent) -> Ball {
        if middle.is_nan() || middle.is_inf() || inherited >= ANY {
            return Ball::any();
        }
        let rounding = if middle.is_zero() {
            EXACT
        } else {
            binade(&middle) + 1 - self.bits as i64
        };
        Ball {
            middle,
            radius: sum(inherited, rounding),
            signed: false,
        }
    }

    /// The same with more bits, by `compute`; then rounded to these bits.
    fn with_more(self, bits: i64, compute: impl FnOnce(Self) -> Ball) -> Ball {
        let wide = compute(Self {
            bits: self.bits + bits.max(0) as usize,
        });
        let mut middle = wide.middle;
        if middle.set_precision(self.bits, ROUND).is_err() {
            return Ball::any();
        }
        self.rounded(middle, wide.radius)
    }

    /// Whether a number is so small that its square is lost beside it.
    fn is_tiny(self, a: &Ball) -> bool {
        binade(&a.middle) < -(self.bits as i64)
    }

    /// The number itself, where a series begins with it and goes on with less than its square.
    fn first_term(a: &Ball) -> Ball {
        let square = if a.middle.is_zero() {
            EXACT
        } else {
            2 * (binade(&a.middle) + 1)
        };
        Ball {
            radius: sum(a.radius, square),
            ..a.clone()
        }
        .signed()
    }

    /// φ(z)·(z + z³/3 + z⁵/(3·5) + ...), which is Φ(z) − 1/2, for z known exactly.
    fn central_part(self, z: &Ball) -> Ball {
        let bits = self.bits + GUARD;
        let square = z.middle.mul(&z.middle, bits, ROUND);
        let (mut total, mut term, mut odd) = (z.middle.clone(), z.middle.clone(), 1);
        // Far out the terms grow before they shrink, and shrink fast once they are small.
        while !term.is_zero() && binade(&term) > binade(&total) - bits as i64 {
            odd += 2;
            term = term
                .mul(&square, bits, ROUND)
                .div(&BigFloat::from_word(odd, 64), bits, ROUND);
            total = total.add(&term, bits, ROUND);
        }
        self.multiply(&self.normal_density(z), &self.rounded(total, EXACT))
    }

    /// 1 − Φ(z) = φ(z)/(z + 1/(z + 2/(z + 3/(z + ...)))) for z from some four on (Laplace), known exactly.
    fn upper_tail(self, z: &Ball) -> Ball {
        let bits = self.bits + GUARD;
        // n steps leave a relative error of about exp(−2z·√(2n)); the forty are room for "about".
        let root = bits as f64 * std::f64::consts::LN_2 / (2.0 * to_f64(z).min(1e9));
        let steps = (root * root / 2.0 * 1.2).ceil() as u64 + 40;
        let fraction = (1..=steps).rev().fold(z.middle.clone(), |rest, n| {
            let quotient = BigFloat::from_word(n, 64).div(&rest, bits, ROUND);
            z.middle.add(&quotient, bits, ROUND)
        });
        self.divide(&self.normal_density(z), &self.rounded(fraction, EXACT))
            .signed()
    }

    /// The tail or what is left of 1, with the middle alone; radii come later.
    fn normal_cdf_of_the_middle(self, z: &Ball) -> Ball {
        let size = self.abs(z);
        if to_f64(&size) < 6.0 {
            return self.add(
                &self.divide(&self.whole(1), &self.whole(2)),
                &self.central_part(z),
            );
        }
        let tail = self.upper_tail(&size);
        if z.middle.is_negative() {
            tail
        } else {
            self.subtract(&self.whole(1), &tail)
        }
    }
}

fn to_f64(ball: &Ball) -> f64 {
    Real::of(ball.middle.clone()).to_f64()
}

impl Arithmetic for Balls {
    type Number = Ball;
    type Truth = bool;

    fn number(&self, value: Decimal) -> Ball {
        let text = value.to_string();
        let middle =
            with_constants(|constants| BigFloat::parse(&text, Radix::Dec, self.bits, ROUND, constants));
        let ball = self.rounded(middle, EXACT);
        // A whole number of few digits needs no rounding.
        if text.len() < 15 && !text.contains('.') {
            Ball {
                radius: EXACT,
                ..ball
            }
        } else {
            ball
        }
    }
    fn pi(&self) -> Ball {
        self.rounded(with_constants(|constants| constants.pi(self.bits, ROUND)), EXACT)
    }
    fn add(&self, a: &Ball, b: &Ball) -> Ball {
        let sum = self.rounded(a.middle.add(&b.middle, self.bits, ROUND), sum(a.radius, b.radius));
        let one_sign = a.sign() == b.sign() && a.sign() != Ordering::Equal;
        Ball {
            signed: one_sign,
            ..sum
        }
    }
    fn subtract(&self, a: &Ball, b: &Ball) -> Ball {
        self.add(a, &self.negate(b))
    }
    fn multiply(&self, a: &Ball, b: &Ball) -> Ball {
        let of_a = product(a.radius, sum(binade(&b.middle) + 1, b.radius));
        let of_b = product(b.radius, binade(&a.middle) + 1);
        let result = self.rounded(a.middle.mul(&b.middle, self.bits, ROUND), sum(of_a, of_b));
        Ball {
            signed: a.sign_is_known() && b.sign_is_known(),
            ..result
        }
    }
    fn divide(&self, a: &Ball, b: &Ball) -> Ball {
        // |b| is at least 2^(binade − 1).
        if b.middle.is_zero() || b.radius >= binade(&b.middle) - 1 {
            return Ball::any();
        }
        let quotient = a.middle.div(&b.middle, self.bits, ROUND);
        let of_b = product(b.radius, binade(&quotient) + 1);
        let inherited = product(sum(a.radius, of_b), 1 - binade(&b.middle));
        let result = self.rounded(quotient, inherited);
        Ball {
            signed: a.sign_is_known(),
            ..result
        }
    }
    fn negate(&self, a: &Ball) -> Ball {
        Ball {
            middle: a.middle.neg(),
            ..a.clone()
        }
    }
    fn exp(&self, a: &Ball) -> Ball {
        if a.radius >= -1 {
            return Ball::any();
        }
        let far = BigFloat::from_f64(FARTHEST, 64);
        let is_far = a.middle.abs_cmp(&far).is_some_and(|order| order > 0);
        if is_far && a.middle.is_positive() {
            return Ball::any();
        }
        let argument = if is_far { far.neg() } else { a.middle.clone() };
        let middle = with_constants(|constants| argument.exp(self.bits, ROUND, constants));
        // |e^δ − 1| is below 2|δ| for |δ| < 1/2.
        let inherited = if is_far {
            binade(&middle) + 1
        } else {
            product(a.radius, binade(&middle) + 2)
        };
        self.rounded(middle, inherited).signed()
    }
    fn exp_m1(&self, a: &Ball) -> Ball {
        if a.middle.is_zero() || self.is_tiny(a) {
            return Self::first_term(a);
        }
        let result = self.with_more(32 - binade(&a.middle), |wide| {
            wide.subtract(&wide.exp(a), &wide.whole(1))
        });
        Ball {
            signed: a.sign_is_known(),
            ..result
        }
    }
    fn ln(&self, a: &Ball) -> Ball {
        if !a.middle.is_positive() || a.middle.is_zero() || a.radius >= binade(&a.middle) - 1 {
            return Ball::any();
        }
        let middle = with_constants(|constants| a.middle.ln(self.bits, ROUND, constants));
        self.rounded(middle, product(a.radius, 1 - binade(&a.middle)))
    }
    fn ln_1p(&self, a: &Ball) -> Ball {
        if a.middle.is_zero() || self.is_tiny(a) {
            return Self::first_term(a);
        }
        let result = self.with_more(32 - binade(&a.middle), |wide| {
            wide.ln(&wide.add(&wide.whole(1), a))
        });
        Ball {
            signed: a.sign_is_known(),
            ..result
        }
    }
    fn sqrt(&self, a: &Ball) -> Ball {
        if !a.sign_is_known() {
            // Between 0 and the root of the largest number of the ball.
            let radius = if a.radius == EXACT {
                EXACT
            } else {
                (sum(a.radius, binade(&a.middle) + 1) + 1).div_euclid(2)
            };
            return Ball {
                middle: BigFloat::new(self.bits),
                radius,
                signed: false,
            };
        }
        if a.middle.is_negative() {
            return Ball::any();
        }
        let middle = a.middle.sqrt(self.bits, ROUND);
        let inherited = product(a.radius, -binade(&middle));
        self.rounded(middle, inherited).signed()
    }
    fn erf(&self, a: &Ball) -> Ball {
        let middle = Ball {
            radius: EXACT,
            ..a.clone()
        };
        let z = self.multiply(&middle, &self.sqrt(&self.whole(2)));
        let result = if to_f64(&self.abs(&middle)) < 4.0 {
            self.multiply(&self.whole(2), &self.central_part(&z))
        } else {
            let tail = self.upper_tail(&self.abs(&z));
            let size = self.subtract(&self.whole(1), &self.multiply(&self.whole(2), &tail));
            if a.middle.is_negative() {
                self.negate(&size)
            } else {
                size
            }
        };
        // Its derivative is below 2.
        let radius = sum(result.radius, product(a.radius, 1));
        Ball {
            radius,
            signed: a.sign_is_known(),
            ..result
        }
    }
    fn normal_cdf(&self, a: &Ball) -> Ball {
        if a.radius >= 0 {
            return Ball::any();
        }
        let middle = Ball {
            radius: EXACT,
            ..a.clone()
        };
        let result = self.normal_cdf_of_the_middle(&middle);
        // The derivative is below 1/2, and below 2(1 + |z|)Φ(z) near z < 0 where (1 + |z|)δ is below 1/4.
        let growth = sum(0, binade(&a.middle) + 1);
        let relative = product(a.radius, growth + 1);
        let inherited = if a.middle.is_negative() && relative < -1 {
            product(relative, binade(&result.middle) + 1)
        } else {
            product(a.radius, -1)
        };
        Ball {
            radius: sum(result.radius, inherited),
            ..result
        }
        .signed()
    }
    /// By the sign of the difference; numbers that cannot be told apart are equal. With hundreds of bits that happens
    /// where they are equal by their formulas, at kinks.
    fn compare(&self, a: &Ball, relation: Relation, b: &Ball) -> bool {
        let order = self.subtract(a, b).sign();
        match relation {
            Relation::Less => order.is_lt(),
            Relation::LessOrEqual => order.is_le(),
            Relation::Greater => order.is_gt(),
            Relation::GreaterOrEqual => order.is_ge(),
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
        chosen: impl FnOnce() -> Ball,
        otherwise: impl FnOnce() -> Ball,
    ) -> Ball {
        if condition { chosen() } else { otherwise() }
    }
}
