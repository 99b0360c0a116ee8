//! The page as a document: well-formed, complete in itself, and right for studies of every kind.

use crate::fixture::{CAST, Shape, study};
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use relume_report::html::render;
use relume_report::judge::judge;
use relume_report::study::Study;
use relume_report::trial::{Arm, Metric, Panel, Trial};
use std::collections::{BTreeMap, BTreeSet};

fn page(study: &Study, trials: &[Trial]) -> String {
    let judgement = judge(study, trials).expect("a judgement");
    render(study, &judgement, trials, None).expect("a page")
}

/// What a parser says of a page.
pub(crate) struct Parsed {
    errors: Vec<String>,
    elements: Vec<(String, BTreeMap<String, String>)>,
    pub(crate) text: String,
}

fn parse(html: &str) -> Parsed {
    let options = html5ever::ParseOpts {
        tokenizer: html5ever::tokenizer::TokenizerOpts {
            exact_errors: true,
            ..Default::default()
        },
        ..Default::default()
    };
    let dom = html5ever::parse_document(RcDom::default(), options).one(html);
    let mut parsed = Parsed {
        errors: dom.errors.borrow().iter().map(|e| e.to_string()).collect(),
        elements: Vec::new(),
        text: String::new(),
    };
    collect(&dom.document, &mut parsed);
    parsed
}

fn collect(node: &Handle, parsed: &mut Parsed) {
    match &node.data {
        NodeData::Element { name, attrs, .. } => {
            let attributes = attrs
                .borrow()
                .iter()
                .map(|a| (a.name.local.to_string(), a.value.to_string()))
                .collect();
            parsed.elements.push((name.local.to_string(), attributes));
        }
        NodeData::Text { contents } => parsed.text.push_str(&contents.borrow()),
        _ => {}
    }
    for child in node.children.borrow().iter() {
        collect(child, parsed);
    }
}

/// The texts of the cells of the table in the region of that name, row by row.
pub(crate) fn rows(html: &str, region: &str) -> Vec<Vec<String>> {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(html);
    let is_region = |node: &Handle| attribute(node, "aria-label").as_deref() == Some(region);
    let regions = below(&dom.document, &|node| {
        element(node) == Some("div") && is_region(node)
    });
    assert_eq!(regions.len(), 1, "{region}");
    let cells = |row: &Handle| below(row, &|node| matches!(element(node), Some("td" | "th")));
    let rows = below(&regions[0], &|node| element(node) == Some("tr"));
    rows.iter()
        .map(|row| cells(row).iter().map(words).collect())
        .collect()
}

fn below(node: &Handle, wanted: &dyn Fn(&Handle) -> bool) -> Vec<Handle> {
    let children = node.children.borrow();
    children
        .iter()
        .flat_map(|child| {
            let found = wanted(child).then(|| child.clone());
            found.into_iter().chain(below(child, wanted)).collect::<Vec<_>>()
        })
        .collect()
}

fn element(node: &Handle) -> Option<&str> {
    match &node.data {
        NodeData::Element { name, .. } => Some(&name.local),
        _ => None,
    }
}

fn attribute(node: &Handle, wanted: &str) -> Option<String> {
    let NodeData::Element { attrs, .. } = &node.data else {
        return None;
    };
    let attributes = attrs.borrow();
    let found = attributes.iter().find(|a| &*a.name.local == wanted);
    found.map(|a| a.value.to_string())
}

fn words(node: &Handle) -> String {
    let mut parsed = Parsed {
        errors: Vec::new(),
        elements: Vec::new(),
        text: String::new(),
    };
    collect(node, &mut parsed);
    parsed.text
}

impl Parsed {
    pub(crate) fn count(&self, element: &str) -> usize {
        self.elements.iter().filter(|(name, _)| name == element).count()
    }
}

/// What must hold for every page, whatever it is about.
pub(crate) fn check(html: &str) -> Parsed {
    let parsed = parse(html);
    assert_eq!(parsed.errors, Vec::<String>::new());
    let mut ids = BTreeSet::new();
    for (name, attributes) in &parsed.elements {
        if let Some(id) = attributes.get("id") {
            assert!(ids.insert(id.clone()), "{id} twice");
        }
        for (attribute, value) in attributes {
            let words = ["aria-label", "title", "content", "alt"].contains(&attribute.as_str())
                || value.starts_with("data:");
            let number = !value.contains("NaN") && !value.contains("inf");
            assert!(words || number, "{name} {attribute}={value}");
            let loads = ["src", "srcset", "href", "action", "data", "poster"].contains(&attribute.as_str());
            let inside = value.starts_with(match name.as_str() {
                "img" => "data:image/png;base64,",
                "audio" => "data:audio/wav;base64,",
                "link" => "data:image/svg+xml,",
                _ => "#",
            });
            assert!(!loads || inside, "{name} {attribute}={value} leaves the page");
            assert!(!attribute.starts_with("on"), "{name} {attribute}={value}");
        }
        if name == "img" || name == "audio" {
            let words = attributes.get(if name == "img" { "alt" } else { "aria-label" });
            assert!(words.is_some_and(|w| !w.is_empty()), "{name} without words");
        }
        if name == "svg" {
            let named = attributes.get("role").map(String::as_str) == Some("img")
                && attributes.get("aria-label").is_some_and(|l| !l.is_empty());
            let hidden = attributes.get("aria-hidden").map(String::as_str) == Some("true");
            let part = attributes.get("class").is_some_and(|c| c.starts_with("mark"));
            assert!(named || hidden || part, "a drawing without words: {attributes:?}");
        }
    }
    for (_, attributes) in &parsed.elements {
        if let Some(target) = attributes.get("href").and_then(|h| h.strip_prefix('#')) {
            assert!(ids.contains(target), "#{target} leads nowhere");
        }
    }
    let headings: Vec<u32> = parsed
        .elements
        .iter()
        .filter_map(|(name, _)| name.strip_prefix('h').and_then(|level| level.parse().ok()))
        .collect();
    assert_eq!(headings.iter().filter(|level| **level == 1).count(), 1);
    assert!(
        headings.windows(2).all(|w| w[1] <= w[0] + 1),
        "a level of headings is skipped: {headings:?}"
    );
    parsed
}

