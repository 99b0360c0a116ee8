"""Copies of what the user trains, for the experiments to change."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from relume.torch._compare._models import drawn
from relume.torch._treat._initialise import forget

LossFunction = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Copy:
    """A model, its optimiser with all that it remembers, and what computes the loss."""

    model: nn.Module
    optimizer: Optimizer
    loss_fn: LossFunction

    @classmethod
    def of(cls, model: nn.Module, optimizer: Optimizer, loss_fn: LossFunction) -> Copy:
        """Copied together, so that the copies belong to each other as the originals do."""
        memo: dict[int, Any] = {}
        try:
            copied = cls(*copy.deepcopy((model, optimizer, loss_fn), memo))
            # Optimisers leave what is their own out of copies, as LBFGS its list of parameters.
            for name, value in vars(optimizer).items():
                if name not in vars(copied.optimizer) and not callable(value):
                    setattr(copied.optimizer, name, copy.deepcopy(value, memo))
        except Exception as error:
            raise TypeError(
                f"examine(): it works on copies, and copy.deepcopy() of the model, the optimizer or loss_fn failed: "
                f"{type(error).__name__}: {error}. A tensor that forward keeps in an attribute must be detached "
                "(self.kept = x.detach()); what cannot be copied (locks, files) is left out by a __deepcopy__"
            ) from error
        if not copied.model.training:
            copied.model.train()
        return copied


@torch.no_grad()
def shuffle(copied: Copy) -> None:
    """Another draw of the weights: the numbers of each parameter in another order, so that whatever rule they were
    drawn by still holds."""
    for parameter in filter(drawn, copied.model.parameters()):
        order = torch.randperm(parameter.numel()).to(parameter.device)
        parameter.copy_(parameter.flatten()[order].view_as(parameter))
        forget(copied.optimizer, parameter)


def reaches(loss: Tensor, model: nn.Module) -> bool:
    """Whether a gradient of the loss would arrive at parameters of a model."""
    theirs = {id(parameter) for parameter in model.parameters()}
    nodes, seen = [loss.grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if id(getattr(node, "variable", None)) in theirs:
            return True
        nodes += [following for following, _ in node.next_functions]
    return False
