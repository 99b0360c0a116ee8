//! What is seen of every step: the loss, and the gradients of the parameters.

use pyo3::prelude::*;
use relume_doctor::{Gradient, NonFinite, ParameterCourse, Quantity};

use super::{Run, State, no_parameter, value_error};
use crate::gradients::{all_units_equal, measured};
use crate::memory::Memory;

/// Of so many elements, the gradients are read without holding up other threads.
const LARGE: usize = 1 << 18;

#[pymethods]
impl Run {
    /// Follows a parameter through all steps; returns its number among those that are followed.
    fn follow(&self, name: String, dtype: usize, shape: Vec<usize>, frozen: bool) -> usize {
        let state = &mut *self.state();
        state.followed.push(dtype);
        state.followed_elements += shape.iter().product::<usize>();
        let parameters = &mut state.run.course().parameters;
        parameters.push(ParameterCourse {
            name,
            shape,
            frozen,
            ..ParameterCourse::default()
        });
        parameters.len() - 1
    }

    /// Says that an optimiser holds a parameter that is followed.
    fn held(&self, parameter: usize) -> PyResult<()> {
        let state = &mut *self.state();
        let course = state.run.course().parameters.get_mut(parameter);
        course.ok_or_else(no_parameter)?.held = true;
        Ok(())
    }

    /// Takes in the gradients of all parameters that are followed at the end of a step: their addresses in order, 0 for
    /// one that has none.
    fn gradients(&self, py: Python<'_>, addresses: Vec<usize>) -> PyResult<()> {
        let state = &mut *self.state();
        // To let others run may mean to wait for them: a few microseconds are not worth that.
        if state.followed_elements > LARGE {
            py.detach(|| state.gradients(&addresses))
        } else {
            state.gradients(&addresses)
        }
    }

    /// Takes in the norms of all gradients at the end of a step, from a device of its own; negative for one that is missing.
    fn norms(&self, step: u64, norms: Vec<f64>) -> PyResult<()> {
        let state = &mut *self.state();
        let course = state.run.course();
        if norms.len() != course.parameters.len() {
            return Err(no_parameter());
        }
        for (parameter, norm) in course.parameters.iter_mut().zip(&norms) {
            let gradient = if *norm < 0.0 {
                Gradient::Missing
            } else {
                Gradient::Norm(*norm)
            };
            parameter.take(gradient);
        }
        if let Some(i) = norms.iter().position(|norm| !norm.is_finite()) {
            let name = course.parameters[i].name.clone();
            course.not_finite(gradient_not_finite(step, name, 0));
        }
        Ok(())
    }

    /// Looks whether the rows of a parameter that is followed are all the same.
    fn rows(&self, parameter: usize, address: usize) -> PyResult<()> {
        let State {
            run,
            followed,
            scratch,
            ..
        } = &mut *self.state();
        let course = run.course().parameters.get_mut(parameter);
        let (course, dtype) = course.zip(followed.get(parameter)).ok_or_else(no_parameter)?;
        let memory = Memory::new(*dtype, address, course.shape.iter().product())?;
        // SAFETY: the caller of the Python method promises what `all_units_equal` asks for.
        course.rows_equal = unsafe { all_units_equal(memory, &course.shape, scratch) };
        course.rows_equal_at_first = course.rows_equal_at_first.or(course.rows_equal);
        Ok(())
    }

    /// Says what was not finite, as JSON.
    fn not_finite(&self, found: &str) -> PyResult<()> {
        let found: NonFinite = serde_json::from_str(found).map_err(value_error)?;
        self.state().run.course().not_finite(found);
        Ok(())
    }

    /// Whether something was not finite.
    fn is_finite(&self) -> bool {
        self.state().run.course().first_non_finite.is_none()
    }

    /// Takes in the loss of a step that has ended.
    fn take_loss(&self, step: u64, loss: f64) {
        self.state().run.take_loss(step, loss);
    }

    /// Ends a step, which was watched or not; `watching` of its seconds were spent on that, `training` on the rest.
    fn end_step(&self, watched: bool, watching: f64, training: f64) {
        let run = &mut self.state().run;
        run.end_step(None, watched);
        run.add_seconds(watching, training);
    }

    /// Forgets what was counted in the present step.
    fn drop_step(&self) {
        self.state().run.drop_step();
    }
}

impl State {
    fn gradients(&mut self, addresses: &[usize]) -> PyResult<()> {
        let State {
            run,
            followed,
            scratch,
            ..
        } = self;
        let step = run.steps();
        let course = run.course();
        if addresses.len() != course.parameters.len() || addresses.len() != followed.len() {
            return Err(no_parameter());
        }
        let mut first = None;
        for ((parameter, &dtype), &address) in course.parameters.iter_mut().zip(&*followed).zip(addresses) {
            if address == 0 {
                parameter.take(Gradient::Missing);
                continue;
            }
            let memory = Memory::new(dtype, address, parameter.shape.iter().product())?;
            // SAFETY: the caller of the Python method promises what `measured` asks for.
            let (norm, non_finite) = unsafe { measured(memory, step, scratch) };
            parameter.take(Gradient::Norm(norm));
            if non_finite > 0 && first.is_none() {
                first = Some((parameter.name.clone(), non_finite));
            }
        }
        if let Some((name, count)) = first {
            course.not_finite(gradient_not_finite(step, name, count));
        }
        Ok(())
    }
}

fn gradient_not_finite(step: u64, name: String, count: u64) -> NonFinite {
    NonFinite {
        step,
        what: Quantity::Gradient,
        name,
        count,
        samples: Vec::new(),
        affected: 0,
        batch: 0,
    }
}
