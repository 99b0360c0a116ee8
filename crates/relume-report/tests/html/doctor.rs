//! The page about one run that was watched.

use crate::document::check;
use relume_doctor::{LayerId, LayerInfo, Layout, ParameterInfo, Run};
use relume_report::checkup::Checkup;
use relume_report::html::checkup;

const UNITS: usize = 80;

/// A run of a network whose hidden layers lose their units one after the other, each layer half as fast as the one
/// before it, and whose last unit comes back.
pub(crate) fn dying(layers: usize, steps: usize, name: impl Fn(usize) -> String) -> Run {
    let mut run = Run::new();
    let ids: Vec<LayerId> = (0..layers)
        .map(|k| {
            run.set_weight(&name(k), &format!("{}.weight", name(k)));
            run.add_layer(LayerInfo {
                name: name(k),
                activation: "relu".into(),
                units: UNITS,
                fan_in: 4,
            })
        })
        .collect();
    let weights: Vec<_> = (0..layers)
        .map(|k| {
            run.add_parameter(ParameterInfo {
                name: format!("{}.weight", name(k)),
                elements: 4,
            })
        })
        .collect();
    let layout = Layout {
        outer: 64,
        units: UNITS,
        inner: 1,
        positions: 1,
    };
    for step in 0..steps {
        for (k, (&id, &weight)) in ids.iter().zip(&weights).enumerate() {
            let lost = (UNITS * step / steps) >> k;
            let fires = |unit: usize| unit >= lost || (unit == 0 && step > 3 * steps / 4);
            let x: Vec<f32> = (0..64 * UNITS)
                .map(|i| {
                    if fires(i % UNITS) {
                        (i % 7) as f32 - 2.0
                    } else {
                        -3.0
                    }
                })
                .collect();
            let y: Vec<f32> = x.iter().map(|x| x.max(0.0)).collect();
            let dx: Vec<f32> = x.iter().map(|x| if *x > 0.0 { 1e-3 } else { 0.0 }).collect();
            run.step().forward(id, &x, &y, layout).expect("tensors that fit");
            run.step().backward(id, &dx, layout).expect("tensors that fit");
            run.step().update(weight, &[1f32; 4], &[1.001f32; 4]);
        }
        run.end_step(Some(1.1), true);
    }
    run
}

#[test]
fn the_page_shows_who_died_when_and_what_to_do() {
    let run = dying(3, 200, |k| format!("block.{k}"));
    let page = checkup(&Checkup::of(&run), "Dying");
    let parsed = check(&page);
    for words in [
        "died (",
        "came back (0)",
        "alive",
        "Update / weight",
        "In PyTorch",
        "group[\"lr\"] /= 10",
    ] {
        assert!(parsed.text.contains(words), "{words}");
    }
    // Only the layer that is found sick gets another activation.
    assert!(
        parsed
            .text
            .contains("model.set_submodule(\"block.0\", nn.GELU())")
    );
    assert!(!parsed.text.contains("model.set_submodule(\"block.2\""));
    // One click leads from a number to its threshold and the threshold's source.
    assert!(page.contains("href=\"#def-dead-units-threshold\""));
    assert!(page.len() < 150_000, "{}", page.len());
}

#[test]
fn runs_of_every_kind_have_a_page() {
    let hostile = "</style></script><script>alert(1)</script>\"'&\u{0}\u{202e}";
    let runs = [
        Run::new(),
        dying(1, 1, |_| "only".into()),
        dying(2, 5, |k| format!("{hostile}{k}")),
        dying(40, 40, |k| format!("{}{k}", "very_long_".repeat(12))),
    ];
    for run in runs {
        let parsed = check(&checkup(&Checkup::of(&run), hostile));
        assert_eq!(parsed.count("script"), 1);
    }
}
