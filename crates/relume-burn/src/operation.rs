//! The operation itself: kernels on Flex, with its own backward under autodiff, Burn's operations elsewhere.

use crate::{Probe, fallback, flex};
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
        Site {
            activation: *activation,
            probe: None,
        },
    )
}

/// Like [`activate`], with the same bits, and reports what passes to a [`Probe`].
pub fn activate_watched<const D: usize>(x: Tensor<D>, activation: &Activation, probe: &Probe) -> Tensor<D> {
    dispatch(
        x,
        Site {
            activation: *activation,
            probe: Some(probe.clone()),
        },
    )
}

/// One place in a network where an activation is applied.
#[derive(Clone, Debug)]
struct Site {
    activation: Activation,
    probe: Option<Probe>,
}

impl Site {
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
fn dispatch<const D: usize>(x: Tensor<D>, site: Site) -> Tensor<D> {
    if let Ok(x) = x.clone().try_into_primitive::<Autodiff<Flex, NoCheckpointing>>() {
        return Tensor::from_primitive::<Autodiff<Flex, NoCheckpointing>>(tracked::<NoCheckpointing>(
            x, site,
        ));
    }
    if let Ok(x) = x
        .clone()
        .try_into_primitive::<Autodiff<Flex, BalancedCheckpointing>>()
    {
        return Tensor::from_primitive::<Autodiff<Flex, BalancedCheckpointing>>(tracked::<
            BalancedCheckpointing,
        >(x, site));
    }
    if let Ok(primitive) = x.clone().try_into_primitive::<Flex>() {
        drop(x); // so that the kernel may write into the tensor's own memory
        return Tensor::from_primitive::<Flex>(site.forward(primitive));
    }
    fallback::activate(x, &site.activation)
}

#[derive(Debug)]
struct Activate;

impl Backward<Flex, 1> for Activate {
    type State = (Site, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let (site, x) = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, gradients, |dy| site.backward(x, dy));
    }
}

/// Records the operation for the backward pass. It keeps its input rather than recomputing it: the layer
/// before has it in memory, and a clone is a reference count.
fn tracked<C: CheckpointStrategy>(
    x: FloatTensor<Autodiff<Flex, C>>,
    site: Site,
) -> FloatTensor<Autodiff<Flex, C>> {
    let (x, node) = x.into_parts();
    match Activate.prepare::<C>([node]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let y = site.forward(x.clone());
            prep.finish((site, x), y)
        }
        OpsKind::UnTracked(prep) => prep.finish(site.forward(x)),
    }
}
