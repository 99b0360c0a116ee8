//! What is judged, and what is refused, where trials are few, incomplete or do not belong together.

use crate::fixture::{self, around, judged, trial, trials, verdict};
use relume_report::judge::{JudgeError, Verdict, judge};
use relume_report::study::Study;
use relume_report::table::{Terminal, terminal};
use relume_report::trial::{Metric, Trial};

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
    // The boundary rises a little as more looks are allowed.
    assert_eq!(
        verdict(&with(even(needed * 23 / 20 + 1)), "elu"),
        Verdict::Equivalent
    );
    assert!(matches!(
        verdict(&with(even(needed * 17 / 20)), "elu"),
        Verdict::Undecided { .. }
    ));
    assert!(
        with(8)
            .recommendation
            .caveats
            .iter()
            .any(|c| c.contains(&format!("about {needed} seeds would decide")))
    );
}

#[test]
fn more_seeds_are_asked_for_than_there_are() {
    // One of four is far below: the interval is wider at this side than a symmetric one, and so is what it would take.
    for seeds in (8..=80).step_by(4) {
        let tests: Vec<f64> = (0..seeds)
            .map(|i| 0.9665 + [0.004, 0.004, -0.012, 0.004][i % 4])
            .collect();
        let even = trials("gelu", &vec![0.97; seeds]);
        let judgement = judged(&Study::default(), &[even, trials("elu", &tests)]);
        if let Verdict::Undecided { seeds: Some(needed) } | Verdict::Below { seeds: Some(needed) } =
            verdict(&judgement, "elu")
        {
            assert!(needed > seeds, "{needed} of {seeds}");
        }
    }
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
fn breakdowns_are_counted_and_not_averaged() {
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
    assert!((relu.test.unwrap().mean - 0.97).abs() < 1e-12);
    assert!(relu.failed_share.low > 0.0 && relu.failed_share.high < 0.7);
    assert!((relu.train.unwrap() - 0.99).abs() < 1e-12);

    // An absurd result is one too, whatever the writer says of it.
    let mut absurd = around("relu", 0.5, 0.01);
    absurd.extend(around("elu", 0.5, 0.001));
    for trial in &mut absurd {
        trial.task.metric = Metric::R2;
    }
    absurd[3].outcome.as_mut().unwrap().test = -4.0e15;
    let judgement = judged(&Study::default(), &[absurd]);
    let relu = judgement.standing("relu").unwrap();
    assert_eq!(relu.failed, 1);
    assert!((relu.test.unwrap().mean - 0.5).abs() < 0.01);

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
fn one_that_breaks_down_more_often_is_worse_whatever_it_reaches() {
    let mut broken = trials("relu", &[0.98; 60]);
    for trial in broken.iter_mut().step_by(2) {
        (trial.outcome, trial.failure) = (None, Some("the loss became NaN in epoch 1".into()));
    }
    let judgement = judged(&Study::default(), &[trials("elu", &[0.975; 60]), broken]);
    assert_eq!(verdict(&judgement, "elu"), Verdict::Best);
    assert_eq!(verdict(&judgement, "relu"), Verdict::Worse);
    let reasons = judgement.recommendation.reasons.join("\n");
    assert!(
        reasons.contains("it broke down in 12 of 23 runs (31 % to 73 %)"),
        "{reasons}"
    );
}

#[test]
fn only_complete_seeds_are_judged() {
    let judgement = judged(
        &Study::default(),
        &[
            around("relu", 0.97, 0.001),
            around("elu", 0.97, 0.001)[..6].to_vec(),
        ],
    );
    assert_eq!(judgement.seeds, [0, 1, 2, 3, 4, 5]);
    assert_eq!(judgement.standing("relu").unwrap().trials, 6);
    assert!(
        judgement
            .notes
            .iter()
            .any(|n| n.contains("Not judged: 2 of 8 seeds"))
    );
    // What is beaten may stop: the others go on without it.
    let stopped = judged(
        &Study::default(),
        &[
            around("relu", 0.97, 0.001),
            around("elu", 0.9, 0.001)[..6].to_vec(),
        ],
    );
    assert_eq!(stopped.seeds.len(), 8);
    assert_eq!(verdict(&stopped, "elu"), Verdict::Worse);

    let judgement = judged(
        &Study::default(),
        &[vec![trial("relu", 0, 0.9)], vec![trial("elu", 0, 0.8)]],
    );
    assert_eq!(verdict(&judgement, "elu"), Verdict::Undecided { seeds: None });
    assert_eq!(judgement.standings[0].test.unwrap().interval, None);
    assert!(
        judgement
            .recommendation
            .caveats
            .iter()
            .any(|c| c.contains("1 seed is too few"))
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
