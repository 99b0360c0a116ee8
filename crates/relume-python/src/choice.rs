//! What a framework chooses at kinks, put into what our kernels give.

use relume::{Activation, Element, Framework};

use crate::slices::FIT;

/// How many elements are handled together, so that they are still in the cache when they are looked at again; a
/// multiple of 8.
pub(crate) const BLOCK: usize = 2048;

/// How many elements are compared together.
const CHUNK: usize = 64;

/// The derivative that a framework takes at a kink where we take another.
#[derive(Clone, Copy)]
pub(crate) struct Choice {
    at: f64,
    slope: f64,
    /// The bit with this derivative, for functions that have bits.
    bit: bool,
}

/// All of them, for given parameters.
pub(crate) fn choices(activation: &Activation, framework: Framework) -> Vec<Choice> {
    let Some(convention) = activation.definition().convention(framework) else {
        return Vec::new();
    };
    let places = convention
        .kinks
        .iter()
        .filter_map(|(place, _)| activation.point(*place));
    places
        .map(|at| {
            let slope = activation.derivative_in(convention, at);
            let bit =
                slopes(activation).is_some_and(|[clear, set]| (slope - set).abs() < (slope - clear).abs());
            Choice { at, slope, bit }
        })
        .filter(|choice| choice.slope != activation.derivative(choice.at))
        .collect()
}

/// The derivatives that a clear and a set bit stand for; none if the function has no bits.
pub(crate) fn slopes(activation: &Activation) -> Option<[f64; 2]> {
    let mut slopes = [1.0; 2];
    activation
        .backward_in_place_from_bits(&[0b10], &mut slopes)
        .ok()?;
    Some(slopes)
}

/// `dx = dy · f′(x)` with these choices; without `dy` it is what `dx` holds. At most a block.
pub(crate) fn backward<T: Element>(
    activation: &Activation,
    choices: &[Choice],
    x: &[T],
    dy: Option<&[T]>,
    dx: &mut [T],
) {
    let concerned = choices.iter().any(|choice| choice.concerns(x));
    let overwritten = match dy {
        None if concerned => dx.to_vec(),
        _ => Vec::new(),
    };
    match dy {
        None => activation.backward_in_place(x, dx),
        Some(dy) => activation.backward(x, dy, dx),
    }
    .expect(FIT);
    if concerned {
        let dy = dy.unwrap_or(&overwritten);
        for choice in choices {
            let slope = T::from_f64(choice.slope).to_f64();
            choose(T::from_f64(choice.at), x, dx, |i| Some([dy[i].to_f64(), slope]));
        }
    }
}

/// Where `x` is `at`, `dx` becomes the arriving gradient times the slope, which are given for each such place, if
/// anything is chosen there. A slope of 0 lets nothing pass, not even NaN.
pub(crate) fn choose<T: Element>(
    at: T,
    x: &[T],
    dx: &mut [T],
    gradient_and_slope: impl Fn(usize) -> Option<[f64; 2]>,
) {
    for (block, (x, dx)) in x.chunks(BLOCK).zip(dx.chunks_mut(BLOCK)).enumerate() {
        if !contains(x, at) {
            continue;
        }
        for (i, (x, dx)) in (block * BLOCK..).zip(x.iter().zip(dx)) {
            if *x == at
                && let Some([dy, slope]) = gradient_and_slope(i)
            {
                *dx = T::from_f64(if slope == 0.0 { 0.0 } else { dy * slope });
            }
        }
    }
}

/// The bytes of bits to be changed, and how, so that the bits are by these choices. At most a block.
pub(crate) fn corrections<T: Element>(choices: &[Choice], x: &[T]) -> Vec<(bool, usize, u8)> {
    let chosen = choices.iter().filter(|choice| choice.concerns(x));
    chosen
        .flat_map(|choice| {
            let at = T::from_f64(choice.at);
            let places = x.iter().enumerate().filter(move |(_, x)| **x == at);
            places.map(|(i, _)| (choice.bit, i / 8, 1 << (i % 8)))
        })
        .collect()
}

/// Changes the bits.
pub(crate) fn correct(bits: &mut [u8], corrections: &[(bool, usize, u8)]) {
    for (set, byte, mask) in corrections {
        if *set {
            bits[*byte] |= mask;
        } else {
            bits[*byte] &= !mask;
        }
    }
}

impl Choice {
    /// Whether any element is at the kink.
    fn concerns<T: Element>(&self, x: &[T]) -> bool {
        contains(x, T::from_f64(self.at))
    }
}

/// Whether any of these is that value. It looks at all of a chunk, which is faster than stopping at the first.
fn contains<T: Element>(x: &[T], value: T) -> bool {
    x.chunks(CHUNK)
        .any(|chunk| chunk.iter().fold(false, |any, x| any | (*x == value)))
}
