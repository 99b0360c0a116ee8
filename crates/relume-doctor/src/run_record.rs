//! What follows from the counts of a run: the record that the checks read, and the history of each unit.

use crate::record::{Record, Snapshot};
use crate::run::Run;
use crate::unit::{State, UnitCourse};
use crate::windows::joined;

impl Run {
    /// What the checks read: the windows as passes. Windows of few samples are joined with their neighbours, for
    /// who was silent on ten samples may well be alive.
    pub fn record(&self) -> Record {
        let mut record = Record {
            unseen: self.unseen.clone(),
            ..self.watch.record.clone()
        };
        let mut dead = Vec::new();
        let mut loss = None;
        for (pass, (indices, window)) in joined(&self.windows).into_iter().enumerate() {
            let untrained = *indices.start() == 0;
            loss = window.loss(loss);
            let [first, last] = [
                self.steps_of(*indices.start())[0],
                self.steps_of(*indices.end())[1],
            ];
            let number = pass + usize::from(!untrained && pass == 0);
            let snapshot = window.counts.snapshot(number, loss, &dead);
            record.snapshots.push(Snapshot {
                steps: Some([first, last]),
                parameters: if untrained {
                    Vec::new()
                } else {
                    snapshot.parameters
                },
                ..snapshot
            });
            dead = window.counts.dead();
            record.histograms = window.counts.histograms();
        }
        record
    }

    /// The history of each unit: per layer of the [`record`](Run::record) a list of all its units, each with its state
    /// in every one of the record's snapshots.
    ///
    /// ```
    /// use relume_doctor::{LayerInfo, Layout, Run, State};
    /// # fn main() -> Result<(), relume_doctor::Error> {
    /// let mut run = Run::new();
    /// let name = "hidden".to_owned();
    /// let hidden = run.add_layer(LayerInfo { name, activation: "relu".into(), units: 2, fan_in: 3 });
    /// let layout = Layout { outer: 1, units: 2, inner: 1, positions: 1 };
    /// run.step().forward(hidden, &[-1.0, 1.0], &[0.0, 1.0], layout)?;
    /// run.step().backward(hidden, &[0.0, 0.5], layout)?;
    /// run.end_step(None, true);
    /// let states: Vec<State> = run.courses()[0].iter().map(|course| course.states[0]).collect();
    /// assert_eq!(states, [State::Dead, State::Alive]);
    /// # Ok(()) }
    /// ```
    pub fn courses(&self) -> Vec<Vec<UnitCourse>> {
        let passes = joined(&self.windows);
        let course = |layer: usize, unit: usize| UnitCourse {
            unit,
            states: passes
                .iter()
                .map(|(_, window)| match window.counts.layers.get(layer) {
                    Some(counts) => counts.state(unit),
                    None => State::Unseen,
                })
                .collect(),
        };
        let layers = self.watch.record.layers.iter().enumerate();
        layers
            .map(|(layer, info)| (0..info.units).map(|unit| course(layer, unit)).collect())
            .collect()
    }
}
