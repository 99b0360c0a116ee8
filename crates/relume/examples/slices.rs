//! One layer, forward and backward, over slices.
//!
//! `cargo run -p relume --example slices`

use relume::{Activation, Error, Needs};

fn main() -> Result<(), Error> {
    // What a layer of four units says about two samples, and the gradients that come back to it.
    let x = [-2.0_f32, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, -8.0];
    let dy = [0.1_f32; 8];

    for text in ["gelu", "elu(alpha=0.5)", "relu"] {
        let activation: Activation = text.parse()?;
        let (mut y, mut dx) = ([0.0; 8], [0.0; 8]);
        activation.forward(&x, &mut y)?;
        activation.backward(&x, &dy, &mut dx)?;
        println!("{activation}\n  y  = {y:?}\n  dx = {dx:?}");
    }

    // Without other arrays: the values replace the inputs, and the gradients those that arrive. A function that needs
    // no more than a bit of each input for its backward stores that.
    let relu = Activation::new("relu")?;
    assert_eq!(relu.definition().needs, Needs::Bit);
    let (mut values, mut gradients, mut bits) = (x, dy, [0]);
    relu.forward_in_place_with_bits(&mut values, &mut bits)?;
    relu.backward_in_place_from_bits(&bits, &mut gradients)?;
    println!(
        "in place\n  y  = {values:?}\n  dx = {gradients:?}, from the bits {:08b}",
        bits[0]
    );
    Ok(())
}
