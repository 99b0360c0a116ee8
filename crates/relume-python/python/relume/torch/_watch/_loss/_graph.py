"""The graph that autograd keeps of a loss: its nodes, in plain terms."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

OUTPUT = "relume's output"
"""Under which the last operation of a model is marked. In a watched step its result is kept there."""

LAYER = "relume's layer"
"""Under which an operation that is an activation keeps the name of its layer, in a watched step."""

MOST_NODES = 4096
"""Larger losses are not looked through."""

STRAIGHT = 4
"""In most losses the way to what the model returned is straight, with fewer steps than these."""

MOST_OUTPUTS = 16
"""Of a model that returns more tensors, only so many are marked."""

SAME_VALUES = (
    "View",
    "UnsafeView",
    "ReshapeAlias",
    "Squeeze",
    "Unsqueeze",
    "Transpose",
    "Permute",
    "Alias",
    "Clone",
    "TBackward",
    "ToCopy",
    "Expand",
)
"""Operations that change shape or type alone."""

SCALING = ("DivBackward", "MulBackward")
"""Operations that multiply by a number, if one of their operands is one."""

RESHAPED = ("View", "UnsafeView", "ReshapeAlias", "Squeeze", "Unsqueeze", "Alias", "Clone", "ToCopy")
"""Those of them that leave the values in their order, and their number."""

WEIGHING = ("Addmm", "Mm", "Addbmm", "Baddbmm", "Bmm", "Convolution", "Embedding", "Addmv", "Mv", "Linear", "Mkldnn")
"""Operations of layers with weights."""


def mark(output: Any, keep: bool) -> list[Tensor]:
    """Marks what a model returned, so that it is recognised in a loss; returns its tensors that have a gradient."""
    if type(output) is Tensor and not keep:
        only: Any = output.grad_fn
        if only is not None:
            only.metadata[OUTPUT] = None
        return [output]
    found = [tensor for tensor in tensors(output) if tensor.grad_fn is not None and not tensor.is_inference()]
    for tensor in found[:MOST_OUTPUTS]:
        # PyTorch declares what an operation remembers as a method.
        node: Any = tensor.grad_fn
        node.metadata[OUTPUT] = tensor.detach() if keep else None
    return found


def tensors(output: Any, depth: int = 4) -> Iterator[Tensor]:
    """The tensors among a model's outputs."""
    if isinstance(output, Tensor):
        yield output
    elif depth > 0 and output is not None and not isinstance(output, (str, int, float)):
        if isinstance(output, dict):
            output = output.values()
        elif not isinstance(output, (list, tuple)):
            output = getattr(output, "__dict__", {}).values()
        for part in list(output):
            yield from tensors(part, depth - 1)


def inputs(node: Any) -> list[Any]:
    """The operations whose results go into this one; ``None`` for what has no gradient."""
    return [before for before, _ in node.next_functions]


def is_output(node: Any, way: int) -> bool:
    """Whether the operation so many steps before this one, each along the first input, is the last of a model."""
    for _ in range(way):
        before = node.next_functions
        if not before or (node := before[0][0]) is None:
            return False
    return OUTPUT in node.metadata


def straight_way(node: Any) -> int | None:
    """How many such steps there are from a loss to what the model returned, if so few lead there."""
    return next((way for way in range(STRAIGHT) if is_output(node, way)), None)


def reaches_output(node: Any) -> bool:
    """Whether a loss was computed from what the model returned, in whatever way."""
    return any(OUTPUT in each.metadata for each in walk(node))


def walk(node: Any, without: tuple[str, ...] = ()) -> Iterator[Any]:
    """An operation and those before it, the nearest first; without some, and what leads to these alone."""
    waiting, known = deque([node]), {node}
    while waiting and len(known) < MOST_NODES:
        node = waiting.popleft()
        yield node
        for before in inputs(node):
            if before is not None and before not in known and not (without and before.name().startswith(without)):
                known.add(before)
                waiting.append(before)


