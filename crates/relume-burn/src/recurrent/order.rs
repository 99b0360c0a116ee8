//! In which order the samples and steps of a batch are worked through.

/// How many samples are worked through together. It is fixed, so that sums over samples have the same bits on any number of
/// threads.
const CHUNK: usize = 16;

/// Some samples of a batch, the longest first: at each step those that still run are the first.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    samples: Vec<Sample>,
    reversed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    index: usize,
    length: usize,
}

impl Chunk {
    /// The chunks of a batch whose samples have these lengths.
    pub(super) fn all(lengths: &[usize], reversed: bool) -> Vec<Self> {
        let samples = lengths.iter().enumerate();
        let mut samples: Vec<Sample> = samples.map(|(index, &length)| Sample { index, length }).collect();
        samples.sort_by_key(|sample| std::cmp::Reverse(sample.length));
        let chunks = samples.chunks(CHUNK).map(<[Sample]>::to_vec);
        chunks.map(|samples| Self { samples, reversed }).collect()
    }

    /// How many samples there are.
    pub(super) fn rows(&self) -> usize {
        self.samples.len()
    }

    /// How many steps the longest has.
    pub(super) fn steps(&self) -> usize {
        self.samples.first().map_or(0, |sample| sample.length)
    }

    /// How many of the samples have a step of this number.
    pub(super) fn running(&self, step: usize) -> usize {
        self.samples.partition_point(|sample| sample.length > step)
    }

    /// Which samples of the batch these are.
    pub(super) fn samples(&self) -> impl Iterator<Item = usize> {
        self.samples.iter().map(|sample| sample.index)
    }

    /// The position in its sequence at which each running sample is in this step.
    pub(super) fn positions(&self, step: usize) -> impl Iterator<Item = usize> {
        let running = &self.samples[..self.running(step)];
        running.iter().map(move |sample| {
            if self.reversed {
                sample.length - 1 - step
            } else {
                step
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sample_runs_for_its_length_and_the_longest_come_first() {
        let lengths: Vec<usize> = (0..37).map(|i| 1 + (i * 7) % 11).collect();
        for reversed in [false, true] {
            let chunks = Chunk::all(&lengths, reversed);
            assert_eq!(chunks.len(), 3);
            let mut seen = vec![0; lengths.len()];
            for chunk in &chunks {
                for step in 0..chunk.steps() {
                    for (sample, position) in chunk.samples().zip(chunk.positions(step)) {
                        let expected = if reversed {
                            lengths[sample] - 1 - step
                        } else {
                            step
                        };
                        assert_eq!(position, expected);
                        seen[sample] += 1;
                    }
                }
                assert_eq!(chunk.running(chunk.steps()), 0);
            }
            assert_eq!(seen, lengths);
        }
    }
}
