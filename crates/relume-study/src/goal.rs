//! What a network is trained for: the loss it follows and the score it is judged by.

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use relume_data::{Dataset, Targets};
use relume_report::trial::Metric;

/// The targets of a data set in the form that training needs.
#[derive(Clone, Debug)]
pub(crate) enum Goal {
    /// Cross-entropy over classes; scored 1 or 0 per sample.
    Classes { labels: Vec<u32>, classes: usize },
    /// Squared error of targets with mean 0 and variance 1 on the training part; scored by R².
    Values(Vec<f32>),
}

impl Goal {
    pub(crate) fn new(data: &Dataset, train: &[usize]) -> Self {
        match &data.targets {
            Targets::Classes { labels, names } => Self::Classes {
                labels: labels.clone(),
                classes: names.len(),
            },
            Targets::Values(values) => {
                let (mean, deviation) = data.target_scale(train);
                Self::Values(
                    values
                        .iter()
                        .map(|&v| ((f64::from(v) - mean) / deviation) as f32)
                        .collect(),
                )
            }
        }
    }

    pub(crate) fn metric(&self) -> Metric {
        match self {
            Self::Classes { .. } => Metric::Accuracy,
            Self::Values(_) => Metric::R2,
        }
    }

    /// How many outputs the network needs.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Classes { classes, .. } => *classes,
            Self::Values(_) => 1,
        }
    }

    /// The mean loss of a batch, differentiable; one row of `outputs` per sample.
    pub(crate) fn loss(&self, outputs: Tensor<2>, samples: &[usize], device: &Device) -> Tensor<1> {
        let n = samples.len();
        match self {
            Self::Classes { labels, .. } => {
                let labels: Vec<i64> = samples.iter().map(|&i| i64::from(labels[i])).collect();
                let labels = Tensor::<2, Int>::from_data(TensorData::new(labels, [n, 1]), device);
                log_softmax(outputs, 1).gather(1, labels).mean().neg()
            }
            Self::Values(values) => {
                let values: Vec<f32> = samples.iter().map(|&i| values[i]).collect();
                let targets = Tensor::<2>::from_data(TensorData::new(values, [n, 1]), device);
                (outputs - targets).square().mean()
            }
        }
    }

    /// The loss of the best prediction that ignores the input: what a network must beat to have learnt anything.
    pub(crate) fn baseline_loss(&self, train: &[usize]) -> f64 {
        match self {
            Self::Classes { labels, classes } => {
                let mut counts = vec![0_usize; *classes];
                train.iter().for_each(|&i| counts[labels[i] as usize] += 1);
                let share = |count: usize| count as f64 / train.len() as f64;
                counts
                    .iter()
                    .filter(|&&count| count > 0)
                    .map(|&c| -share(c) * share(c).ln())
                    .sum()
            }
            Self::Values(values) => {
                train.iter().map(|&i| f64::from(values[i]).powi(2)).sum::<f64>() / train.len() as f64
            }
        }
    }

    /// The score of the best prediction that ignores the input: the share of the most frequent class, or an R² of 0.
    pub(crate) fn constant_score(&self) -> f64 {
        match self {
            Self::Classes { labels, classes } => {
                let mut counts = vec![0_usize; *classes];
                labels.iter().for_each(|&label| counts[label as usize] += 1);
                let most = counts.into_iter().max().unwrap_or(0);
                most as f64 / labels.len().max(1) as f64
            }
            Self::Values(_) => 0.0,
        }
    }

    /// The mean loss of finished predictions, in f64; row after row of outputs.
    pub(crate) fn mean_loss(&self, outputs: &[f32], samples: &[usize]) -> f64 {
        let rows = outputs.chunks_exact(self.outputs()).zip(samples);
        let total: f64 = match self {
            Self::Classes { labels, .. } => rows
                .map(|(row, &i)| {
                    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    let sum: f64 = row.iter().map(|&z| f64::from(z - most).exp()).sum();
                    sum.ln() - f64::from(row[labels[i] as usize] - most)
                })
                .sum(),
            Self::Values(values) => rows.map(|(row, &i)| f64::from(row[0] - values[i]).powi(2)).sum(),
        };
        total / samples.len() as f64
    }

    /// The class that each sample is taken for; `None` if there are no classes.
    pub(crate) fn answers(&self, outputs: &[f32]) -> Option<Vec<Option<u32>>> {
        let Self::Classes { classes, .. } = self else {
            return None;
        };
        let answers = outputs.chunks_exact(*classes).map(answer);
        Some(answers.map(|class| class.map(|class| class as u32)).collect())
    }

    /// The score of each prediction; their mean is the metric.
    pub(crate) fn scores(&self, outputs: &[f32], samples: &[usize]) -> Vec<f32> {
        let rows = outputs.chunks_exact(self.outputs()).zip(samples);
        match self {
            Self::Classes { labels, .. } => rows
                .map(|(row, &i)| f32::from(u8::from(answer(row) == Some(labels[i] as usize))))
                .collect(),
            Self::Values(values) => {
                let n = samples.len() as f64;
                let mean = samples.iter().map(|&i| f64::from(values[i])).sum::<f64>() / n;
                let spread: f64 = samples
                    .iter()
                    .map(|&i| (f64::from(values[i]) - mean).powi(2))
                    .sum();
                rows.map(|(row, &i)| (1.0 - n * f64::from(row[0] - values[i]).powi(2) / spread) as f32)
                    .collect()
            }
        }
    }
}

