//! A record may come from any program: whatever is in it, a diagnosis is made and nothing panics.

use proptest::prelude::*;
use relume_doctor::{
    Finding, LayerInfo, LayerSnapshot, ParameterInfo, ParameterSnapshot, Record, Snapshot, diagnose,
};

fn number() -> impl Strategy<Value = Option<f64>> {
    let odd = prop::sample::select(vec![
        0.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        -f64::INFINITY,
        1e-320,
        1e308,
    ]);
    prop::option::of(prop_oneof![odd, any::<f64>(), 1e-12..1e6f64])
}

fn count() -> impl Strategy<Value = usize> {
    prop_oneof![0usize..5, 50usize..80, Just(usize::MAX)]
}

fn layer() -> impl Strategy<Value = LayerSnapshot> {
    let counts = (
        count(),
        count(),
        count(),
        count(),
        prop_oneof![Just(0), any::<u64>()],
    );
    (number(), counts, number(), number()).prop_map(|(zeros, counts, gradient_rms, output_rms)| {
        LayerSnapshot {
            zeros: zeros.unwrap_or(0.5),
            silent: counts.0,
            dead: counts.1,
            revived: counts.2,
            saturated: counts.3,
            non_finite: counts.4,
            gradient_rms,
            output_rms,
            ..LayerSnapshot::default()
        }
    })
}

fn parameter() -> impl Strategy<Value = ParameterSnapshot> {
    (number(), number(), number(), prop_oneof![Just(0), any::<u64>()]).prop_map(
        |(gradient_rms, update_ratio, update_peak, non_finite)| ParameterSnapshot {
            gradient_rms,
            update_ratio,
            update_peak,
            non_finite,
        },
    )
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    let layers = prop::collection::vec(layer(), 0..4);
    let parameters = prop::collection::vec(parameter(), 0..4);
    (
        0usize..4,
        number(),
        prop_oneof![0u64..100, any::<u64>()],
        layers,
        parameters,
    )
        .prop_map(|(pass, loss, samples, layers, parameters)| Snapshot {
            pass,
            steps: None,
            loss,
            samples,
            layers,
            parameters,
        })
}

fn record() -> impl Strategy<Value = Record> {
    let activation = prop::sample::select(vec!["relu", "tanh", "none of ours", "leaky_relu(slope=", ""]);
    let info = (activation, count()).prop_map(|(activation, units)| LayerInfo {
        name: "h".into(),
        activation: activation.into(),
        units,
        fan_in: 0,
    });
    let names = prop::sample::select(vec!["w", "h.bias", ""]);
    let parameter = names.prop_map(|name| ParameterInfo {
        name: name.into(),
        elements: 1,
    });
    let infos = (
        prop::collection::vec(info, 0..4),
        prop::collection::vec(parameter, 0..4),
    );
    (infos, prop::collection::vec(snapshot(), 0..4), number()).prop_map(
        |((layers, parameters), snapshots, baseline_loss)| Record {
            layers,
            parameters,
            snapshots,
            histograms: Vec::new(),
            baseline_loss,
            ..Record::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn a_diagnosis_is_always_made(record in record()) {
        let findings = diagnose(&record);
        // Causes before what follows from them, and each kind the worst first.
        let place = |f: &Finding| (f.follows_from.is_some(), std::cmp::Reverse(f.severity));
        prop_assert!(findings.is_sorted_by_key(place));
        for finding in findings {
            prop_assert!(!finding.summary.is_empty() && !finding.certainty.is_empty());
        }
        record.not_observed();
    }
}
