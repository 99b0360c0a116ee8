"""Carries out a prescription."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import nn
from torch.optim import Optimizer

from relume.torch._treat._exchange import exchange
from relume.torch._treat._initialise import initialise
from relume.torch._treat._normalise import normalise
from relume.torch._treat._revive import revive
from relume.torch._treat._standardise import Inputs, standardise
from relume.torch._treat._steps import OF_THE_OPTIMIZER, clip_steps, scale_rate
from relume.torch._treat._take_last_activation_away import take_last_activation_away
from relume.torch._watch._prescriptions import Prescription, Target


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


def treat(
    model: nn.Module,
    prescription: Prescription,
    optimizer: Optimizer | None = None,
    *,
    inputs: Iterable[Inputs] | Inputs | None = None,
) -> Treatment:
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
        prescription: One of ``doctor.prescribe()``. Activations are replaced, layers initialised, dead units revived,
            normalisations put behind layers, inputs standardised and the last activation taken away, all in place;
            what is prescribed of steps is done to the optimiser.
        optimizer: That trains the model. Needed for learning rates and clipping; otherwise, what it remembers of
            newly drawn weights is cleared, and it is given the parameters that are added.
        inputs: The training data, needed to standardise inputs: what the model is called with, as a tensor, a tuple of
            arguments or a dict of arguments by name; or a list of such batches.

    Returns:
        What was changed, and what could not be. Where a module cannot be changed as prescribed, that is an error, and
        nothing has been changed.
    """
    if not prescription.applies:
        raise ValueError(f"treat(): this is for you to do: {prescription.text}{pasted(prescription)}")
    if prescription.kind in OF_THE_OPTIMIZER:
        if optimizer is None:
            raise ValueError(
                f"treat(): {prescription.kind} needs the optimizer: {prescription.text}{pasted(prescription)}"
            )
        if prescription.kind == "clip":
            changed, end = clip_steps(optimizer, float(prescription.value or 1.0))
            return Treatment(tuple(changed), (), end)
        return Treatment(tuple(scale_rate(optimizer, float(prescription.value or 1.0))), ())
    fixed = [target.layer for target in prescription.targets if target.module is None]
    left = [f"{layer}: no module that can be changed" for layer in fixed]
    # All that may fail is done before anything is changed.
    match prescription.kind:
        case "standardise":
            todo = [standardise(model, inputs)]
        case "take_last_activation_away":
            todo = [take_last_activation_away(model)]
        case _:
            todo = list(steps(model, prescription, optimizer, left))
    with torch.no_grad():
        changed = [do() for do in todo]
    return Treatment(tuple(changed), tuple(left))


def steps(
    model: nn.Module, prescription: Prescription, optimizer: Optimizer | None, left: list[str]
) -> Iterator[Callable[[], str]]:
    """What is to be done, one thing after the other; what cannot be is added to ``left``."""
    targets = {target.layer: target for target in prescription.targets if target.module is not None}
    if prescription.kind == "revive":
        yield from revive(model, list(targets.values()), optimizer, left)
        return
    # The gates of a recurrent layer share its weights, as the uses of a layer do.
    modules: dict[str, Target] = {str(target.module): target for target in targets.values()}
    for name, target in modules.items():
        match prescription.kind:
            case "initialise":
                yield initialise(model, target, name, optimizer)
            case "activation" | "bounded_activation":
                yield exchange(model, name, str(prescription.activation))
                if target.weights is not None:
                    yield initialise(model, target, target.weights, optimizer)
            case "normalise":
                yield normalise(model, name, optimizer)
            case kind:
                raise ValueError(f"treat(): it does not know {kind!r}: {prescription.text}{pasted(prescription)}")


def pasted(prescription: Prescription) -> str:
    return "" if prescription.code is None else f"\n{prescription.code}"
