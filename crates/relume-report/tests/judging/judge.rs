//! Verdicts and recommendations on trials whose truth is plain to see.

use crate::fixture::{self, trial, trials};
use relume_doctor::{Evidence, Finding, Severity};
use relume_report::judge::{JudgeError, Judgement, Verdict, judge};
use relume_report::study::{Cost, Study};
use relume_report::table::{Terminal, terminal};
use relume_report::trial::{Metric, Panel, Trial};

fn study(costs: &[(&str, f64)]) -> Study {
    let cost = |ns: f64| Cost {
        forward: ns / 2.0,
        backward: ns / 2.0,
    };
    Study {
        costs: costs.iter().map(|&(name, ns)| (name.into(), cost(ns))).collect(),
        ..Study::default()
    }
}

fn judged(study: &Study, groups: &[Vec<Trial>]) -> Judgement {
    judge(study, &groups.concat()).expect("the trials are in order")
}

fn verdict(judgement: &Judgement, activation: &str) -> Verdict {
    judgement.standing(activation).expect("it was judged").verdict
}

/// `mean` over eight seeds, with `spread` alternately added and taken away.
fn around(activation: &str, mean: f64, spread: f64) -> Vec<Trial> {
    let tests: Vec<f64> = (0..8)
        .map(|i| mean + if i % 2 == 0 { spread } else { -spread })
        .collect();
    trials(activation, &tests)
}

fn fault(check: &str, value: f64) -> Finding {
    Finding {
        check: check.into(),
        severity: Severity::Fault,
        layers: vec!["hidden1".into()],
        summary: "made up".into(),
        evidence: vec![Evidence {
            quantity: "gradient ratio".into(),
            value: Some(value),
            threshold: Some(0.01),
            unit: "ratio".into(),
        }],
        samples: 100,
        certainty: "none".into(),
        since: 0,
        prescription: vec![],
    }
}

#[test]
fn verdicts_follow_the_interval() {
    let judgement = judged(
        &Study::default(),
        &[
            around("gelu", 0.970, 0.0),
            around("elu", 0.969, 0.001),
            around("sigmoid", 0.900, 0.001),
            around("tanh", 0.968, 0.02),
        ],
    );
    assert_eq!(verdict(&judgement, "gelu"), Verdict::Best);
    assert_eq!(verdict(&judgement, "elu"), Verdict::Equivalent);
    assert_eq!(verdict(&judgement, "sigmoid"), Verdict::Worse);
    assert!(matches!(
        verdict(&judgement, "tanh"),
        Verdict::Undecided { seeds: Some(9..) }
    ));
    let order: Vec<&str> = judgement
        .standings
        .iter()
        .map(|s| s.activation.as_str())
        .collect();
    assert_eq!(order, ["gelu", "elu", "tanh", "sigmoid"]);
    let difference = judgement.standing("sigmoid").unwrap().difference.unwrap();
    assert!((difference.mean + 0.07).abs() < 1e-12 && !difference.includes_sampling);
    assert!(
        judgement
            .notes
            .iter()
            .any(|n| n.contains("do not include the test set's sampling"))
    );
}

#[test]
fn the_best_is_chosen_on_validation_and_may_be_beaten_on_test() {
    let mut chosen = around("gelu", 0.90, 0.001);
    for trial in &mut chosen {
        trial.outcome.as_mut().unwrap().validation = Some(0.99);
    }
    let judgement = judged(&Study::default(), &[chosen, around("elu", 0.95, 0.001)]);
    assert_eq!(verdict(&judgement, "gelu"), Verdict::Best);
    assert_eq!(verdict(&judgement, "elu"), Verdict::Better);
    let advice = &judgement.recommendation;
    assert_eq!(advice.activation.as_deref(), Some("elu"));
    assert!(advice.caveats.iter().any(|c| c.contains("confirm")), "{advice:?}");
}

#[test]
fn the_cheapest_healthy_equivalent_is_recommended() {
    let groups = [
        around("gelu", 0.970, 0.0),
        around("elu", 0.969, 0.001),
        around("relu", 0.969, 0.001),
    ];
    let costs = study(&[("gelu", 5.0), ("elu", 3.0), ("relu", 0.4)]);
    let judgement = judged(&costs, &groups);
    assert_eq!(judgement.recommendation.activation.as_deref(), Some("relu"));
    assert!(
        judgement
            .recommendation
            .reasons
            .iter()
            .any(|r| r.contains("0.400 ns") && r.contains("5 ns"))
    );

    // Not if the doctor found a fault in half of its runs.
    let mut sick = groups.clone();
    for trial in &mut sick[2][..4] {
        trial.findings.push(fault("dead_units", 0.5));
    }
    let judgement = judged(&costs, &sick);
    assert_eq!(judgement.recommendation.activation.as_deref(), Some("elu"));
    assert!(!judgement.standing("relu").unwrap().healthy);
    assert!(
        judgement
            .recommendation
            .reasons
            .iter()
            .any(|r| r.contains("dead units in 4 of 8 runs"))
    );

    // Without costs nothing is cheaper than the best.
    let judgement = judged(&Study::default(), &groups);
    assert_eq!(judgement.recommendation.activation.as_deref(), Some("gelu"));
    // What is worse is not recommended at any price.
    let judgement = judged(
        &study(&[("gelu", 5.0), ("sign", 0.1)]),
        &[groups[0].clone(), around("sign", 0.5, 0.01)],
    );
    assert_eq!(judgement.recommendation.activation.as_deref(), Some("gelu"));
}