#[test]
fn a_full_study_is_a_well_formed_page_of_moderate_size() {
    let (study, trials) = study(&Shape::default());
    let html = page(&study, &trials);
    let parsed = check(&html);
    assert!(html.len() < 1_500_000, "{} bytes", html.len());
    for activation in CAST {
        assert!(
            parsed.text.contains(activation.name),
            "{} is missing",
            activation.name
        );
    }
    for section in [
        "ranking",
        "accuracy",
        "learning",
        "rates",
        "gradients",
        "units",
        "inputs",
        "stress",
        "questions",
        "method",
        "glossary",
    ] {
        assert!(
            html.contains(&format!("<section id=\"{section}\"")),
            "{section} is missing"
        );
    }
    assert!(parsed.text.contains(&study.command));
}

#[test]
fn more_seeds_do_not_make_a_larger_page() {
    let with = |seeds| {
        let (study, trials) = study(&Shape {
            seeds,
            ..Shape::default()
        });
        page(&study, &trials).len() as f64
    };
    assert!((with(12) / with(4) - 1.0).abs() < 0.05);
}

#[test]
fn numbers_on_the_page_are_those_of_the_judgement() {
    let (study, trials) = study(&Shape::default());
    let judgement = judge(&study, &trials).expect("a judgement");
    let parsed = check(&render(&study, &judgement, &trials, None).expect("a page"));
    let rows: Vec<_> = parsed
        .elements
        .iter()
        .filter(|(name, attributes)| name == "td" && attributes.contains_key("data-v"))
        .map(|(_, attributes)| attributes["data-v"].parse::<f64>().expect("a number"))
        .collect();
    for standing in &judgement.standings {
        let mean = standing.test.expect("not all broke down").mean;
        assert!(rows.contains(&mean), "{}", standing.activation);
        assert!(parsed.text.contains(&format!("{:.2} %", mean * 100.0)));
    }
}

#[test]
fn partial_records_make_smaller_pages() {
    let (study, trials) = study(&Shape {
        activations: CAST.iter().take(6).collect(),
        seeds: 2,
        ..Shape::default()
    });
    let without = |strip: fn(&mut Trial)| {
        let mut trials = trials.clone();
        trials.iter_mut().for_each(strip);
        check(&page(&study, &trials))
    };
    let unwatched = without(|t| {
        t.record = None;
        t.findings.clear();
    });
    let full = without(|_| {});
    assert!(unwatched.count("figure") < full.count("figure"));
    without(|t| t.epochs.clear());
    without(|t| {
        if let Some(outcome) = &mut t.outcome {
            outcome.scores = None;
        }
    });
    without(|t| t.arm.chosen.clear());
    without(|t| {
        if let Some(record) = &mut t.record {
            record.snapshots.clear();
            record.histograms.clear();
        }
    });
    without(|t| {
        for snapshot in t.record.iter_mut().flat_map(|r| &mut r.snapshots) {
            for layer in &mut snapshot.layers {
                (layer.gradient_rms, layer.zeros) = (None, f64::NAN);
            }
        }
    });
    // Only one in three was watched, and layers differ between trials.
    without(|t| {
        if t.seed % 2 == 0 {
            t.record = None;
        } else if let Some(record) = &mut t.record
            && t.arm.name == "relu"
        {
            record.layers.truncate(2);
            record.snapshots.truncate(3);
        }
    });
}

