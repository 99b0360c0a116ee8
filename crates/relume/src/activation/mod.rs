//! An activation: a function together with the values of its parameters.

mod bits;
mod gated;
mod prelu;
mod row_function;
mod slices;
mod text;
mod threads;
mod view;

pub use gated::Gated;
pub use prelu::Prelu;
pub use row_function::RowFunction;
pub use view::View;

use crate::catalogue::{function, nearest};
use crate::definition::{Convention, Definition, Elementwise, Gain, Place, Shape, Side};
use crate::engine::element::{Element, Path};
use crate::engine::elementwise::{Kernels, MAX_PARAMETERS, Parameters};
use crate::engine::instruction_set::InstructionSet;
use crate::error::Error;
use crate::functions::{Code, FUNCTIONS, Function};

/// An activation function with its parameters, ready to be applied to slices of an [`Element`] type.
///
/// It is read from text and printed as text; its [`Definition`] says everything about the function.
///
/// ```
/// use relume::Activation;
/// # fn main() -> Result<(), relume::Error> {
/// let leaky: Activation = "leaky_relu(slope=0.2)".parse()?;
/// let mut y = [0.0; 3];
/// leaky.forward(&[-1.0, 0.0, 2.0], &mut y)?;
/// assert_eq!(y, [-0.2, 0.0, 2.0]);
/// assert_eq!(leaky.to_string(), "leaky_relu(slope=0.2)");
/// # Ok(()) }
/// ```
#[derive(Clone, Copy)]
pub struct Activation {
    definition: &'static Definition,
    facts: &'static Elementwise,
    kernels: &'static Kernels,
    parameters: Parameters,
}

/// All elementwise functions, with their default parameters.
///
/// ```
/// for activation in relume::activations() {
///     println!("{activation}: f(1) = {}", activation.value(1.0));
/// }
/// ```
pub fn activations() -> impl Iterator<Item = Activation> + Clone {
    FUNCTIONS.iter().filter_map(Activation::of)
}

impl Activation {
    /// The function of this name, with default parameters.
    ///
    /// ```
    /// let error = relume::Activation::new("softmax").unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "`softmax` works on whole rows (RowFunction), not on single elements (Activation)"
    /// );
    /// ```
    ///
    /// # Errors
    /// [`Error::UnknownActivation`], with the most similar name, if no function has this name;
    /// [`Error::OtherShape`] if it is not elementwise.
    pub fn new(name: &str) -> Result<Self, Error> {
        let function = named(name)?;
        Self::of(function).ok_or_else(|| wrong_shape(function.definition, "single elements (Activation)"))
    }

    /// The function with its default parameters; `None` if it is not elementwise.
    fn of(function: &'static Function) -> Option<Self> {
        let (Shape::Elementwise(facts), Code::Elementwise(kernels)) =
            (&function.definition.shape, &function.code)
        else {
            return None;
        };
        let mut parameters = [0.0; MAX_PARAMETERS];
        for (value, parameter) in parameters.iter_mut().zip(function.definition.parameters) {
            *value = parameter.default;
        }
        Some(Self {
            definition: function.definition,
            facts,
            kernels,
            parameters,
        })
    }

    /// The same function with another value of one parameter.
    ///
    /// ```
    /// # use relume::Activation;
    /// let elu = Activation::new("elu")?.with("alpha", 0.5)?;
    /// assert_eq!(elu.to_string(), "elu(alpha=0.5)");
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the function has no such parameter, or the value is not finite or out of its domain.
    pub fn with(mut self, parameter: &str, value: f64) -> Result<Self, Error> {
        let index = self.parameter_index(parameter)?;
        let parameter = &self.definition.parameters[index];
        let (activation, parameter, domain) = (self.definition.name, parameter.name, parameter.domain);
        if !domain.contains(value) {
            return Err(Error::ParameterOutOfDomain {
                activation,
                parameter,
                value,
                domain,
            });
        }
        self.parameters[index] = value;
        Ok(self)
    }

    pub(crate) fn parameter_index(&self, name: &str) -> Result<usize, Error> {
        let known = self.definition.parameters;
        known
            .iter()
            .position(|known| known.name == name)
            .ok_or_else(|| Error::UnknownParameter {
                activation: self.definition.name,
                parameter: name.to_owned(),
                known: known.iter().map(|known| known.name).collect(),
            })
    }

