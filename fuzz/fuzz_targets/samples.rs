//! Any text as samples: what fits together is drawn, whatever it is, within its bound.
#![no_main]

use libfuzzer_sys::fuzz_target;
use relume_report::html::{self, MOST_OF_SAMPLES};
use relume_report::judge;
use relume_report::samples::Samples;
use relume_report::study::Study;
use relume_report::trial::Trial;
use serde_json::{Value, json};

fuzz_target!(|bytes: &[u8]| {
    let Ok(samples) = serde_json::from_slice::<Samples>(bytes) else {
        return;
    };
    if samples.check().is_err() || samples.judged.samples.is_empty() {
        return;
    }
    let trials = [trial(&samples)];
    let study = Study::default();
    let judgement = judge::judge(&study, &trials).expect("the trial is sound");
    let page = html::render(&study, &judgement, &trials, Some(&samples)).expect("the samples fit");
    let without = html::render(&study, &judgement, &trials, None).expect("a page");
    assert!(page.len() - without.len() <= MOST_OF_SAMPLES);
});

/// A network that was wrong on each of the samples, and gave no answer to every third.
fn trial(samples: &Samples) -> Trial {
    let numbers = &samples.judged.samples;
    let answers: Vec<Value> = (0..numbers.len())
        .map(|i| if i % 3 == 0 { Value::Null } else { i.into() })
        .collect();
    let scores = json!({ "samples": numbers, "values": vec![0.0; numbers.len()], "predicted": answers });
    let trial = json!({
        "schema": "relume-trial/2",
        "written_by": "fuzz",
        "panel": "main",
        "arm": { "name": "relu", "activation": "relu" },
        "seed": 0,
        "task": { "name": "t", "description": "d", "fingerprint": samples.fingerprint, "metric": "accuracy" },
        "settings": {},
        "outcome": { "test": 0.0, "scores": scores },
        "epochs": [],
        "findings": [],
        "seconds": 1.0,
    });
    serde_json::from_value(trial).expect("a trial")
}
