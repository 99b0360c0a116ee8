//! Verdicts and recommendations on trials whose truth is plain to see.

use crate::fixture::{around, around_over, fault, judged, study, trials, verdict};
use relume_report::judge::Verdict;
use relume_report::study::Study;
use relume_report::trial::{Panel, Trial};

#[test]
fn verdicts_follow_the_interval() {
    let around = |name: &str, mean: f64, spread: f64| {
        let tests: Vec<f64> = (0..16)
            .map(|seed| mean + if seed % 2 == 0 { spread } else { -spread })
            .collect();
        trials(name, &tests)
    };
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
    let difference = judgement.standing("sigmoid").unwrap().difference.clone().unwrap();
    // By the seeds until it was stopped.
    assert!((difference.mean + 0.0698).abs() < 1e-12 && difference.new_data.is_none());
    assert_eq!(
        (difference.seeds, judgement.standing("sigmoid").unwrap().trials),
        (5, 5)
    );
    assert_eq!(difference.to, "gelu");
    assert!(
        judgement
            .notes
            .iter()
            .any(|n| n.contains("nothing is said of new data"))
    );
    assert!(!judgement.finished && judgement.standing("sigmoid").unwrap().stopped.is_some());
}

#[test]
fn the_headline_says_what_a_person_would_do() {
    let headline = |study: &Study, groups: &[Vec<Trial>]| {
        let advice = judged(study, groups).recommendation;
        (advice.activation, advice.headline)
    };
    let some = |name: &str| Some(name.to_owned());
    let around = |name: &str, mean: f64, spread: f64| around_over(16, name, mean, spread);
    let (relu, elu, gelu) = (
        around("relu", 0.9695, 0.001),
        around("elu", 0.970, 0.0),
        around("gelu", 0.968, 0.02),
    );
    let costs = study(&[("relu", 0.4), ("elu", 3.0), ("gelu", 5.0)]);
    assert_eq!(
        headline(&costs, &[elu.clone(), relu.clone()]),
        (
            some("relu"),
            "elu and relu are equally good here, and relu is the cheapest.".to_owned()
        )
    );
    assert_eq!(
        headline(&costs, &[elu.clone(), around("relu", 0.9, 0.001)]),
        (
            some("elu"),
            "Use elu: nothing else that was tried is as good.".to_owned()
        )
    );
    // What is within the margin, but shown to be below, is not recommended: more seeds would not make it the best.
    // Nor is what may be lower by more than half of the margin.
    for near in [around("relu", 0.9675, 0.0003), around("relu", 0.968, 0.0025)] {
        let judgement = judged(&costs, &[elu.clone(), near]);
        assert_eq!(judgement.standing("relu").unwrap().verdict, Verdict::Equivalent);
        let advice = judgement.recommendation;
        assert_eq!(advice.activation, some("elu"));
        assert_eq!(
            advice.headline,
            "Use elu: it is the best, if by less than the margin."
        );
    }
    // Something is open, but what is in use is as good as the best.
    let (activation, words) = headline(&costs, &[elu.clone(), relu.clone(), gelu.clone()]);
    assert_eq!(activation, some("relu"));
    assert_eq!(
        words,
        "Keep relu: it is as good as elu, the best. Whether gelu may be as good too is open."
    );
    // What is in use is itself open, and not shown to be worse.
    let open = around("relu", 0.968, 0.02);
    let (activation, words) = headline(&costs, &[elu.clone(), open, gelu.clone()]);
    assert_eq!(activation, None);
    assert_eq!(
        words,
        "No activation was shown to be better than relu within the budget: keep what you have."
    );
    // Something is open, but what is in use is worse.
    let (activation, words) = headline(&costs, &[elu.clone(), around("relu", 0.9, 0.001), gelu.clone()]);
    assert_eq!(activation, some("elu"));
    assert!(
        words.starts_with("Use elu: it is shown to be better than relu."),
        "{words}"
    );
    // One that is as good as the best, and cheaper, is not shown to be better than what is in use.
    let near = around("selu", 0.969, 0.001);
    let cheap = study(&[("relu", 0.4), ("elu", 3.0), ("gelu", 5.0), ("selu", 0.1)]);
    let (activation, words) = headline(
        &cheap,
        &[elu.clone(), around("relu", 0.9, 0.001), gelu.clone(), near],
    );
    assert_eq!(activation, some("elu"), "{words}");
    let (activation, words) = headline(&costs, &[elu, gelu]);
    assert_eq!(activation, None);
    assert!(words.contains("keep what you have"), "{words}");
}

#[test]
fn the_cheapest_healthy_equivalent_is_recommended() {
    let groups = [
        around_over(16, "gelu", 0.970, 0.0),
        around_over(16, "elu", 0.9695, 0.001),
        around_over(16, "relu", 0.9695, 0.001),
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
    for trial in &mut sick[2][..8] {
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
            .any(|r| r.contains("dead units in 8 of 16 runs"))
    );

    // Without costs nothing is cheaper: what is in use is kept, if it is as good, else the best is taken.
    for (current, expected) in [("elu", "elu"), ("tanh", "gelu")] {
        let study = Study {
            current: Some(current.into()),
            ..Study::default()
        };
        let judgement = judged(&study, &groups);
        assert_eq!(judgement.recommendation.activation.as_deref(), Some(expected));
    }
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
    assert!(reasons.contains("sigmoid is worse: −46.80 points"), "{reasons}");
    assert!(
        reasons.contains("vanishing gradient in 5 of 5 runs (gradient ratio: typically 3.0e-9)"),
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

    // Better than all, by more than the margin.
    let judgement = judged(
        &Study::default(),
        &[around("identity", 0.99, 0.001), around("relu", 0.97, 0.001)],
    );
    assert_eq!(verdict(&judgement, "identity"), Verdict::Better);
    let words = &judgement.recommendation.headline;
    assert!(words.contains("a linear network (identity) is better"), "{words}");

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
        .map(|name| trials(name, &[0.97; 16]))
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