/// The class whose output is larger than every other: a tie, or a NaN, is no answer.
fn answer(row: &[f32]) -> Option<usize> {
    let largest = (0..row.len()).max_by(|&a, &b| row[a].total_cmp(&row[b]))?;
    let beaten = row
        .iter()
        .enumerate()
        .all(|(i, &z)| i == largest || z < row[largest]);
    beaten.then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tensor_loss_and_the_plain_loss_agree() {
        let device = Device::flex();
        let goal = Goal::Classes {
            labels: vec![2, 0, 1],
            classes: 3,
        };
        let outputs = [0.5_f32, -1.0, 2.0, 3.0, 0.0, 0.1, -0.2, 0.4, 0.3];
        let tensor = Tensor::<2>::from_data(TensorData::new(outputs.to_vec(), [3, 3]), &device);
        let loss: f32 = goal.loss(tensor, &[0, 1, 2], &device).into_scalar();
        assert!((f64::from(loss) - goal.mean_loss(&outputs, &[0, 1, 2])).abs() < 1e-6);
        assert_eq!(goal.scores(&outputs, &[0, 1, 2]), [1.0, 1.0, 1.0]);
    }

    #[test]
    fn predicting_the_mean_scores_zero_and_the_truth_scores_one() {
        let goal = Goal::Values(vec![1.0, 2.0, 6.0]);
        let mean = |scores: Vec<f32>| scores.iter().sum::<f32>() / scores.len() as f32;
        assert!(mean(goal.scores(&[3.0, 3.0, 3.0], &[0, 1, 2])).abs() < 1e-6);
        assert_eq!(mean(goal.scores(&[1.0, 2.0, 6.0], &[0, 1, 2])), 1.0);
    }

    #[test]
    fn a_tie_and_a_nan_are_wrong_answers() {
        let wrong = [
            [1.0, 1.0],
            [f32::NAN, 1.0],
            [1.0, -f32::NAN],
            [f32::NAN, f32::NAN],
            [0.0, -0.0],
        ];
        for row in wrong {
            assert_eq!(answer(&row), None, "{row:?}");
            let goal = Goal::Classes {
                labels: vec![0, 1],
                classes: 2,
            };
            assert_eq!(
                [goal.scores(&row, &[0]), goal.scores(&row, &[1])],
                [[0.0], [0.0]],
                "{row:?}"
            );
        }
        assert_eq!(answer(&[1.0, f32::INFINITY, -3.0]), Some(1));
    }

    #[test]
    fn an_answer_is_right_where_the_score_is_one() {
        let outputs: Vec<f32> = (0..300_i32).map(|i| (i * i / 3 % 5) as f32).collect();
        let labels: Vec<u32> = (0..100).map(|i| (i * 13) % 3).collect();
        let samples: Vec<usize> = (0..100).collect();
        let goal = Goal::Classes {
            labels: labels.clone(),
            classes: 3,
        };
        let answers = goal.answers(&outputs).expect("there are classes");
        let scores = goal.scores(&outputs, &samples);
        assert_eq!(answers.len(), 100);
        for ((answer, label), score) in answers.iter().zip(&labels).zip(&scores) {
            assert_eq!(*answer == Some(*label), *score == 1.0);
        }
        assert!(answers.contains(&None) && scores.contains(&1.0) && scores.contains(&0.0));
        assert_eq!(Goal::Values(vec![1.0]).answers(&[1.0]), None);
    }

    #[test]
    fn a_constant_prediction_is_right_on_the_most_frequent_class() {
        let goal = Goal::Classes {
            labels: vec![0, 1, 1, 2, 1],
            classes: 3,
        };
        assert_eq!(goal.constant_score(), 0.6);
        assert_eq!(Goal::Values(vec![3.0, 4.0]).constant_score(), 0.0);
    }

    #[test]
    fn the_baseline_is_the_entropy_of_the_classes() {
        let goal = Goal::Classes {
            labels: vec![0, 1, 0, 1],
            classes: 2,
        };
        assert!((goal.baseline_loss(&[0, 1, 2, 3]) - 2.0_f64.ln()).abs() < 1e-12);
    }
}
