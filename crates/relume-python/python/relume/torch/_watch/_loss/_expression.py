"""What a loss consists of.

From the loss down, most operations are linear: sums, means, weights, reshaping, the choice of a class. They come to one
number by which each element counts, and that number is what autograd itself computes. Where the linear part ends stands
a *head*: the logarithm of a softmax, a squared difference. So the loss is a sum over heads, however it was written, and
the best constant prediction follows head by head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._loss._constants import Root
from relume.torch._watch._loss._graph import (
    MOST_NODES,
    OUTPUT,
    SAME_VALUES,
    WEIGHING,
    activated_twice,
    chain,
    inputs,
    operation,
)
from relume.torch._watch._loss._head import Head, unknown
from relume.torch._watch._loss._heads import HEADS
from relume.torch._watch._loss._joins import Edge, join_coins, join_divergences, join_likelihoods, join_softmax

LINEAR = (
    *SAME_VALUES,
    "Add",
    "Sub",
    "Rsub",
    "Neg",
    "Mean",
    "Sum",
    "Mul",
    "Div",
    "Select",
    "Slice",
    "Index",
    "Gather",
    "Cat",
    "Stack",
    "MaskedFill",
    "MaskedSelect",
    "Where",
    "NllLoss",
    "Diagonal",
    "Trace",
)
"""Operations that are linear in what goes into them; products and quotients only if one side has no gradient."""


ROUNDING = 1e-4
"""So much of a loss may be lost to rounding, and is no term of it."""


@dataclass
class Expression:
    """A loss, as a sum."""

    heads: list[Head]
    rest: float
    """What the heads do not account for: constants, and penalties of the parameters."""
    penalised: bool
    """Whether parameters alone are part of it."""
    operations: list[str] = field(default_factory=list)
    """From the last layer with weights to the loss."""
    targets: list[Tensor] = field(default_factory=list)
    """What the outputs are compared with: what the first head that knows it has, and those that are like it."""
    activated_twice: str | None = None
    """The activation whose results a loss was given that applies it itself."""

    @property
    def signature(self) -> tuple[str, ...]:
        """What losses must share so that their heads can be added up."""
        return tuple(head.signature for head in self.heads)


def express(node: Any, value: float, parameters: set[int]) -> Expression:
    """How the loss of this value was computed by the operation and those before it; asked before ``backward``."""
    with torch.no_grad():
        weights, chosen, above = weighted(node, parameters)
        heads: dict[Edge, Head] = {}
        penalised = False
        for edge, weight in weights.items():
            if rests_on_parameters(edge[0], parameters):
                penalised = True
            else:
                name = edge[0].name()
                make = next((make for start, make in HEADS if name.startswith(start)), unknown)
                heads[edge] = make(edge[0], weight, edge in chosen)
        join_divergences(weights, heads)
        join_likelihoods(weights, heads, value)
        join_coins(weights, heads)
        join_softmax(weights, heads)
        look_into_roots(weights, heads, parameters)
        known = list(heads.values())
        values = [float(head.value) for head in known if head.value is not None]
        rest = value - sum(values) if len(values) == len(known) else 0.0
        if not math.isfinite(rest) or abs(rest) <= ROUNDING * sum(map(abs, values)):
            rest = 0.0
        first = next(iter(heads), next(iter(weights), (node, 0)))
        return Expression(
            known, rest, penalised, operations(first[0], above), targets(known, above), activated_twice(node)
        )


def followed(node: Any, parameters: set[int]) -> list[int]:
    """Which inputs of an operation it is linear in, and that are worth following; none for a head."""
    name = node.name()
    if not name.startswith(LINEAR) or len(node._input_metadata) != 1:
        return []
    sides = [i for i, before in enumerate(inputs(node)) if before is not None]
    if name.startswith(("MulBackward", "DivBackward")):
        if len(sides) == 2:
            # A weight that is learned is a weight like others.
            sides = [i for i in sides if not rests_on_parameters(inputs(node)[i], parameters)]
        return sides if len(sides) == 1 and (sides[0] == 0 or name.startswith("Mul")) else []
    # What a model returns is the end, unless it is the loss itself.
    return sides if OUTPUT not in node.metadata or not node._input_metadata[0].shape else []


def weighted(node: Any, parameters: set[int]) -> tuple[dict[Edge, Tensor], set[Edge], dict[Any, Any]]:
    """The heads of a loss with the weight of each of their elements; which of them class numbers were chosen from; and
    of each operation the one after it."""
    above: dict[Any, Any] = {node: None}
    order = []
    ways: dict[Any, list[int]] = {}
    waiting = [(node, False)]
    while waiting:
        current, done = waiting.pop()
        if done:
            order.append(current)
            continue
        waiting.append((current, True))
        ways[current] = followed(current, parameters) if len(above) < MOST_NODES else []
        for before in (inputs(current)[i] for i in ways[current]):
            if before not in above:
                above[before] = current
                waiting.append((before, False))
    whole = node._input_metadata[0]
    weights: dict[Edge, Tensor] = {(node, 0): torch.ones(whole.shape, dtype=whole.dtype, device=whole.device)}
    chosen: set[Edge] = set()
    for current in reversed(order):
        if not ways[current] or (current, 0) not in weights:
            continue
        passed = current(weights.pop((current, 0)))
        parts = passed if isinstance(passed, tuple) else (passed,)
        chooses = current.name().startswith("NllLoss")
        chooses = chooses or ((current, 0) in chosen and current.name().startswith(SAME_VALUES))
        for before, part in ((current.next_functions[i], parts[i]) for i in ways[current]):
            if part is None:
                continue
            weights[before] = weights[before] + part.detach() if before in weights else part.detach()
            if chooses:
                chosen.add(before)
    return weights, chosen, above


def targets(heads: list[Head], above: dict[Any, Any]) -> list[Tensor]:
    """What a loss compares outputs with: in an adversarial training, real samples with one answer and made ones with
    another."""
    known = [(head.kind, head.target) for head in heads if head.target is not None]
    if not known:
        chosen = classes(above)
        return [] if chosen is None else [chosen]
    kind, first = known[0]
    return [target for other, target in known if other == kind and target.shape == first.shape]


def classes(above: dict[Any, Any]) -> Tensor | None:
    """The class numbers that a loss chooses by."""
    node = next((node for node in above if node.name().startswith("NllLoss")), None)
    return None if node is None else node._saved_target.detach()


def look_into_roots(weights: dict[Edge, Tensor], heads: dict[Edge, Head], parameters: set[int]) -> None:
    """Of the root of a sum, the best constant is that of the sum."""
    for edge, head in heads.items():
        if edge[0].name().startswith("SqrtBackward") and not edge[0]._input_metadata[0].shape:
            root = edge[0]._saved_result.detach()
            inner = express(edge[0].next_functions[0][0], float(root) ** 2, parameters)
            known = [part.statistics for part in inner.heads if part.statistics is not None]
            head.value = (weights[edge] * root).sum()
            if known and len(known) == len(inner.heads):
                head.kind, head.known = f"root of {inner.heads[0].kind}", True
                head.statistics = Root(known, inner.rest, float(weights[edge]))
                head.target = next(iter(inner.targets), None)


def rests_on_parameters(node: Any, parameters: set[int]) -> bool:
    """Whether nothing goes into an operation but parameters of the model."""
    waiting, known, found = [node], {node}, False
    while waiting:
        node = waiting.pop()
        if OUTPUT in node.metadata or node.name().startswith(WEIGHING) or len(known) > 256:
            return False
        variable = getattr(node, "variable", None)
        if variable is not None:
            if id(variable) not in parameters:
                return False
            found = True
        for before in inputs(node):
            if before is not None and before not in known:
                known.add(before)
                waiting.append(before)
    return found


def operations(head: Any, above: dict[Any, Any]) -> list[str]:
    """What happens between the last layer with weights and the loss, in order; what only reshapes aside."""
    before = []
    for node in chain(head):
        if node.name().startswith(WEIGHING) or node.name().endswith("AccumulateGrad"):
            break
        before.append(node)
    after, node = [], head
    while node is not None:
        after.append(node)
        node = above.get(node)
    path = [*reversed(before), *after]
    return [
        operation(node)
        for node in path
        if not node.name().startswith((*SAME_VALUES, *WEIGHING)) and not node.name().endswith("AccumulateGrad")
    ][:24]
