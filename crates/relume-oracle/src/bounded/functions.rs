//! Elementary functions with bounds: the system's exp, expm1 and log1p and libm's erf and erfc, number by number, but where
//! all numbers are small or far out and a few terms of a series do.

use std::f64::consts::FRAC_1_SQRT_2;

use super::{Bounded, ROUNDINGS, TINY};

/// Relative error granted to the libraries' functions and to the series. The libraries claim less than one unit in
/// the last place.
const LIBRARY: f64 = 4.0 * f64::EPSILON;
/// Below this, what a series leaves out is less than `LIBRARY`.
const SMALL: f64 = 1.0 / 1024.0;

/// A computed value with what its argument's error makes of it.
#[inline(always)]
fn computed(value: f64, inherited: f64) -> (f64, f64) {
    (value, (inherited + value.abs() * LIBRARY) * ROUNDINGS + TINY)
}

/// e^x − 1 by five terms of its series.
#[inline(always)]
fn small_exp_m1(x: f64) -> f64 {
    x + x * x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0))))
}

/// ln(1 + x) by six.
#[inline(always)]
fn small_ln_1p(x: f64) -> f64 {
    x - x * x * (0.5 - x * (1.0 / 3.0 - x * (0.25 - x * (0.2 - x * (1.0 / 6.0)))))
}

/// Φ(x) by four, 1/√(2π) being 0.3989...
#[inline(always)]
fn small_normal_cdf(x: f64) -> f64 {
    const DENSITY: f64 = 0.398_942_280_401_432_7;
    0.5 + x * DENSITY * (1.0 - x * x * (1.0 / 6.0 - x * x * (1.0 / 40.0)))
}

/// A bound on how far e^x moves, where it is `exp`, while x moves by up to `delta`.
#[inline(always)]
fn spread(x: f64, exp: f64, delta: f64) -> f64 {
    if delta < 0.5 {
        1.5 * delta * exp
    } else {
        (x + delta).exp()
    }
}

/// Whether all numbers are small, and known well enough.
#[inline(always)]
fn small(x: &Bounded) -> bool {
    let farthest = x.map(|value, error| (value.abs() + error, 0.0));
    farthest.all(|farthest| farthest < SMALL)
}

/// Whether all numbers are surely below `bound`.
#[inline(always)]
fn below(x: &Bounded, bound: f64) -> bool {
    let largest = x.map(|value, error| (value + error, 0.0));
    largest.all(|largest| largest < bound)
}

impl Bounded {
    /// e^self.
    #[must_use]
    pub fn exp(self) -> Self {
        exp(self)
    }

    /// e^self − 1, accurate near 0.
    #[must_use]
    pub fn exp_m1(self) -> Self {
        exp_m1(self)
    }

    /// The natural logarithm.
    #[must_use]
    pub fn ln(self) -> Self {
        ln(self)
    }

    /// ln(1 + self), accurate near 0.
    #[must_use]
    pub fn ln_1p(self) -> Self {
        ln_1p(self)
    }

    /// The error function, accurate near 0.
    #[must_use]
    pub fn erf(self) -> Self {
        erf(self)
    }

    /// The distribution function of the standard normal, accurate in its tail.
    #[must_use]
    pub fn normal_cdf(self) -> Self {
        normal_cdf(self)
    }
}

fn exp(x: Bounded) -> Bounded {
    if small(&x) {
        x.map(|x, error| computed(1.0 + small_exp_m1(x), 1.01 * error))
    } else if below(&x, -746.0) {
        // Less than half the smallest f64.
        Bounded::new(0.0, TINY)
    } else {
        x.map(|x, error| {
            let value = x.exp();
            computed(value, spread(x, value, error))
        })
    }
}

fn exp_m1(x: Bounded) -> Bounded {
    if small(&x) {
        x.map(|x, error| computed(small_exp_m1(x), 1.01 * error))
    } else if below(&x, -45.0) {
        // e^-45 is less than 2^-64.
        Bounded::new(-1.0, LIBRARY)
    } else {
        x.map(|x, error| {
            let value = x.exp_m1();
            computed(value, spread(x, value + 1.0 + f64::EPSILON, error))
        })
    }
}

fn ln_1p(x: Bounded) -> Bounded {
    if small(&x) {
        return x.map(|x, error| computed(small_ln_1p(x), 1.01 * error));
    }
    x.map(|x, error| {
        let least = 1.0 + x - error;
        let inherited = if least > 0.0 { error / least } else { f64::INFINITY };
        computed(x.ln_1p(), inherited)
    })
}

fn ln(x: Bounded) -> Bounded {
    x.map(|x, error| {
        let least = x - error;
        let inherited = if least > 0.0 { error / least } else { f64::INFINITY };
        computed(x.ln(), inherited)
    })
}

fn erf(x: Bounded) -> Bounded {
    // Its derivative is at most 2/√π, which is 1.128..., and at most as large as at the nearer end.
    x.map(|x, error| {
        let least = (x.abs() - error).max(0.0);
        computed(libm::erf(x), 1.13 * (-least * least).exp() * error)
    })
}

fn normal_cdf(x: Bounded) -> Bounded {
    if small(&x) {
        x.map(|x, error| computed(small_normal_cdf(x), 0.4 * error))
    } else if below(&x, -40.0) {
        // Less than e^-800.
        Bounded::new(0.0, TINY)
    } else if below(&-x, -9.0) {
        // 1 − Φ(9) is 1.1e-19.
        Bounded::new(1.0, LIBRARY)
    } else {
        x.map(library_normal_cdf)
    }
}

fn library_normal_cdf(x: f64, error: f64) -> (f64, f64) {
    let value = 0.5 * libm::erfc(-x * FRAC_1_SQRT_2);
    // The argument of erfc is rounded twice, so the result moves by up to δ times the density nearby. That is at
    // most cdf(x) (1 + |x|) at x < 0 itself, and never above 0.4.
    let size = x.abs();
    let delta = error + 2.0 * f64::EPSILON * size;
    let density = match size * delta {
        _ if x >= 0.0 && size < 5.0 => 0.4,
        growth if x < 0.0 && growth < 0.25 => value * (1.0 + size) * (1.0 + 2.0 * growth),
        _ => (-0.5 * (size - delta).max(0.0).powi(2)).exp(),
    };
    computed(value, density * delta)
}
