//! Whatever is missing from a study, it is judged without a panic, and what is said of it is consistent.

use crate::fixture;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use relume::cost::Timing;
use relume_report::judge::{CONTROL, Interval, Judgement, Verdict, judge};
use relume_report::study::Study;
use relume_report::table::{Terminal, json, markdown, terminal};
use relume_report::trial::{Metric, Panel, Trial};

const ACTIVATIONS: [&str; 6] = [
    CONTROL,
    "relu",
    "sigmoid",
    "elu(alpha=1)",
    "",
    "<\u{1f600}|\n\u{1b}[2J>",
];

/// A study with holes: trials, outcomes, scores and costs are missing at random.
fn study(rng: &mut StdRng) -> (Study, Vec<Trial>) {
    let metric = match rng.random_range(0..3) {
        0 => Metric::Accuracy,
        1 => Metric::R2,
        _ => Metric::Other("score".into()),
    };
    let size = [1.0, 0.0, 1e-12, 1e12][rng.random_range(0..4)];
    let (kept, known) = (rng.random::<f64>(), rng.random::<f64>());
    let fixed = rng.random_bool(0.5);
    let mut study = Study {
        margin: [0.005, 1e-9, 1e9][rng.random_range(0..3)],
        ..Study::default()
    };
    let mut trials = Vec::new();
    for activation in ACTIVATIONS {
        if rng.random_bool(0.7) {
            study.costs.insert(
                activation.into(),
                Timing {
                    forward: rng.random(),
                    backward: rng.random(),
                },
            );
        }
        for panel in [
            Panel::Main,
            Panel::Main,
            Panel::RaisedLearningRate,
            Panel::PoorInitialisation,
        ] {
            for seed in 0..rng.random_range(0..16) {
                let twice = |t: &Trial| t.panel == panel && t.arm.name == activation && t.seed == seed;
                if trials.iter().any(twice) || !rng.random_bool(kept) {
                    continue;
                }
                let mut trial = fixture::trial(activation, seed, size * rng.random::<f64>());
                trial.panel = panel;
                trial.task.metric = metric.clone();
                if rng.random_bool(known) {
                    let first = if fixed { 0 } else { 3 * seed as u32 };
                    let values = (0..5).map(|_| (size * rng.random::<f64>()) as f32).collect();
                    trial = fixture::scored(trial, (first..first + 5).collect(), values);
                }
                if rng.random_bool(0.1) {
                    trial.failure = Some("made up".into());
                }
                if rng.random_bool(0.1) {
                    trial.outcome = None;
                }
                trials.push(trial);
            }
        }
    }
    (study, trials)
}

fn check(study: &Study, judgement: &Judgement) {
    let bests = judgement
        .standings
        .iter()
        .filter(|s| s.verdict == Verdict::Best)
        .count();
    assert!(bests <= 1);
    for standing in &judgement.standings {
        if let Some(Interval { low, high }) = standing.test.and_then(|test| test.interval)
            && judgement.task.metric == Metric::Accuracy
        {
            assert!(low.is_nan() || 0.0 <= low && high <= 1.0 || standing.test.is_some_and(|t| t.mean > 1.0));
        }
        let Some(d) = &standing.difference else {
            let open = [Verdict::Best, Verdict::Worse, Verdict::Undecided { seeds: None }];
            assert!(open.contains(&standing.verdict), "{standing:?}");
            continue;
        };
        assert!(d.interval.low <= d.mean && d.mean <= d.interval.high, "{d:?}");
        let (margin, Interval { low, high }) = (study.margin, d.interval);
        match standing.verdict {
            Verdict::Equivalent => assert!(low >= -margin && high <= margin),
            Verdict::Worse => assert!(high < -margin || standing.failed > 0),
            Verdict::SlightlyWorse => assert!(low >= -margin && high < 0.0 && standing.failed > 0),
            Verdict::Better => assert!(low > 0.0),
            Verdict::Below { .. } => assert!(low < -margin && high < 0.0),
            Verdict::Undecided { .. } => assert!(low <= 0.0 && high >= 0.0),
            Verdict::Best => panic!("the best is not compared with itself"),
        }
    }
    if let Some(name) = &judgement.recommendation.activation {
        let chosen = judgement.standing(name).expect("what is recommended was tried");
        assert!(name != CONTROL && chosen.verdict != Verdict::Worse);
    }
    assert!(!judgement.recommendation.headline.is_empty());
}

#[test]
fn studies_with_holes_are_judged() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut judged = 0;
    for _ in 0..200 {
        let (study, trials) = study(&mut rng);
        let Ok(judgement) = judge(&study, &trials) else {
            assert!(
                trials.iter().all(|t| t.panel != Panel::Main),
                "only a study without main trials is refused"
            );
            continue;
        };
        judged += 1;
        check(&study, &judgement);
        assert_eq!(
            serde_json::from_str::<Judgement>(&json(&judgement)).unwrap(),
            judgement
        );
        for width in [0, 40, 100] {
            let text = terminal(&judgement, Terminal { width, colour: false });
            assert!(
                !text.is_empty() && !text.replace('\n', "").contains(char::is_control),
                "{text:?}"
            );
        }
        let rows = markdown(&judgement)
            .lines()
            .filter(|l| l.starts_with('|'))
            .count();
        assert_eq!(rows, 2 + judgement.standings.len());
    }
    assert!(judged > 100, "{judged}");
}
