//! What other frameworks call the functions, and where they choose otherwise.

use std::fmt;

/// A framework.
///
/// ```
/// use relume::Framework;
/// let relu = relume::find("relu").unwrap();
/// let names = Framework::ALL.map(|framework| relu.convention(framework).unwrap().name);
/// assert_eq!(names, ["nn.ReLU", "activations.relu", "nn.relu", "Relu"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framework {
    /// PyTorch 2; names are those in `torch`.
    PyTorch,
    /// Keras 3 on TensorFlow; names are those in `keras`.
    Keras,
    /// JAX; names are those in `jax`.
    Jax,
    /// ONNX; names are those of operators. They have no derivatives.
    Onnx,
}

impl Framework {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::PyTorch, Self::Keras, Self::Jax, Self::Onnx];

    /// `"PyTorch"`, `"Keras"`, `"JAX"` or `"ONNX"`.
    pub fn name(self) -> &'static str {
        match self {
            Self::PyTorch => "PyTorch",
            Self::Keras => "Keras",
            Self::Jax => "JAX",
            Self::Onnx => "ONNX",
        }
    }
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a framework calls a function, and where it chooses otherwise than we do;
/// [`Activation::derivative_in`](crate::Activation::derivative_in) applies the choice.
///
/// ```
/// use relume::{Activation, Framework};
/// let leaky: Activation = "leaky_relu(slope=0.2)".parse()?;
/// let [pytorch, keras] =
///     [Framework::PyTorch, Framework::Keras].map(|framework| leaky.definition().convention(framework).unwrap());
/// assert_eq!(leaky.derivative(0.0), 1.0, "the derivative from the right");
/// assert_eq!(leaky.derivative_in(pytorch, 0.0), 0.2, "the derivative from the left");
/// assert_eq!(keras.defaults, [("slope", 0.3)]);
/// # Ok::<(), relume::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Convention {
    /// The framework.
    pub framework: Framework,
    /// Its name of the function.
    pub name: &'static str,
    /// Which derivative it takes at a kink, where that is not the one from the right.
    pub kinks: &'static [(Place, Side)],
    /// Its default parameters that are not ours, under our names.
    pub defaults: &'static [(&'static str, f64)],
    /// What else is different; empty if nothing is.
    pub note: &'static str,
}

/// Where a kink is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// At this point.
    Point(f64),
    /// At the value of the parameter of this name.
    Named(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Point(at) => write!(f, "{at}"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Which derivative is taken at a kink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// That from the left.
    Left,
    /// The mean of that and the one from the right.
    Mean,
    /// The sum of both.
    Sum,
}

impl Convention {
    const fn new(framework: Framework, name: &'static str) -> Self {
        Self {
            framework,
            name,
            kinks: &[],
            defaults: &[],
            note: "",
        }
    }

    pub(crate) const fn pytorch(name: &'static str) -> Self {
        Self::new(Framework::PyTorch, name)
    }

    pub(crate) const fn keras(name: &'static str) -> Self {
        Self::new(Framework::Keras, name)
    }

    pub(crate) const fn jax(name: &'static str) -> Self {
        Self::new(Framework::Jax, name)
    }

    pub(crate) const fn onnx(name: &'static str) -> Self {
        Self::new(Framework::Onnx, name)
    }

    pub(crate) const fn kinks(self, kinks: &'static [(Place, Side)]) -> Self {
        Self { kinks, ..self }
    }

    pub(crate) const fn defaults(self, defaults: &'static [(&'static str, f64)]) -> Self {
        Self { defaults, ..self }
    }

    pub(crate) const fn note(self, note: &'static str) -> Self {
        Self { note, ..self }
    }
}

impl fmt::Display for Convention {
    /// The name, and after semicolons what is different.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for (place, side) in self.kinks {
            let derivative = match side {
                Side::Left => "the derivative from the left",
                Side::Mean => "the mean of both derivatives",
                Side::Sum => "the sum of both derivatives",
            };
            write!(f, "; at {place} {derivative}")?;
        }
        for (parameter, value) in self.defaults {
            write!(f, "; by default {parameter}={value}")?;
        }
        if !self.note.is_empty() {
            write!(f, "; {}", self.note)?;
        }
        Ok(())
    }
}
