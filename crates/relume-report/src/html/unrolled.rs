//! The gradient at the states of recurrent layers, time step by time step and pass by pass, averaged over trials.

use super::aggregate::Watched;
use super::charts::heatmap::Cell;
use relume_doctor::TimeNorms;

/// A time step × pass picture of one recurrent layer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unrolled<'a> {
    /// The layer.
    pub(crate) layer: &'a str,
    /// The steps in time of its longest sequence.
    pub(crate) steps: u64,
    /// The passes, or the steps of training.
    pub(crate) times: Vec<usize>,
    /// The first steps in time come first; each row is as long as there are times.
    pub(crate) rows: Vec<Vec<Cell>>,
}

impl<'a> Watched<'a> {
    /// The recurrent layers of which the gradient was kept.
    pub(crate) fn unrolled(&self) -> Vec<Unrolled<'a>> {
        let mut names: Vec<&str> = Vec::new();
        for layer in self.records().flat_map(|r| &r.setup.recurrent) {
            if !names.contains(&layer.name.as_str()) {
                names.push(&layer.name);
            }
        }
        let pictures = names.into_iter().map(|name| self.picture(name));
        pictures.filter(|picture| !picture.rows.is_empty()).collect()
    }

    fn picture(&self, name: &'a str) -> Unrolled<'a> {
        let layers = || {
            let all = self.records().flat_map(|r| &r.setup.recurrent);
            all.filter(|layer| layer.name == name)
        };
        let passes = || layers().flat_map(|layer| &layer.passes);
        let mut times: Vec<usize> = passes().map(|pass| pass.at as usize).collect();
        times.sort_unstable();
        times.dedup();
        let rows = passes().map(|pass| pass.norms.len()).max().unwrap_or(0);
        let row = |row: usize| {
            let column = |&time: &usize| {
                let then = passes().filter(|pass| pass.at as usize == time);
                cell(&then.map(|pass| at(pass, row, rows)).collect::<Vec<_>>())
            };
            times.iter().map(column).collect()
        };
        Unrolled {
            layer: name,
            steps: layers().map(|layer| layer.steps).max().unwrap_or(0),
            rows: (0..rows).map(row).collect(),
            times,
        }
    }
}

/// The norm of a pass in one of so many rows: a pass of shorter sequences is stretched over all of them.
fn at(pass: &TimeNorms, row: usize, rows: usize) -> Cell {
    match pass.norms.get(row * pass.norms.len() / rows) {
        Some(&Some(norm)) if norm > 0.0 => Cell::Size(norm),
        Some(&Some(_)) => Cell::Zero,
        Some(None) => Cell::NonFinite,
        None => Cell::Unknown,
    }
}

/// The geometric mean of sizes, or what most of the cells are.
fn cell(cells: &[Cell]) -> Cell {
    let sizes = cells.iter().filter_map(|cell| match cell {
        Cell::Size(size) => Some(size.ln()),
        _ => None,
    });
    let (sum, count) = sizes.fold((0.0, 0), |(sum, count), size| (sum + size, count + 1));
    let of = |kind: Cell| cells.iter().filter(|cell| **cell == kind).count();
    let (zero, broken) = (of(Cell::Zero), of(Cell::NonFinite));
    match count.max(zero).max(broken) {
        0 => Cell::Unknown,
        most if most == broken => Cell::NonFinite,
        most if most == count => Cell::Size((sum / count as f64).exp()),
        _ => Cell::Zero,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relume_doctor::{Record, ThroughTime};

    fn record(passes: &[(u64, &[f64])]) -> Record {
        let mut record = Record::default();
        let norms = |norms: &[f64]| {
            norms
                .iter()
                .map(|&norm| Some(norm).filter(|n| n.is_finite()))
                .collect()
        };
        record.setup.recurrent = vec![ThroughTime {
            name: "rnn".into(),
            steps: 4,
            passes: passes
                .iter()
                .map(|&(at, values)| TimeNorms {
                    at,
                    norms: norms(values),
                })
                .collect(),
            ..ThroughTime::default()
        }];
        record
    }

    #[test]
    fn seeds_are_averaged_and_shorter_passes_are_stretched() {
        let one = record(&[(0, &[1e-4, 1e-2, 1.0, 1.0]), (1, &[0.0, f64::NAN])]);
        let other = record(&[(0, &[1e-2, 1e-2, 1.0, 4.0]), (2, &[1.0])]);
        let watched = Watched(vec![&one, &other]);
        let [picture] = watched.unrolled().try_into().unwrap();
        assert_eq!((picture.layer, picture.steps), ("rnn", 4));
        assert_eq!(picture.times, [0, 1, 2]);
        let columns = |row: usize| picture.rows[row].clone();
        let sizes = |row: usize| match columns(row)[0] {
            Cell::Size(size) => size,
            other => panic!("{other:?}"),
        };
        for (row, expected) in [1e-3, 1e-2, 1.0, 2.0].into_iter().enumerate() {
            assert!((sizes(row) / expected - 1.0).abs() < 1e-9);
        }
        let seconds: Vec<Cell> = (0..4).map(|row| columns(row)[1]).collect();
        assert_eq!(
            seconds,
            [Cell::Zero, Cell::Zero, Cell::NonFinite, Cell::NonFinite]
        );
        assert!((0..4).all(|row| columns(row)[2] == Cell::Size(1.0)));
    }

    #[test]
    fn what_was_not_kept_is_not_drawn() {
        assert_eq!(Watched(vec![&Record::default(), &record(&[])]).unrolled(), []);
    }
}