#[test]
fn trials_watched_by_steps_are_drawn_over_steps() {
    let (study, mut trials) = study(&Shape {
        seeds: 3,
        ..Shape::default()
    });
    for trial in &mut trials {
        if let Some(outcome) = &mut trial.outcome {
            (outcome.train, outcome.epochs_to_95) = (None, None);
        }
        // Each trial was watched in stretches of its own.
        let span = 10 + 3 * trial.seed;
        for snapshot in trial.record.iter_mut().flat_map(|r| &mut r.snapshots) {
            let pass = snapshot.pass as u64;
            snapshot.steps = Some(if pass == 0 {
                [0, 0]
            } else {
                [1 + (pass - 1) * span, pass * span]
            });
        }
    }
    let parsed = check(&page(&study, &trials));
    assert!(parsed.text.contains("stretch by stretch of the steps"));
    assert!(!parsed.text.contains("Train − test") && !parsed.text.contains("Epoch 0"));
}

#[test]
fn failed_trials_are_told() {
    let (study, mut trials) = study(&Shape {
        seeds: 3,
        ..Shape::default()
    });
    for trial in trials.iter_mut().filter(|t| t.arm.name == "relu") {
        trial.failure = Some("the loss became NaN in epoch 1".to_owned());
        (trial.outcome, trial.epochs) = (None, Vec::new());
    }
    let parsed = check(&page(&study, &trials));
    assert!(parsed.text.contains("3 of 3 broke down"));
}

#[test]
fn few_and_many_activations_and_seeds_and_deep_and_shallow_networks() {
    for (activations, seeds, epochs, layers) in [(1, 2, 1, 1), (2, 2, 2, 40), (15, 1, 200, 3)] {
        let shape = Shape {
            activations: CAST.iter().skip(1).take(activations).collect(),
            seeds,
            epochs,
            layers,
            ..Shape::default()
        };
        let (study, trials) = study(&shape);
        check(&page(&study, &trials));
    }
    let (mut study, mut trials) = study(&Shape {
        seeds: 3,
        ..Shape::default()
    });
    let twins: Vec<Trial> = trials
        .iter()
        .map(|t| Trial {
            arm: Arm::of(format!("custom_{}", t.arm.name)),
            ..t.clone()
        })
        .collect();
    trials.extend(twins);
    study.costs.clear();
    let parsed = check(&page(&study, &trials));
    assert!(parsed.text.contains("custom_relu6"));
}

#[test]
fn other_metrics_are_written_in_their_own_units() {
    for metric in [Metric::R2, Metric::Other("F1 <macro>".to_owned())] {
        let (study, mut trials) = study(&Shape {
            seeds: 2,
            metric: metric.clone(),
            ..Shape::default()
        });
        for outcome in trials
            .iter_mut()
            .filter(|t| t.arm.name == "sigmoid")
            .filter_map(|t| t.outcome.as_mut())
        {
            (outcome.test, outcome.validation, outcome.scores) = (-3.5, Some(-3.0), None);
        }
        let parsed = check(&page(&study, &trials));
        let shown = if metric == Metric::R2 { "R²" } else { "F1 <macro>" };
        assert!(parsed.text.contains(shown));
        assert!(!parsed.text.to_lowercase().contains("accuracy, mean"));
    }
}

#[test]
fn hostile_names_are_text() {
    let hostile =
        "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u{0}\u{202e}\u{7}";
    let (mut study, mut trials) = study(&Shape {
        seeds: 2,
        ..Shape::default()
    });
    let long = "x".repeat(400);
    for trial in &mut trials {
        if trial.arm.name == "elu" {
            trial.arm = Arm::of(hostile);
        }
        if trial.arm.name == "gelu" {
            trial.arm = Arm::of(&long);
        }
        trial.task.name = hostile.to_owned();
        trial.task.description = hostile.to_owned();
        trial.written_by = hostile.to_owned();
        trial.settings.insert(
            hostile.to_owned(),
            serde_json::json!([hostile, null, { hostile: 1 }]),
        );
        trial.arm.chosen.insert(hostile.to_owned(), hostile.into());
        for layer in trial.record.iter_mut().flat_map(|r| &mut r.layers) {
            layer.name = hostile.to_owned();
        }
        for finding in &mut trial.findings {
            finding.summary = hostile.to_owned();
            finding.prescription = vec![hostile.to_owned()];
        }
        if trial.panel == Panel::RaisedLearningRate {
            trial.failure = Some(hostile.to_owned());
        }
    }
    study.settings = trials[0].settings.clone();
    study.command = hostile.to_owned();
    study.machine = hostile.to_owned();
    study.phases = vec![(hostile.to_owned(), 1.0), ("odd".to_owned(), f64::NAN)];
    let parsed = check(&page(&study, &trials));
    assert_eq!(parsed.count("script"), 1, "only the page's own");
    assert_eq!(parsed.count("style"), 1);
    assert_eq!(parsed.count("img"), 0);
    assert!(
        parsed.text.contains("<script>alert(1)</script>"),
        "shown as it is written"
    );
}

#[test]
fn a_judgement_of_nothing_is_an_error() {
    let (study, trials) = study(&Shape {
        seeds: 2,
        ..Shape::default()
    });
    let mut judgement = judge(&study, &trials).expect("a judgement");
    judgement.standings.clear();
    let error = render(&study, &judgement, &trials, None).expect_err("nothing to show");
    assert!(error.to_string().contains("at least one activation"));
}
