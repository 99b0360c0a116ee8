//! Everything that belongs to a function is there. One message names all that is missing, and what to do.

use std::path::Path;

use relume::{Activation, Definition, Framework, Needs};
use relume_oracle::{Oracle, Reference, oracle};
use relume_testkit::reference::{computed_by, mpmath};

/// A type stub of the Python package, and the beginning of the line that a function has there, if it has one.
type Stub = (&'static str, fn(&Definition) -> Option<String>);

const STUBS: [Stub; 6] = [
    ("__init__.pyi", function),
    ("derivative.pyi", function),
    ("backward.pyi", function),
    ("torch/__init__.pyi", module_of_pytorch),
    ("keras/__init__.pyi", function),
    ("keras/layers.pyi", layer),
];

/// `def elu(` or `gelu: `, without what follows the name.
fn function(definition: &Definition) -> Option<String> {
    Some(definition.name.to_owned())
}

/// The module that stands for PyTorch's own, if PyTorch has one that computes anything.
fn module_of_pytorch(definition: &Definition) -> Option<String> {
    if definition.needs == Needs::Nothing {
        return None;
    }
    let own = definition
        .convention(Framework::PyTorch)?
        .name
        .strip_prefix("nn.")?;
    Some(own.to_lowercase())
}

/// The layer, whose name has the words of the function's.
fn layer(definition: &Definition) -> Option<String> {
    Some(definition.name.replace('_', ""))
}

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
        for (stub, declared_as) in STUBS {
            if declared_as(definition).is_some_and(|name| !declared(stub).contains(&name)) {
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
    let composed = Reference::of_formula(definition.composed(), &parameters).err();
    let said = |what: &str, text: &str, error: Option<relume_formula::Error>| {
        error.map(|error| format!("the {what} {text:?} cannot be read: {error}"))
    };
    let problems = [
        said("formula", definition.formula, formula),
        said("derivative", definition.derivative, derivative),
        said("text for frameworks", definition.composed(), composed),
    ];
    problems.into_iter().flatten().collect()
}

fn has(activations: &[Activation], name: &str) -> bool {
    activations.iter().any(|activation| activation.name() == name)
}

/// What a stub declares: functions by their names, classes by theirs in small letters.
fn declared(stub: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../relume-python/python/relume");
    let text = std::fs::read_to_string(folder.join(stub)).expect("the stub is there");
    let name = |line: &str| {
        let class = line.strip_prefix("class ").map(str::to_lowercase);
        let line = class.as_deref().or(line.strip_prefix("def ")).unwrap_or(line);
        let end = line.find(['(', ':'])?;
        Some(line[..end].to_owned())
    };
    text.lines().filter_map(name).collect()
}
