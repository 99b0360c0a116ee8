//! Everything that belongs to a function is there. One message names all that is missing, and what to do.

use std::path::Path;

use relume::{Activation, Definition, Framework};
use relume_oracle::{Oracle, Reference, oracle};
use relume_testkit::reference::{computed_by, mpmath};

/// The stubs in which every function has a line of its own.
const STUBS: [&str; 4] = [
    "__init__.pyi",
    "derivative.pyi",
    "backward.pyi",
    "keras/__init__.pyi",
];

const REFRESH: &str = "run `python docs/catalogue.py`";

#[test]
fn nothing_is_missing() {
    let digits: Vec<_> = mpmath().iter().map(|row| row.activation).collect();
    let frameworks = [Framework::PyTorch, Framework::Keras, Framework::Jax];
    let computed = frameworks.map(|framework| {
        let rows = computed_by(framework).into_iter();
        rows.map(|row| row.activation).collect::<Vec<_>>()
    });
    let mut missing = Vec::new();
    for definition in relume::activations().map(|activation| activation.definition()) {
        let name = definition.name;
        let mut note = |what: String| missing.push(format!("{name}: {what}"));
        for problem in problems_of_texts(definition) {
            note(problem);
        }
        if oracle(name).is_none() {
            note("no oracle: the formula has to be read first".to_owned());
        }
        if !has(&digits, name) {
            note(format!(
                "no values by mpmath: add a formula to reference/generate.py and run `python generate.py {name}`"
            ));
        }
        for (framework, computed) in frameworks.iter().zip(&computed) {
            let said = definition.convention(*framework).is_some();
            if said != has(computed, name) {
                note(if said {
                    format!(
                        "no values by {framework}: add a line to reference/frameworks.py and run it for {name}"
                    )
                } else {
                    format!(
                        "reference/frameworks.py has values by {framework}, but the function has no convention for it"
                    )
                });
            }
        }
        for stub in STUBS {
            if !stub_names(stub, name) {
                note(format!("not in the type stubs {stub}: {REFRESH}"));
            }
        }
    }
    if include_str!("../../../docs/functions.md") != relume_testkit::page::functions() {
        missing.push(format!("docs/functions.md is out of date: {REFRESH}"));
    }
    assert!(missing.is_empty(), "\n{}\n", missing.join("\n"));
}

fn problems_of_texts(definition: &'static Definition) -> Vec<String> {
    let parameters: Vec<&str> = definition
        .parameters
        .iter()
        .map(|parameter| parameter.name)
        .collect();
    let formula = Oracle::of_text(definition).err();
    let derivative = Reference::of_formula(definition.derivative, &parameters).err();
    let said = |what: &str, text: &str, error: Option<relume_formula::Error>| {
        error.map(|error| format!("the {what} {text:?} cannot be read: {error}"))
    };
    let problems = [
        said("formula", definition.formula, formula),
        said("derivative", definition.derivative, derivative),
    ];
    problems.into_iter().flatten().collect()
}

fn has(activations: &[Activation], name: &str) -> bool {
    activations.iter().any(|activation| activation.name() == name)
}

/// Whether the stub declares the function.
fn stub_names(stub: &str, name: &str) -> bool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../relume-python/python/relume");
    let text = std::fs::read_to_string(folder.join(stub)).expect("the stub is there");
    let declared =
        |line: &str| line.starts_with(&format!("def {name}(")) || line.starts_with(&format!("{name}: "));
    text.lines().any(declared)
}
