//! Linear maps of the rows of a tensor that only move values about: one operation of autodiff for all of them.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use std::fmt::Debug;
use std::marker::PhantomData;

/// A map and its transpose, which is its gradient. Both are given row-major memory.
pub(crate) trait LinearMap: Clone + Debug + Send + Sync + 'static {
    fn forward(&self, x: &FlexTensor) -> FlexTensor;

    fn transpose(&self, dy: &FlexTensor) -> FlexTensor;
}

/// Applies a map, differentiably.
pub(crate) fn apply<M: LinearMap>(x: Tensor<2>, map: M) -> Tensor<2> {
    type Tracked = Autodiff<Flex, NoCheckpointing>;
    match x.clone().try_into_primitive::<Tracked>() {
        Ok(tracked) => {
            let (x, node) = tracked.into_parts();
            let y = map.forward(&x.to_contiguous());
            let prepared = Map::<M>(PhantomData).prepare::<NoCheckpointing>([node]);
            Tensor::from_primitive::<Tracked>(match prepared.compute_bound().stateful() {
                OpsKind::Tracked(prep) => prep.finish(map, y),
                OpsKind::UnTracked(prep) => prep.finish(y),
            })
        }
        Err(_) => {
            let x = x.try_into_primitive::<Flex>().expect("studies run on Flex");
            Tensor::from_primitive::<Flex>(map.forward(&x.to_contiguous()))
        }
    }
}

#[derive(Debug)]
struct Map<M>(PhantomData<M>);

impl<M: LinearMap> Backward<Flex, 1> for Map<M> {
    type State = M;

    fn backward(self, ops: Ops<M, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let map = ops.state;
        unary::<Flex, _>(ops.parents, ops.node, gradients, |dy| {
            map.transpose(&dy.to_contiguous())
        });
    }
}

/// The elements of a contiguous tensor.
pub(crate) fn elements(tensor: &FlexTensor) -> &[f32] {
    let start = tensor.layout().start_offset();
    &tensor.storage::<f32>()[start..start + tensor.layout().num_elements()]
}
