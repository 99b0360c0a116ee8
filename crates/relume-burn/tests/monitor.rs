//! The senses of the doctor: they see what passes and change nothing.

use burn::tensor::{Device, Tensor, TensorData};
use relume::Activation;
use relume_burn::{Monitor, activate, activate_watched};
use relume_doctor::{LayerInfo, ParameterInfo};

fn info(units: usize) -> LayerInfo {
    LayerInfo {
        name: "hidden1".into(),
        activation: "relu".into(),
        units,
        fan_in: 3,
    }
}

/// A small picture: batch, channels, height, width.
fn picture(device: &Device) -> Tensor<4> {
    let values: Vec<f32> = (0..2 * 3 * 4 * 5)
        .map(|i| ((i * 37) % 23) as f32 - 11.0)
        .collect();
    Tensor::from_data(TensorData::new(values, [2, 3, 4, 5]), device)
}

#[test]
fn watching_changes_no_bit() {
    let device = Device::flex().autodiff();
    let relu = Activation::new("relu").unwrap();
    let monitor = Monitor::new();
    let probe = monitor.layer(info(3));
    let result = |watched: bool| {
        monitor.set_watching(watched);
        let x = picture(&device).require_grad();
        let y = if watched {
            activate_watched(x.clone(), &relu, &probe)
        } else {
            activate(x.clone(), &relu)
        };
        let gradients = (y.clone() * y.clone()).sum().backward();
        (y.into_data(), x.grad(&gradients).unwrap().into_data())
    };
    assert_eq!(result(true), result(false));
}

#[test]
fn what_is_counted_is_what_passed() {
    let device = Device::flex().autodiff();
    let relu = Activation::new("relu").unwrap();
    let monitor = Monitor::new();
    let probe = monitor.layer(info(3));
    monitor.set_watching(true);
    let x = picture(&device).require_grad();
    let y = activate_watched(x.clone(), &relu, &probe);
    (y.clone() * 2.0).sum().backward();
    let snapshot = monitor.end_pass(None);

    let values: Vec<f32> = x.to_data().try_to_vec().unwrap();
    let zeros = values.iter().filter(|&&x| x <= 0.0).count() as f64 / values.len() as f64;
    let passed = values.iter().filter(|&&x| x >= 0.0).count() as f64;
    let layer = &snapshot.layers[0];
    assert_eq!(snapshot.samples, 2);
    assert!((layer.zeros - zeros).abs() < 1e-12);
    // dx is 2 where the unit let it through and 0 elsewhere; the derivative at 0 is 1.
    let expected = (4.0 * passed / values.len() as f64).sqrt();
    assert!((layer.gradient_rms.unwrap() / expected - 1.0).abs() < 1e-6);
    assert_eq!(layer.dead, 0);
}

#[test]
fn nothing_is_counted_while_the_monitor_sleeps() {
    let monitor = Monitor::new();
    let probe = monitor.layer(info(3));
    activate_watched(
        picture(&Device::flex()),
        &Activation::new("relu").unwrap(),
        &probe,
    );
    assert_eq!(monitor.end_pass(None).samples, 0);
}

#[test]
fn gradients_and_updates_are_measured() {
    let device = Device::flex().autodiff();
    let monitor = Monitor::new();
    let weight = monitor.parameter(ParameterInfo {
        name: "weight".into(),
        elements: 2,
    });
    let before = Tensor::<1>::from_data([3.0_f32, 4.0], &device);
    let after = Tensor::<1>::from_data([3.0_f32, 4.5], &device);
    monitor.gradient(
        weight,
        &Tensor::<1>::from_data([1.0_f32, -1.0], &device.clone().inner()),
    );
    monitor.update(weight, &before, &after);
    let snapshot = monitor.end_pass(Some(1.0));
    assert!((snapshot.parameters[0].gradient_rms.unwrap() - 1.0).abs() < 1e-6);
    assert!((snapshot.parameters[0].update_ratio.unwrap() / 0.1 - 1.0).abs() < 0.1);
}
