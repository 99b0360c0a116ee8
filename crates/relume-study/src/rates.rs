//! The learning rate of each activation while a study runs.

use crate::ladder::Ladder;

/// Where the learning rate of an activation comes from.
pub(crate) enum Rates {
    Given(f64),
    Chosen(Ladder),
}

/// The learning rate of an activation, and its rung if it was chosen.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    pub(crate) rate: f64,
    rung: Option<i32>,
}

impl Rates {
    pub(crate) fn of(&self, activation: usize) -> Rate {
        match self {
            Self::Given(rate) => Rate {
                rate: *rate,
                rung: None,
            },
            Self::Chosen(ladder) => {
                let rung = ladder.chosen(activation);
                Rate {
                    rate: ladder.rate(rung),
                    rung: Some(rung),
                }
            }
        }
    }

    pub(crate) fn confirm(&mut self, activation: usize, rate: Rate, broke_down: bool) {
        if let (Self::Chosen(ladder), Some(rung)) = (self, rate.rung) {
            ladder.confirm(activation, rung, broke_down);
        }
    }
}
