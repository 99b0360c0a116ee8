//! The section on mistakes: its numbers against plain counts, what it leaves out, its size, hostile samples.

use crate::document::{check, rows};
use crate::fixture::{Shape, study};
use crate::samples::{ARMS, KINDS, Kind, noise, samples, told, truth};
use relume_report::html::{MOST_OF_SAMPLES, RenderError, render};
use relume_report::judge::judge;
use relume_report::samples::{
    Content, LONGEST_SIDE, MOST_CHANNELS, MOST_CHARACTERS, MOST_PCM, MOST_SHOWN, MOST_STEPS, Picture,
    Recording, Samples, Series, Text,
};
use relume_report::study::Study;
use relume_report::trial::{Metric, Panel, Scores, Trial};
use std::collections::BTreeMap;

fn page(study: &Study, trials: &[Trial], samples: Option<&Samples>) -> String {
    let judgement = judge(study, trials).expect("a judgement");
    render(study, &judgement, trials, samples).expect("a page")
}

/// The answers of one arm in the main panel: sample, answer, score.
fn answers<'a>(trials: &'a [Trial], arm: &str) -> impl Iterator<Item = (u32, Option<u32>, f32)> + 'a {
    let of_arm = |trial: &&Trial| trial.panel == Panel::Main && trial.arm.name == arm && !trial.broke_down();
    let of_arm: Vec<&Trial> = trials.iter().filter(of_arm).collect();
    of_arm.into_iter().flat_map(|trial| {
        let scores = trial
            .outcome
            .as_ref()
            .and_then(|o| o.scores.as_ref())
            .expect("scores");
        let predicted = scores.predicted.as_ref().expect("answers");
        (0..scores.samples.len()).map(|i| (scores.samples[i], predicted[i], scores.values[i]))
    })
}

/// Whose confusions are shown.
fn shown_arm(study: &Study, trials: &[Trial]) -> String {
    let judgement = judge(study, trials).expect("a judgement");
    let best = || judgement.best().map(|standing| standing.activation.clone());
    judgement
        .recommendation
        .activation
        .clone()
        .or_else(best)
        .expect("one is best")
}

#[test]
fn every_kind_of_sample_is_a_well_formed_page() {
    for kind in KINDS {
        let (study, trials, samples) = told(kind, 3, 3);
        let parsed = check(&page(&study, &trials, Some(&samples)));
        let drawn = ["img", "audio", "blockquote"].map(|element| parsed.count(element));
        let expected = match kind {
            Kind::Grey | Kind::Colour => [MOST_SHOWN, 0, 0],
            Kind::Sound => [MOST_SHOWN, MOST_SHOWN, 0],
            Kind::Text => [0, 0, MOST_SHOWN],
            Kind::Line | Kind::Row => [0, 0, 0],
        };
        assert_eq!(drawn, expected, "{kind:?}");
        let by_length = matches!(kind, Kind::Line | Kind::Sound | Kind::Text);
        assert_eq!(parsed.text.contains("Accuracy by length"), by_length, "{kind:?}");
    }
}

#[test]
fn the_matrix_is_what_counting_says() {
    for classes in [2, 3, 12] {
        let (study, trials, samples) = told(Kind::Grey, classes, 4);
        let html = page(&study, &trials, Some(&samples));
        let shown = rows(&html, "Confusion of classes");
        let best = shown_arm(&study, &trials);
        let mut naive = BTreeMap::<(u32, Option<u32>), usize>::new();
        for (sample, answer, _) in answers(&trials, &best) {
            *naive.entry((truth(sample, classes), answer)).or_default() += 1;
        }
        for class in 0..classes {
            let total: usize = naive
                .iter()
                .filter(|((c, _), _)| *c == class)
                .map(|(_, n)| n)
                .sum();
            let share = |answer: Option<u32>| match naive.get(&(class, answer)) {
                Some(count) => format!("{:.1}", 100.0 * *count as f64 / total as f64),
                None => "0".to_owned(),
            };
            let mut expected = vec![format!("class {class}")];
            expected.extend((0..classes).map(|answer| share(Some(answer))));
            expected.extend([share(None), total.to_string()]);
            assert_eq!(shown[class as usize + 1], expected, "{classes} classes");
        }
    }
}

#[test]
fn of_many_classes_the_most_confused_pairs_are_told() {
    let (study, trials, samples) = told(Kind::Grey, 13, 4);
    let html = page(&study, &trials, Some(&samples));
    assert!(!html.contains("Confusion of classes"));
    let shown = rows(&html, "The most frequent mistakes");
    assert_eq!(shown.len(), 1 + 15);
    let best = shown_arm(&study, &trials);
    for row in &shown[1..] {
        let count = answers(&trials, &best)
            .filter(|(sample, answer, _)| {
                let answer = answer.map_or("none".to_owned(), |class| format!("class {class}"));
                format!("class {}", truth(*sample, 13)) == row[0] && answer == row[1]
            })
            .count();
        assert_eq!(row[3], count.to_string(), "{row:?}");
    }
    let counts: Vec<usize> = shown[1..]
        .iter()
        .map(|row| row[3].parse().expect("a number"))
        .collect();
    assert!(counts.is_sorted_by(|a, b| a >= b));
}

