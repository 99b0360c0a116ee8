"""Modules give PyTorch's results, and keep working wherever PyTorch's do."""

import copy
import io
import pickle

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

import relume.torch
from pytorch.cases import DTYPES, TOLERANCES, gradient, inputs


def close(a, b):
    torch.testing.assert_close(a, b, **TOLERANCES[b.dtype])


def by_relume(y):
    """Whether a backward of ours is waiting."""
    return type(y.grad_fn).__name__ in ("FromInputBackward", "FromOutputBackward", "FromBitsBackward")


def has_kernel(case):
    return case.arguments != (2.0, 10.0)


def test_values_and_gradients_at_kinks_and_elsewhere(case, dtype):
    x = inputs(dtype)
    dy = torch.randn(x.shape).to(dtype)
    assert by_relume(case.ours(x.detach().requires_grad_())) == has_kernel(case)
    for ours, theirs in zip(gradient(case.ours, x, dy), gradient(case.theirs, x, dy), strict=True):
        close(ours, theirs)


def test_limits_and_nan(case):
    x = torch.tensor([float("-inf"), float("inf"), float("nan"), 1.0])
    y = case.ours(x)
    far = case.theirs(torch.tensor([-1e30, 1e30], dtype=torch.float64)).float()
    if has_kernel(case):
        assert y[2].isnan()
        assert not y[[0, 1, 3]].isnan().any()
        for ours, theirs in zip(y[:2], far, strict=True):
            assert ours.isinf() if theirs.abs() > 1e20 else (ours - theirs).abs() < 1e-6


def test_the_type_of_modules_and_what_they_print(case):
    assert isinstance(case.ours, type(case.theirs))
    assert repr(case.ours) == repr(case.theirs)
    assert type(case.ours).__module__ == "relume.torch"


@pytest.mark.parametrize(
    "layout",
    [
        lambda x: x.t(),
        lambda x: x.view(5, 4, 10, 10).permute(3, 1, 0, 2),
        lambda x: x.view(5, 4, 10, 10).to(memory_format=torch.channels_last),
        lambda x: x.view(-1)[::3],
        lambda x: x[:, :7],
        lambda x: x[:1].expand(3, 20),
        lambda x: x.view(-1)[7:],
        lambda x: x[:0],
        lambda x: x[0, 0],
    ],
    ids=["transposed", "permuted", "channels last", "strided", "columns", "expanded", "shifted", "empty", "scalar"],
)
def test_layouts(case, layout):
    x = layout(inputs(torch.float32, 2000).view(100, 20))
    dy = torch.randn_like(x)
    for ours, theirs in zip(gradient(case.ours, x, dy), gradient(case.theirs, x, dy), strict=True):
        close(ours, theirs)
        # PyTorch's own do the same, but for logsigmoid.
        assert ours.stride() == torch.empty_like(x).stride()


def test_arriving_gradients_of_any_layout(case):
    x = inputs(torch.float32, 2000).view(50, 40)
    for dy in (torch.randn(40, 50).t(), torch.tensor(0.5).expand(50, 40), torch.randn(50, 80)[:, ::2]):
        close(gradient(case.ours, x, dy)[1], gradient(case.theirs, x, dy)[1])


def test_in_place(case):
    # With a negative slope PyTorch cannot find the way back.
    if not case.inplace or case.arguments == (-0.5,):
        return
    modules = [case.make(package, inplace=True) for package in (relume.torch, torch.nn)]
    results = []
    for module in modules:
        x = inputs(torch.float32).requires_grad_()
        before = x * 1.0
        version = before._version
        y = module(before)
        assert y is before and y._version > version
        y.backward(torch.linspace(-1, 1, x.numel()))
        results.append((y.detach(), x.grad))
    for ours, theirs in zip(*results, strict=True):
        close(ours, theirs)


def test_in_place_without_gradients_changes_the_version(case):
    if not case.inplace:
        return
    x = inputs(torch.float32)
    expected, version = case.theirs(x), x._version
    assert case.make(relume.torch, inplace=True)(x) is x
    assert x._version > version
    close(x, expected)


