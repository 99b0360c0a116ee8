"""Where the first number came from that was NaN or infinite; asked when a loss is found to be so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from relume.torch._watch._loss._graph import LAYER, MOST_NODES, OUTPUT, inputs, operation, tensors

MOST_SAMPLES = 16


def where(node: Any, args: Sequence[Any], parameters: list[tuple[str, Tensor]]) -> dict[str, Any]:
    """What was not finite first: an input, a parameter, a target, a result on the way to the loss, or the loss."""
    with torch.no_grad():
        if (found := in_inputs(args)) is not None:
            return found
        for name, parameter in parameters:
            if not_finite(parameter):
                return {"what": "parameter", "name": name, "count": int((~torch.isfinite(parameter)).sum())}
        return {"what": "loss", "name": ""} if node is None else along(node)


def in_inputs(args: Sequence[Any]) -> dict[str, Any] | None:
    """The first input that is not finite."""
    for place, x in enumerate(x for given in args for x in tensors(given)):
        if (found := spoilt(x)) is not None:
            return {"what": "input", "name": "" if place == 0 else f"argument {place}", **found}
    return None


def along(node: Any) -> dict[str, Any]:
    """The first operation before a loss that made of finite numbers what is not, by what autograd keeps."""
    order, waiting, known = [], [(node, False)], {node}
    while waiting:
        current, done = waiting.pop()
        if done:
            order.append(current)
            continue
        waiting.append((current, True))
        for before in inputs(current) if len(known) < MOST_NODES else ():
            if before is not None and before not in known:
                known.add(before)
                waiting.append((before, False))
    for current in order:
        kept = dict(saved(current))
        if (target := kept.get("_saved_target")) is not None and (found := spoilt(target)) is not None:
            return {"what": "target", "name": "", **found}
        result = kept.get("_saved_result", current.metadata.get(OUTPUT))
        if (isinstance(result, Tensor) and not_finite(result)) or infinite_at(current, kept):
            if (layer := current.metadata.get(LAYER)) is not None:
                return {"what": "activation", "name": layer}
            return {"what": "output", "name": operation(current)}
    return {"what": "loss", "name": operation(node)}


def saved(node: Any) -> Any:
    """The tensors that an operation keeps, by name."""
    for name in dir(node):
        if name.startswith("_saved_"):
            try:
                value = getattr(node, name)
            except RuntimeError:
                continue
            if isinstance(value, Tensor):
                yield name, value


def infinite_at(node: Any, kept: dict[str, Tensor]) -> bool:
    """Whether an operation that keeps no result is not finite at what it keeps: the logarithm of 0, a division by 0."""
    own, other = kept.get("_saved_self"), kept.get("_saved_other")
    name = node.name()
    if name.startswith("LogBackward") and own is not None:
        return bool((own <= 0).any())
    if name.startswith("DivBackward") and other is not None and not_finite(other) is False:
        return bool((other == 0).any())
    if name.startswith("PowBackward") and own is not None and not not_finite(own):
        return not_finite(own.pow(node._saved_exponent))
    return False


def not_finite(x: Tensor) -> bool:
    return x.is_floating_point() and x.layout is torch.strided and not bool(torch.isfinite(x).all())


def spoilt(x: Tensor) -> dict[str, Any] | None:
    """Which samples of a tensor are not finite, if any is."""
    if not not_finite(x):
        return None
    bad = ~torch.isfinite(x.detach())
    rows = bad.reshape(len(bad), -1).any(1) if bad.dim() > 0 else bad.reshape(1)
    samples = rows.nonzero().flatten()
    return {
        "count": int(bad.sum()),
        "samples": samples[:MOST_SAMPLES].tolist(),
        "affected": len(samples),
        "batch": len(rows),
    }
