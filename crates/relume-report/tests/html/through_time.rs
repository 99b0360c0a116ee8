//! The picture of the gradient by time step and epoch, and the gates of recurrent layers.

use crate::document::check;
use crate::fixture::{CAST, Shape, study};
use relume_doctor::{Inner, InnerKind, Record, Run, ThroughTime, TimeNorms};
use relume_report::checkup::Checkup;
use relume_report::html::{checkup, render};
use relume_report::judge::judge;

/// Norms that shrink by a factor from step to step, the first step first.
fn shrinking(name: &str, factor: f64) -> ThroughTime {
    let pass = |at| TimeNorms {
        at,
        norms: (0..20).map(|step| Some(factor.powi(19 - step))).collect(),
    };
    ThroughTime {
        name: name.into(),
        steps: 20,
        first_over_largest: Some(factor.powi(19)),
        passes: (0..4).map(pass).collect(),
        ..ThroughTime::default()
    }
}

/// Makes a gate of the first layer, all of whose units are saturated.
fn with_a_gate(record: &mut Record) {
    let (gate, of) = (record.layers[0].name.clone(), record.layers[1].name.clone());
    let kind = InnerKind::ForgetGate;
    record.inner.insert(gate, Inner { of, kind });
    for snapshot in &mut record.snapshots {
        snapshot.layers[0].saturated = record.layers[0].units;
        snapshot.layers[0].dead = 0;
        snapshot.layers[0].silent = 0;
    }
}

#[test]
fn a_study_of_recurrent_networks_shows_how_far_back_the_gradient_comes() {
    let shape = Shape {
        activations: CAST[..3].iter().collect(),
        layers: 3,
        stress: false,
        ..Shape::default()
    };
    let (about, mut trials) = study(&shape);
    let page = |trials: &[_]| render(&about, &judge(&about, trials).unwrap(), trials, None).unwrap();
    assert!(!page(&trials).contains("id=\"through-time\""));
    let judged = judge(&about, &trials).unwrap();
    let ratio = judged.standings[0].gradient_ratio.unwrap();
    for trial in &mut trials {
        let record = trial.record.as_mut().unwrap();
        record.setup.recurrent = vec![shrinking("hidden2", 0.5)];
        with_a_gate(record);
    }
    let text = page(&trials);
    let parsed = check(&text);
    assert!(text.contains("id=\"through-time\""));
    assert!(parsed.text.contains("20 steps"), "{}", parsed.text);
    // 3 activations, whatever the number of seeds.
    assert_eq!(
        text.matches("in hidden2 over 20 steps in time, 4 times").count(),
        3
    );
    // Gates are said to be saturated there, and are no rows among the layers.
    assert!(parsed.text.contains("hidden1 100 %"));
    assert!(text.contains("over 2 layers") && !text.contains("over 3 layers"));
    // From hidden2 to hidden3, and no more from hidden1.
    let without = judge(&about, &trials).unwrap().standings[0]
        .gradient_ratio
        .unwrap();
    assert!((without - ratio.sqrt()).abs() < 0.1 * ratio, "{without} {ratio}");
}

#[test]
fn a_run_shows_each_recurrent_layer() {
    let mut run = Run::new();
    run.setup().recurrent = vec![shrinking("rnn.forwards", 0.1), shrinking("rnn.backwards", 1.0)];
    let text = checkup(&Checkup::of(&run), "Two ways");
    let parsed = check(&text);
    assert!(text.contains("id=\"through-time\""));
    for words in ["rnn.forwards", "rnn.backwards", "20 steps"] {
        assert!(parsed.text.contains(words), "{words}");
    }
    // 1e-19 is beyond the decades of the scale; it is drawn, as its smallest.
    assert!(text.contains("class=\"h0\"") && text.contains("class=\"h23\""));
}
