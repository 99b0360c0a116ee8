//! Activations applied to slices.

use crate::activation::Activation;
use crate::engine::element::{Element, Path};
use crate::engine::elementwise::{BLOCK, in_place};
use crate::engine::instruction_set::InstructionSet;
use crate::error::{Error, same_length};

impl Activation {
    /// `y = f(x)`.
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// let mut y = [0_f32; 3];
    /// relu.forward(&[-1.0, 0.5, 2.0], &mut y)?;
    /// assert_eq!(y, [0.0, 0.5, 2.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn forward<T: Element>(&self, x: &[T], y: &mut [T]) -> Result<(), Error> {
        self.forward_on(InstructionSet::best(), x, y)
    }

    /// `x = f(x)`.
    ///
    /// ```
    /// let mut x = [-1.0_f32, 0.5, 2.0];
    /// "relu".parse::<relume::Activation>()?.forward_in_place(&mut x);
    /// assert_eq!(x, [0.0, 0.5, 2.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    pub fn forward_in_place<T: Element>(&self, x: &mut [T]) {
        self.forward_in_place_on(InstructionSet::best(), x);
    }

    /// `d = f′(x)`.
    ///
    /// ```
    /// let relu6: relume::Activation = "relu6".parse()?;
    /// let mut d = [0.0; 3];
    /// relu6.derivatives(&[-1.0, 3.0, 9.0], &mut d)?;
    /// assert_eq!(d, [0.0, 1.0, 0.0]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn derivatives<T: Element>(&self, x: &[T], d: &mut [T]) -> Result<(), Error> {
        self.derivatives_on(InstructionSet::best(), x, d)
    }

    /// `dx = dy · f′(x)`, in one pass. Where f is constant on a piece, dx is 0 whatever dy.
    ///
    /// ```
    /// let relu: relume::Activation = "relu".parse()?;
    /// let mut dx = [0.0; 2];
    /// relu.backward(&[-1.0, 1.0], &[0.25, 0.5], &mut dx)?;
    /// assert_eq!(dx, [0.0, 0.5]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn backward<T: Element>(&self, x: &[T], dy: &[T], dx: &mut [T]) -> Result<(), Error> {
        self.backward_on(InstructionSet::best(), x, dy, dx)
    }

    /// `dy = dy · f′(x)`.
    ///
    /// ```
    /// let mut gradient = [0.25, 0.5];
    /// "relu".parse::<relume::Activation>()?.backward_in_place(&[-1.0, 1.0], &mut gradient)?;
    /// assert_eq!(gradient, [0.0, 0.5]);
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the lengths differ.
    pub fn backward_in_place<T: Element>(&self, x: &[T], dy: &mut [T]) -> Result<(), Error> {
        self.backward_in_place_on(InstructionSet::best(), x, dy)
    }

    /// [`forward`](Self::forward) on a given instruction set.
    ///
    /// ```
    /// let gelu: relume::Activation = "gelu".parse()?;
    /// for isa in relume::InstructionSet::available() {
    ///     let mut y = [0.0];
    ///     gelu.forward_on(isa, &[1.0], &mut y)?;
    ///     println!("{isa}: {:?}", y[0]);
    /// }
    /// # Ok::<(), relume::Error>(())
    /// ```
    ///
    /// # Errors
    /// As `forward`.
    pub fn forward_on<T: Element>(&self, isa: InstructionSet, x: &[T], y: &mut [T]) -> Result<(), Error> {
        same_length("output", x.len(), y.len())?;
        T::Path::forward(&self.definition.kernels, isa, &self.rounded::<T>(), x, y);
        Ok(())
    }

    /// [`forward_in_place`](Self::forward_in_place) on a given instruction set.
    pub fn forward_in_place_on<T: Element>(&self, isa: InstructionSet, x: &mut [T]) {
        let parameters = self.rounded::<T>();
        in_place(x, |_, x, y| {
            T::Path::forward(&self.definition.kernels, isa, &parameters, x, y)
        });
    }

    /// [`derivatives`](Self::derivatives) on a given instruction set.
    ///
    /// # Errors
    /// As `derivatives`.
    pub fn derivatives_on<T: Element>(&self, isa: InstructionSet, x: &[T], d: &mut [T]) -> Result<(), Error> {
        same_length("derivative", x.len(), d.len())?;
        let (parameters, ones) = (self.rounded::<T>(), [T::from_f64(1.0); BLOCK]);
        for (x, d) in x.chunks(BLOCK).zip(d.chunks_mut(BLOCK)) {
            T::Path::backward(&self.definition.kernels, isa, &parameters, x, &ones[..x.len()], d);
        }
        Ok(())
    }

    /// [`backward`](Self::backward) on a given instruction set.
    ///
    /// # Errors
    /// As `backward`.
    pub fn backward_on<T: Element>(
        &self,
        isa: InstructionSet,
        x: &[T],
        dy: &[T],
        dx: &mut [T],
    ) -> Result<(), Error> {
        same_length("arriving gradient", x.len(), dy.len())?;
        same_length("gradient", x.len(), dx.len())?;
        T::Path::backward(&self.definition.kernels, isa, &self.rounded::<T>(), x, dy, dx);
        Ok(())
    }

    /// [`backward_in_place`](Self::backward_in_place) on a given instruction set.
    ///
    /// # Errors
    /// As `backward_in_place`.
    pub fn backward_in_place_on<T: Element>(
        &self,
        isa: InstructionSet,
        x: &[T],
        dy: &mut [T],
    ) -> Result<(), Error> {
        same_length("gradient", x.len(), dy.len())?;
        let parameters = self.rounded::<T>();
        in_place(dy, |start, dy, dx| {
            let x = &x[start..start + dx.len()];
            T::Path::backward(&self.definition.kernels, isa, &parameters, x, dy, dx);
        });
        Ok(())
    }
}
