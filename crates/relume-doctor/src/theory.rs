//! What theory says about untrained networks, and about what was not seen in a sample.

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

/// The rule of three: what was never seen in `n` samples happens, with 95 % confidence, in at most 3/n of all.
///
/// ```
/// use relume_doctor::theory::rule_of_three;
/// assert_eq!([rule_of_three(1000), rule_of_three(1)], [0.003, 1.0]);
/// ```
pub fn rule_of_three(n: u64) -> f64 {
    (3.0 / n as f64).min(1.0)
}
