//! The doctor's recorder, over memory that is given by its address.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyIndexError, PyOSError, PyValueError};
use pyo3::prelude::*;
use relume_doctor::{
    Error, Gradient, LayerId, LayerInfo, Layout, LossFloor, NonFinite, ParameterCourse, ParameterId,
    ParameterInfo,
};
use relume_report::checkup::{self, Checkup};
use relume_report::html;
use relume_report::store::StoreError;
use relume_report::table::Terminal;

use crate::gradients::{all_rows_equal, measured};
use crate::memory::Memory;
use crate::parameter::{Before, sample};

/// What is counted of one training run, step by step; see `relume_doctor::Run`.
///
/// The methods take a type of elements (`F16`, `BF16`, `F32` or `F64`) and an address. They trust the caller: the array
/// must hold that many elements, contiguous and aligned, and must not be written to by others during the call. A layout is
/// `(rows, units, values of a unit in a row, rows of a sample)`.
#[pyclass(frozen, module = "relume._native")]
#[derive(Default)]
pub(crate) struct Run(Mutex<State>);

#[derive(Default)]
struct State {
    run: relume_doctor::Run,
    layers: Vec<LayerId>,
    parameters: Vec<(ParameterId, Before)>,
    /// Of the parameters that are followed through all steps: their type of elements.
    followed: Vec<usize>,
    scratch: Vec<f32>,
}

type Place = (usize, usize, usize, usize);

#[pymethods]
impl Run {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Adds an activation layer; returns its number.
    fn layer(&self, name: String, activation: String, units: usize, fan_in: usize) -> usize {
        let state = &mut *self.state();
        let info = LayerInfo {
            name,
            activation,
            units,
            fan_in,
        };
        state.layers.push(state.run.add_layer(info));
        state.layers.len() - 1
    }

    /// Adds a trainable parameter; returns its number.
    fn parameter(&self, name: String, elements: usize) -> usize {
        let state = &mut *self.state();
        let parameter = state.run.add_parameter(ParameterInfo { name, elements });
        state.parameters.push((parameter, Before::Unknown));
        state.parameters.len() - 1
    }

    /// Says which parameter computes the pre-activations of a layer.
    fn weight(&self, layer: &str, parameter: &str) {
        self.state().run.set_weight(layer, parameter);
    }

    /// The loss of the best constant prediction.
    fn baseline_loss(&self, loss: f64) {
        self.state().run.set_baseline_loss(loss);
    }

    /// The root mean square of the model's inputs.
    fn input_rms(&self, rms: f64) {
        self.state().run.set_input_rms(rms);
    }

    /// The smallest loss that the activation behind the last layer allows.
    fn loss_floor(&self, activation: String, loss: f64) {
        self.state().run.set_loss_floor(LossFloor { activation, loss });
    }

    /// Why a part is not observed.
    fn not_observed(&self, name: &str, reason: &str) {
        self.state().run.not_observed(name, reason);
    }

    /// A sentence for the reader of the report.
    fn note(&self, sentence: &str) {
        self.state().run.note(sentence);
    }

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