#[test]
fn losers_are_explained_with_the_doctors_numbers() {
    let mut sigmoid = around("sigmoid", 0.5, 0.01);
    for (i, trial) in sigmoid.iter_mut().enumerate() {
        trial
            .findings
            .push(fault("vanishing_gradient", 1e-9 * (1.0 + i as f64)));
    }
    let judgement = judged(&Study::default(), &[around("relu", 0.97, 0.0), sigmoid]);
    let reasons = judgement.recommendation.reasons.join("\n");
    assert!(reasons.contains("sigmoid is worse: −47.00 points"), "{reasons}");
    assert!(
        reasons.contains("vanishing gradient in 8 of 8 runs (gradient ratio: typically 4.5e-9)"),
        "{reasons}"
    );
}

#[test]
fn the_control_is_never_recommended() {
    // Best of all and cheapest, and still only the control.
    let judgement = judged(
        &study(&[("identity", 0.1), ("relu", 0.4)]),
        &[
            around("identity", 0.97, 0.001),
            around("relu", 0.969, 0.001),
            around("elu", 0.969, 0.0),
        ],
    );
    assert_ne!(verdict(&judgement, "identity"), Verdict::Best);
    let advice = &judgement.recommendation;
    assert_ne!(advice.activation.as_deref(), Some("identity"));
    assert!(
        advice.headline.contains("does not need a non-linearity"),
        "{advice:?}"
    );

    let judgement = judged(
        &Study::default(),
        &[around("identity", 0.8, 0.001), around("relu", 0.97, 0.001)],
    );
    let reasons = judgement.recommendation.reasons.join("\n");
    assert!(
        reasons.contains("A non-linearity is worth it here") && reasons.contains("−17.00 points"),
        "{reasons}"
    );

    let judgement = judged(
        &Study::default(),
        &[around("identity", 0.96, 0.03), around("relu", 0.97, 0.0)],
    );
    let caveats = judgement.recommendation.caveats.join("\n");
    assert!(
        caveats.contains("not shown that an activation beats a linear network"),
        "{caveats}"
    );

    let judgement = judged(&Study::default(), &[around("identity", 0.8, 0.001)]);
    assert_eq!(judgement.recommendation.activation, None);
}

#[test]
fn the_seeds_asked_for_do_decide() {
    // The same pattern repeated keeps difference and spread as they are; an odd one out would shift it.
    let with = |seeds: usize| {
        let tests = |mean: f64, spread: f64| -> Vec<f64> {
            (0..seeds).map(|i| mean + [spread, -spread][i % 2]).collect()
        };
        judged(
            &Study::default(),
            &[
                trials("gelu", &tests(0.97, 0.0)),
                trials("elu", &tests(0.969, 0.01)),
            ],
        )
    };
    let Verdict::Undecided { seeds: Some(needed) } = verdict(&with(8), "elu") else {
        panic!("decided by 8")
    };
    assert!((10..200).contains(&needed), "{needed}");
    let even = |n: usize| n / 2 * 2;
    assert_eq!(
        verdict(&with(even(needed * 21 / 20 + 1)), "elu"),
        Verdict::Equivalent
    );
    assert!(matches!(
        verdict(&with(even(needed * 9 / 10)), "elu"),
        Verdict::Undecided { .. }
    ));
    assert!(
        with(8)
            .recommendation
            .headline
            .contains(&format!("about {needed} seeds to decide"))
    );
}

