//! Remedies in words and as code. That the PyTorch code runs is tested from Python.

use relume_doctor::{Changes, LayerInfo, Record, Remedy, checks, remedies};

fn layer(name: &str, activation: &str) -> LayerInfo {
    LayerInfo {
        name: name.into(),
        activation: activation.into(),
        units: 4,
        fan_in: 4,
    }
}

fn record() -> Record {
    let weights = [("1", "0.weight"), ("3", "2.weight")];
    Record {
        layers: vec![
            layer("1", "relu"),
            layer("3", "tanh"),
            layer("block.relu#1", "relu"),
        ],
        weights: weights.map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
        ..Record::default()
    }
}

fn remedy(kind: &str, layers: &[&str]) -> Remedy {
    let activation = match kind {
        "activation" => Some("gelu".to_owned()),
        "bounded_activation" => Some("tanh".to_owned()),
        _ => None,
    };
    Remedy {
        kind: kind.into(),
        layers: layers.iter().map(|&name| name.to_owned()).collect(),
        value: Some(0.1),
        activation,
    }
}

#[test]
fn each_has_a_name_of_its_own_and_is_asked_for_by_a_check() {
    let asked: Vec<&str> = checks()
        .iter()
        .flat_map(|check| check.remedies)
        .map(|remedy| remedy.name)
        .collect();
    for (i, definition) in remedies().iter().enumerate() {
        assert!(remedies()[..i].iter().all(|other| other.name != definition.name));
        assert!(asked.contains(&definition.name), "{}", definition.name);
        assert!(
            definition.text.ends_with(['.', '?']) && !definition.text.contains("  "),
            "{}",
            definition.text
        );
    }
    for name in asked {
        assert!(
            remedies().iter().any(|definition| definition.name == name),
            "{name}"
        );
    }
}

#[test]
fn what_a_program_can_do_has_code() {
    let record = record();
    for definition in remedies().iter().filter(|d| d.changes != Changes::Program) {
        assert!(
            remedy(definition.name, &[]).pytorch(&record).is_some(),
            "{}",
            definition.name
        );
    }
}

#[test]
fn a_learning_rate_changes_by_the_factor_of_the_remedy() {
    let code = |kind, value| {
        let remedy = Remedy {
            value: Some(value),
            ..remedy(kind, &[])
        };
        (
            remedy.pytorch(&record()).unwrap(),
            remedy.keras(&record()).unwrap(),
        )
    };
    let (torch, keras) = code("lower_learning_rate", 0.1);
    assert!(torch.ends_with("group[\"lr\"] /= 10\n"), "{torch}");
    assert_eq!(keras, "model.optimizer.learning_rate /= 10\n");
    assert!(code("raise_learning_rate", 1000.0).0.contains("*= 1000\n"));
}

#[test]
fn only_the_layers_concerned_are_changed() {
    let record = record();
    let code = |kind, layers: &[&str]| remedy(kind, layers).pytorch(&record);
    assert_eq!(
        code("activation", &["1"]).unwrap(),
        "model.set_submodule(\"1\", nn.GELU())\n"
    );
    assert_eq!(
        code("activation", &["block.relu#1"]).unwrap(),
        "# in the forward of block: F.gelu instead of relu, call 1\n"
    );
    assert_eq!(code("activation", &[]).unwrap().lines().count(), 3);
    assert_eq!(
        code("bounded_activation", &["1"]).unwrap(),
        "model.set_submodule(\"1\", nn.Tanh())\n"
    );
    assert_eq!(code("initialise", &["block.relu#1"]), None);
    let both = code("initialise", &["1", "3"]).unwrap();
    let [he, glorot] = ["\"0\"", "\"2\""].map(|name| both.find(&format!("for name in [{name}]:")).unwrap());
    assert!(both.find("kaiming").unwrap() > he && both.find("xavier").unwrap() > glorot);
}

#[test]
fn words_name_the_layers() {
    let words = remedy("normalise", &["1", "3"]).words(&record());
    assert_eq!(
        words,
        "Normalise the pre-activations (batch or layer normalisation). Here: before 1, 3."
    );
    assert_eq!(remedy("of_the_future", &[]).words(&record()), "of the future");
    assert_eq!(remedy("of_the_future", &[]).pytorch(&record()), None);
}

#[test]
fn a_remedy_survives_being_written_and_read() {
    for definition in remedies() {
        let before = remedy(definition.name, &["1"]);
        let text = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<Remedy>(&text).unwrap(), before);
    }
}
