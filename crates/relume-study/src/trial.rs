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
    let mut best: Option<(usize, f64, f64, _)> = None;
    let mut failure = None;
    let mut trained_samples = 0;
    let validation = trainer.split.validation.clone();
    for epoch in 1..=spec.epochs {
        let train_loss = match trainer.epoch(|| companion.interrupted())? {
            EpochEnd::Complete(loss) => loss,
            EpochEnd::NotFinite(loss) => {
                failure = Some(format!("the training loss became {loss} in epoch {epoch}"));
                break;
            }
        };
        trained_samples += trainer.split.train.len();
        let outputs = trainer.predict(&validation);
        let scores = trainer.goal.scores(&outputs, &validation);
        let score = mean(&scores);
        let validation_loss = trainer.goal.mean_loss(&outputs, &validation);
        epochs.push(Epoch {
            epoch,
            train_loss: Some(train_loss),
            validation_loss: Some(validation_loss).filter(|loss| loss.is_finite()),
            validation: Some(score),
        });
        if best.as_ref().is_none_or(|(_, highest, ..)| score > *highest) {
            best = Some((epoch, score, standard_error(&scores), trainer.network()));
        }
        companion.epoch(epoch);
    }

    let outcome = best.map(|(epoch, validation, validation_error, network)| {
        trainer.restore(network);
        let (train, _) = score(&trainer, &trainer.split.train);
        let (test, scores) = score(&trainer, &trainer.split.test);
        Outcome {
            epoch: Some(epoch),
            train: Some(train),
            validation: Some(validation),
            validation_error: Some(validation_error),
            test,
            epochs_to_95: epochs_to_95(&epochs),
            scores: Some(Scores {
                samples: trainer.split.test.iter().map(|&i| i as u32).collect(),
                values: scores,
            }),
        }
    });
    let record = trainer.record();
    let findings = relume_doctor::diagnose(&record);
    Ok(Trial {
        schema: SCHEMA.to_string(),
        written_by: concat!("relume ", env!("CARGO_PKG_VERSION")).to_string(),
        panel: spec.panel,
        activation: spec.activation.clone(),
        seed: spec.seed,
        task: Task {
            name: data.name.clone(),
            description: data.description.clone(),
            fingerprint: data.fingerprint(),
            metric: trainer.goal.metric(),
            samples: Some(SampleCounts {
                train: trainer.split.train.len(),
                validation: validation.len(),
                test: trainer.split.test.len(),
            }),
        },
        settings: spec.settings(),
        chosen: spec.chosen(),
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

fn score(trainer: &Trainer<'_>, samples: &[usize]) -> (f64, Vec<f32>) {
    let scores = trainer.goal.scores(&trainer.predict(samples), samples);
    (mean(&scores), scores)
}

fn mean(scores: &[f32]) -> f64 {
    scores.iter().map(|&score| f64::from(score)).sum::<f64>() / scores.len() as f64
}

/// The standard error of the mean.
fn standard_error(scores: &[f32]) -> f64 {
    let mean = mean(scores);
    let squares: f64 = scores
        .iter()
        .map(|&score| (f64::from(score) - mean).powi(2))
        .sum();
    let n = scores.len() as f64;
    (squares / (n - 1.0).max(1.0) / n).sqrt()
}
