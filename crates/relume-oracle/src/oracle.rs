//! What the exact results of a function are computed by.

use std::sync::LazyLock;

use relume::Definition;
use relume_formula::Error;

use crate::bounded::{Bounded, LANES, by_paths};
use crate::forms::{Form, form};
use crate::parameters::Parameters;
use crate::real::Real;
use crate::text::{Of, Text};

/// A function and its derivative, which at a kink is the one from the right.
#[derive(Clone, Debug)]
pub struct Oracle {
    /// The catalogue's name of the function.
    pub name: &'static str,
    /// f.
    pub value: Reference,
    /// f′.
    pub derivative: Reference,
}

/// The oracles of all elementwise functions of the catalogue, in its order.
///
/// A function whose printed formula is wrong and that has no form by hand is missing here; [`Oracle::of_text`] says what is
/// wrong with it.
pub fn oracles() -> &'static [Oracle] {
    static ORACLES: LazyLock<Vec<Oracle>> = LazyLock::new(|| {
        let known = |definition: &'static Definition| match form(definition.name) {
            Some([value, derivative]) => Some(Oracle {
                name: definition.name,
                value: Reference(By::Form(value)),
                derivative: Reference(By::Form(derivative)),
            }),
            None => Oracle::of_text(definition).ok(),
        };
        let definitions = relume::activations().map(|activation| activation.definition());
        definitions.filter_map(known).collect()
    });
    &ORACLES
}

/// The oracle of the function called `name` in the catalogue: by a stable form written by hand where there is one, else by
/// the text that the catalogue prints and the derivative of it.
///
/// ```
/// use relume_oracle::{Parameters, oracle, ulp};
/// let gelu = oracle("gelu").unwrap();
/// let exact = gelu.value.exact(-8.0, Parameters::NONE);
/// let mut computed = [-8.0_f32];
/// relume::Activation::new("gelu")?.forward_in_place(&mut computed);
/// assert!(ulp::error(computed[0], exact) < 1.0);
/// # Ok::<(), relume::Error>(())
/// ```
pub fn oracle(name: &str) -> Option<&'static Oracle> {
    oracles().iter().find(|oracle| oracle.name == name)
}

impl Oracle {
    /// The oracle by the text that the catalogue prints, in its [stable form](relume_formula::Formula::stable), whether the
    /// function has a form by hand or not. The derivative is derived from the text of the value.
    ///
    /// # Errors
    /// If the text is no formula.
    pub fn of_text(definition: &'static Definition) -> Result<Self, Error> {
        let parameters = definition.parameters.iter();
        let parameters: Vec<&str> = parameters.map(|parameter| parameter.name).collect();
        let text = |of| {
            let text = Text::parse(definition.formula, &parameters, of)?;
            Ok(Reference(By::Text(text.stable())))
        };
        Ok(Self {
            name: definition.name,
            value: text(Of::Value)?,
            derivative: text(Of::Derivative)?,
        })
    }
}

/// How a result is computed: exactly, or fast with a bound.
#[derive(Clone, Debug)]
pub struct Reference(By);

#[derive(Clone, Debug)]
enum By {
    Form(Form),
    Text(Text),
}

impl Reference {
    /// The value of a formula, computed as it is written.
    ///
    /// # Errors
    /// If the text is no formula of `x` and these parameters.
    ///
    /// ```
    /// use relume_oracle::{Parameters, Reference};
    /// let formula = Reference::of_formula("x·ln(1 + exp(a·x))", &["a"])?;
    /// // All digits of 1 + exp(−600) are kept that matter.
    /// let exact = formula.exact(-300.0, Parameters(&[("a", 2.0)]));
    /// let expected = -300.0 * (-600.0_f64).exp();
    /// assert!((exact.to_f64() / expected - 1.0).abs() < 1e-15);
    /// # Ok::<(), relume_formula::Error>(())
    /// ```
    pub fn of_formula(text: &str, parameters: &[&str]) -> Result<Self, Error> {
        Ok(Self(By::Text(Text::parse(text, parameters, Of::Value)?)))
    }

    /// The derivative of a formula, from the right at a kink.
    ///
    /// # Errors
    /// If the text is no formula of `x` and these parameters.
    ///
    /// ```
    /// use relume_oracle::{Parameters, Reference};
    /// let step = Reference::of_derivative("max(0, x)", &[])?;
    /// assert_eq!([-1.0, 0.0].map(|x| step.exact(x, Parameters::NONE).to_f64()), [0.0, 1.0]);
    /// # Ok::<(), relume_formula::Error>(())
    /// ```
    pub fn of_derivative(text: &str, parameters: &[&str]) -> Result<Self, Error> {
        Ok(Self(By::Text(Text::parse(text, parameters, Of::Derivative)?)))
    }

    /// The exact result at `x`, which must not be NaN. Infinity is approached by 2^4000: what is near a limit
    /// there is nearer than any float can tell, and what is beyond the floats is infinite.
    ///
    /// # Panics
    /// If `x` is NaN, if a parameter is missing, or if [`try_exact`](Self::try_exact) has no result.
    pub fn exact(&self, x: f64, parameters: Parameters) -> Real {
        let exact = self.try_exact(x, parameters);
        exact.unwrap_or_else(|| panic!("the formula has no value at {x:e}, or too many of its digits cancel"))
    }

    /// The same; `None` where a text has no value, as 0/0, or where thousands of its bits cancel.
    ///
    /// # Panics
    /// If `x` is NaN, or if a parameter is missing.
    pub fn try_exact(&self, x: f64, parameters: Parameters) -> Option<Real> {
        let real = if x.is_infinite() {
            let far = Real::power_of_two(4000);
            if x < 0.0 { -far } else { far }
        } else {
            Real::from(x)
        };
        match &self.0 {
            By::Form(form) => Some((form.exact)(real, parameters)),
            By::Text(text) => text.exact(real, parameters),
        }
    }

    /// The results at finite `x` with bounds on their errors.
    ///
    /// # Panics
    /// If a parameter is missing.
    pub fn fast(&self, x: [f64; LANES], parameters: Parameters) -> Bounded {
        match &self.0 {
            By::Form(form) => by_paths(x, |x| (form.fast)(x, parameters)),
            By::Text(text) => text.fast(x, parameters),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_smaller_than_every_float_keeps_its_sign() {
        let square = Reference::of_formula("−exp(x)·exp(x)", &[]).expect("it is a formula");
        for x in [-1e4, -9e7, -2e8] {
            let exact = square.exact(x, Parameters::NONE);
            assert!(exact.is_negative() && exact.to_f64() == 0.0, "{x:e}");
        }
        // Out there no sign is known, and there is no panic.
        assert_eq!(square.exact(-1e300, Parameters::NONE).to_f64(), 0.0);
    }
}