    /// Everything about the function.
    pub fn definition(&self) -> &'static Definition {
        self.definition
    }

    /// What is known of it as an elementwise function.
    ///
    /// ```
    /// let relu = relume::Activation::new("relu")?;
    /// assert_eq!(relu.elementwise().range, [0.0, f64::INFINITY]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn elementwise(&self) -> &'static Elementwise {
        self.facts
    }

    /// The name of the function.
    pub fn name(&self) -> &'static str {
        self.definition.name
    }

    /// The parameters with their values.
    pub fn parameters(&self) -> impl Iterator<Item = (&'static str, f64)> {
        self.definition
            .parameters
            .iter()
            .map(|parameter| parameter.name)
            .zip(self.parameters)
    }

    /// f(x), in `f64`.
    ///
    /// ```
    /// let tanh: relume::Activation = "tanh".parse()?;
    /// assert_eq!(tanh.value(f64::INFINITY), 1.0);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn value(&self, x: f64) -> f64 {
        let mut y = [0.0];
        (self.kernels.f64.forward)(InstructionSet::best(), &self.parameters, &[x], &mut y);
        y[0]
    }

    /// f′(x), in `f64`.
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// assert_eq!([-1.0, 0.0, 1.0].map(|x| relu.derivative(x)), [0.0, 1.0, 1.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn derivative(&self, x: f64) -> f64 {
        let mut dx = [0.0];
        (self.kernels.f64.backward)(InstructionSet::best(), &self.parameters, &[x], &[1.0], &mut dx);
        dx[0]
    }

    /// f′(x), in `f64`, as a framework has it: at a kink by its choice, elsewhere ours.
    ///
    /// ```
    /// use relume::Framework;
    /// let relu: relume::Activation = "relu".parse()?;
    /// let pytorch = relu.definition().convention(Framework::PyTorch).unwrap();
    /// assert_eq!([relu.derivative(0.0), relu.derivative_in(pytorch, 0.0)], [1.0, 0.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn derivative_in(&self, convention: &Convention, x: f64) -> f64 {
        let choice = convention
            .kinks
            .iter()
            .find(|(place, _)| self.point(*place) == Some(x));
        let right = self.derivative(x);
        let Some((_, side)) = choice else { return right };
        let left = self.derivative(x.next_down());
        match side {
            Side::Left => left,
            Side::Mean => f64::midpoint(left, right),
            Side::Sum => left + right,
        }
    }

    /// Where a kink is, with these parameters.
    ///
    /// ```
    /// use relume::Place;
    /// let clip: relume::Activation = "hard_tanh(max=2.5)".parse()?;
    /// assert_eq!(clip.point(Place::Named("max")), Some(2.5));
    /// assert_eq!(clip.point(Place::Point(0.0)), Some(0.0));
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn point(&self, place: Place) -> Option<f64> {
        match place {
            Place::Point(at) => Some(at),
            Place::Named(name) => self
                .parameters()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| value),
        }
    }

    /// The factor by which initial weights are scaled to suit the function; see [`Elementwise::gain`].
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// assert!((relu.gain() - 2_f64.sqrt()).abs() < 1e-9);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn gain(&self) -> f64 {
        match self.facts.gain {
            Gain::Stated { value, .. } => value,
            Gain::SecondMoment => 1.0 / self.second_moment().sqrt(),
        }
    }

    /// E\[f(z)²\] for a standard normal z, by Gauss' rule with three nodes a cell. The usual kinks and jumps lie
    /// between cells, where there are no nodes.
    fn second_moment(&self) -> f64 {
        const REACH: i32 = 12;
        const CELLS: i32 = 256;
        let half = 0.5 / f64::from(CELLS);
        let node = half * 0.6_f64.sqrt();
        let (nodes, weights): (Vec<f64>, Vec<f64>) = (-REACH * CELLS..REACH * CELLS)
            .map(|cell| f64::from(2 * cell + 1) * half)
            .flat_map(|centre| {
                [
                    (centre - node, 5.0 / 9.0),
                    (centre, 8.0 / 9.0),
                    (centre + node, 5.0 / 9.0),
                ]
            })
            .unzip();
        let mut values = vec![0.0; nodes.len()];
        (self.kernels.f64.forward)(InstructionSet::best(), &self.parameters, &nodes, &mut values);
        let terms = nodes.iter().zip(weights).zip(values);
        let sum: f64 = terms
            .map(|((z, weight), f)| weight * f * f * (-0.5 * z * z).exp())
            .sum();
        sum * half / std::f64::consts::TAU.sqrt()
    }

    /// The parameters as the kernels for `T` take them.
    pub(crate) fn rounded<T: Element>(&self) -> Parameters {
        self.parameters.map(T::Path::parameter)
    }
}

impl PartialEq for Activation {
    fn eq(&self, other: &Self) -> bool {
        self.definition.name == other.definition.name && self.parameters().eq(other.parameters())
    }
}

/// The function of this name, or the error that there is none.
fn named(name: &str) -> Result<&'static Function, Error> {
    function(name).ok_or_else(|| Error::UnknownActivation {
        name: name.trim().to_owned(),
        nearest: nearest(name),
    })
}

/// The error that a function works on something else.
fn wrong_shape(definition: &Definition, wanted: &'static str) -> Error {
    Error::OtherShape {
        name: definition.name,
        shape: definition.shape.works_on(),
        wanted,
    }
}
