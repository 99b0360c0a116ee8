//! The patches of pictures: with them, a convolution is a linear layer.

use super::linear_map::{LinearMap, apply, elements};
use burn::backend::flex::FlexTensor;
use burn::tensor::{Tensor, TensorData};

/// Side of every patch.
const SIDE: usize = 3;

/// How patches of 3 × 3 pixels are cut from a picture with a border of zeros of one pixel. Pictures are stored row
/// by row, pixel by pixel, channel by channel (channels last).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) channels: usize,
    /// From one patch to the next, in pixels.
    pub(crate) stride: usize,
}

impl Window {
    /// How many patches one picture has.
    pub(crate) fn positions(&self) -> usize {
        self.height.div_ceil(self.stride) * self.width.div_ceil(self.stride)
    }

    /// How many values one patch has.
    pub(crate) fn patch(&self) -> usize {
        SIDE * SIDE * self.channels
    }

    fn picture(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// Calls `visit(start in the picture, start in the patches, length)` for each run of pixels that lie side by
    /// side in a picture and in one of its patches.
    fn runs(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let mut patch = 0;
        for top in (0..self.height).step_by(self.stride) {
            for left in (0..self.width).step_by(self.stride) {
                // The patch begins one pixel above and to the left; of it, these columns are in the picture.
                let (first, last) = (usize::from(left == 0), (self.width + 1 - left).min(SIDE));
                for row in 0..SIDE {
                    let Some(y) = (top + row).checked_sub(1).filter(|&y| y < self.height) else {
                        continue;
                    };
                    let from = (y * self.width + left + first - 1) * self.channels;
                    let to = patch + (row * SIDE + first) * self.channels;
                    visit(from, to, (last - first) * self.channels);
                }
                patch += self.patch();
            }
        }
    }
}

/// The patches of a batch of pictures: from `[batch, picture]` to `[batch · positions, patch]`, differentiable.
pub(crate) fn patches(x: Tensor<2>, window: Window) -> Tensor<2> {
    apply(x, window)
}

impl LinearMap for Window {
    fn forward(&self, x: &FlexTensor) -> FlexTensor {
        let pictures = elements(x).chunks_exact(self.picture());
        let per_picture = self.positions() * self.patch();
        let batch = pictures.len();
        let mut y = vec![0.0_f32; batch * per_picture];
        for (picture, patches) in pictures.zip(y.chunks_exact_mut(per_picture)) {
            self.runs(|from, to, length| {
                patches[to..to + length].copy_from_slice(&picture[from..from + length]);
            });
        }
        FlexTensor::from_data(TensorData::new(y, [batch * self.positions(), self.patch()]))
    }

    /// Each pixel gets the sum of what its copies got.
    fn transpose(&self, dy: &FlexTensor) -> FlexTensor {
        let gradients = elements(dy).chunks_exact(self.positions() * self.patch());
        let batch = gradients.len();
        let mut dx = vec![0.0_f32; batch * self.picture()];
        for (patches, picture) in gradients.zip(dx.chunks_exact_mut(self.picture())) {
            self.runs(|from, to, length| {
                for (pixel, copy) in picture[from..from + length]
                    .iter_mut()
                    .zip(&patches[to..to + length])
                {
                    *pixel += copy;
                }
            });
        }
        FlexTensor::from_data(TensorData::new(dx, [batch, self.picture()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
    use burn::tensor::{Device, Distribution};

    /// Burn's own convolution is the reference, forward and backward.
    #[test]
    fn a_linear_layer_over_patches_is_a_convolution() {
        let device = Device::flex().autodiff();
        for (height, width, channels, stride, units) in [(7, 5, 3, 2, 4), (4, 6, 2, 1, 3), (8, 8, 1, 2, 5)] {
            let window = Window {
                height,
                width,
                channels,
                stride,
            };
            let random =
                |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), &device);
            let x = random([2, channels, height, width]).require_grad();
            let weight = random([units, channels, SIDE, SIDE]);

            let options = ConvOptions::new([stride; 2], [1, 1], [1, 1], 1);
            let expected = conv2d(x.clone(), weight.clone(), None, options);

            let last = x.clone().permute([0, 2, 3, 1]).reshape([2, -1]);
            let flat = weight.permute([2, 3, 1, 0]).reshape([window.patch(), units]);
            let [_, _, high, wide] = expected.dims();
            assert_eq!(high * wide, window.positions());
            let found = patches(last, window).matmul(flat);
            let found = found.reshape([2, high, wide, units]).permute([0, 3, 1, 2]);

            let gradient = |y: Tensor<4>| x.grad(&y.clone().mul(y).sum().backward()).unwrap();
            close(found.clone(), expected.clone());
            close(gradient(found), gradient(expected));
        }
    }

    fn close(found: Tensor<4>, expected: Tensor<4>) {
        let worst: f32 = (found.inner() - expected.inner()).abs().max().into_scalar();
        assert!(worst < 1e-3, "differs by {worst}");
    }
}
