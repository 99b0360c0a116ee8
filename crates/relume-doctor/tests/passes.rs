//! Passes one after the other: what is carried over, what is refused, what is written.

mod watched;

use relume::Activation;
use relume_doctor::{Layout, Record, Watch};
use watched::{Batch, Watched};

#[test]
fn dead_units_are_followed_from_pass_to_pass() {
    let relu: Activation = "relu".parse().unwrap();
    let layout = Layout {
        outer: 2,
        units: 3,
        inner: 1,
        positions: 1,
    };
    let mut watched = Watched::new(relu, 3);
    let passes: [([f32; 6], [f32; 6]); 3] = [
        // Unit 0 fires, unit 1 is dead, unit 2 is silent but a gradient arrives (as relu' (0) = 1).
        ([1.0, -1.0, 0.0, -1.0, -2.0, -1.0], [0.1, 0.0, 0.2, 0.0, 0.0, 0.0]),
        ([-1.0, -1.0, -1.0, -1.0, -2.0, -1.0], [0.0; 6]),
        ([-1.0, 3.0, 1.0, -1.0, -2.0, -1.0], [0.0, 0.1, 0.0, 0.0, 0.0, 0.0]),
    ];
    for (x, dx) in passes {
        watched.feed(
            &[Batch {
                layout,
                x: x.to_vec(),
                dx: dx.to_vec(),
            }],
            relu,
        );
        watched.watch.end_pass(None);
    }
    // Without a gradient it cannot be told.
    let x = [-1.0; 6];
    watched
        .watch
        .forward(watched.layer, &x, &[0.0; 6], layout)
        .unwrap();
    watched.watch.end_pass(None);
    let record = watched.watch.record();
    let counts = |pass: usize| {
        let layer = &record.snapshots[pass].layers[0];
        (layer.silent, layer.dead, layer.revived)
    };
    assert_eq!(
        [counts(0), counts(1), counts(2), counts(3)],
        [(2, 1, 0), (3, 3, 0), (1, 1, 2), (3, 0, 0)]
    );
    assert_eq!(
        record.snapshots.iter().map(|s| s.pass).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert!(record.snapshots[3].parameters.is_empty());
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let relu: Activation = "relu".parse().unwrap();
    let mut watched = Watched::new(relu, 3);
    let layout = Layout {
        outer: 2,
        units: 3,
        inner: 1,
        positions: 1,
    };
    let cases = [
        (
            vec![0.0f32; 5],
            layout,
            "layer `hidden`: a tensor of [2, 3, 1] was announced, 5 elements were given",
        ),
        (
            vec![0.0; 8],
            Layout {
                outer: 2,
                units: 4,
                inner: 1,
                positions: 1,
            },
            "layer `hidden` has 3 units, the tensor 4",
        ),
        (
            vec![],
            Layout {
                outer: usize::MAX,
                units: 3,
                inner: 1,
                positions: 1,
            },
            "layer `hidden`: a tensor of [18446744073709551615, 3, 1] was announced, 0 elements were given",
        ),
    ];
    for (x, layout, message) in cases {
        assert_eq!(
            watched
                .watch
                .forward(watched.layer, &x, &x, layout)
                .unwrap_err()
                .to_string(),
            message
        );
        assert_eq!(
            watched
                .watch
                .backward(watched.layer, &x, layout)
                .unwrap_err()
                .to_string(),
            message
        );
    }
    let other = Watched::new("gelu".parse().unwrap(), 4).watch;
    let refused = watched.watch.merge(&other).unwrap_err().to_string();
    assert_eq!(
        refused,
        "the layers of the two networks differ at position 0: hidden (relu, 3 units) here, hidden (gelu, 4 units) there"
    );
    let mut stranger = Watch::new();
    assert!(
        stranger
            .backward(
                watched.layer,
                &[],
                Layout {
                    outer: 0,
                    units: 3,
                    inner: 1,
                    positions: 1
                }
            )
            .is_err()
    );
    let record = watched.close();
    assert_eq!(record.snapshots[0].samples, 0);
    assert_eq!(record.not_observed(), ["hidden"]);
}

#[test]
fn a_record_survives_json() {
    let tanh: Activation = "tanh".parse().unwrap();
    let mut watched = Watched::new(tanh, 2);
    watched.watch.set_baseline_loss(2.3);
    let layout = Layout {
        outer: 2,
        units: 2,
        inner: 1,
        positions: 1,
    };
    watched.feed(
        &[Batch {
            layout,
            x: vec![1.0, -0.3, f32::NAN, 0.2],
            dx: vec![0.1; 4],
        }],
        tanh,
    );
    let record = watched.close();
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
}
