//! Which remedies a finding carries, and in which order.

use crate::remedies::{LOWER_LEARNING_RATE, RAISE_LEARNING_RATE, Remedy, RemedyDefinition};

/// Remedies, the one to try first at the head.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan(Vec<Remedy>);

impl Plan {
    /// These, for these layers, in this order.
    pub(super) fn of(remedies: &[&RemedyDefinition], layers: &[String]) -> Plan {
        Plan(remedies.iter().map(|remedy| remedy.of(layers)).collect())
    }

    /// With this one at the head, if any is named.
    pub(super) fn led_by(mut self, leader: Option<&RemedyDefinition>) -> Plan {
        self.0
            .sort_by_key(|remedy| leader.is_some_and(|leader| !leader.is(remedy)));
        self
    }

    /// With these at the end.
    pub(super) fn ended_by(mut self, last: &[&RemedyDefinition]) -> Plan {
        self.0
            .sort_by_key(|remedy| last.iter().any(|last| last.is(remedy)));
        self
    }

    /// Without these.
    pub(super) fn without(mut self, others: &[&RemedyDefinition]) -> Plan {
        self.0
            .retain(|remedy| !others.iter().any(|other| other.is(remedy)));
        self
    }

    /// With a learning rate that is multiplied by this, wherever one is asked for.
    pub(super) fn at_rate(mut self, factor: f64) -> Plan {
        for remedy in &mut self.0 {
            if LOWER_LEARNING_RATE.is(remedy) && factor < 1.0
                || RAISE_LEARNING_RATE.is(remedy) && factor > 1.0
            {
                remedy.value = Some(factor);
            }
        }
        self
    }

    /// The remedies.
    pub(super) fn remedies(self) -> Vec<Remedy> {
        self.0
    }
}
