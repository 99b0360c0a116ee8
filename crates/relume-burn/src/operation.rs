//! The operation itself: kernels on Flex, with its own backward under autodiff, Burn's operations elsewhere.

use crate::monitor::Probe;
use crate::{fallback, flex};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::{
    BalancedCheckpointing, CheckpointStrategy, NoCheckpointing,
};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use relume::Activation;

/// Applies an activation to every element of a tensor, differentiably.
///
/// On the Flex backend the kernels of relume compute it, forward and backward, with their accuracy and their
/// derivative at kinks; on every other backend it is composed of Burn's operations.
pub fn activate<const D: usize>(x: Tensor<D>, activation: &Activation) -> Tensor<D> {
    dispatch(
        x,
        Call {
            activation: *activation,
            probe: None,
        },
    )
}

/// Like [`activate`], with the same bits, and reports what passes to a [`Probe`].
pub fn activate_watched<const D: usize>(x: Tensor<D>, activation: &Activation, probe: &Probe) -> Tensor<D> {
    dispatch(
        x,
        Call {
            activation: *activation,
            probe: Some(probe.clone()),
        },
    )
}

/// What is applied to a tensor, and the probe that is told.
#[derive(Clone, Debug)]
struct Call {
    activation: Activation,
    probe: Option<Probe>,
}

impl Call {
    fn forward(&self, x: FlexTensor) -> FlexTensor {
        let Some(probe) = self.probe.as_ref().filter(|probe| probe.is_watching()) else {
            return flex::forward(&self.activation, x);
        };
        let y = flex::forward(&self.activation, x.clone());
        probe.forward(&x, &y);
        y
    }

    fn backward(&self, x: FlexTensor, dy: FlexTensor) -> FlexTensor {
        let dx = flex::backward(&self.activation, x, dy);
        if let Some(probe) = self.probe.as_ref().filter(|probe| probe.is_watching()) {
            probe.backward(&dx);
        }
        dx
    }
}

/// Finds out which backend the tensor lives on. Burn offers each backend the tensor in turn; a tensor refused
/// by one is offered to the next, so it is cloned (a reference count) before each offer.
fn dispatch<const D: usize>(x: Tensor<D>, call: Call) -> Tensor<D> {
    if let Ok(x) = x.clone().try_into_primitive::<Autodiff<Flex, NoCheckpointing>>() {
        return Tensor::from_primitive::<Autodiff<Flex, NoCheckpointing>>(tracked::<NoCheckpointing>(
            x, call,
        ));
    }
    if let Ok(x) = x
        .clone()
        .try_into_primitive::<Autodiff<Flex, BalancedCheckpointing>>()
    {
        return Tensor::from_primitive::<Autodiff<Flex, BalancedCheckpointing>>(tracked::<
            BalancedCheckpointing,
        >(x, call));
    }
    if let Ok(primitive) = x.clone().try_into_primitive::<Flex>() {
        drop(x); // so that the kernel may write into the tensor's own memory
        return Tensor::from_primitive::<Flex>(call.forward(primitive));
    }
    fallback::activate(x, &call.activation)
}

/// The operation as autodiff knows it.
#[derive(Debug)]
struct ActivateBackward;

impl Backward<Flex, 1> for ActivateBackward {
    type State = (Call, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (call, x) = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, gradients, |dy| call.backward(x, dy));
    }
}

/// Records the operation for the backward pass. It keeps its input rather than recomputing it: the layer
/// before has it in memory, and a clone is a reference count.
fn tracked<C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<Flex, C>>,
    call: Call,
) -> FloatTensor<Autodiff<Flex, C>> {
    let (x, node) = x.into_parts();
    match ActivateBackward.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let y = call.forward(x.clone());
            prep.finish((call, x), y)
        }
        OpsKind::UnTracked(prep) => prep.finish(call.forward(x)),
    }
}