def test_in_place_on_what_a_backward_needs_is_noticed():
    x = torch.randn(100, requires_grad=True)
    y = x.exp()
    z = relume.torch.ReLU(inplace=True)(y)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def test_in_place_on_leaves_and_views_is_as_in_pytorch():
    with pytest.raises(RuntimeError, match="leaf"):
        relume.torch.relu(torch.randn(10, requires_grad=True), inplace=True)
    x = torch.randn(10, requires_grad=True)
    y = x * 1
    relume.torch.relu(y[:5], inplace=True)
    y.sum().backward()
    assert x.grad.tolist() == [float(a > 0) for a in x[:5]] + [1.0] * 5


def test_gradcheck_and_its_derivative(case):
    x = (torch.rand(12, dtype=torch.float64) * 0.3 + torch.linspace(-4, 4, 12, dtype=torch.float64)).requires_grad_()
    kinks = torch.tensor([0.0, 0.5, -0.5, 1, -1, 3, -3, 6, 0.125, 2], dtype=torch.float64)
    x.data = torch.where((x.data[:, None] - kinks).abs().min(1).values < 0.01, x.data + 0.02, x.data)
    assert torch.autograd.gradcheck(case.ours, (x,), check_batched_grad=True)
    assert torch.autograd.gradgradcheck(case.ours, (x,))


def test_the_second_derivative_is_pytorchs(case):
    x = inputs(torch.float64)
    weights = torch.randn(len(x), dtype=torch.float64)
    results = []
    # PyTorch's hardsigmoid has no second derivative.
    theirs = (lambda x: torch.nn.functional.relu6(x + 3) / 6) if case.name == "Hardsigmoid" else case.theirs
    for module in (case.ours, theirs):
        leaf = x.clone().requires_grad_()
        factor = torch.ones((), dtype=torch.float64, requires_grad=True)
        (dx,) = torch.autograd.grad((module(leaf * factor) * weights * factor).sum(), leaf, create_graph=True)
        # A derivative that is zero everywhere need not be connected.
        results.append(torch.autograd.grad(dx.square().sum(), (leaf, factor), materialize_grads=True))
    for ours, theirs in zip(*results, strict=True):
        close(ours, theirs)


def test_transforms(case):
    x = inputs(torch.float32, 60).view(6, 10)
    close(torch.vmap(case.ours)(x), case.theirs(x))
    total = lambda module: lambda x: module(x).sum()  # noqa: E731
    close(torch.func.grad(total(case.ours))(x), torch.func.grad(total(case.theirs))(x))
    for ours, theirs in zip(*(torch.func.jvp(m, (x,), (x,)) for m in (case.ours, case.theirs)), strict=True):
        close(ours, theirs)
    jacobian = torch.autograd.functional.jacobian
    close(jacobian(case.ours, x[0], vectorize=True), jacobian(case.theirs, x[0], vectorize=True))


def test_tracing_and_other_devices(case):
    x = inputs(torch.float32, 60)
    close(torch.jit.trace(case.ours, x)(x), case.theirs(x))
    close(torch.fx.symbolic_trace(case.ours)(x), case.theirs(x))
    exported = torch.export.export(case.ours, (x,), dynamic_shapes=({0: torch.export.Dim("n", min=2)},)).module()
    close(exported(x[:30]), case.theirs(x[:30]))
    assert case.ours(x.to("meta")).device.type == "meta"


def test_dynamo_sees_pytorchs_operation(case):
    x = inputs(torch.float32, 60)
    torch._dynamo.reset()
    close(torch.compile(case.ours, backend="eager", fullgraph=True)(x), case.theirs(x))


def test_compiled_gradients_and_sizes_that_change(case):
    torch._dynamo.reset()
    compiled = torch.compile(case.ours, backend="aot_eager", fullgraph=True, dynamic=True)
    for n in (60, 90):
        x = inputs(torch.float32, n)
        for ours, theirs in zip(gradient(compiled, x, x), gradient(case.theirs, x, x), strict=True):
            close(ours, theirs)


