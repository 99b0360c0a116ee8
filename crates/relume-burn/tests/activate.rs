//! The operation against relume's own numbers, finite differences and Burn's own operations.

use burn::tensor::{DType, Device, Tensor, TensorData, activation as burn_activation, bf16, f16};
use relume::Activation;
use relume_burn::{Activate, activate};

/// 101 points from -5 to 5 that avoid the kinks at integers.
fn points() -> Vec<f64> {
    (0..101).map(|i| -5.013 + 0.1 * f64::from(i)).collect()
}

fn tensor(values: &[f64], dtype: DType, device: &Device) -> Tensor<1> {
    Tensor::from_data(
        TensorData::new(values.to_vec(), [values.len()]).convert_dtype(dtype),
        (device, dtype),
    )
}

fn to_vec(tensor: Tensor<1>) -> Vec<f64> {
    tensor.into_data().iter::<f64>().collect()
}

#[test]
fn the_gradient_is_the_slope_of_the_value() {
    let device = Device::flex().autodiff();
    let step = 1e-5;
    for activation in relume::activations() {
        let x = tensor(&points(), DType::F64, &device).require_grad();
        let gradients = activate(x.clone(), &activation).sum().backward();
        let gradient = to_vec(x.grad(&gradients).unwrap());
        for (x, gradient) in points().into_iter().zip(gradient) {
            let ends = tensor(&[x - step, x + step], DType::F64, &Device::flex());
            let ends = to_vec(activate(ends, &activation));
            let difference = (ends[1] - ends[0]) / (2.0 * step);
            let error = (gradient - difference).abs();
            assert!(
                error < 1e-8,
                "{activation}'({x}): {gradient}, but the slope is {difference}"
            );
        }
    }
}

#[test]
fn burn_s_own_relu_gelu_and_sigmoid_agree() {
    type Own = fn(Tensor<1>) -> Tensor<1>;
    let pairs: [(&str, Own); 3] = [
        ("relu", burn_activation::relu),
        ("gelu", burn_activation::gelu),
        ("sigmoid", burn_activation::sigmoid),
    ];
    let device = Device::flex().autodiff();
    for (name, own) in pairs {
        let activation = Activation::new(name).unwrap();
        let value_and_gradient = |f: &dyn Fn(Tensor<1>) -> Tensor<1>| {
            let x = tensor(&points(), DType::F32, &device).require_grad();
            let y = f(x.clone());
            let gradients = y.clone().sum().backward();
            (to_vec(y.inner()), to_vec(x.grad(&gradients).unwrap()))
        };
        let ours = value_and_gradient(&|x| activate(x, &activation));
        let burns = value_and_gradient(&own);
        for (ours, burns) in ours.0.iter().chain(&ours.1).zip(burns.0.iter().chain(&burns.1)) {
            assert!(
                (ours - burns).abs() < 1e-5,
                "{name}: {ours} here, {burns} in Burn"
            );
        }
    }
}

#[test]
fn the_derivative_of_relu_at_zero_is_one() {
    let x = tensor(&[0.0], DType::F32, &Device::flex().autodiff()).require_grad();
    let gradients = activate(x.clone(), &Activation::new("relu").unwrap())
        .sum()
        .backward();
    assert_eq!(to_vec(x.grad(&gradients).unwrap()), [1.0]);
}

#[test]
fn views_are_read_in_their_own_order() {
    let device = Device::flex().autodiff();
    let gelu = Activation::new("gelu").unwrap();
    let x = Tensor::<2>::from_data([[-1.0_f32, 0.5, 2.0], [3.0, -4.0, 0.25]], &device).require_grad();
    let whole = activate(x.clone(), &gelu).transpose().narrow(0, 1, 2);
    let view = activate(x.clone().transpose().narrow(0, 1, 2), &gelu);
    assert_eq!(view.to_data(), whole.to_data());
    // As numbers: a gradient of zero may come with either sign.
    let gradient = |y: Tensor<2>| -> Vec<f64> {
        x.grad(&y.sum().backward())
            .unwrap()
            .into_data()
            .iter::<f64>()
            .collect()
    };
    assert_eq!(gradient(view), gradient(whole));
}

