//! A trial from its specification to its record.

use crate::trainer::{EpochEnd, Trainer};
use crate::{Error, TrialSpec};
use relume_data::Dataset;
use relume_report::trial::{Epoch, Outcome, SCHEMA, SampleCounts, Scores, Task, Trial, epochs_to_95};
use std::time::Instant;

/// What a trial tells while it runs, and what it is told.
pub trait Companion {
    /// An epoch is complete.
    fn epoch(&self, _epoch: usize) {}

    /// Whether to stop; asked at every step.
    fn interrupted(&self) -> bool {
        false
    }
}

/// Reports nothing and never interrupts.
impl Companion for () {}

/// Runs one trial on data that has been opened already.
pub fn run_trial(spec: &TrialSpec, data: &Dataset, companion: &impl Companion) -> Result<Trial, Error> {
    let start = Instant::now();
    let mut trainer = Trainer::new(spec, data)?;
    trainer.look_untrained();

    let mut epochs: Vec<Epoch> = Vec::new();
    let mut end = Err("there was no epoch".to_string());
    let mut trained_samples = 0;
    let held_out = trainer.split.test.clone();
    for epoch in 1..=spec.epochs {
        let train_loss = match trainer.epoch(|| companion.interrupted())? {
            EpochEnd::Complete(loss) => loss,
            EpochEnd::NotFinite(loss) => {
                end = Err(format!("the training loss became {loss} in epoch {epoch}"));
                break;
            }
        };
        trained_samples += trainer.split.train.len();
        let outputs = trainer.predict(&held_out);
        let scores = trainer.goal.scores(&outputs, &held_out);
        let loss = trainer.goal.mean_loss(&outputs, &held_out);
        epochs.push(Epoch {
            epoch,
            train_loss: Some(train_loss),
            validation_loss: Some(loss).filter(|loss| loss.is_finite()),
            validation: Some(mean(&scores)).filter(|score| score.is_finite()),
        });
        end = trainer.sound(loss, mean(&scores)).map(|()| Scores {
            samples: held_out.iter().map(|&i| i as u32).collect(),
            values: scores,
            predicted: trainer.goal.answers(&outputs),
        });
        companion.epoch(epoch);
    }

    // The last epoch is judged: where the learning rate falls to 0 it is no worse than any other, and none is chosen.
    let (outcome, failure) = match end {
        Ok(scores) => {
            let train = mean(
                &trainer
                    .goal
                    .scores(&trainer.predict(&trainer.split.train), &trainer.split.train),
            );
            let outcome = Outcome {
                epoch: Some(spec.epochs),
                train: Some(train).filter(|train| train.is_finite()),
                validation: None,
                validation_error: None,
                test: mean(&scores.values),
                epochs_to_95: epochs_to_95(&epochs),
                scores: Some(scores),
            };
            (Some(outcome), None)
        }
        Err(reason) => (None, Some(reason)),
    };
    let record = trainer.record();
    let findings = relume_doctor::diagnose(&record);
    Ok(Trial {
        schema: SCHEMA.to_string(),
        written_by: concat!("relume ", env!("CARGO_PKG_VERSION")).to_string(),
        panel: spec.panel,
        arm: spec.arm(),
        seed: spec.seed,
        task: Task {
            name: data.name.clone(),
            description: data.description.clone(),
            fingerprint: data.fingerprint(),
            metric: trainer.goal.metric(),
            samples: Some(SampleCounts {
                train: trainer.split.train.len(),
                validation: trainer.split.validation.len(),
                test: trainer.split.test.len(),
            }),
        },
        settings: spec.settings(),
        outcome,
        failure,
        epochs,
        record: Some(record),
        findings,
        seconds: start.elapsed().as_secs_f64(),
        watching: None,
        samples_per_second: Some(trained_samples as f64 / trainer.training.as_secs_f64()),
    })
}

fn mean(scores: &[f32]) -> f64 {
    scores.iter().map(|&score| f64::from(score)).sum::<f64>() / scores.len() as f64
}
