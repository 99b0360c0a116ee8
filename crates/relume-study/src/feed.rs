//! The samples of a data set as a network takes them.

use crate::network::Batch;
use burn::tensor::{Device, Tensor, TensorData};
use relume_data::{Dataset, Inputs, Shape};

/// Samples scaled, or numbered, by what the training samples are like.
pub(crate) struct Feed {
    inputs: Inputs,
    tokens: usize,
    device: Device,
}

impl Feed {
    pub(crate) fn new(data: &Dataset, train: &[usize], device: &Device) -> Self {
        let vocabulary = data.vocabulary(train);
        let values = match data.inputs.shape {
            Shape::Text { .. } => {
                let numbers = data.inputs.values.iter();
                numbers
                    .map(|&token| vocabulary.number(token as usize) as f32)
                    .collect()
            }
            _ => channels_last(data.standardised(train), &data.inputs.shape),
        };
        Self {
            inputs: Inputs {
                values,
                shape: data.inputs.shape.clone(),
                starts: data.inputs.starts.clone(),
            },
            tokens: vocabulary.len(),
            device: device.clone(),
        }
    }

    /// How many numbers stand for tokens, that of the unknown included.
    pub(crate) fn tokens(&self) -> usize {
        self.tokens
    }

    /// The values of a step, or of a whole sample that has none.
    fn row(&self) -> usize {
        self.inputs.shape.step().unwrap_or(self.inputs.shape.len())
    }

    /// How many of the longest samples have so many steps.
    pub(crate) fn samples_of(&self, steps: usize) -> usize {
        steps * self.row() / self.inputs.shape.len()
    }

    /// These samples.
    pub(crate) fn batch(&self, samples: &[usize]) -> Batch {
        let mut values = Vec::with_capacity(samples.len() * self.inputs.shape.len());
        for &i in samples {
            values.extend_from_slice(self.inputs.sample(i));
        }
        let shape = [values.len() / self.row(), self.row()];
        Batch::new(
            Tensor::from_data(TensorData::new(values, shape), &self.device),
            samples.iter().map(|&i| self.inputs.steps(i)).collect(),
        )
    }
}

/// Pictures pixel by pixel rather than channel by channel, as the networks take them; anything else as it is.
fn channels_last(values: Vec<f32>, shape: &Shape) -> Vec<f32> {
    let Shape::Image {
        channels,
        height,
        width,
    } = *shape
    else {
        return values;
    };
    if channels == 1 {
        return values;
    }
    let pixels = height * width;
    values
        .chunks_exact(channels * pixels)
        .flat_map(|picture| {
            (0..pixels).flat_map(move |i| (0..channels).map(move |c| picture[c * pixels + i]))
        })
        .collect()
}
