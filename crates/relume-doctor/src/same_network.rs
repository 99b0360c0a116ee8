//! Parts of networks that are told apart by their names.

use crate::error::Error;
use crate::record::{LayerInfo, ParameterInfo};

/// Where each of theirs is among mine, those that are missing added.
pub(crate) fn places_of<T: Named>(
    what: &'static str,
    mine: &mut Vec<T>,
    theirs: &[T],
) -> Result<Vec<usize>, Error> {
    let common = theirs.iter().any(|t| mine.iter().any(|m| m.name() == t.name()));
    if let (Some(m), Some(t)) = (mine.first(), theirs.first())
        && !common
    {
        return Err(other_network(what, 0, m, t));
    }
    let mut places = Vec::new();
    for t in theirs {
        match mine.iter().position(|m| m.name() == t.name()) {
            Some(place) if mine[place] == *t => places.push(place),
            Some(place) => return Err(other_network(what, place, &mine[place], t)),
            None => {
                places.push(mine.len());
                mine.push(t.clone());
            }
        }
    }
    Ok(places)
}

fn other_network<T: Named>(what: &'static str, position: usize, mine: &T, theirs: &T) -> Error {
    Error::OtherNetwork {
        what,
        position,
        expected: mine.describe(),
        found: theirs.describe(),
    }
}

/// A part of a network that has a name.
pub(crate) trait Named: Clone + PartialEq {
    fn name(&self) -> &str;
    fn describe(&self) -> String;
}

impl Named for LayerInfo {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("{} ({}, {} units)", self.name, self.activation, self.units)
    }
}

impl Named for ParameterInfo {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> String {
        format!("{} ({} elements)", self.name, self.elements)
    }
}