    /// Follows a parameter through all steps; returns its number among those that are followed.
    fn follow(&self, name: String, dtype: usize, shape: Vec<usize>, frozen: bool) -> usize {
        let state = &mut *self.state();
        state.followed.push(dtype);
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
        py.detach(|| {
            let State {
                run,
                followed,
                scratch,
                ..
            } = &mut *self.state();
            let step = run.steps();
            let course = run.course();
            if addresses.len() != course.parameters.len() || addresses.len() != followed.len() {
                return Err(no_parameter());
            }
            let mut first = None;
            for ((parameter, &dtype), &address) in
                course.parameters.iter_mut().zip(&*followed).zip(&addresses)
            {
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
                course.not_finite(NonFinite {
                    step,
                    what: relume_doctor::Quantity::Gradient,
                    name,
                    count,
                    samples: Vec::new(),
                    affected: 0,
                    batch: 0,
                });
            }
            Ok(())
        })
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
            course.not_finite(NonFinite {
                step,
                what: relume_doctor::Quantity::Gradient,
                name,
                count: 0,
                samples: Vec::new(),
                affected: 0,
                batch: 0,
            });
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
        // SAFETY: the caller of the Python method promises what `all_rows_equal` asks for.
        course.rows_equal = unsafe { all_rows_equal(memory, &course.shape, scratch) };
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

    /// What the training consists of, as JSON.
    fn setup(&self, setup: &str) -> PyResult<()> {
        let setup = serde_json::from_str(setup).map_err(value_error)?;
        *self.state().run.setup() = setup;
        Ok(())
    }

    /// Divides the step's gradients by the factor that the loss was multiplied with.
    fn unscale(&self, scale: f64) {
        self.state().run.unscale(scale);
    }

    /// Ends a step, which was watched or not.
    fn end_step(&self, loss: Option<f64>, watched: bool) {
        self.state().run.end_step(loss, watched);
    }

    /// Forgets what was counted in the present step.
    fn drop_step(&self) {
        self.state().run.drop_step();
    }

    /// Seconds spent on watching, and on the same steps without it.
    fn seconds(&self, watching: f64, training: f64) {
        self.state().run.add_seconds(watching, training);
    }

    /// The report for a terminal.
    fn report(&self, width: usize, colour: bool) -> String {
        Checkup::of(&self.state().run).terminal(Terminal { width, colour })
    }

    /// The report as a page.
    fn html(&self, title: &str) -> String {
        html::checkup(&Checkup::of(&self.state().run), title)
    }

    /// Record, findings, cost and notes as JSON.
    fn json(&self) -> String {
        Checkup::of(&self.state().run).json()
    }

    /// The prescriptions as JSON; with the learning rate, if it is known, they say what it becomes.
    fn prescribe(&self, learning_rate: Option<f64>) -> PyResult<String> {
        serde_json::to_string(&relume_doctor::prescribe(&self.state().run, learning_rate))
            .map_err(value_error)
    }

    /// The findings as JSON.
    fn findings(&self) -> PyResult<String> {
        let record = self.state().run.record();
        serde_json::to_string(&relume_doctor::diagnose(&record)).map_err(value_error)
    }

    /// The same counts once more.
    fn copy(&self) -> Self {
        Self::from(self.state().run.clone())
    }

    /// Writes the counts to a file.
    fn save(&self, path: PathBuf) -> PyResult<()> {
        checkup::save(&self.state().run, &path).map_err(os_error)
    }

    /// Reads counts from a file.
    #[staticmethod]
    fn load(path: PathBuf) -> PyResult<Self> {
        checkup::load(&path).map(Self::from).map_err(os_error)
    }

    /// The counts as text, for another process.
    fn dumps(&self) -> PyResult<String> {
        serde_json::to_string(&self.state().run).map_err(value_error)
    }

    /// Counts from another process.
    #[staticmethod]
    fn loads(text: &str) -> PyResult<Self> {
        serde_json::from_str::<relume_doctor::Run>(text)
            .map(Self::from)
            .map_err(value_error)
    }

    /// Adds what another worker counted in the same run.
    fn merge(&self, other: &Self) -> PyResult<()> {
        let other = other.state().run.clone();
        self.state().run.merge(&other).map_err(value_error)
    }
}

impl From<relume_doctor::Run> for Run {
    fn from(run: relume_doctor::Run) -> Self {
        Self(Mutex::new(State {
            run,
            ..State::default()
        }))
    }
}

impl Run {
    fn state(&self) -> MutexGuard<'_, State> {
        // Counts are sums: those of a thread that panicked half-way are still counts of what it saw.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

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

fn no_layer() -> PyErr {
    PyIndexError::new_err("there is no layer with this number")
}

fn no_parameter() -> PyErr {
    PyIndexError::new_err("there is no parameter with this number")
}

pub(crate) fn value_error(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What the system refused is an `OSError`, what a file says wrongly a `ValueError`.
pub(crate) fn os_error(error: StoreError) -> PyErr {
    match error {
        StoreError::Io { .. } => PyOSError::new_err(error.to_string()),
        _ => value_error(error),
    }
}
