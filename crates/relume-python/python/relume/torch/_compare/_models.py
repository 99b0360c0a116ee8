"""The model of a trial: made by the user's function, or a copy of the user's with other activations."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from relume.torch._compare._activations import ModuleMaker
from relume.torch._watch._modules import ACTIVATIONS

Kinds = type[nn.Module] | tuple[type[nn.Module], ...] | None


class Copies:
    """Makes models from one that is there: its activation modules replaced, its parameters newly drawn."""

    def __init__(self, model: nn.Module, kinds: Kinds) -> None:
        self.model = model
        self.places = [name for name, module in model.named_modules() if isinstance(module, kinds or ACTIVATIONS)]
        if not self.places:
            missing = "no activation modules" if kinds is None else f"no modules of {spelled(kinds)}"
            raise ValueError(
                f"compare(): the model has {missing}. Functions that its forward calls cannot be replaced: give a "
                "function make_model(activation) that builds the model with activation() in their place"
            )
        found = sorted({type(model.get_submodule(place)).__name__ for place in self.places})
        if kinds is None and len(found) > 1:
            raise ValueError(
                f"compare(): the model has activations of several kinds, {', '.join(found)}; say which of them are "
                f"replaced, such as replace=torch.nn.{found[0]}"
            )
        self.kept = reset(copy.deepcopy(model))

    def __call__(self, activation: ModuleMaker) -> nn.Module:
        if self.places == [""]:
            return activation()
        model = copy.deepcopy(self.model)
        # A module that stands in several places is replaced by one that does.
        new: dict[int, nn.Module] = {}
        for name, module in list(model.named_modules(remove_duplicate=False)):
            if name in self.places or id(module) in new:
                owner, _, attribute = name.rpartition(".")
                made = new.get(id(module)) or new.setdefault(id(module), activation())
                setattr(model.get_submodule(owner), attribute, made.train(module.training))
        reset(model)
        return model


def spelled(kinds: type[nn.Module] | tuple[type[nn.Module], ...]) -> str:
    return " or ".join(kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))


def reset(model: nn.Module) -> list[str]:
    """Draws new parameters for a model, as far as its modules know how; returns the names of the others."""
    before = {name: parameter._version for name, parameter in model.named_parameters() if drawn(parameter)}
    # The innermost first, as when they were made: those around them may draw some of theirs otherwise.
    for module in reversed(list(model.modules())):
        for method in ("reset_parameters", "_reset_parameters"):
            if callable(draw := getattr(module, method, None)):
                draw()
    # Whatever writes to a parameter in place counts up its version.
    return [name for name, parameter in model.named_parameters() if before.get(name) == parameter._version]


def drawn(parameter: nn.Parameter) -> bool:
    """Whether it has values; those of a lazy module come with its first input."""
    return not isinstance(parameter, UninitializedParameter)


def made_by(make_model: Callable[[Any], nn.Module], activation: ModuleMaker, seed: int) -> nn.Module:
    """The model of a trial, whose weights depend on the seed alone."""
    torch.manual_seed(seed)
    before = activation.made
    model: Any = make_model(activation)
    if not isinstance(model, nn.Module):
        raise TypeError(f"make_model() returned a {type(model).__name__}, expected a torch.nn.Module")
    if activation.made == before:
        raise ValueError(
            "make_model() did not use the activation that it was given; call it wherever the model needs one: "
            "nn.Sequential(nn.Linear(8, 16), activation(), ...)"
        )
    return model
