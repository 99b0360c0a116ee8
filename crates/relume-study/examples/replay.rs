//! Repeats the default study of the digits with trials that were recorded instead of trained.
//!
//!     cargo run --release -p relume-study --example replay -- REPETITIONS FOLDER [FOLDER ...]
//!
//! The folders are those of studies with other `--seed`s. Each repetition draws seeds, with replacement, and does with
//! their trials what `relume study` does: it chooses learning rates from the burn-in, races, and judges. A seed must have
//! been trained at every rate that may be chosen; that is so for the seeds of the searches, so these are drawn. Prints
//! one line of JSON per repetition: the `trials` that it took and the `judgement`.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use relume_report::judge;
use relume_report::store::Store;
use relume_report::study::Study;
use relume_report::trial::{Panel, Trial};
use relume_study::{BURN_IN, Error, NetworkKind, Settings, Source, TrialSpec, follow};
use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

type Failure = Box<dyn std::error::Error>;

/// Activation, learning rate (its bits) and seed.
type Key = (String, u64, u64);

struct Recorded {
    trials: HashMap<Key, Trial>,
    /// The seeds that were trained at every rate that is left.
    seeds: Vec<u64>,
    study: Study,
}

fn rate_of(trial: &Trial) -> Option<f64> {
    trial.arm.chosen.get("learning_rate")?.as_f64()
}

impl Recorded {
    fn read(folders: &[String]) -> Result<Self, Failure> {
        let (mut trials, mut study) = (HashMap::<Key, Trial>::new(), None);
        for folder in folders {
            let store = Store::open(folder)?;
            for mut trial in store.read_trials()? {
                if trial.panel != Panel::Search {
                    continue;
                }
                // What the judge does not need is not copied two hundred times.
                (trial.record, trial.epochs) = (None, Vec::new());
                if let Some(outcome) = &mut trial.outcome {
                    outcome.scores = None;
                }
                let Some(rate) = rate_of(&trial) else { continue };
                trials.insert((trial.arm.name.clone(), rate.to_bits(), trial.seed), trial);
            }
            study = study.or(store.read_study()?);
        }
        let of_seed = |seed: u64| -> BTreeSet<u64> {
            let of = trials.keys().filter(move |key: &&Key| key.2 == seed);
            of.map(|key| key.1).collect()
        };
        // Rates to which only a few of the studies grew their ladders end the ladder of a repetition.
        let all: BTreeSet<u64> = trials.keys().map(|key| key.2).collect();
        let rates: Vec<BTreeSet<u64>> = all.iter().map(|&seed| of_seed(seed)).collect();
        let common = |rate: &u64| 2 * rates.iter().filter(|of| of.contains(rate)).count() >= rates.len();
        let common: BTreeSet<u64> = rates.iter().flatten().copied().filter(common).collect();
        trials.retain(|key, _| common.contains(&key.1));
        // With the later seeds of a burn-in only the best rates of each activation were tried.
        let arms = trials.keys().map(|key| &key.0).collect::<BTreeSet<_>>().len();
        let tried = |seed: u64| trials.keys().filter(|key| key.2 == seed).count();
        let complete = all.iter().filter(|&&seed| tried(seed) == arms * common.len());
        let seeds: Vec<u64> = complete.copied().collect();
        eprintln!(
            "{} seeds of {}, at the rates {:?}",
            seeds.len(),
            all.len(),
            common
                .iter()
                .map(|&rate| f64::from_bits(rate))
                .collect::<Vec<_>>()
        );
        let study = study.ok_or("there is no study.json")?;
        Ok(Self { trials, seeds, study })
    }
}

/// Plays recorded seeds as those of a new study.
struct Replay<'a> {
    recorded: &'a Recorded,
    /// The recorded seed that stands for each of the study's own.
    drawn: Vec<u64>,
}

impl Source for Replay<'_> {
    fn trials(
        &mut self,
        _phase: &str,
        specs: &[TrialSpec],
        _deadline: Option<Instant>,
    ) -> Result<Vec<Option<Trial>>, Error> {
        let trial = |spec: &TrialSpec| {
            let seed = self.drawn[spec.seed as usize];
            let key = (spec.activation.clone(), spec.learning_rate.to_bits(), seed);
            let recorded = self.recorded.trials.get(&key)?;
            Some(Trial {
                panel: spec.panel,
                seed: spec.seed,
                settings: spec.settings(),
                arm: spec.arm(),
                ..recorded.clone()
            })
        };
        Ok(specs.iter().map(trial).collect())
    }
}

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let repetitions: u64 = arguments.next().ok_or("how many repetitions?")?.parse()?;
    let folders: Vec<String> = arguments.collect();
    let recorded = Recorded::read(&folders)?;
    let data = relume_data::open("digits", &relume_data::Options::default())?;
    let settings = Settings {
        stress: false,
        ..Settings::new(NetworkKind::Mlp, "digits")
    };
    for repetition in 0..repetitions {
        let mut rng = StdRng::seed_from_u64(repetition);
        // None of the burn-in judges.
        let mut seeds = recorded.seeds.clone();
        let mut drawn: Vec<u64> = (0..BURN_IN)
            .map(|_| seeds.swap_remove(rng.random_range(0..seeds.len())))
            .collect();
        drawn.extend((0..settings.max_seeds).map(|_| seeds[rng.random_range(0..seeds.len())]));
        let mut replay = Replay {
            recorded: &recorded,
            drawn,
        };
        let trials = follow(&settings, &data, &mut replay, &())?;
        let judgement = judge::judge(&recorded.study, &trials)?;
        println!(
            "{}",
            serde_json::json!({ "trials": trials.len(), "judgement": judgement })
        );
    }
    Ok(())
}