#[test]
fn a_tensor_that_others_hold_is_left_alone() {
    let device = Device::flex();
    let x = tensor(&[-1.0, 2.0], DType::F32, &device);
    let held = x.clone();
    let y = activate(x, &Activation::new("relu").unwrap());
    assert_eq!(to_vec(y), [0.0, 2.0]);
    assert_eq!(to_vec(held), [-1.0, 2.0]);
}

#[test]
fn half_precision_is_rounded_once() {
    let device = Device::flex();
    let silu = Activation::new("silu").unwrap();
    for dtype in [DType::F16, DType::BF16] {
        let x = tensor(&points(), dtype, &device);
        let rounded = to_vec(x.clone());
        let expected: Vec<f64> = rounded.iter().map(|&x| silu.value(x)).collect();
        let expected = to_vec(tensor(&expected, DType::F32, &device).cast(dtype));
        assert_eq!(to_vec(activate(x, &silu)), expected);
    }
}

/// Values and gradients of a catalogue's function on Flex, in bits, with what relume's kernels for `T` give.
fn is_relume_s_own<T: relume::Element + burn::tensor::Element>(
    activation: &Activation,
    dtype: DType,
    bits: fn(T) -> u16,
) {
    let edges = [
        f64::NEG_INFINITY,
        f64::INFINITY,
        f64::NAN,
        -0.0,
        0.0,
        -65504.0,
        65504.0,
        6e-8,
        -6e-8,
    ];
    let numbers = |of: &mut dyn Iterator<Item = f64>| -> Vec<T> { of.map(T::from_f64).collect() };
    let x = numbers(&mut points().into_iter().map(|x| 2.0 * x).chain(edges));
    let dy = numbers(&mut (0..x.len()).map(|i| 1.5 - 0.03 * i as f64));
    let (mut y, mut dx) = (x.clone(), x.clone());
    activation.forward(&x, &mut y).unwrap();
    activation.backward(&x, &dy, &mut dx).unwrap();

    let device = Device::flex().autodiff();
    let tensor = |values: &[T]| {
        Tensor::<1>::from_data(TensorData::new(values.to_vec(), [values.len()]), (&device, dtype))
    };
    let of_tensor = |tensor: Tensor<1>| -> Vec<u16> {
        tensor
            .into_data()
            .as_slice::<T>()
            .unwrap()
            .iter()
            .copied()
            .map(bits)
            .collect()
    };
    let of_slice = |values: Vec<T>| -> Vec<u16> { values.into_iter().map(bits).collect() };
    let input = tensor(&x).require_grad();
    let output = activate(input.clone(), activation);
    assert_eq!(
        of_tensor(output.clone().inner()),
        of_slice(y.clone()),
        "{activation} in {dtype:?}"
    );
    let gradients = (output * tensor(&dy)).sum().backward();
    assert_eq!(
        of_tensor(input.grad(&gradients).unwrap()),
        of_slice(dx),
        "{activation}' in {dtype:?}"
    );
    // In the memory of a tensor that nothing else holds.
    let alone = Tensor::<1>::from_data(TensorData::new(x.clone(), [x.len()]), (&Device::flex(), dtype));
    assert_eq!(
        of_tensor(activate(alone, activation)),
        of_slice(y),
        "{activation} in {dtype:?}"
    );
}

#[test]
fn half_precision_has_the_bits_of_relume_s_kernels() {
    for activation in relume::activations() {
        is_relume_s_own::<f16>(&activation, DType::F16, f16::to_bits);
        is_relume_s_own::<bf16>(&activation, DType::BF16, bf16::to_bits);
    }
}

#[test]
fn gradient_checkpointing_gives_the_same_gradient() {
    let plain = Device::flex().autodiff();
    let balanced = Device::flex().autodiff().gradient_checkpointing();
    let mish = Activate::new(Activation::new("mish").unwrap());
    let gradient = |device: &Device| {
        let x = tensor(&points(), DType::F32, device).require_grad();
        let gradients = mish.forward(mish.forward(x.clone() * 2.0)).sum().backward();
        to_vec(x.grad(&gradients).unwrap())
    };
    assert_eq!(gradient(&plain), gradient(&balanced));
}

#[test]
fn empty_tensors_are_fine() {
    let y = activate(
        tensor(&[], DType::F32, &Device::flex()),
        &Activation::new("tanh").unwrap(),
    );
    assert_eq!(y.dims(), [0]);
}