#[test]
fn more_seeds_are_not_asked_for_where_samples_are_too_few() {
    // Twenty fixed test samples, on five of which the two always differ, in both directions.
    let scores = |right: &[u32]| {
        (0..20)
            .map(|i| f32::from(u8::from(right.contains(&i))))
            .collect::<Vec<_>>()
    };
    let runs = |name: &str, right: &[u32]| -> Vec<Trial> {
        (0..10)
            .map(|seed| fixture::scored(trial(name, seed, 0.0), (0..20).collect(), scores(right)))
            .collect()
    };
    let judgement = judged(
        &Study::default(),
        &[
            runs("gelu", &[0, 1, 2, 3, 4, 5, 6]),
            runs("elu", &[0, 1, 2, 3, 10, 11, 12]),
        ],
    );
    assert!(
        judgement
            .standing("elu")
            .unwrap()
            .difference
            .is_none_or(|d| d.includes_sampling)
    );
    let other = judgement
        .standings
        .iter()
        .find(|s| s.verdict != Verdict::Best)
        .unwrap();
    assert_eq!(other.verdict, Verdict::Undecided { seeds: None }, "{other:?}");
    assert_eq!(judgement.method.fixed_test_set, Some(true));
}

#[test]
fn what_the_writer_does_not_know_is_not_made_up() {
    let mut trials = [around("elu", 0.96, 0.0), around("relu", 0.9, 0.0)].concat();
    for trial in &mut trials {
        let outcome = trial.outcome.as_mut().unwrap();
        (outcome.validation, outcome.train, outcome.epochs_to_95) = (None, None, None);
        (trial.task.samples, trial.watching) = (None, Some(0.1));
    }
    let judgement = judged(&Study::default(), std::slice::from_ref(&trials));
    let best = judgement.best().unwrap();
    assert_eq!(best.activation, "elu");
    assert_eq!((best.train, best.gap, best.epochs_to_95), (None, None, None));
    assert!(!judgement.method.validated);
    assert!(!judgement.recommendation.reasons[0].contains("validation"));
    // 0.1 of 0.5 seconds each.
    assert!((judgement.watching.unwrap() - 0.25).abs() < 1e-12);
    let shown = terminal(
        &judgement,
        Terminal {
            width: 200,
            colour: false,
        },
    );
    let head = shown.lines().nth(2).unwrap();
    assert!(
        !head.contains("gap") && !head.contains("epochs") && head.contains("accuracy"),
        "{head}"
    );
    assert!(shown.contains("watching added 25 % to the time of training"));
}

#[test]
fn a_trial_without_outcome_counts_as_nothing_right() {
    let mut broken = around("relu", 0.97, 0.0);
    for trial in &mut broken[..2] {
        trial.outcome = None;
        trial.failure = Some("the loss became NaN in epoch 1".into());
    }
    let judgement = judged(&Study::default(), &[around("elu", 0.96, 0.0), broken.clone()]);
    let relu = judgement.standing("relu").unwrap();
    assert_eq!((relu.failed, relu.trials), (2, 8));
    let told = "relu, seed 0: the loss became NaN in epoch 1; 1 more broke down.";
    assert!(
        judgement.notes.contains(&told.to_string()),
        "{:?}",
        judgement.notes
    );
    assert!((relu.test.mean - 0.97 * 0.75).abs() < 1e-12);
    assert!((relu.train.unwrap() - 0.99).abs() < 1e-12);
    assert!(relu.healthy && judgement.best().unwrap().activation == "elu");

    for trial in &mut broken {
        trial.outcome = None;
        trial.task.metric = Metric::R2;
    }
    let judgement = judged(&Study::default(), &[broken]);
    assert_eq!(judgement.recommendation.activation, None);
    assert!(
        judgement
            .recommendation
            .headline
            .contains("No activation got through")
    );
}

#[test]
fn incomplete_studies_are_judged_and_say_so() {
    let judgement = judged(
        &Study::default(),
        &[
            around("relu", 0.97, 0.001),
            around("elu", 0.97, 0.001)[..3].to_vec(),
        ],
    );
    assert_eq!(judgement.standing("elu").unwrap().difference.unwrap().seeds, 3);
    assert!(
        judgement
            .notes
            .iter()
            .any(|n| n.contains("Not every seed") && n.contains("elu"))
    );

    let judgement = judged(
        &Study::default(),
        &[vec![trial("relu", 0, 0.9)], vec![trial("elu", 0, 0.8)]],
    );
    assert_eq!(verdict(&judgement, "elu"), Verdict::Undecided { seeds: None });
    assert_eq!(judgement.standings[0].test.interval, None);
    assert!(
        judgement
            .recommendation
            .caveats
            .iter()
            .any(|c| c.contains("single seed"))
    );

    let judgement = judged(&Study::default(), &[around("relu", 0.97, 0.001)]);
    assert_eq!(judgement.recommendation.activation.as_deref(), Some("relu"));
    assert_eq!(judgement.method.comparisons, 0);
}

