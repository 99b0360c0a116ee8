//! Networks over steps: they learn, whatever the lengths of their samples, and the activation stands where it was asked for.

use relume_data::{Dataset, Inputs, Targets};
use relume_report::trial::{Metric, Trial};
use relume_study::{
    Compared, DataSpec, Error, NetworkKind, NetworkSpec, Optimizer, Pooling, TrialSpec, run_trial,
};

const RECURRENT: [NetworkKind; 3] = [NetworkKind::Rnn, NetworkKind::Gru, NetworkKind::Lstm];

fn spec(kind: NetworkKind, activation: &str) -> TrialSpec {
    TrialSpec {
        activation: activation.into(),
        network: NetworkSpec {
            width: 16,
            ..NetworkSpec::of(kind)
        },
        optimizer: Optimizer::Adam,
        learning_rate: 0.01,
        clip: Some(1.0),
        batch: 16,
        epochs: 10,
        ..TrialSpec::example()
    }
}

fn test_score(trial: &Trial) -> f64 {
    trial.outcome.as_ref().expect("it did not break down").test
}

fn layer_names(trial: Trial) -> Vec<String> {
    let record = trial.record.expect("it was watched");
    record.layers.into_iter().map(|layer| layer.name).collect()
}

/// Pseudo-random bits, the same everywhere.
fn bits(n: usize) -> impl Iterator<Item = bool> {
    let mut state = 1_u64;
    (0..n).map(move |_| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        state >> 63 == 1
    })
}

/// Sequences of 2 to 9 steps whose first step says what they are: what comes after, and how much, says nothing.
fn first_step_decides() -> Dataset {
    let mut bit = bits(100_000);
    let mut next = || bit.next().expect("there are enough");
    let (mut values, mut steps, mut labels) = (vec![], vec![], vec![]);
    for i in 0..600 {
        let label = next();
        let length = 2 + i % 8;
        values.extend([if label { 1.0 } else { -1.0 }, 1.0]);
        for _ in 1..length {
            values.extend([if next() { 1.0 } else { -1.0 }, 0.0]);
        }
        steps.push(length);
        labels.push(u32::from(label));
    }
    let names = vec!["below".into(), "above".into()];
    let targets = Targets::Classes { labels, names };
    Dataset::new(
        "first",
        "a test",
        Inputs::sequences(values, 2, &steps),
        targets,
        None,
        vec![],
    )
    .unwrap()
}

#[test]
fn networks_over_steps_learn_from_samples_of_different_lengths() {
    let data = first_step_decides();
    for kind in RECURRENT {
        for activation in ["tanh", "relu"] {
            let trial = run_trial(&spec(kind, activation), &data, &()).unwrap();
            assert!(
                test_score(&trial) > 0.95,
                "{kind} {activation}: {}",
                test_score(&trial)
            );
        }
    }
    for pooling in [Pooling::Max, Pooling::Mean] {
        let mut spec = spec(NetworkKind::Cnn1d, "relu");
        spec.network.pooling = Some(pooling);
        let trial = run_trial(&spec, &data, &()).unwrap();
        assert!(test_score(&trial) > 0.95, "{pooling}: {}", test_score(&trial));
    }
}

/// From the last step to the first, the first is seen last: a network without memory for more than a step finds it.
#[test]
fn both_directions_see_what_one_has_forgotten() {
    let data = first_step_decides();
    let mut spec = spec(NetworkKind::Rnn, "identity");
    spec.network.width = 2;
    spec.network.bidirectional = true;
    let trial = run_trial(&spec, &data, &()).unwrap();
    assert!(test_score(&trial) > 0.95, "{}", test_score(&trial));
    assert_eq!(
        layer_names(trial),
        ["recurrent1.forwards", "recurrent1.backwards"]
    );
}

#[test]
fn a_text_is_learnt_from_its_tokens() {
    let mut bit = bits(100_000);
    let tokens = ["a", "b", "c"].map(str::to_owned).to_vec();
    let (mut values, mut steps, mut labels) = (vec![], vec![], vec![]);
    for i in 0..400 {
        let length = 3 + i % 5;
        let label = bit.next().unwrap();
        // c is in the texts of one class only.
        let place = i % length;
        values.extend((0..length).map(|t| match (t == place && label, bit.next()) {
            (true, _) => 2.0,
            (false, Some(true)) => 1.0,
            _ => 0.0,
        }));
        steps.push(length);
        labels.push(u32::from(label));
    }
    let names = vec!["without".into(), "with".into()];
    let targets = Targets::Classes { labels, names };
    let data = Dataset::new(
        "text",
        "a test",
        Inputs::texts(values, tokens, &steps),
        targets,
        None,
        vec![],
    )
    .unwrap();
    for kind in [
        NetworkKind::Gru,
        NetworkKind::Cnn1d,
        NetworkKind::Mlp,
        NetworkKind::Transformer,
    ] {
        let trial = run_trial(&spec(kind, "relu"), &data, &()).unwrap();
        assert!(test_score(&trial) > 0.97, "{kind}: {}", test_score(&trial));
    }
}

