//! Arrays of `ndarray`: whole ones, rows, and views whose elements do not stand side by side.
//!
//! `cargo run -p relume --example ndarray`

use ndarray::{Array2, ArrayViewD, ArrayViewMutD, array, s};
use relume::{Activation, Element, Error, RowFunction};

/// `y = f(x)` for arrays of equal shapes, as one slice where both lie in memory alike.
fn forward<T: Element>(f: &Activation, x: ArrayViewD<T>, mut y: ArrayViewMutD<T>) -> Result<(), Error> {
    assert_eq!(x.shape(), y.shape(), "equal shapes");
    if x.strides() == y.strides()
        && let (Some(from), Some(to)) = (x.as_slice_memory_order(), y.as_slice_memory_order_mut())
    {
        return f.forward(from, to);
    }
    y.zip_mut_with(&x, |y, x| *y = *x);
    // Lane by lane along the last axis, through a buffer.
    let mut lane = Vec::new();
    for mut elements in y.rows_mut() {
        lane.clear();
        lane.extend(elements.iter().copied());
        f.forward_in_place(&mut lane);
        elements.iter_mut().zip(&lane).for_each(|(to, from)| *to = *from);
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    let silu: Activation = "silu".parse()?;
    let x = array![[-1.0, 0.0, 1.0], [2.0, -2.0, 0.5]];
    let mut y = Array2::zeros(x.dim());
    forward(&silu, x.view().into_dyn(), y.view_mut().into_dyn())?;
    println!("{silu} of\n{x}\nis\n{y:.4}");

    // Every other column: views are arrays too.
    let mut columns = Array2::zeros((2, 2));
    let every_other = x.slice(s![.., ..;2]);
    forward(&silu, every_other.into_dyn(), columns.view_mut().into_dyn())?;
    assert_eq!(columns, y.slice(s![.., ..;2]));

    // A function of rows takes the array as one slice and the length of a row.
    let mut shares = Array2::zeros(x.dim());
    if let (Some(from), Some(to)) = (x.as_slice(), shares.as_slice_mut()) {
        RowFunction::new("softmax")?.forward(from, x.ncols(), to)?;
    }
    println!("softmax of its rows is\n{shares:.4}");
    Ok(())
}