#[test]
fn differences_to_the_arm_in_use_are_means_over_seeds() {
    const SEEDS: u64 = 10;
    let (mut study, trials, samples) = told(Kind::Grey, 3, SEEDS);
    let current = ARMS[3];
    study.current = Some(current.to_owned());
    let best = shown_arm(&study, &trials);
    assert_ne!(best, current);
    let html = page(&study, &trials, Some(&samples));
    let shown = rows(&html, "The largest differences");
    assert!(shown.len() > 1 && shown.len() <= 7);
    for row in &shown[1..] {
        let share = |arm: &str, seed: u64| {
            let of_seed: Vec<Trial> = trials.iter().filter(|t| t.seed == seed).cloned().collect();
            let of_class = |sample: u32| format!("class {}", truth(sample, 3)) == row[0];
            let all = answers(&of_seed, arm).filter(|a| of_class(a.0));
            let (mut taken, mut total) = (0.0, 0.0);
            for (_, answer, _) in all {
                let answer = answer.map_or("none".to_owned(), |class| format!("class {class}"));
                taken += f64::from(u8::from(answer == row[1]));
                total += 1.0;
            }
            taken / total
        };
        let [one, other] =
            [&*best, current].map(|arm| (0..SEEDS).map(|seed| share(arm, seed)).collect::<Vec<f64>>());
        for (cell, shares) in [(&row[2], &one), (&row[3], &other)] {
            let mean = 100.0 * shares.iter().sum::<f64>() / SEEDS as f64;
            let said: f64 = cell
                .trim_end_matches([' ', '%', '\u{a0}'])
                .parse()
                .expect("a share");
            assert!((said - mean).abs() < 0.06, "{cell}: {mean}");
        }
        let mean = one.iter().zip(&other).map(|(a, b)| a - b).sum::<f64>();
        let agree = one
            .iter()
            .zip(&other)
            .filter(|(a, b)| (*a - *b) * mean > 0.0)
            .count();
        assert_eq!(row[4], format!("{agree} of {SEEDS}"));
    }
    study.current = Some(best);
    assert!(!page(&study, &trials, Some(&samples)).contains("The largest differences"));
}

#[test]
fn accuracy_by_length_is_what_counting_says() {
    let (study, trials, samples) = told(Kind::Text, 3, 3);
    let html = page(&study, &trials, Some(&samples));
    let shown = rows(&html, "Accuracy by length");
    let steps: BTreeMap<u32, u32> = samples
        .judged
        .samples
        .iter()
        .copied()
        .zip(samples.judged.steps.clone().expect("steps"))
        .collect();
    assert_eq!((shown.len(), shown[0].len()), (5, 7));
    for (column, head) in shown[0].iter().enumerate().skip(1) {
        // "3 to 120" and "85 samples" stand in one cell.
        let numbers: Vec<u32> = head
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|part| part.parse().ok())
            .collect();
        let inside = |sample: u32| (numbers[0]..=numbers[1]).contains(&steps[&sample]);
        for row in &shown[1..] {
            let (mut right, mut all) = (0.0, 0.0);
            for (_, _, score) in answers(&trials, &row[0]).filter(|a| inside(a.0)) {
                right += f64::from(score);
                all += 1.0;
            }
            assert_eq!(row[column], format!("{:.2} %", 100.0 * right / all), "{head}");
        }
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let has = |html: &str| html.contains("<section id=\"mistakes\"");
    let (study, trials, samples) = told(Kind::Text, 3, 3);
    assert!(has(&page(&study, &trials, Some(&samples))));
    assert!(!has(&page(&study, &trials, None)));

    // Without answers there is no matrix, without content there are no examples, without steps no lengths.
    let mut silent = trials.clone();
    for scores in silent
        .iter_mut()
        .filter_map(|t| t.outcome.as_mut()?.scores.as_mut())
    {
        scores.predicted = None;
    }
    let parts = |html: &str| {
        ["Which classes", "The examples most", "Accuracy by length"].map(|title| html.contains(title))
    };
    let mut bare = samples.clone();
    assert_eq!(parts(&page(&study, &silent, Some(&bare))), [false, true, true]);
    bare.shown.clear();
    assert_eq!(parts(&page(&study, &silent, Some(&bare))), [false, false, true]);
    bare.judged.steps = Some(vec![7; bare.judged.samples.len()]);
    assert_eq!(parts(&page(&study, &trials, Some(&bare))), [true, false, false]);
    assert!(!has(&page(&study, &silent, Some(&bare))));

    // Of another metric nothing is said, nor of trials without scores.
    for metric in [Metric::R2, Metric::Other("F1".to_owned())] {
        let mut trials = trials.clone();
        trials.iter_mut().for_each(|t| t.task.metric = metric.clone());
        assert!(!has(&page(&study, &trials, Some(&samples))));
    }
    let mut unscored = trials.clone();
    unscored
        .iter_mut()
        .filter_map(|t| t.outcome.as_mut())
        .for_each(|o| o.scores = None);
    assert!(!has(&page(&study, &unscored, Some(&samples))));
}

