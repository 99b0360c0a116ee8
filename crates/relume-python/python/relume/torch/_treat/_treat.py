"""Carries out a prescription."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn
from torch.nn.modules.conv import _ConvNd
from torch.optim import Optimizer

from relume.torch._compare._activations import named
from relume.torch._treat._initialise import initialise
from relume.torch._treat._revive import revive
from relume.torch._watch._prescriptions import Prescription, Target

OF_THE_OPTIMIZER = ("lower_learning_rate", "raise_learning_rate", "clip")
"""What is changed about the steps, not about the model."""


@dataclass(frozen=True)
class Treatment:
    """What ``treat`` did."""

    changed: tuple[str, ...]
    """What was changed, in words."""
    left: tuple[str, ...]
    """What the prescription asks for and could not be done, and why."""
    _end: Callable[[], None] = field(default=lambda: None, repr=False)

    def end(self) -> None:
        """Ends what goes on at each step, such as clipping; what was changed stays so."""
        self._end()


def treat(model: nn.Module, prescription: Prescription, optimizer: Optimizer | None = None) -> Treatment:
    """Does to a model, or to its optimiser, what the doctor prescribes.

    >>> import torch, relume.torch
    >>> from torch import nn
    >>> _ = torch.manual_seed(0)
    >>> model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
    >>> _ = nn.init.constant_(model[0].bias, -50.0)
    >>> optimizer = torch.optim.SGD(model.parameters(), 0.1)
    >>> with relume.torch.watch(model, every=1) as doctor:
    ...     for _ in range(20):
    ...         optimizer.zero_grad()
    ...         x = torch.randn(64, 8)
    ...         nn.functional.mse_loss(model(x), x[:, :1]).backward()
    ...         optimizer.step()
    >>> revive = next(p for p in doctor.prescribe() if p.kind == "revive")
    >>> relume.torch.treat(model, revive, optimizer).changed
    ('zeroed the outgoing weights of 32 units of 1', 'drew new incoming weights for 32 units of 1')

    Args:
        model: That the doctor watched, or one with the same modules.
        prescription: One of ``doctor.prescribe()``. Activations are replaced, layers initialised, dead units revived
            and normalisations put behind layers, all in place; what is prescribed of steps is done to the optimiser.
        optimizer: That trains the model. Needed for learning rates and clipping; otherwise, what it remembers of
            newly drawn weights is cleared, and it is given the parameters that are added.

    Returns:
        What was changed, and what could not be.
    """
    if not prescription.applies:
        raise ValueError(f"treat(): this is for you to do: {prescription.text}{pasted(prescription)}")
    if prescription.kind in OF_THE_OPTIMIZER:
        if optimizer is None:
            raise ValueError(
                f"treat(): {prescription.kind} needs the optimizer: {prescription.text}{pasted(prescription)}"
            )
        return of_steps(prescription, optimizer)
    targets = [target for target in prescription.targets if target.module is not None]
    left = [
        f"{target.layer}: no module that can be changed" for target in prescription.targets if target.module is None
    ]
    for target in targets:
        try:
            model.get_submodule(str(target.module))
        except AttributeError:
            raise ValueError(
                f"treat(): the model has no module {target.module!r}; is it the one that was watched?"
            ) from None
    changed: list[str] = []
    with torch.no_grad():
        if prescription.kind == "revive":
            changed, kept = revive(model, targets, optimizer)
            left += kept
        if prescription.kind == "initialise":
            # The gates of a recurrent layer share its weights.
            targets = list({target.module: target for target in targets}.values())
        for target in targets:
            match prescription.kind:
                case "initialise":
                    changed.append(initialise(model, target, optimizer))
                case "activation":
                    changed.append(exchange(model, target, str(prescription.activation)))
                    if target.weights is not None:
                        changed.append(initialise(model, replace(target, module=target.weights), optimizer))
                case "normalise":
                    changed.append(normalise(model, target, optimizer))
    return Treatment(tuple(changed), tuple(left))


def pasted(prescription: Prescription) -> str:
    return "" if prescription.code is None else f"\n{prescription.code}"


def of_steps(prescription: Prescription, optimizer: Optimizer) -> Treatment:
    """Changes the steps of an optimiser."""
    value = float(prescription.value or 1.0)
    if prescription.kind == "clip":
        handle = optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: clip(optimizer, value))
        return Treatment((f"gradients are clipped to a norm of {value:g} before each step",), (), handle.remove)
    changed = []
    for group in optimizer.param_groups:
        before = float(group["lr"])
        group["lr"] = group["lr"] * value
        if "initial_lr" in group:
            group["initial_lr"] = group["initial_lr"] * value
        changed.append(f"the learning rate is {before * value:g}, it was {before:g}")
    return Treatment(tuple(changed), ())


def clip(optimizer: Optimizer, norm: float) -> None:
    nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], norm)


def exchange(model: nn.Module, target: Target, activation: str) -> str:
    """Puts another activation wherever the module stands."""
    old = model.get_submodule(str(target.module))
    new = named(activation)().train(old.training)
    put(model, old, new)
    return f"{target.module} is {type(new).__name__}, it was {type(old).__name__}"


def normalise(model: nn.Module, target: Target, optimizer: Optimizer | None) -> str:
    """Puts a normalisation behind a layer."""
    layer: Any = model.get_submodule(str(target.module))
    where = {"device": layer.weight.device, "dtype": layer.weight.dtype}
    norm: nn.Module
    if isinstance(layer, nn.Linear):
        norm = nn.LayerNorm(layer.out_features, **where)
    elif isinstance(layer, _ConvNd):
        norm = nn.GroupNorm(1, layer.out_channels, **where)
    else:
        raise ValueError(f"treat(): {target.module} is a {type(layer).__name__}, behind which it puts no normalisation")
    put(model, layer, nn.Sequential(layer, norm).train(layer.training))
    if optimizer is not None:
        optimizer.add_param_group({"params": list(norm.parameters())})
    return f"{type(norm).__name__} behind {target.module}"


def put(model: nn.Module, old: nn.Module, new: nn.Module) -> None:
    """Puts a module into all places of another."""
    if old is model:
        raise ValueError("treat(): the model itself is what is to be replaced; replace it where you make it")
    for owner in list(model.modules()):
        for name, child in list(owner._modules.items()):
            if child is old and owner is not new:
                setattr(owner, name, new)
