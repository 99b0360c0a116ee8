//! Numbers side by side that take different paths through a formula.

use std::cell::Cell;
use std::cmp::Ordering;

use super::{Bounded, LANES};

thread_local! {
    /// A bit for each lane that has left the path of the first.
    static STRAYED: Cell<u32> = const { Cell::new(0) };
    /// A bit for each lane of which it is not sure that its path is the right one.
    static DOUBTFUL: Cell<u32> = const { Cell::new(0) };
}

/// Takes note of the lanes in which a condition could be decided otherwise within the errors: what is computed there has
/// no bound.
pub(crate) fn doubt(lanes: u32) {
    DOUBTFUL.set(DOUBTFUL.get() | lanes);
}

/// What `formula` makes of numbers that may take different paths through it: it is run once for each path.
pub fn by_paths(numbers: [f64; LANES], formula: impl Fn(Bounded) -> Bounded) -> Bounded {
    let mut results = Bounded::from(f64::NAN);
    let mut left = u32::MAX >> (u32::BITS as usize - LANES);
    while left != 0 {
        // The others take the place of one that is left; it is followed, so it stands first.
        let leader = left.trailing_zeros() as usize;
        let mut pack = [numbers[leader]; LANES];
        (leader..LANES)
            .filter(|lane| left >> lane & 1 == 1)
            .for_each(|lane| pack[lane] = numbers[lane]);
        STRAYED.set(0);
        DOUBTFUL.set(0);
        let mut result = formula(Bounded::exactly(pack));
        let doubtful = DOUBTFUL.get();
        for lane in (0..LANES).filter(|lane| doubtful >> lane & 1 == 1) {
            result.error[lane] = f64::INFINITY;
        }
        let done = left & !STRAYED.get();
        if done == left && leader == 0 {
            return result;
        }
        for lane in (leader..LANES).filter(|lane| done >> lane & 1 == 1) {
            (results.value[lane], results.error[lane]) = result.lane(lane);
        }
        left &= !done;
    }
    results
}

/// By the first number; those that compare otherwise leave its path.
impl PartialOrd<f64> for Bounded {
    #[inline(always)]
    fn partial_cmp(&self, other: &f64) -> Option<Ordering> {
        let order = self.value[0].partial_cmp(other);
        let alike = self.all(|value| value < *other)
            || self.all(|value| value > *other)
            || self.all(|value| value == *other);
        if !alike {
            let strayed = |lane: &usize| self.value[*lane].partial_cmp(other) != order;
            let lanes = (0..LANES)
                .filter(strayed)
                .fold(0, |lanes, lane| lanes | 1 << lane);
            STRAYED.set(STRAYED.get() | lanes);
        }
        order
    }
}

impl PartialEq<f64> for Bounded {
    fn eq(&self, other: &f64) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_takes_its_own_path() {
        let numbers = std::array::from_fn(|lane| [-2.5, 0.0, 1.0, -7.0, 3.5][lane % 5]);
        let formula = |x: Bounded| match x {
            x if x < 0.0 => -x,
            x if x > 2.0 => x * x,
            x => x + Bounded::from(10.0),
        };
        for (lane, x) in numbers.into_iter().enumerate() {
            let expected = if x < 0.0 {
                -x
            } else if x > 2.0 {
                x * x
            } else {
                x + 10.0
            };
            assert_eq!(by_paths(numbers, formula).lane(lane), (expected, 0.0), "{x}");
        }
    }
}
