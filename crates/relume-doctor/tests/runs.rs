//! Runs watched step by step: windows, what is added up, what is written.

use proptest::prelude::*;
use relume_doctor::{Error, LayerId, LayerInfo, Layout, ParameterId, ParameterInfo, Run, State};

const UNITS: usize = 3;

fn info(name: &str) -> LayerInfo {
    LayerInfo {
        name: name.into(),
        activation: "relu".into(),
        units: UNITS,
        fan_in: 1,
    }
}

/// A run over one layer and one weight.
struct Net {
    run: Run,
    layer: LayerId,
    weight: ParameterId,
}

impl Net {
    fn new() -> Net {
        let mut run = Run::new();
        let layer = run.add_layer(info("hidden"));
        let weight = run.add_parameter(ParameterInfo {
            name: "hidden.weight".into(),
            elements: 4,
        });
        Net { run, layer, weight }
    }

    /// One step on samples of all units; a value above zero fires.
    fn step(&mut self, x: &[f32], loss: f64) {
        let layout = Layout {
            outer: x.len() / UNITS,
            units: UNITS,
            inner: 1,
            positions: 1,
        };
        let y: Vec<f32> = x.iter().map(|x| x.max(0.0)).collect();
        let dx: Vec<f32> = x.iter().map(|&x| if x > 0.0 { 0.5 } else { 0.0 }).collect();
        let watch = self.run.step();
        watch.forward(self.layer, x, &y, layout).unwrap();
        watch.backward(self.layer, &dx, layout).unwrap();
        watch.gradient(self.weight, &dx);
        watch.update(self.weight, &[1f32; 4], &[1.01f32; 4]);
        self.run.end_step(Some(loss), true);
    }
}

/// One step's samples: unit 0 always fires, unit 1 in `one` of 64 samples, unit 2 never.
fn batch(one: usize) -> Vec<f32> {
    (0..64)
        .flat_map(|i| [1.0, if i < one { 2.0 } else { -2.0 }, -1.0])
        .collect()
}

#[test]
fn windows_grow_and_lose_nothing() {
    for steps in [1u64, 2, 33, 34, 100, 1000, 4097] {
        let mut net = Net::new();
        for step in 0..steps {
            net.step(&batch(0), step as f64);
        }
        let record = net.run.record();
        assert!(record.snapshots.len() <= 33, "{steps}");
        let samples: u64 = record.snapshots.iter().map(|s| s.samples).sum();
        assert_eq!(samples, 64 * steps);
        // The windows follow each other without gaps, and the first is the untrained network alone.
        let mut next = 0;
        for snapshot in &record.snapshots {
            let [first, last] = snapshot.steps.unwrap();
            assert_eq!(first, next);
            assert_eq!(snapshot.samples, 64 * (last + 1 - first));
            let mean = (first + last) as f64 / 2.0;
            assert!((snapshot.loss.unwrap() - mean).abs() < 1e-9 * mean.max(1.0));
            next = last + 1;
        }
        assert_eq!(
            (record.snapshots[0].pass, record.snapshots[0].steps),
            (0, Some([0, 0]))
        );
        assert!(record.snapshots[0].parameters.is_empty());
        assert_eq!(next, steps);
    }
}

#[test]
fn who_fired_once_in_a_window_was_not_silent() {
    let mut net = Net::new();
    for step in 0..320 {
        net.step(&batch(usize::from(step == 310)), 1.0);
    }
    let record = net.run.record();
    let last = record.snapshots.last().unwrap();
    assert!(last.samples >= 1024 && last.steps.unwrap()[0] <= 310, "{last:?}");
    assert_eq!((last.layers[0].silent, last.layers[0].dead), (1, 1));
    let before = &record.snapshots[record.snapshots.len() - 2].layers[0];
    assert_eq!((before.silent, last.layers[0].revived), (2, 1));
}

#[test]
fn a_unit_dies_and_is_revived_in_its_own_course() {
    let mut net = Net::new();
    for step in 0..960 {
        net.step(&batch(usize::from(!(320..640).contains(&step))), 1.0);
    }
    let courses = net.run.courses();
    let units: Vec<usize> = courses[0].iter().map(|course| course.unit).collect();
    assert_eq!((courses.len(), units), (1, vec![0, 1, 2]));
    assert!(courses[0][0].states.iter().all(|&state| state == State::Alive));
    assert!(courses[0][2].states.iter().all(|&state| state == State::Dead));
    let mut turns = courses[0][1].states.clone();
    turns.dedup();
    assert_eq!(turns, [State::Alive, State::Dead, State::Alive]);
    // Stretch by stretch they are as many as the record says.
    for (i, snapshot) in net.run.record().snapshots.iter().enumerate() {
        let dead = courses[0].iter().filter(|course| course.states[i] == State::Dead);
        assert_eq!(dead.count(), snapshot.layers[0].dead);
    }
}

#[test]
fn steps_that_were_not_watched_count_with_their_loss() {
    let mut net = Net::new();
    for step in 0..200 {
        if step % 10 == 0 {
            net.step(&batch(1), 1.0);
        } else {
            net.run.end_step(Some(2.0), false);
        }
    }
    let record = net.run.record();
    assert_eq!(record.snapshots.iter().map(|s| s.samples).sum::<u64>(), 20 * 64);
    let last = record.snapshots.last().unwrap();
    assert!((last.loss.unwrap() - 1.9).abs() < 0.1, "{last:?}");
    assert_eq!((net.run.cost().steps, net.run.cost().watched), (200, 20));
}

