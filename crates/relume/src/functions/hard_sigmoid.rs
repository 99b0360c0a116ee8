//! The hard sigmoid: a straight line from 0 to 1.
//!
//! A slope that is the float nearest to 1/n, with a whole number n, is taken for 1/n itself: the default is one
//! sixth, the kinks lie at ±3, and no digit is lost beside them.

use super::Code;
use crate::definition::{Convention, Definition, Domain, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Parameter, Place::Point, Shape, Side::Left};
use crate::engine::elementwise::{Compensated, CompensatedBackward, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::extended::{Extended, f32_parts};

pub(super) static DEFINITION: Definition = Definition {
    name: "hard_sigmoid",
    aliases: &["hardsigmoid"],
    title: "Hard sigmoid",
    summary: "The sigmoid made of three straight pieces.",
    formula: "min(max(0, slope·x + offset), 1)",
    derivative: "slope for 0 ≤ slope·x + offset < 1, else 0",
    parameters: &[
        Parameter {
            name: "slope",
            default: 1.0 / 6.0,
            description: "the slope between the flats; the float nearest to 1/n stands for 1/n",
            domain: Domain::Positive,
        },
        Parameter {
            name: "offset",
            default: 0.5,
            description: "the value at 0, unless that is clipped",
            domain: Domain::Finite,
        },
    ],
    needs: Needs::Bit,
    origin: Origin {
        paper: "Courbariaux, Bengio and David: BinaryConnect: Training Deep Neural Networks with Binary Weights during Propagations",
        year: 2015,
    },
    conventions: &[
        Convention::pytorch("nn.Hardsigmoid")
            .kinks(&[(Point(-3.0), Left)])
            .note("without parameters"),
        Convention::keras("activations.hard_sigmoid")
            .kinks(&[(Point(-3.0), Left)])
            .note("without parameters; slope was 0.2 before Keras 3"),
        Convention::jax("nn.hard_sigmoid")
            .kinks(&[(Point(-3.0), Left)])
            .note("without parameters"),
        Convention::onnx("HardSigmoid").defaults(&[("slope", 0.2)]),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("min(max(0, slope·(x + offset/slope)), 1)"),
        range: [0.0, 1.0],
        monotone: true,
        kinks: &[
            Kink {
                at: -3.0,
                derivative: 1.0 / 6.0,
            },
            Kink {
                at: 3.0,
                derivative: 0.0,
            },
        ],
        limits: [0.0, 1.0],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::Glorot,
        error_bound: ErrorBound::SMOOTH,
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated_with_bits::<HardSigmoid>(|&[slope, ..]| [0.0, slope]));

struct HardSigmoid;

/// One sixth for `f32` lanes.
const SIXTH: [f64; 2] = f32_parts(1.0 / 6.0);

/// A straight line (numerator·x + offset·divisor)/divisor.
#[derive(Clone, Copy)]
struct Line {
    numerator: f64,
    divisor: f64,
}

impl Line {
    #[inline(always)]
    fn new(slope: f64) -> Self {
        let n = slope.recip().round();
        let rounded = [n.recip(), f64::from(n.recip() as f32)];
        if (1.0..16_777_216.0).contains(&n) && rounded.contains(&slope) {
            Self {
                numerator: 1.0,
                divisor: n,
            }
        } else {
            Self {
                numerator: slope,
                divisor: 1.0,
            }
        }
    }

    /// What is to be divided by the divisor. x is so bounded that nothing overflows and the flats remain flats.
    #[inline(always)]
    fn multiple<V: Wide>(self, x: V, offset: f64) -> Extended<V> {
        let reach = 2.0 * (offset.abs() + 1.0) * (self.divisor / self.numerator);
        let x = x.at_least(-reach).at_most(reach);
        let constant = Extended::product(x.splat(offset), x.splat(self.divisor));
        Extended::product(x, x.splat(self.numerator)) + constant
    }
}

impl Smooth for HardSigmoid {
    #[inline(always)]
    fn value<V: Wide>(x: V, &[slope, offset, ..]: &Parameters) -> V {
        let line = Line::new(slope);
        let multiple = line.multiple(x, offset);
        let y = if V::TO_F32 {
            multiple.high * line.divisor.recip()
        } else {
            (multiple / Extended::new(x.splat(line.divisor))).rounded()
        };
        let y = y.at_least(0.0).at_most(1.0);
        // f(−0) = −0 where f(0) = 0.
        if offset <= 0.0 {
            x.abs().le(0.0).select(x, y)
        } else {
            y
        }
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, &[slope, offset, ..]: &Parameters) -> V {
        let line = Line::new(slope);
        let multiple = line.multiple(x, offset);
        let excess = multiple + Extended::new(x.splat(-line.divisor));
        let inner = multiple.high.ge(0.0).and(excess.high.lt(0.0));
        let sloped = if V::TO_F32 {
            dy * (line.numerator / line.divisor)
        } else {
            // One of the two is 1.
            dy * line.numerator / line.divisor
        };
        let flat = x.is_nan().select(x, x.splat(0.0));
        inner.select(sloped, flat)
    }
}

impl Compensated for HardSigmoid {
    fn suits(&[slope, offset, ..]: &Parameters) -> bool {
        let line = Line::new(slope);
        line.numerator == 1.0 && line.divisor == 6.0 && offset == 0.5
    }

    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let near = x.at_least(-3.0).at_most(3.0);
        Extended::ordered_sum(x.splat(3.0), near).into_constant_product(SIXTH)
    }
}

impl CompensatedBackward for HardSigmoid {
    #[inline(always)]
    fn backward<V: Float>(x: V, dy: V, _: &Parameters) -> V {
        let flat = x.is_nan().select(x, x.splat(0.0));
        let inner = x.ge(-3.0).and(x.lt(3.0));
        inner.select(Extended::new(dy).into_constant_product(SIXTH), flat)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, near, near_slope, same, slopes};

    #[test]
    fn edges() {
        near("hard_sigmoid", &[(-1.0, 1.0 / 3.0), (0.0, 0.5), (2.0, 5.0 / 6.0)]);
        near("hard_sigmoid", &[(-3.0 + f64::EPSILON * 2.0, f64::EPSILON / 3.0)]);
        same("hard_sigmoid", &[f64::NEG_INFINITY, -1e300, -3.0], |_| 0.0);
        same("hard_sigmoid", &[3.0, 1e300, f64::INFINITY], |_| 1.0);
        near_slope("hard_sigmoid", &[(-3.0, 1.0 / 6.0), (0.0, 1.0 / 6.0)]);
        assert_eq!(slopes("hard_sigmoid", &[-3.5, 3.0, 4.0]), [0.0; 3]);
        nan_stays_nan("hard_sigmoid");
    }

    #[test]
    fn a_slope_of_a_fifth_is_a_fifth() {
        same("hard_sigmoid(slope=0.2)", &[-2.5, 2.5], |x| {
            f64::from(u8::from(x > 0.0))
        });
        assert_eq!(slopes("hard_sigmoid(slope=0.2)", &[-2.5, 2.5]), [0.2, 0.0]);
    }

    #[test]
    fn extreme_parameters() {
        same(
            "hard_sigmoid(slope=1e30, offset=0)",
            &[-1e300, -1.0, 0.0, 1.0, f64::INFINITY],
            |x| f64::from(u8::from(x > 0.0)),
        );
        same("hard_sigmoid(offset=-1e30)", &[-1e30, 0.0, 1e25], |_| 0.0);
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("hard_sigmoid", &[-4.0, 3.0, f64::NEG_INFINITY, f64::INFINITY]);
    }
}
