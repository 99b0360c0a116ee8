"""PyTorch's own samples for these operators."""

import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db

import relume.torch
from pytorch import peers
from pytorch.cases import DTYPES, TOLERANCES

OPERATORS = {
    op.name.removeprefix("nn.functional."): op
    for op in op_db
    if op.name.removeprefix("nn.functional.") in relume.torch.__all__ and not op.variant_test_name
}
# What PyTorch lacks takes what a function of the same kind takes.
BORROWED = {"reglu": "glu", "geglu": "glu", "swiglu": "glu", "crelu": "glu", "sparsemax": "softmax"}
OPERATORS |= {name: OPERATORS[lender] for name, lender in BORROWED.items()}
DIFFERENTIABLE = [
    (name, dtype) for name, op in OPERATORS.items() for dtype in DTYPES if op.supports_dtype(dtype, "cpu")
]


def test_all_functions_have_samples():
    assert set(OPERATORS) == set(relume.torch._factory.FUNCTIONS)
    assert set(BORROWED) == set(peers.LACKING)


def sparsemax(x, *given, **options):
    """The reference, whose largest needs a row that is not empty."""
    return peers.sparsemax(x, *given, **options) if x.numel() else x.clone()


def peer(name):
    """PyTorch's operator, or the reference."""
    if name == "sparsemax":
        return sparsemax
    return peers.LACKING[name] if name in BORROWED else OPERATORS[name].op


def samples(op, dtype):
    """What a function is called with: tensors that are differentiated by, other arguments."""
    for sample in op.sample_inputs("cpu", dtype, requires_grad=True):
        given = (sample.input, *sample.args)
        tensors = [x.detach().clone().requires_grad_() for x in given if isinstance(x, torch.Tensor)]
        others = [x for x in given if not isinstance(x, torch.Tensor)]
        yield tensors, others, {name: value for name, value in sample.kwargs.items() if name != "inplace"}


def differentiated(function, tensors, others, options):
    """The output and the gradients for a sample."""
    y = function(*tensors, *others, **options)
    return y.detach(), *torch.autograd.grad(y, tensors, torch.ones_like(y))


@pytest.mark.parametrize(("name", "dtype"), DIFFERENTIABLE, ids=str)
def test_samples(name, dtype):
    count = 0
    for sample in samples(OPERATORS[name], dtype):
        ours = differentiated(getattr(relume.torch, name), *sample)
        theirs = differentiated(peer(name), *sample)
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, **TOLERANCES[dtype])
        count += 1
    assert count


@pytest.mark.parametrize("name", OPERATORS)
def test_gradients_of_samples(name):
    count = 0
    for tensors, others, options in samples(OPERATORS[name], torch.float64):
        function = lambda *x, others=others, options=options: getattr(relume.torch, name)(*x, *others, **options)  # noqa: E731
        assert torch.autograd.gradcheck(function, tensors, fast_mode=True)
        if OPERATORS[name].supports_gradgrad:
            assert torch.autograd.gradgradcheck(function, tensors, fast_mode=True)
        count += 1
    assert count


@pytest.mark.parametrize("name", [name for name in OPERATORS if name not in BORROWED])
def test_wrong_inputs_raise_the_same(name):
    op = OPERATORS[name]
    for error in op.error_inputs("cpu") if op.error_inputs_func else []:
        with pytest.raises(error.error_type):
            getattr(relume.torch, name)(error.sample_input.input, *error.sample_input.args, **error.sample_input.kwargs)