/// Hochreiter and Schmidhuber's problem: a constant prediction has an R² of 0.
#[test]
fn a_recurrent_network_adds_two_numbers_that_lie_apart() {
    let (data, _) = DataSpec::of("adding(length=10, samples=3000)").open().unwrap();
    let trial = run_trial(&spec(NetworkKind::Gru, "tanh"), &data, &()).unwrap();
    assert_eq!(trial.task.metric, Metric::R2);
    assert!(test_score(&trial) > 0.9, "{}", test_score(&trial));
}

#[test]
fn the_identity_is_what_an_irnn_begins_with_and_others_refuse_it() {
    let (data, _) = DataSpec::of("adding(length=10, samples=600)").open().unwrap();
    let mut irnn = spec(NetworkKind::Rnn, "relu");
    irnn.initialisation = "identity".parse().unwrap();
    // Nothing is learnt with steps of next to nothing: what is seen is the network as it was drawn.
    irnn.learning_rate = 1e-12;
    irnn.epochs = 1;
    let trial = run_trial(&irnn, &data, &()).unwrap();
    assert!(trial.failure.is_none());
    irnn.network = NetworkSpec::of(NetworkKind::Mlp);
    let message = irnn.check().unwrap_err().to_string();
    assert!(
        message.contains("identity") && message.contains("recurrent"),
        "{message}"
    );
}

#[test]
fn the_gates_can_be_compared_instead_of_the_state() {
    let data = first_step_decides();
    for kind in [NetworkKind::Gru, NetworkKind::Lstm] {
        let mut spec = spec(kind, "hard_sigmoid");
        spec.network.compared = Compared::Gate;
        let gates = run_trial(&spec, &data, &()).unwrap();
        assert!(test_score(&gates) > 0.95, "{kind}: {}", test_score(&gates));
        assert_eq!(gates.settings["compared"], "gate");
        // At the state of a network with such gates stands tanh: asked for from the other side, the same bits come out.
        spec.network.compared = Compared::State;
        spec.network.beside = Some("hard_sigmoid".into());
        spec.activation = "tanh".into();
        let state = run_trial(&spec, &data, &()).unwrap();
        assert_eq!(state.outcome, gates.outcome);
    }
}

#[test]
fn what_a_network_does_not_have_cannot_be_asked_for() {
    let message = |change: &dyn Fn(&mut TrialSpec)| {
        let mut spec = spec(NetworkKind::Rnn, "relu");
        change(&mut spec);
        match spec.check() {
            Err(error @ Error::Setting { .. }) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    assert!(message(&|spec| spec.network.compared = Compared::Gate).contains("only gru and lstm have gates"));
    assert!(message(&|spec| spec.network.beside = Some("relu".into())).contains("only gru and lstm"));
    assert!(message(&|spec| spec.clip = Some(-1.0)).contains("positive"));
    let bidirectional_mlp = |spec: &mut TrialSpec| {
        spec.network = NetworkSpec::of(NetworkKind::Mlp);
        spec.network.bidirectional = true;
    };
    assert!(message(&bidirectional_mlp).contains("a recurrent network"));
}

#[test]
fn pictures_are_read_row_by_row_or_pixel_by_pixel() {
    for (pixels, steps) in [(false, 8), (true, 64)] {
        let data = DataSpec {
            pixels,
            ..DataSpec::of("digits")
        };
        let (digits, _) = data.open().unwrap();
        let digits = data.feed(digits, NetworkKind::Gru).unwrap();
        assert_eq!(digits.inputs.steps_of_all(), Some(steps));
        assert!(digits.notes.last().unwrap().contains(&format!("{steps} steps")));
    }
    let pixels = DataSpec {
        pixels: true,
        ..DataSpec::of("digits")
    };
    let (digits, _) = pixels.open().unwrap();
    assert!(
        pixels
            .feed(digits, NetworkKind::Mlp)
            .unwrap_err()
            .to_string()
            .contains("pixels")
    );
}

#[test]
fn gated_units_stand_in_a_transformer_and_nowhere_else() {
    let data = first_step_decides();
    for function in ["squared_relu", "swiglu", "geglu"] {
        let trial = run_trial(&spec(NetworkKind::Transformer, function), &data, &()).unwrap();
        assert!(test_score(&trial) > 0.95, "{function}: {}", test_score(&trial));
        assert_eq!(trial.arm.name, function);
        assert_eq!(layer_names(trial), ["block1", "block2"]);
    }
    let message = spec(NetworkKind::Gru, "swiglu").check().unwrap_err().to_string();
    assert!(
        message.contains("transformer") && message.contains("silu"),
        "{message}"
    );
}
