//! Inputs and targets on a common scale, measured on the training samples alone so that nothing leaks from the
//! others.

use crate::{Dataset, Shape, Targets};

impl Dataset {
    /// All inputs, laid out as in [`Inputs::values`](crate::Inputs), with mean 0 and standard deviation 1 over the
    /// samples `train`: per column for features, per channel for images and sequences. A column or channel that is
    /// constant there becomes 0. A missing value is filled with the column's mean, which is 0. The tokens of a text are
    /// left as they are: see [`vocabulary`](Self::vocabulary).
    ///
    /// # Panics
    /// If an index in `train` is out of range.
    pub fn standardised(&self, train: &[usize]) -> Vec<f32> {
        // Neighbours that share one mean (a pixel plane, or a single column), and how many of them there are before they
        // come around again.
        let (plane, groups) = match self.inputs.shape {
            Shape::Features { .. } => (1, self.inputs.shape.len()),
            Shape::Image {
                channels,
                height,
                width,
            } => (height * width, channels),
            Shape::Sequence { channels, .. } => (1, channels),
            Shape::Text { .. } => return self.inputs.values.clone(),
        };
        let rounds = || {
            train
                .iter()
                .flat_map(|&i| self.inputs.sample(i).chunks_exact(plane * groups))
        };
        let mut count = vec![0u64; groups];
        let mut mean = vec![0f64; groups];
        for round in rounds() {
            for (group, values) in round.chunks_exact(plane).enumerate() {
                for value in values.iter().filter(|value| !value.is_nan()) {
                    count[group] += 1;
                    mean[group] += f64::from(*value);
                }
            }
        }
        mean.iter_mut()
            .zip(&count)
            .for_each(|(mean, &count)| *mean /= count.max(1) as f64);
        // The second pass subtracts first: a sum of squares would lose small deviations from a large mean.
        let mut square = vec![0f64; groups];
        for round in rounds() {
            for (group, values) in round.chunks_exact(plane).enumerate() {
                for value in values.iter().filter(|value| !value.is_nan()) {
                    square[group] += (f64::from(*value) - mean[group]).powi(2);
                }
            }
        }
        let inverse: Vec<f64> = (0..groups)
            .map(|group| inverse_deviation(square[group] / count[group].max(1) as f64, mean[group]))
            .collect();
        let mut scaled = self.inputs.values.clone();
        for round in scaled.chunks_exact_mut(plane * groups) {
            for (group, values) in round.chunks_exact_mut(plane).enumerate() {
                for value in values {
                    let deviation = f64::from(*value) - mean[group];
                    // One far outside of a narrow range could leave that of `f32`.
                    let in_range = (deviation * inverse[group]).clamp(f32::MIN.into(), f32::MAX.into());
                    *value = if value.is_nan() { 0.0 } else { in_range as f32 };
                }
            }
        }
        scaled
    }

    /// Mean and standard deviation of a regression's targets over the samples `train`, by which a network's
    /// targets are scaled; `(0, 1)` for classes. The deviation is never 0.
    ///
    /// # Panics
    /// If an index in `train` is out of range.
    pub fn target_scale(&self, train: &[usize]) -> (f64, f64) {
        let Targets::Values(values) = &self.targets else {
            return (0.0, 1.0);
        };
        let n = train.len().max(1) as f64;
        let mean = train.iter().map(|&i| f64::from(values[i])).sum::<f64>() / n;
        let variance = train
            .iter()
            .map(|&i| (f64::from(values[i]) - mean).powi(2))
            .sum::<f64>()
            / n;
        let inverse = inverse_deviation(variance, mean);
        (mean, if inverse == 0.0 { 1.0 } else { 1.0 / inverse })
    }
}

/// One over the standard deviation, or 0 for a constant: a deviation that is only the rounding of the mean.
fn inverse_deviation(variance: f64, mean: f64) -> f64 {
    let deviation = variance.sqrt();
    if deviation <= 1e-12 * mean.abs() || deviation == 0.0 {
        0.0
    } else {
        1.0 / deviation
    }
}
