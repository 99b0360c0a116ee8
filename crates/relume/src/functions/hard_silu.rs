//! Hard SiLU, x·(x/6 + 1/2) between −3 and 3.
//!
//! For `f64` results x·(x + 3) keeps its rest and is divided by 6; elsewhere it is multiplied by 1/6, in compensated
//! lanes given as a sum of two floats.

use super::Code;
use crate::definition::{Convention, Definition, Elementwise, ErrorBound, Gain, Initialisation, Kink, Needs, Origin, Place::Point, Shape, Side::Left};
use crate::engine::elementwise::{Compensated, CompensatedBackward, Kernels, Parameters, Smooth};
use crate::engine::lanes::{Float, Mask, Wide};
use crate::math::extended::{Extended, f32_parts};

pub(super) static DEFINITION: Definition = Definition {
    name: "hard_silu",
    aliases: &["hard_swish", "hardswish"],
    title: "Hard SiLU",
    summary: "SiLU with the sigmoid replaced by three straight pieces.",
    formula: "x·min(max(0, x + 3), 6)/6",
    derivative: "0 for x < −3, 1 for x ≥ 3, else (2x + 3)/6",
    parameters: &[],
    needs: Needs::Input,
    origin: Origin {
        paper: "Howard et al.: Searching for MobileNetV3",
        year: 2019,
    },
    conventions: &[
        Convention::pytorch("nn.Hardswish").kinks(&[(Point(-3.0), Left)]),
        Convention::keras("activations.hard_silu").kinks(&[(Point(-3.0), Left)]),
        Convention::jax("nn.hard_silu").kinks(&[(Point(-3.0), Left)]),
        Convention::onnx("HardSwish"),
    ],
    shape: Shape::Elementwise(Elementwise {
        composed: Some("0 for x < −3, x for x ≥ 3, else x·(x + 3)/6"),
        range: [-0.375, f64::INFINITY],
        monotone: false,
        kinks: &[
            Kink {
                at: -3.0,
                derivative: -0.5,
            },
            Kink {
                at: 3.0,
                derivative: 1.0,
            },
        ],
        limits: [0.0, f64::INFINITY],
        gain: Gain::SecondMoment,
        initialisation: Initialisation::He,
        error_bound: ErrorBound::compensated(0.7),
    }),
};

pub(super) const CODE: Code = Code::Elementwise(Kernels::compensated_both::<HardSilu>());

/// Good enough for `f32` results, and much faster than a division.
const SIXTH: f64 = 1.0 / 6.0;

struct HardSilu;

impl Smooth for HardSilu {
    #[inline(always)]
    fn value<V: Wide>(x: V, _: &Parameters) -> V {
        // Bounded only so that nothing overflows where it is not taken.
        let near = x.at_least(-3.0).at_most(3.0);
        let inner = if V::TO_F32 {
            (near + 3.0) * near * SIXTH
        } else {
            (Extended::sum(near, x.splat(3.0)) * near / Extended::new(x.splat(6.0))).rounded()
        };
        let left = x.le(-3.0).select(x.splat(0.0), inner);
        x.ge(3.0).select(x, left)
    }

    #[inline(always)]
    fn backward<V: Wide>(x: V, dy: V, _: &Parameters) -> V {
        let near = x.at_least(-3.0).at_most(3.0);
        let inner = if V::TO_F32 {
            (near + near + 3.0) * dy * SIXTH
        } else {
            (Extended::sum(near + near, x.splat(3.0)) * dy / Extended::new(x.splat(6.0))).rounded()
        };
        let left = x.lt(-3.0).select(x.splat(0.0), inner);
        x.ge(3.0).select(dy, left)
    }
}

impl Compensated for HardSilu {
    #[inline(always)]
    fn value<V: Float>(x: V, _: &Parameters) -> V {
        let bounded = x.at_least(-3.0);
        let near = bounded.at_most(3.0);
        // x/6 + 1/2: from 3 on high is 1 and low nothing beside it.
        let Extended { high, low } = (Extended::constant(x, f32_parts(SIXTH)) * near).add_to(0.5);
        x.le(-3.0).select(x.splat(0.0), bounded.mul_add(high, near * low))
    }
}

impl CompensatedBackward for HardSilu {
    #[inline(always)]
    fn backward<V: Float>(x: V, dy: V, _: &Parameters) -> V {
        let near = x.at_least(-3.0).at_most(3.0);
        let (two, three) = (x.splat(2.0), x.splat(3.0));
        let high = near.mul_add(two, three);
        let low = near.mul_add(two, three - high);
        let inner = (Extended { high, low } * dy).into_constant_product(f32_parts(SIXTH));
        let left = x.lt(-3.0).select(x.splat(0.0), inner);
        x.ge(3.0).select(dy, left)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{flat, nan_stays_nan, near, same, slopes};

    #[test]
    fn edges() {
        near("hard_silu", &[(-1.5, -0.375), (1.0, 0.6666666666666666)]);
        same("hard_silu", &[f64::NEG_INFINITY, -3.5, -3.0], |_| 0.0);
        same("hard_silu", &[-0.0, 0.0, 3.0, 4.0, f64::INFINITY], |x| x);
        assert_eq!(
            slopes("hard_silu", &[-3.5, -3.0, -1.5, 0.0, 3.0, 4.0]),
            [0.0, -0.5, 0.0, 0.5, 1.0, 1.0]
        );
        nan_stays_nan("hard_silu");
    }

    #[test]
    fn nothing_flows_where_it_is_flat() {
        flat("hard_silu", &[-3.5, f64::NEG_INFINITY]);
    }
}