#[test]
fn samples_of_other_data_are_an_error() {
    let (study, trials, mut samples) = told(Kind::Grey, 3, 2);
    samples.fingerprint = "other".to_owned();
    let judgement = judge(&study, &trials).expect("a judgement");
    let error = render(&study, &judgement, &trials, Some(&samples)).expect_err("other data");
    assert!(matches!(error, RenderError::OtherSamples(_)), "{error}");
    samples.fingerprint = trials[0].task.fingerprint.clone();
    samples.judged.truth.pop();
    let error = render(&study, &judgement, &trials, Some(&samples)).expect_err("a class is missing");
    assert!(error.to_string().contains("judged.truth"), "{error}");
}

/// The largest samples that there can be, a dozen activations, and nothing that can be compressed.
#[test]
fn the_section_is_never_larger_than_it_says() {
    let shape = Shape {
        activations: crate::fixture::CAST.iter().skip(1).take(12).collect(),
        seeds: 3,
        stress: false,
        ..Shape::default()
    };
    let (study, trials) = study(&shape);
    let without = page(&study, &trials, None).len();
    let picture = |k: u64| Picture {
        width: LONGEST_SIDE,
        height: LONGEST_SIDE,
        channels: 3,
        pixels: noise(LONGEST_SIDE * LONGEST_SIDE * 3, k),
    };
    let series = |k: u64| Series {
        channels: MOST_CHANNELS,
        steps: MOST_STEPS,
        values: noise(MOST_CHANNELS * MOST_STEPS, k),
        low: 0.0,
        high: 1.0,
    };
    let lines = |k: u64| Series {
        channels: 4,
        steps: MOST_STEPS,
        values: noise(4 * MOST_STEPS, k),
        low: 0.0,
        high: 1.0,
    };
    // Each of these characters takes five bytes in HTML.
    let text = Text {
        text: "&".repeat(MOST_CHARACTERS),
        whole: false,
    };
    let contents: [&dyn Fn(u64) -> Content; 4] = [
        &|k| Content::Picture(picture(k)),
        &|k| Content::Series(series(k)),
        &|k| Content::Series(lines(k)),
        &|_| Content::Text(text.clone()),
    ];
    for content in contents {
        let mut samples = samples(Kind::Sound, 12, &trials);
        samples.classes = vec!["&".repeat(100_000); 12];
        for (k, shown) in (0..).zip(&mut samples.shown) {
            shown.origin = Some("&".repeat(100_000));
            shown.content = content(k);
            shown.recording = Some(Recording {
                rate: 16_000,
                pcm: noise(MOST_PCM, k),
                seconds: 9.0,
            });
        }
        let html = page(&study, &trials, Some(&samples));
        check(&html);
        let section = html.len() - without;
        assert!(section <= MOST_OF_SAMPLES, "{section} bytes");
        assert!(
            section > MOST_OF_SAMPLES / 2,
            "the bound says something: {section} bytes"
        );
    }
}

#[test]
fn hostile_samples_are_text() {
    let hostile =
        "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u{0}\u{202e}\u{7}";
    let (study, trials, mut samples) = told(Kind::Text, 3, 2);
    samples.classes = vec![hostile.to_owned(); 3];
    for shown in &mut samples.shown {
        shown.origin = Some(hostile.to_owned());
        shown.content = Content::Text(Text::of(hostile));
    }
    let parsed = check(&page(&study, &trials, Some(&samples)));
    assert_eq!(
        [parsed.count("script"), parsed.count("style"), parsed.count("img")],
        [1, 1, 0]
    );
    assert!(parsed.text.contains("<script>alert(1)</script>"));
}

#[test]
fn answers_and_numbers_that_cannot_be_are_no_panic() {
    let (study, trials, samples) = told(Kind::Grey, 3, 3);
    let changes: [fn(&mut Scores); 4] = [
        |scores| scores.predicted = Some(vec![Some(u32::MAX); scores.samples.len()]),
        |scores| {
            scores
                .predicted
                .iter_mut()
                .for_each(|predicted| predicted.truncate(3))
        },
        |scores| scores.predicted = Some(vec![None; 2 * scores.samples.len()]),
        |scores| scores.samples.iter_mut().for_each(|sample| *sample += 1_000_000),
    ];
    for change in changes {
        let mut trials = trials.clone();
        let scores = trials.iter_mut().filter(|t| t.seed > 0);
        scores
            .filter_map(|t| t.outcome.as_mut()?.scores.as_mut())
            .for_each(change);
        check(&page(&study, &trials, Some(&samples)));
    }
}
