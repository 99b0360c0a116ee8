//! Sums over a row, and differences from what they give.

use crate::engine::lanes::{Mask, Wide};
use crate::engine::simd::{Simd, Transfer};
use crate::math::extended::Extended;

/// At least as many lanes as the largest pack of `f64` has: four AVX-512 vectors.
const LANES: usize = 32;

/// A sum for each lane: plain in `f64` for `f32` results, and with the rounding errors added up beside it for `f64`.
#[derive(Clone, Copy)]
pub(crate) struct Sum<V>(Extended<V>);

impl<V: Wide> Sum<V> {
    pub(crate) fn zero<S: Simd>(simd: S) -> Self
    where
        V: Transfer<S, f64>,
    {
        Self(Extended::new(V::load(simd, &[0.0; LANES])))
    }

    /// Only `high` is on the critical path, one addition long.
    #[inline(always)]
    pub(crate) fn add(&mut self, term: Extended<V>) {
        let sum = Extended::sum(self.0.high, term.high);
        self.0 = if V::TO_F32 {
            sum
        } else {
            Extended {
                high: sum.high,
                low: self.0.low + (sum.low + term.low),
            }
        };
    }

    /// The sum over all lanes, in two parts.
    #[inline(always)]
    pub(crate) fn total<S: Simd>(self) -> [f64; 2]
    where
        V: Transfer<S, f64>,
    {
        let [mut high, mut low] = [[0.0; LANES]; 2];
        self.0.high.store(&mut high);
        if !V::TO_F32 {
            self.0.low.store(&mut low);
        }
        let mut lanes = V::LEN;
        while lanes > 1 {
            lanes /= 2;
            for i in 0..lanes {
                let [sum, error] = exact_sum(high[i], high[i + lanes]);
                high[i] = sum;
                if !V::TO_F32 {
                    low[i] += low[i + lanes] + error;
                }
            }
        }
        if V::TO_F32 {
            [high[0], 0.0]
        } else {
            exact_sum(high[0], low[0])
        }
    }
}

/// a + b, and what rounding took from it.
#[inline(always)]
pub(crate) fn exact_sum(a: f64, b: f64) -> [f64; 2] {
    let sum = a + b;
    let from_b = sum - a;
    [sum, (a - (sum - from_b)) + (b - from_b)]
}

/// The difference of `x` and the largest number of its row.
#[inline(always)]
pub(crate) fn below<V: Wide>(x: V, largest: f64) -> Extended<V> {
    Extended::sum(x, x.splat(-largest))
}

/// a − b, rounded; a may be −∞.
#[inline(always)]
pub(crate) fn difference<V: Wide>(a: Extended<V>, b: Extended<V>) -> V {
    let Extended { high, low } = Extended::sum(a.high, -b.high);
    if V::TO_F32 {
        return high;
    }
    let sum = high + (low + (a.low - b.low));
    sum.is_nan().select(high, sum)
}