def test_modes_see_pytorchs_operation(case):
    class Record(TorchDispatchMode):
        def __init__(self):
            super().__init__()
            self.seen = []

        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            self.seen.append(operation)
            return operation(*args, **kwargs or {})

    seen = []
    for module in (case.ours, case.theirs):
        with Record() as record:
            module(torch.ones(5))
        seen.append(record.seen)
    assert seen[0] == seen[1]


@pytest.mark.parametrize("convert", [torch.Tensor.to_sparse, torch.Tensor.to_mkldnn], ids=["sparse", "oneDNN"])
def test_other_layouts_are_pytorchs_business(case, convert):
    outcomes = []
    for module in (case.ours, case.theirs):
        try:
            outcomes.append(module(convert(torch.tensor([0.0, 1.0, -2.0]))).to_dense().tolist())
        except (RuntimeError, NotImplementedError) as error:
            outcomes.append(type(error))
    assert outcomes[0] == outcomes[1]


def test_checkpoints_compute_again(case):
    x = inputs(torch.float32)
    checkpointed = lambda x: checkpoint(case.ours, x * 1, use_reentrant=False)  # noqa: E731
    for ours, theirs in zip(gradient(checkpointed, x, x), gradient(case.theirs, x, x), strict=True):
        close(ours, theirs)


def test_autocast(case):
    for low in (torch.bfloat16, torch.float16):
        for dtype in DTYPES:
            x = inputs(dtype, 60)
            results = []
            for module in (case.ours, case.theirs):
                leaf = x.clone().requires_grad_()
                with torch.autocast("cpu", dtype=low):
                    y = module(leaf)
                results.append((y, *torch.autograd.grad(y.float().sum(), leaf)))
            for ours, theirs in zip(*results, strict=True):
                close(ours, theirs)


def test_other_types_of_elements_are_pytorchs_business(case):
    for x in (torch.tensor([1, -2]), torch.tensor([True]), torch.tensor([1 + 2j])):
        outcomes = []
        for module in (case.ours, case.theirs):
            try:
                outcomes.append(module(x))
            except (RuntimeError, NotImplementedError) as error:
                outcomes.append(str(error))
        ours, theirs = outcomes
        assert ours == theirs if isinstance(theirs, str) else torch.equal(ours, theirs)


def test_lazily_negated_tensors(case):
    x = torch.complex(torch.randn(20), torch.randn(20)).conj().imag
    assert x.is_neg()
    close(case.ours(x), case.theirs(x))


def test_subclasses_keep_their_class(case):
    class Mine(torch.Tensor):
        pass

    assert type(case.ours(torch.randn(5).as_subclass(Mine))) is Mine


def test_inference_mode(case):
    with torch.inference_mode():
        x = inputs(torch.float32)
        close(case.ours(x), case.theirs(x))
        if case.inplace:
            close(case.make(relume.torch, inplace=True)(x.clone()), case.theirs(x))


def test_copies_and_pickles(case):
    x = inputs(torch.float32)
    stream = io.BytesIO()
    torch.save(case.ours, stream)
    stream.seek(0)
    copies = [copy.deepcopy(case.ours), pickle.loads(pickle.dumps(case.ours)), torch.load(stream, weights_only=False)]
    for twin in copies:
        assert type(twin) is type(case.ours) and repr(twin) == repr(case.ours)
        assert torch.equal(twin(x), case.ours(x))
    assert case.ours.state_dict() == case.theirs.state_dict()


def test_arguments_may_be_changed_later():
    module = relume.torch.LeakyReLU(0.5)
    module.negative_slope = 0.25
    assert module(torch.tensor([-1.0])) == -0.25


def test_threads_give_the_same():
    x = torch.randn(1 << 21)
    before = torch.get_num_threads()
    try:
        for function in (relume.torch.mish, relume.torch.relu, relume.torch.tanh):
            results = []
            for threads in (1, 2):
                torch.set_num_threads(threads)
                results.append(gradient(function, x, x))
            assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))
    finally:
        torch.set_num_threads(before)