def leaves_of_output(node: Any) -> list[Tensor]:
    """What has a gradient and went into what the model returned: its parameters, and others."""
    waiting, known, found = deque([(node, False)]), {node}, []
    while waiting and len(known) < MOST_NODES:
        node, inside = waiting.popleft()
        inside = inside or OUTPUT in node.metadata
        variable = getattr(node, "variable", None)
        if inside and variable is not None:
            found.append(variable)
        for before in inputs(node):
            if before is not None and before not in known:
                known.add(before)
                waiting.append((before, inside))
    return found


ITS_OWN = {
    "LogSoftmaxBackward": ("SoftmaxBackward", "softmax"),
    "BinaryCrossEntropyWithLogits": ("SigmoidBackward", "sigmoid"),
    "LogSigmoid": ("SigmoidBackward", "sigmoid"),
}
"""Operations of losses that apply an activation themselves, and that activation."""


def activated_twice(node: Any) -> str | None:
    """The activation whose results a loss is given that applies it itself, wherever it stands above the last layers."""
    for each in walk(node, without=WEIGHING):
        name = each.name()
        own = next((own for start, own in ITS_OWN.items() if name.startswith(start)), None)
        if own is not None and valued(each.next_functions[0][0]).startswith(own[0]):
            return own[1]
    return None


def valued(node: Any) -> str:
    """The name of the operation that a value comes from; what only reshapes aside."""
    while node is not None and node.name().startswith(SAME_VALUES):
        node = node.next_functions[0][0]
    return "" if node is None else str(node.name())


def chain(node: Any, most: int = 16) -> Iterator[Any]:
    """The operations before this one, along the first input of each."""
    for _ in range(most):
        node = next((before for before in inputs(node) if before is not None), None)
        if node is None:
            return
        yield node


def is_number(value: Any) -> bool:
    """Whether an operand is a number of the program, and no tensor that was computed."""
    if not isinstance(value, Tensor):
        return isinstance(value, (int, float))
    if value.dim() > 0 or value.is_cuda:
        return False
    # Numbers give way to tensors of any type of their kind.
    if value.dtype is torch.int64:
        return torch.result_type(value, INTEGER) is torch.int8
    return value.dtype is torch.float64 and torch.result_type(value, HALF) is torch.float16


INTEGER = torch.ones((), dtype=torch.int8)
HALF = torch.ones((), dtype=torch.float16)


def factor_of(node: Any) -> float | None:
    """What a node multiplies its only input by, if that is a number."""
    name = node.name()
    if name.startswith(SCALING):
        second = node.next_functions[1:]
        other = node._saved_other if not second or second[0][0] is None else None
        if other is not None and is_number(other):
            number = float(other)
            if number > 0:
                return number if name.startswith("Mul") else 1.0 / number
    return None


def undivided(node: Any) -> tuple[Any, float]:
    """The loss before it was divided, as for accumulation, and the factor. Of a sum, the quotient is the loss."""
    if not node.name().startswith(SCALING):
        return node, 1.0
    factor, start = 1.0, node
    for _ in range(8):
        number = factor_of(node)
        if number is None:
            break
        factor *= number
        node = node.next_functions[0][0]
    if node is not start and is_sum(node):
        return start, 1.0
    return node, factor


def is_sum(node: Any) -> bool:
    while node.name().startswith(("Neg", *SAME_VALUES)) and inputs(node)[0] is not None:
        node = inputs(node)[0]
    return node.name().startswith("SumBackward") or getattr(node, "_saved_reduction", None) == SUM


NONE, MEAN, SUM = 0, 1, 2
"""PyTorch's numbers for what becomes of the losses of samples."""


def value_of(node: Any) -> Tensor | None:
    """The result of an operation, if it is kept."""
    kept = node.metadata.get(OUTPUT)
    if kept is None and node.name() in RESULTS:
        kept = node._saved_result
    return kept.detach() if isinstance(kept, Tensor) else None


RESULTS = (
    "SoftmaxBackward0",
    "LogSoftmaxBackward0",
    "SigmoidBackward0",
    "TanhBackward0",
    "ReluBackward0",
    "ExpBackward0",
)
"""Operations that keep their result under this name."""


def operation(node: Any) -> str:
    """What an operation is called: ``log_softmax`` for ``LogSoftmaxBackward0``."""
    name = re.sub(r"Backward\d*$", "", node.name().rsplit("::", 1)[-1])
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
