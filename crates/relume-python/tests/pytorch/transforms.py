"""Everything in relume.torch by one of PyTorch's transforms, on both sides of each size from which relume computes.

    python -m pytorch.transforms WAY

It is a program, because what goes wrong here may be a loop without end that answers to nothing: then the test ends it,
and the last line says what it was about.
"""

import io
import itertools
import sys
import warnings
from dataclasses import astuple
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.fx.experimental.proxy_tensor import make_fx

import relume.torch
from pytorch import peers
from pytorch.cases import ARGUMENTS, make
from relume.torch._factory import DISPATCHERS, FUNCTIONS, MODULES
from relume.torch._sizes import SIZES

FEW, MANY = 8, 1 << 16

LARGEST = 1 << 18
"""Tensors that are larger would only take longer."""

OF_FUNCTIONS = {
    "threshold": (0.5, 2.0),
    "prelu": (torch.tensor([0.25]),),
    "softmax": (-1,),
    "log_softmax": (-1,),
}
OF_MODULES = ARGUMENTS | {"Softmax": [(-1,)], "LogSoftmax": [(-1,)]}

NAMES = {base.__name__: dispatcher.definition.name for base, dispatcher in DISPATCHERS.items()}
NAMES |= {dispatcher.name: dispatcher.definition.name for dispatcher in DISPATCHERS.values()} | {"PReLU": "prelu"}


def sizes(name):
    """On both sides of every number of elements from which or up to which relume computes a function, and others."""
    known = [of for key, of in SIZES.items() if key.removesuffix("_tanh") == NAMES.get(name, name)]
    ranges = [each for of in known for each in astuple(of) if isinstance(each, range)]
    ends = {end for each in ranges for end in (each.start, each.stop) if 1 < end <= LARGEST}
    return sorted({n for end in ends for n in (end - 1, end)} | {FEW, MANY})


class Called(nn.Module):
    """A function as a model."""

    def __init__(self, function, *arguments):
        super().__init__()
        self.function, self.arguments = function, arguments

    def forward(self, x):
        return self.function(x, *self.arguments)


class Each(nn.Module):
    """A model that applies another one to several inputs."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        return tuple(self.model(x) for x in inputs)


def models():
    """The name of everything, its arguments, and two models: ours and PyTorch's."""
    for name in FUNCTIONS:
        arguments = OF_FUNCTIONS.get(name, ())
        yield name, (), Called(getattr(relume.torch, name), *arguments), Called(peers.function(name), *arguments)
    for name in MODULES:
        for arguments in OF_MODULES.get(name, [()]):
            pair = (make(kind, arguments) for kind in (getattr(relume.torch, name), peers.module(name)))
            yield name, arguments, *pair


class Seen(NamedTuple):
    """What comes out of a transform."""

    results: Any
    operations: Any = ()
    """What the graph consists of, if there is one."""


def trace(model, inputs):
    traced = torch.jit.trace(Each(model), inputs)
    kinds = [node.kind() for node in traced.inlined_graph.nodes()]
    return Seen(traced(*inputs), [kind for kind in kinds if kind != "prim::GetAttr"])


def onnx(model, inputs):
    from onnx import load_from_string

    stream = io.BytesIO()
    torch.onnx.export(Each(model), inputs, stream, dynamo=False)
    graph = load_from_string(stream.getvalue()).graph
    return Seen((), [(node.op_type, [str(attribute) for attribute in node.attribute]) for node in graph.node])


def add_graph(model, inputs):
    from torch.utils.tensorboard._pytorch_graph import graph

    drawn, _ = graph(Each(model), inputs)
    return Seen((), sorted(node.op for node in drawn.node))


def export(model, inputs):
    exported = torch.export.export(Each(model), inputs)
    return Seen(exported.module()(*inputs), operations(exported.graph))


def dynamo(model, inputs):
    torch._dynamo.reset()
    return torch.compile(Each(model), backend="eager", fullgraph=True)(*inputs)


def fx(model, inputs):
    traced = torch.fx.symbolic_trace(model)
    return [traced(x) for x in inputs]


def proxies(mode):
    def way(model, inputs):
        traced = make_fx(Each(model), tracing_mode=mode, _allow_non_fake_inputs=True)(*inputs)
        return Seen(traced(*inputs), operations(traced.graph))

    return way


def operations(graph):
    """What a graph of FX calls."""
    return [str(node.target) for node in graph.nodes if node.op == "call_function"]


def vmap(model, inputs):
    return [torch.vmap(model)(x[None]) for x in inputs]


def grad(model, inputs):
    return [torch.func.grad(lambda x: model(x).sum())(x) for x in inputs]


def jvp(model, inputs):
    return [torch.func.jvp(model, (x,), (x,)) for x in inputs]


def functionalize(model, inputs):
    return [torch.func.functionalize(model)(x) for x in inputs]


def forward_mode(model, inputs):
    dual = torch.autograd.forward_ad
    with dual.dual_level():
        return [dual.unpack_dual(model(dual.make_dual(x, x))).tangent for x in inputs]


def fake(model, inputs):
    from torch._subclasses import FakeTensorMode

    with FakeTensorMode(allow_non_fake_inputs=True) as mode:
        return [(y.shape, y.stride(), y.dtype) for y in Each(model)(*map(mode.from_tensor, inputs))]


def deterministic(model, inputs):
    torch.use_deterministic_algorithms(True)
    return Each(model)(*inputs)


def autocast(model, inputs):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return Each(model)(*inputs)


WAYS = {
    "jit.trace": trace,
    "export": export,
    "dynamo": dynamo,
    "onnx": onnx,
    "add_graph": add_graph,
    "fx": fx,
    "make_fx": proxies("real"),
    "make_fx-fake": proxies("fake"),
    "make_fx-symbolic": proxies("symbolic"),
    "vmap": vmap,
    "grad": grad,
    "jvp": jvp,
    "functionalize": functionalize,
    "forward-mode": forward_mode,
    "fake-tensors": fake,
    "deterministic": deterministic,
    "autocast": autocast,
}


def outcome(way, model, inputs):
    """What comes out, or the kind of error."""
    try:
        seen = way(model, inputs)
        return seen if isinstance(seen, Seen) else Seen(seen)
    except (RuntimeError, NotImplementedError, ValueError) as error:
        return Seen(type(error))


def compare(found, expected):
    """Tensors are to be close, the rest equal."""
    if isinstance(expected, torch.Tensor):
        torch.testing.assert_close(found, expected, rtol=2e-6, atol=1e-5)
    elif isinstance(expected, list | tuple) and any(isinstance(part, list | tuple | torch.Tensor) for part in expected):
        for pair in zip(found, expected, strict=True):
            compare(*pair)
    else:
        assert found == expected, f"{found}, expected {expected}"


def main(name):
    warnings.simplefilter("ignore")
    # A choice that hangs on a traced value would be fixed in the trace.
    warnings.simplefilter("error", torch.jit.TracerWarning)
    for (what, arguments, *pair), (keeps, threads) in itertools.product(models(), ((False, 1), (True, 2))):
        print(f"{what}{arguments}, gradients {keeps}, threads {threads}", flush=True)
        torch.set_num_threads(threads)
        inputs = tuple((torch.randn(n) * 2).requires_grad_(keeps) for n in sizes(what))
        found, expected = (outcome(WAYS[name], model, inputs) for model in pair)
        compare(found.results, expected.results)
        # What PyTorch lacks may consist of other operations than the reference.
        if what not in peers.LACKING and what not in peers.MODULES:
            compare(found.operations, expected.operations)


if __name__ == "__main__":
    main(sys.argv[1])
