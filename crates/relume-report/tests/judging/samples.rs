//! `samples.json`: what is counted for it, what is refused of it.

use crate::fixture::{scored, trial};
use proptest::prelude::*;
use relume_report::mistakes::{Mistaken, most_mistaken};
use relume_report::samples::{
    Bytes, Content, Judged, LONGEST_SIDE, MOST_CHANNELS, MOST_CHARACTERS, MOST_PCM, MOST_SHOWN, MOST_STEPS,
    MOST_VALUES, Picture, Recording, Row, SAMPLES_SCHEMA, Samples, Series, Shown, Text, Value,
};
use relume_report::store::{Store, StoreError};
use relume_report::trial::{Metric, Panel, Trial};
use std::fs;

fn shown(content: Content) -> Shown {
    Shown {
        sample: 7,
        origin: Some("yes/1.wav".into()),
        content,
        recording: Some(Recording::of(&[0.0; 100], 8000)),
    }
}

/// One sample of each kind.
pub(crate) fn samples() -> Samples {
    let value = Value {
        name: "ash".into(),
        value: None,
        unusual: Some(-1.5),
    };
    Samples {
        schema: SAMPLES_SCHEMA.into(),
        fingerprint: "f00d".into(),
        classes: vec!["no".into(), "yes".into()],
        judged: Judged {
            samples: vec![3, 7, 9],
            truth: vec![0, 1, 1],
            steps: Some(vec![5, 5, 8]),
        },
        shown: vec![
            shown(Content::Text(Text::of("Yes."))),
            shown(Content::Picture(Picture::of(&[0.0, 0.5], [1, 1, 2], (0.0, 1.0)))),
            shown(Content::Series(Series::of(&[1.0, 2.0, 3.0], 1))),
            shown(Content::Row(Row {
                values: vec![value],
                columns: 13,
            })),
        ],
    }
}

#[test]
fn what_is_written_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    assert_eq!(store.read_samples().unwrap(), None);
    store.write_samples(&samples()).unwrap();
    assert_eq!(store.read_samples().unwrap(), Some(samples()));
    // It is no trial, wherever the trials are.
    assert_eq!(store.read_trials().unwrap(), []);
    fs::remove_dir(folder.path().join("trials")).unwrap();
    assert_eq!(store.read_trials().unwrap(), []);
}

#[test]
fn the_largest_of_everything_fits() {
    let mut samples = samples();
    let square = vec![0.5; 3 * LONGEST_SIDE * LONGEST_SIDE];
    let value = Value {
        name: "x".into(),
        value: Some(1.0),
        unusual: None,
    };
    let contents = [
        Content::Text(Text::of(&"語".repeat(MOST_CHARACTERS + 5))),
        Content::Picture(Picture::of(&square, [3, LONGEST_SIDE, LONGEST_SIDE], (0.0, 1.0))),
        Content::Series(Series::of(
            &vec![0.5; 2 * MOST_CHANNELS * MOST_STEPS],
            MOST_CHANNELS,
        )),
        Content::Row(Row {
            values: vec![value; MOST_VALUES],
            columns: 1000,
        }),
    ];
    let all = contents.iter().cycle().take(MOST_SHOWN);
    samples.shown = all.cloned().map(shown).collect();
    samples.shown[0].recording = Some(Recording::of(&[0.1; MOST_PCM], 16_000));
    assert_eq!(samples.check(), Ok(()));
}

#[test]
fn what_does_not_fit_is_said() {
    let change = |place: &str, change: &dyn Fn(&mut Samples)| {
        let mut samples = samples();
        change(&mut samples);
        let misfit = samples.check().expect_err(place);
        assert_eq!(misfit.place, place, "{misfit}");
    };
    fn picture(samples: &mut Samples) -> &mut Picture {
        match &mut samples.shown[1].content {
            Content::Picture(picture) => picture,
            other => panic!("{other:?}"),
        }
    }
    fn series(samples: &mut Samples) -> &mut Series {
        match &mut samples.shown[2].content {
            Content::Series(series) => series,
            other => panic!("{other:?}"),
        }
    }
    fn recording(samples: &mut Samples) -> &mut Recording {
        samples.shown[0].recording.as_mut().expect("there is one")
    }
    change("judged.samples", &|s| s.judged.samples[1] = 3);
    change("judged.truth", &|s| s.judged.truth.truncate(2));
    change("judged.truth", &|s| s.judged.truth[2] = 2);
    change("judged.steps", &|s| s.judged.steps = Some(vec![1]));
    change("shown", &|s| s.shown = vec![s.shown[0].clone(); MOST_SHOWN + 1]);
    change("shown[3].sample", &|s| s.shown[3].sample = 4);
    change("shown[0].content.text", &|s| {
        s.shown[0].content = Content::Text(Text {
            text: "x".repeat(MOST_CHARACTERS + 1),
            whole: true,
        })
    });
    change("shown[1].content.width", &|s| picture(s).width = 0);
    change("shown[1].content.width", &|s| picture(s).width = LONGEST_SIDE + 1);
    change("shown[1].content.height", &|s| picture(s).height = usize::MAX);
    change("shown[1].content.channels", &|s| picture(s).channels = 2);
    change("shown[1].content.pixels", &|s| {
        picture(s).pixels = Bytes(vec![0; 3])
    });
    change("shown[2].content.channels", &|s| {
        series(s).channels = MOST_CHANNELS + 1
    });
    change("shown[2].content.steps", &|s| series(s).steps = MOST_STEPS + 1);
    change("shown[2].content.values", &|s| series(s).steps = 2);
    change("shown[2].content.low", &|s| series(s).low = 4.0);
    change("shown[2].content.low", &|s| series(s).low = f32::NAN);
    change("shown[3].content.values", &|s| {
        if let Content::Row(row) = &mut s.shown[3].content {
            row.values = vec![row.values[0].clone(); MOST_VALUES + 1];
        }
    });
    change("shown[0].recording.rate", &|s| recording(s).rate = 0);
    change("shown[0].recording.pcm", &|s| recording(s).pcm.0.push(0));
    change("shown[0].recording.pcm", &|s| {
        recording(s).pcm.0 = vec![0; MOST_PCM + 2]
    });
}