#[test]
fn trials_that_do_not_belong_together_are_refused() {
    let refused = |change: &dyn Fn(&mut Trial)| {
        let mut trials = [around("relu", 0.97, 0.001), around("elu", 0.97, 0.001)].concat();
        change(&mut trials[11]);
        judge(&Study::default(), &trials).unwrap_err()
    };
    let words = refused(&|t| drop(t.settings.insert("epochs".into(), 40.into()))).to_string();
    assert_eq!(
        words,
        "setting `epochs` is 20 in main relu, seed 0, but 40 in main elu, seed 3; they cannot be compared"
    );
    assert!(
        refused(&|t| t.task.fingerprint = "beef".into())
            .to_string()
            .contains("fingerprint is f00d")
    );
    assert!(
        refused(&|t| t.task.metric = Metric::R2)
            .to_string()
            .contains("metric")
    );
    assert!(matches!(refused(&|t| t.seed = 4), JudgeError::Duplicate { .. }));
    let outcome = |t: &mut Trial, test: f64| t.outcome.as_mut().unwrap().test = test;
    assert!(matches!(
        refused(&|t| outcome(t, f64::INFINITY)),
        JudgeError::Outcome { .. }
    ));
    let wrong_mean = |t: &mut Trial| {
        *t = fixture::scored(t.clone(), vec![1, 2], vec![1.0, 0.0]);
        outcome(t, 0.9);
    };
    assert!(
        refused(&wrong_mean)
            .to_string()
            .contains("mean 0.5 but its test metric is 0.9")
    );

    let scored =
        |name: &str, samples: Vec<u32>| fixture::scored(trial(name, 0, 0.0), samples, vec![1.0, 0.0]);
    let error = judge(
        &Study::default(),
        &[scored("a", vec![1, 2]), scored("b", vec![2, 3])],
    )
    .unwrap_err();
    assert!(matches!(error, JudgeError::TestSets { .. }));
    // The order of samples does not matter.
    assert!(
        judge(
            &Study::default(),
            &[scored("a", vec![1, 2]), scored("b", vec![2, 1])]
        )
        .is_ok()
    );

    assert_eq!(judge(&Study::default(), &[]), Err(JudgeError::NoTrials));
    let study = Study {
        margin: 0.0,
        ..Study::default()
    };
    assert_eq!(
        judge(&study, &around("relu", 0.9, 0.0)),
        Err(JudgeError::Margin(0.0))
    );
}

#[test]
fn stress_and_article_tell_who_survives() {
    let stressed = |name: &str, test: f64| {
        let mut trials = around(name, test, 0.001);
        for trial in &mut trials {
            trial.panel = Panel::RaisedLearningRate;
            trial.settings.insert("learning rate".into(), "raised".into());
        }
        trials
    };
    let mut dead = stressed("relu", 0.1);
    for trial in &mut dead {
        trial.findings.push(fault("dead_units", 1.0));
    }
    let main = ["relu", "elu", "sigmoid", "tanh"]
        .map(|name| around(name, 0.97, 0.001))
        .concat();
    let judgement = judged(&Study::default(), &[main.clone(), dead, stressed("elu", 0.96)]);
    let [panel] = judgement.stress.as_slice() else {
        panic!("one panel has trials")
    };
    assert_eq!(panel.panel, Panel::RaisedLearningRate);
    assert!(
        panel
            .words
            .iter()
            .any(|w| w.contains("survived by elu; not by relu")),
        "{:?}",
        panel.words
    );
    assert!((panel.rows[1].drop.unwrap() - 0.87).abs() < 1e-12);
    let answers: Vec<String> = judgement
        .article
        .iter()
        .map(|a| a.paragraphs.join("\n"))
        .collect();
    assert!(
        answers[0].contains("they are as good as each other"),
        "{}",
        answers[0]
    );
    assert!(
        answers[1].contains("accuracy 10.00 % instead of 97.00 %"),
        "{}",
        answers[1]
    );
    assert!(
        answers[2].contains("does not survive; cured: elu (96.00 %)"),
        "{}",
        answers[2]
    );

    let without = judged(&Study::default(), &[main]);
    assert!(without.stress.is_empty() && without.article[2].paragraphs[0].contains("does not say"));
    let none = judged(&Study::default(), &[around("elu", 0.97, 0.001)]);
    assert!(
        none.article
            .iter()
            .all(|a| a.paragraphs[0].contains("relu was not part"))
    );
}

#[test]
fn the_order_of_files_does_not_matter() {
    let groups = [
        around("gelu", 0.97, 0.001),
        around("elu", 0.97, 0.001),
        around("tanh", 0.9, 0.02),
    ];
    let mut backwards = groups.concat();
    backwards.reverse();
    assert_eq!(
        judged(&Study::default(), &groups),
        judged(&Study::default(), &[backwards])
    );
}
