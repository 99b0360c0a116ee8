//! The parameters of a function.

/// The values of a function's parameters, by name.
#[derive(Clone, Copy, Debug)]
pub struct Parameters<'a>(pub &'a [(&'static str, f64)]);

impl Parameters<'_> {
    /// No parameters.
    pub const NONE: Self = Self(&[]);

    /// The parameter called `name`.
    ///
    /// # Panics
    /// If there is none of that name.
    pub fn number(self, name: &str) -> f64 {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found
            .unwrap_or_else(|| panic!("the oracle needs a parameter {name:?}"))
            .1
    }

    /// The same, in the arithmetic of a form.
    ///
    /// # Panics
    /// As [`number`](Self::number).
    pub fn get<N: From<f64>>(self, name: &str) -> N {
        N::from(self.number(name))
    }
}