#[test]
fn what_is_dropped_or_scaled_is_not_believed() {
    let layout = Layout {
        outer: 1,
        units: UNITS,
        inner: 1,
        positions: 1,
    };
    let mut net = Net::new();
    net.run
        .step()
        .backward(net.layer, &[f32::NAN; 3], layout)
        .unwrap();
    net.run.drop_step();
    net.run.step().output(net.layer, &[1.0; 3], layout).unwrap();
    net.run.step().backward(net.layer, &[1024.0; 3], layout).unwrap();
    net.run.unscale(1024.0);
    net.run.end_step(None, true);
    let record = net.run.record();
    let seen = &record.snapshots[0].layers[0];
    assert_eq!((seen.gradient_rms, seen.non_finite), (Some(1.0), 0));
}

#[test]
fn the_first_update_belongs_to_the_first_window_of_training() {
    let mut net = Net::new();
    net.step(&batch(1), 1.0);
    for _ in 0..3 {
        net.run.end_step(None, false);
    }
    let layout = Layout {
        outer: 64,
        units: UNITS,
        inner: 1,
        positions: 1,
    };
    net.run.step().output(net.layer, &batch(1), layout).unwrap();
    net.run.end_step(None, true);
    let record = net.run.record();
    assert_eq!(record.snapshots.len(), 2);
    let update = record.snapshots[1].parameters[0].update_ratio.unwrap();
    assert!((update - 0.01).abs() < 5e-4);
}

/// Steps of two workers: how often unit 1 fires in each.
fn work() -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0usize..3, 0usize..3), 1..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn counts_of_workers_add_up_to_those_of_one(work in work(), late in 0usize..40) {
        let (mut one, mut first, mut second) = (Net::new(), Net::new(), Net::new());
        for (step, &(a, b)) in work.iter().enumerate() {
            let both: Vec<f32> = [batch(a), batch(b)].concat();
            one.step(&both, 1.0);
            first.step(&batch(a), 0.5);
            // The second worker was stopped earlier, so its windows may be shorter.
            if step + late < work.len() {
                second.step(&batch(b), 1.5);
            }
        }
        let mut merged = first.run.clone();
        merged.merge(&second.run).unwrap();
        let mut reverse = second.run.clone();
        reverse.merge(&first.run).unwrap();
        prop_assert_eq!(merged.record(), reverse.record());
        if late == 0 {
            prop_assert_eq!(merged.record().snapshots.len(), one.run.record().snapshots.len());
            for (merged, one) in merged.record().snapshots.iter().zip(&one.run.record().snapshots) {
                prop_assert_eq!((merged.samples, merged.steps, merged.loss), (one.samples, one.steps, one.loss));
                let (m, o) = (&merged.layers[0], &one.layers[0]);
                prop_assert_eq!((m.silent, m.dead, m.revived, m.zeros), (o.silent, o.dead, o.revived, o.zeros));
            }
        }
    }

    #[test]
    fn what_is_written_is_what_is_read(work in work()) {
        let mut net = Net::new();
        work.iter().for_each(|&(a, _)| net.step(&batch(a), 1.0));
        net.run.note("a sentence");
        net.run.not_observed("encoder", "a compiled graph");
        let text = serde_json::to_string(&net.run).unwrap();
        let read: Run = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.record(), net.run.record());
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    /// Whatever stands in a file, there is an error or a record, and no panic.
    #[test]
    fn damaged_counts_are_refused(digits in prop::collection::vec((any::<prop::sample::Index>(), b'0'..=b'9'), 1..4)) {
        let mut net = Net::new();
        (0..40).for_each(|_| net.step(&batch(1), 1.0));
        let mut text = serde_json::to_vec(&net.run).unwrap();
        let places: Vec<usize> = (0..text.len()).filter(|&i| text[i].is_ascii_digit()).collect();
        for (index, digit) in digits {
            text[places[index.index(places.len())]] = digit;
        }
        if let Ok(run) = serde_json::from_slice::<Run>(&text) {
            run.record();
            net.run.merge(&run).ok();
        }
    }
}

#[test]
fn layers_that_only_one_worker_met_are_added() {
    let (mut first, mut second) = (Net::new(), Net::new());
    second.run = Run::new();
    second.run.add_layer(info("side"));
    second.layer = second.run.add_layer(info("hidden"));
    second.weight = second.run.add_parameter(ParameterInfo {
        name: "hidden.weight".into(),
        elements: 4,
    });
    for _ in 0..4 {
        first.step(&batch(1), 1.0);
        second.step(&batch(1), 1.0);
    }
    first.run.merge(&second.run).unwrap();
    let record = first.run.record();
    let names: Vec<&str> = record.layers.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(
        (names, record.not_observed()),
        (vec!["hidden", "side"], vec!["side"])
    );
    assert_eq!(
        record.snapshots.iter().map(|s| s.samples).sum::<u64>(),
        2 * 4 * 64
    );
}

#[test]
fn other_networks_are_refused() {
    let mut net = Net::new();
    let mut wider = Run::new();
    wider.add_layer(LayerInfo {
        units: 7,
        ..info("hidden")
    });
    let mut other = Run::new();
    other.add_layer(info("conv"));
    for run in [wider, other] {
        let before = net.run.record();
        assert!(matches!(net.run.merge(&run), Err(Error::OtherNetwork { .. })));
        assert_eq!(net.run.record(), before);
    }
}
