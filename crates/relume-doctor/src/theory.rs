//! What theory says about untrained networks.

/// An upper bound on the probability that a ReLU network with these hidden widths is born dead: that a layer is
/// silent on every input before any training.
///
/// It holds for weights drawn symmetrically around zero, and biases of zero. On one input, each unit is then
/// off with probability 1/2 whatever the layer before it does, so a layer of width n is off with probability
/// 2^-n, and the network with 1 − ∏(1 − 2^-n). For more inputs to be silent together is rarer: Lu, Shin, Su and
/// Karniadakis, "Dying ReLU and initialization: theory and numerical examples" (2019).
///
/// ```
/// let bound = relume_doctor::theory::born_dead_bound([2; 9]);
/// assert!((bound - 0.925).abs() < 0.001);
/// ```
pub fn born_dead_bound(widths: impl IntoIterator<Item = usize>) -> f64 {
    let alive: f64 = widths.into_iter().map(|n| (-0.5f64.powf(n as f64)).ln_1p()).sum();
    -alive.exp_m1()
}
