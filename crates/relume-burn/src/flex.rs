//! relume's kernels on the memory of Flex tensors.

use burn::backend::flex::FlexTensor;
use burn::tensor::{DType, Element, TensorData, bf16, f16};
use relume::Activation;

/// `f(x)`, in the memory of `x` if nothing else needs it.
pub(crate) fn forward(activation: &Activation, x: FlexTensor) -> FlexTensor {
    match x.dtype() {
        DType::F16 => forward_as::<f16>(activation, x),
        DType::BF16 => forward_as::<bf16>(activation, x),
        DType::F32 => forward_as::<f32>(activation, x),
        DType::F64 => forward_as::<f64>(activation, x),
        dtype => through_f32(x, dtype, |x| forward_as::<f32>(activation, x)),
    }
}

/// `dy * f'(x)`, in the memory of `dy` if nothing else needs it.
pub(crate) fn backward(activation: &Activation, x: FlexTensor, dy: FlexTensor) -> FlexTensor {
    match x.dtype() {
        DType::F16 => backward_as::<f16>(activation, x, dy),
        DType::BF16 => backward_as::<bf16>(activation, x, dy),
        DType::F32 => backward_as::<f32>(activation, x, dy),
        DType::F64 => backward_as::<f64>(activation, x, dy),
        dtype => {
            let x = cast(x, DType::F32);
            through_f32(dy, dtype, |dy| backward_as::<f32>(activation, x, dy))
        }
    }
}

/// Calls `read` with the elements of an f32 tensor in row-major order; copies only where the tensor is not
/// stored that way. Does nothing for other element types.
pub(crate) fn read(tensor: &FlexTensor, read: impl FnOnce(&[f32])) {
    if tensor.dtype() == DType::F32 {
        let tensor = tensor.to_contiguous();
        read(elements::<f32>(&tensor));
    }
}

fn forward_as<T: relume::Element + Element + bytemuck::Pod>(
    activation: &Activation,
    x: FlexTensor,
) -> FlexTensor {
    let mut x = contiguous(x);
    let range = range(&x);
    if let Some(storage) = x.try_storage_mut::<T>() {
        activation.forward_in_place(&mut storage[range]);
        return x;
    }
    let mut y = vec![T::default(); range.len()];
    activation
        .forward(elements::<T>(&x), &mut y)
        .expect("made with the length of x");
    from_vec(y, &x)
}

fn backward_as<T: relume::Element + Element + bytemuck::Pod>(
    activation: &Activation,
    x: FlexTensor,
    dy: FlexTensor,
) -> FlexTensor {
    let x = contiguous(x);
    let mut dy = contiguous(dy);
    let range = range(&dy);
    if let Some(storage) = dy.try_storage_mut::<T>() {
        activation
            .backward_in_place(elements::<T>(&x), &mut storage[range])
            .expect("a gradient has the shape of its tensor");
        return dy;
    }
    let mut dx = vec![T::default(); range.len()];
    activation
        .backward(elements::<T>(&x), elements::<T>(&dy), &mut dx)
        .expect("a gradient has the shape of its tensor");
    from_vec(dx, &x)
}

/// Half-precision elements are computed in f32 and rounded once more.
fn through_f32(x: FlexTensor, dtype: DType, compute: impl FnOnce(FlexTensor) -> FlexTensor) -> FlexTensor {
    cast(compute(cast(x, DType::F32)), dtype)
}

fn cast(x: FlexTensor, dtype: DType) -> FlexTensor {
    FlexTensor::from_data(x.into_data().convert_dtype(dtype))
}

/// The tensor in row-major order. If it already is, it keeps its memory, and its only owner if it has only one.
pub(crate) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() {
        tensor
    } else {
        tensor.to_contiguous()
    }
}

fn range(tensor: &FlexTensor) -> std::ops::Range<usize> {
    let start = tensor.layout().start_offset();
    start..start + tensor.layout().num_elements()
}

/// The elements of a contiguous tensor.
pub(crate) fn elements<T: Element + bytemuck::Pod>(tensor: &FlexTensor) -> &[T] {
    &tensor.storage::<T>()[range(tensor)]
}

fn from_vec<T: Element>(values: Vec<T>, like: &FlexTensor) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, like.layout().shape().clone()))
}
