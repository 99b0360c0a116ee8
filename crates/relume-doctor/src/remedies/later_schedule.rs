//! A learning rate that comes down later.

use super::definition::RemedyDefinition;

pub(crate) static LATER_SCHEDULE: RemedyDefinition = RemedyDefinition::new(
    "later_schedule",
    "Let the learning rate come down later, or less far: count the schedule's steps as it is called (per batch or per \
     epoch).",
);
