//! Tensors of the step that is going on, which the recorder reads where they lie.

use pyo3::prelude::*;
use relume_doctor::{Error, LayerId, Layout};

use super::{Run, no_layer, no_parameter, value_error};
use crate::memory::Memory;
use crate::parameter::{Before, sample};

type Place = (usize, usize, usize, usize);

#[pymethods]
impl Run {
    /// Takes in pre-activations.
    fn input(&self, py: Python<'_>, layer: usize, dtype: usize, x: usize, layout: Place) -> PyResult<()> {
        self.tensor(py, layer, dtype, x, layout, relume_doctor::Watch::input)
    }

    /// Takes in outputs.
    fn output(&self, py: Python<'_>, layer: usize, dtype: usize, y: usize, layout: Place) -> PyResult<()> {
        self.tensor(py, layer, dtype, y, layout, relume_doctor::Watch::output)
    }

    /// Takes in the gradient at the pre-activations.
    fn gradient(&self, py: Python<'_>, layer: usize, dtype: usize, dx: usize, layout: Place) -> PyResult<()> {
        self.tensor(py, layer, dtype, dx, layout, relume_doctor::Watch::backward)
    }

    /// Takes in the gradient of a parameter, or an evenly spread sample of a large one.
    fn parameter_gradient(
        &self,
        py: Python<'_>,
        parameter: usize,
        dtype: usize,
        g: usize,
        n: usize,
    ) -> PyResult<()> {
        let memory = Memory::new(dtype, g, n)?;
        py.detach(|| {
            let state = &mut *self.state();
            let &(id, _) = state.parameters.get(parameter).ok_or_else(no_parameter)?;
            for (start, n) in sample(n) {
                // SAFETY: the caller of the Python method promises what `singles` asks for.
                let g = unsafe { memory.singles(start, n, &mut state.scratch) };
                state.run.step().gradient(id, g);
            }
            Ok(())
        })
    }

    /// Remembers a parameter before a step of the optimiser.
    fn before(&self, py: Python<'_>, parameter: usize, dtype: usize, w: usize, n: usize) -> PyResult<()> {
        let memory = Memory::new(dtype, w, n)?;
        py.detach(|| {
            let state = &mut *self.state();
            let (_, before) = state.parameters.get_mut(parameter).ok_or_else(no_parameter)?;
            // SAFETY: the caller of the Python method promises what `remember` asks for.
            unsafe { before.remember(memory, &mut state.scratch) };
            Ok(())
        })
    }

    /// Takes in what the step made of it.
    fn after(&self, py: Python<'_>, parameter: usize, dtype: usize, w: usize, n: usize) -> PyResult<()> {
        let memory = Memory::new(dtype, w, n)?;
        py.detach(|| {
            let state = &mut *self.state();
            let (id, before) = state.parameters.get_mut(parameter).ok_or_else(no_parameter)?;
            let mut after = Before::Unknown;
            // SAFETY: the caller of the Python method promises what `remember` asks for.
            unsafe { after.remember(memory, &mut state.scratch) };
            match (&before, &after) {
                (Before::Singles(before), Before::Singles(after)) if before.len() == after.len() => {
                    state.run.step().update(*id, before, after);
                }
                (Before::Doubles(before), Before::Doubles(after)) if before.len() == after.len() => {
                    state.run.step().update(*id, before, after);
                }
                // It was replaced by another: there was no step to measure.
                _ => {}
            }
            Ok(())
        })
    }

    /// Divides the step's gradients by the factor that the loss was multiplied with.
    fn unscale(&self, scale: f64) {
        self.state().run.unscale(scale);
    }
}

impl Run {
    fn tensor(
        &self,
        py: Python<'_>,
        layer: usize,
        dtype: usize,
        address: usize,
        (outer, units, inner, positions): Place,
        take: fn(&mut relume_doctor::Watch, LayerId, &[f32], Layout) -> Result<(), Error>,
    ) -> PyResult<()> {
        let layout = Layout {
            outer,
            units,
            inner,
            positions,
        };
        let memory = Memory::new(dtype, address, outer * units * inner)?;
        py.detach(|| {
            let state = &mut *self.state();
            let &layer = state.layers.get(layer).ok_or_else(no_layer)?;
            // SAFETY: the caller of the Python method promises what `singles` asks for.
            let values = unsafe { memory.singles(0, memory.elements, &mut state.scratch) };
            take(state.run.step(), layer, values, layout).map_err(value_error)
        })
    }
}
