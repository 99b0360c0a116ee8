//! Test inputs: the edges of the float type, the points where the graph of the function changes, and evenly spaced numbers.

use relume::Activation;

use crate::accuracy::Case;
use relume_oracle::real::Real;
use relume_oracle::ulp::Float;

/// The edges of the float type, with both signs: zeros, subnormals, powers of two, the largest number, infinities, NaN.
pub fn edges<T: Float>() -> Vec<T> {
    let least = T::LEAST_NORMAL - T::FRACTION_BITS;
    // Further out, every 16th power of two is enough.
    let plain = |exponent: &i32| (-70..14).contains(exponent) || exponent % 16 == 0;
    let powers = (least..T::LIMIT)
        .filter(plain)
        .map(|exponent| T::from_f64(power_of_two(exponent)));
    let normal = T::from_f64(power_of_two(T::LEAST_NORMAL)).ordinal();
    let infinity = T::INFINITY_BITS as i64;
    let counted = [
        0,
        1,
        2,
        3,
        normal - 1,
        normal,
        normal + 1,
        infinity - 2,
        infinity - 1,
        infinity,
    ];
    let positive: Vec<T> = counted.into_iter().map(T::from_ordinal).chain(powers).collect();
    let nans = [T::INFINITY_BITS + 1, T::INFINITY_BITS + T::INFINITY_BITS / 512].map(T::from_bits);
    let signed = |x: T| [x, T::from_f64(-x.to_f64())];
    positive.into_iter().chain(nans).flat_map(signed).collect()
}

/// 2^`exponent` as f64, also where it is subnormal.
fn power_of_two(exponent: i32) -> f64 {
    Real::power_of_two(exponent).to_f64()
}

/// `x`, and the floats 2^k and 3·2^k steps away from it on both sides, for all k below `powers`.
pub fn neighbours<T: Float>(x: T, powers: u32) -> impl Iterator<Item = T> {
    let distances = (0..powers)
        .flat_map(|k| [1_i64 << k, 3_i64 << k])
        .flat_map(|distance| [distance, -distance]);
    std::iter::once(0)
        .chain(distances)
        .map(move |distance| T::from_ordinal(x.ordinal() + distance))
}

/// `count` finite floats, evenly spaced in the order of all floats: about the same number from each binade.
pub fn by_magnitude<T: Float>(count: usize) -> impl Iterator<Item = T> {
    between(-(T::INFINITY_BITS as i64) + 1, T::INFINITY_BITS as i64 - 1, count)
}

/// `count` floats from the ordinal `low` to the ordinal `high`, evenly spaced in the order of all floats.
pub fn between<T: Float>(low: i64, high: i64, count: usize) -> impl Iterator<Item = T> {
    let last = count.max(2) as i128 - 1;
    let span = i128::from(high) - i128::from(low);
    (0..=last).map(move |index| T::from_ordinal((i128::from(low) + span * index / last) as i64))
}

/// `count` evenly spaced numbers from `-reach` to `reach`, with full mantissas.
pub fn linear<T: Float>(reach: f64, count: usize) -> impl Iterator<Item = T> {
    let step = 2.0 * reach / count as f64;
    (0..count).map(move |index| T::from_f64((index as f64 + 1.0 / std::f64::consts::E) * step - reach))
}

/// Where the function or its derivative changes: the first float beyond each root and kink, and beyond each point where
/// the result becomes subnormal, zero or infinite, reaches a limit, or equals the input.
///
/// The oracle classifies the results on a grid; between two points of different classes the border is found by bisection.
pub fn landmarks<T: Float>(case: &Case) -> Vec<T> {
    let far = (-30..-12).map(power_of_two);
    let near = (-12..12).flat_map(|binade| [1.0, 1.2, 1.4, 1.7].map(|x| x * power_of_two(binade)));
    let largest = [
        power_of_two(T::LIMIT - 2),
        T::from_ordinal(T::INFINITY_BITS as i64 - 1).to_f64(),
    ];
    let positive: Vec<T> = far.chain(near).chain(largest).map(T::from_f64).collect();
    let negative = positive.iter().rev().map(|x| T::from_f64(-x.to_f64()));
    let grid: Vec<i64> = negative.chain(positive.iter().copied()).map(T::ordinal).collect();
    let mut found = Vec::new();
    for reference in [&case.oracle().value, &case.oracle().derivative] {
        let parameters = case.parameters::<T>();
        let exact = |x: f64| reference.exact(x, relume_oracle::Parameters(&parameters));
        let limits = [f64::NEG_INFINITY, f64::INFINITY].map(|x| round::<T>(exact(x)));
        let class = |ordinal: i64| {
            let x = T::from_ordinal(ordinal);
            Class::of(x, exact(x.to_f64()), limits)
        };
        let classes: Vec<Class> = grid.iter().map(|&ordinal| class(ordinal)).collect();
        for (ends, classes) in grid.windows(2).zip(classes.windows(2)) {
            borders((ends[0], classes[0]), (ends[1], classes[1]), &class, &mut found);
        }
    }
    found.into_iter().map(T::from_ordinal).collect()
}

/// The class of a result. It changes only at landmarks.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Class {
    negative: bool,
    zero: bool,
    subnormal: bool,
    infinite: bool,
    limits: [bool; 2],
    like_the_input: bool,
}

impl Class {
    fn of<T: Float>(x: T, exact: Real, limits: [T; 2]) -> Self {
        let rounded = round::<T>(exact);
        let magnitude = rounded.ordinal().unsigned_abs();
        Self {
            negative: exact.is_negative(),
            zero: magnitude == 0,
            subnormal: magnitude <= T::INFINITY_BITS & T::INFINITY_BITS.wrapping_neg(),
            infinite: magnitude == T::INFINITY_BITS,
            limits: limits.map(|limit| limit == rounded),
            like_the_input: x == rounded,
        }
    }
}

fn round<T: Float>(exact: Real) -> T {
    T::from_f64(exact.to_f64())
}

fn borders(low: (i64, Class), high: (i64, Class), class: &impl Fn(i64) -> Class, found: &mut Vec<i64>) {
    if low.1 == high.1 {
        return;
    }
    if high.0 - low.0 <= 1 {
        found.push(high.0);
        return;
    }
    let middle = low.0 + (high.0 - low.0) / 2;
    let middle = (middle, class(middle));
    borders(low, middle, class, found);
    borders(middle, high, class, found);
}

/// `count` arriving gradients of both signs between 2^-20 and 2^20. Every call returns the same ones.
pub fn gradients<T: Float>(count: usize) -> Vec<T> {
    let mut state = 0_u64;
    let mut next = || {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    let span = (T::from_f64(power_of_two(20)).ordinal() - T::from_f64(power_of_two(-20)).ordinal()) as u64;
    let least = T::from_f64(power_of_two(-20)).ordinal();
    let one = |bits: u64| {
        let magnitude = least + ((bits >> 1) % span) as i64;
        T::from_ordinal(if bits & 1 == 0 { magnitude } else { -magnitude })
    };
    (0..count).map(|_| one(next())).collect()
}

/// The function with one parameter changed: each in turn, at ordinary and extreme values within its domain.
pub fn parametrised(activation: &Activation) -> Vec<Activation> {
    const VALUES: [f64; 9] = [0.0, 0.25, 1.7, -0.5, 3e-4, 250.0, -1.0, 1e-30, 1e30];
    let names = activation
        .definition()
        .parameters
        .iter()
        .map(|parameter| parameter.name);
    names
        .flat_map(|name| {
            VALUES
                .iter()
                .filter_map(move |&value| activation.with(name, value).ok())
        })
        .collect()
}