#[test]
fn a_file_that_is_wrong_is_named_with_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(folder.path()).unwrap();
    let path = store.write_samples(&samples()).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    for length in (0..text.len()).step_by(11) {
        fs::write(&path, &text[..length]).unwrap();
        let error = store.read_samples().unwrap_err();
        assert!(matches!(error, StoreError::Json { .. }), "{error}");
        assert!(error.to_string().contains("samples.json"), "{error}");
    }
    let cases = [
        ("relume-samples/1", "relume-samples/2", "relume-samples/2"),
        ("\"truth\":[0,1,1]", "\"truth\":[0,1]", "judged.truth: expected 3"),
        ("\"truth\":[0,1,1]", "\"truth\":[0,1,-1]", "-1"),
        ("\"kind\":\"picture\"", "\"kind\":\"smell\"", "smell"),
        ("\"pixels\":\"", "\"pixels\":\"*", "line 1"),
        ("\"low\":1.0", "\"low\":null", "null"),
    ];
    for (old, new, said) in cases {
        assert!(text.contains(old), "{old}");
        fs::write(&path, text.replace(old, new)).unwrap();
        let words = store.read_samples().unwrap_err().to_string();
        assert!(words.contains("samples.json") && words.contains(said), "{words}");
    }
    // What does not fit is not written either.
    let mut wrong = samples();
    wrong.judged.truth.clear();
    assert!(matches!(
        store.write_samples(&wrong).unwrap_err(),
        StoreError::Samples { .. }
    ));
}

fn wrong(trials: &[Trial], most: usize) -> Vec<(u32, usize, usize)> {
    let told = |m: Mistaken| (m.sample, m.wrong, m.networks);
    most_mistaken(trials, most).into_iter().map(told).collect()
}

#[test]
fn only_the_comparison_counts() {
    let base = |seed| scored(trial("relu", seed, 0.0), vec![5, 2, 9], vec![0.0, 0.0, 1.0]);
    let mut others = vec![base(1), base(2), base(3), base(4)];
    others[0].panel = Panel::Search;
    others[1].failure = Some("the loss became NaN in epoch 3".into());
    others[2].task.metric = Metric::R2;
    others[3].outcome.as_mut().unwrap().scores = None;
    others.push(base(0));
    assert_eq!(wrong(&others, 9), [(2, 1, 1), (5, 1, 1)]);
    assert_eq!(wrong(&others, 1), [(2, 1, 1)]);
    assert_eq!(wrong(&others[..4], 9), []);
}

proptest! {
    /// The most mistaken samples are those that sorting a plain count of each sample finds.
    #[test]
    fn the_count_is_a_plain_count(
        scores in prop::collection::vec(prop::collection::btree_map(0_u32..30, any::<bool>(), 1..20), 1..12),
        most in 0_usize..12,
    ) {
        let trials: Vec<Trial> = (0..).zip(&scores).map(|(seed, scores)| {
            let values = scores.values().map(|right| f32::from(u8::from(*right))).collect();
            scored(trial("relu", seed, 0.0), scores.keys().copied().collect(), values)
        }).collect();
        let mut naive: Vec<(u32, usize, usize)> = (0..30).map(|sample| {
            let judged: Vec<bool> = scores.iter().filter_map(|s| s.get(&sample).copied()).collect();
            (sample, judged.iter().filter(|right| !**right).count(), judged.len())
        }).filter(|(_, wrong, _)| *wrong > 0).collect();
        naive.sort_by(|a, b| b.1.cmp(&a.1).then(a.2.cmp(&b.2)).then(a.0.cmp(&b.0)));
        naive.truncate(most);
        prop_assert_eq!(wrong(&trials, most), naive);
    }

    /// Whatever a file holds, it is read or refused.
    #[test]
    fn no_bytes_are_a_panic(at in 0_usize..2000, with in any::<u8>(), end in 0_usize..2000) {
        let mut bytes = serde_json::to_vec(&samples()).unwrap();
        let at = at % bytes.len();
        bytes[at] = with;
        bytes.truncate(end.max(bytes.len().saturating_sub(end)));
        if let Ok(samples) = serde_json::from_slice::<Samples>(&bytes) {
            let _ = samples.check();
        }
    }
}
