"""A model watched in training."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from relume import _native
from relume.torch._watch import _taps
from relume.torch._watch._baseline import Baseline, targets
from relume.torch._watch._eyes import Eyes
from relume.torch._watch._findings import Finding
from relume.torch._watch._hooks import Hook
from relume.torch._watch._recorder import Recorder
from relume.torch._watch._schedule import Schedule


def guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    """What goes wrong in the doctor ends the watching, not the training."""

    @wraps(method)
    def call(self: Doctor, *args: Any) -> Any:
        if self.closed or torch.compiler.is_compiling():
            return None
        self.entered = perf_counter()
        if self.eyes.failure is not None:
            return self.fail(self.eyes.failure)
        try:
            return method(self, *args)
        except Exception as error:
            self.fail(error)
            return None
        finally:
            self.own += perf_counter() - self.entered

    return call


class Coming(NamedTuple):
    """What is known of a backward pass that is under way."""

    loss: Tensor | None
    scale: float
    """What the loss was multiplied with."""
    targets: tuple[str, Tensor] | None


class Doctor:
    """Watches a model in training; made by ``relume.torch.watch``."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: Optimizer | None = None,
        *,
        every: int | None = None,
        live: bool = False,
        baseline_loss: float | None = None,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.live = live
        self.closed = False
        self.recorder = Recorder()
        self.schedule = Schedule(every)
        self.eyes = Eyes(model, self.recorder)
        self.names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.announced: set[tuple[str, tuple[str, ...]]] = set()
        self.merged: _native.Run | None = None
        self.steps_of_optimizer = False
        """Whether an optimiser ends the steps; before the first, nobody can know."""
        self.evaluations = self.skipped = 0
        self.baseline_loss = baseline_loss
        self.baseline = Baseline()
        self.has_been_told = False
        """Whether the user states losses, of which no baseline is known."""
        self.begin()
        self.attach()

    def begin(self) -> None:
        """Nothing has happened yet in the next step."""
        self.started: float | None = None
        self.watching = False
        self.arrived = False
        """Whether a gradient came back to the model in this step."""
        self.losses: list[float] = []
        self.told: float | None = None
        self.scale = 1.0
        self.was_scaled = False
        self.own = self.eyes.own = 0.0
        self.coming: Coming | None = None

    def attach(self) -> None:
        model = self.model
        self.handles: list[Any] = [
            model.register_forward_pre_hook(Hook(self.forward_begins)),
            model.register_forward_hook(Hook(self.forward_ended), always_call=True),
            register_optimizer_step_pre_hook(self.optimizer_begins),
            register_optimizer_step_post_hook(self.optimizer_ended),
        ]
        self.inside = False
        _taps.attach(self)

    def detach(self) -> None:
        for handle in self.handles:
            handle.remove()
        self.handles = []
        self.eyes.close()
        _taps.detach(self)

    # What happens in training.

    @guarded
    def forward_begins(self, module: nn.Module, args: Any) -> None:
        if module is not self.model or torch.jit.is_tracing():
            return
        if not module.training or not torch.is_grad_enabled():
            self.evaluations += 1
            return
        if self.arrived and not self.steps_of_optimizer:
            self.end_step()
        self.begin_step()
        if self.watching and module not in self.eyes.path.hidden:
            # A forward that was interrupted may have left them open.
            self.eyes.close()
            self.eyes.open()
        self.inside = self.watching

    @guarded
    def forward_ended(self, module: nn.Module, args: Any, output: Any) -> None:
        if module is not self.model or not self.inside:
            return
        self.inside = False
        self.eyes.close()
        y = first_tensor(output)
        if y is not None and y.requires_grad and not y.is_inference():
            y.register_hook(self.gradient_arrived)

    @guarded
    def backward_begins(self, loss: Tensor | None, scaler: GradScaler | None) -> None:
        if self.started is None:
            return
        self.was_scaled = scaler is not None
        if not self.watching:
            self.arrived = True
            return
        self.coming = Coming(
            loss=None if loss is None else loss.detach(),
            scale=1.0 if scaler is None else float(scaler.get_scale()),
            targets=None if loss is None else targets(loss, scaler is not None),
        )

    @guarded
    def gradient_arrived(self, gradient: Tensor) -> None:
        """In a watched step: then this backward pass concerns the model, and not another one."""
        self.arrived = True
        coming, self.coming = self.coming, None
        if coming is None:
            return
        self.scale = coming.scale
        if coming.loss is not None:
            self.losses.append(coming.loss.item() / coming.scale)
        if coming.targets is not None:
            self.baseline.take(*coming.targets)

    @guarded
    def backward_ended(self, complete: bool) -> None:
        self.coming = None
        if not complete:
            self.forget_step()

    @guarded
    def scaler_updated(self, scaler: GradScaler) -> None:
        if self.arrived and self.was_scaled:
            # The gradients overflowed, the scaler left out the step and has lowered its factor.
            self.skipped += 1
            self.forget_step()

    @guarded
    def optimizer_begins(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not self.is_ours(optimizer):
            return
        self.begin_step()
        self.before = []
        if self.watching:
            # Of a compiled model nothing else is seen.
            for parameter, name in self.parameters_of(optimizer):
                self.arrived = True
                self.recorder.before(name, parameter)
                self.before.append(parameter)

    @guarded
    def optimizer_ended(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not self.is_ours(optimizer):
            return
        for parameter in self.before:
            self.recorder.after(parameter)
        self.before = []
        self.steps_of_optimizer = True
        self.end_step()

    before: list[Tensor] = []

    def begin_step(self) -> None:
        if self.started is None:
            self.started = perf_counter()
            self.watching = self.schedule.due()

    def forget_step(self) -> None:
        """What was counted belongs to no step of training."""
        self.recorder.run.drop_step()
        self.begin()

    def end_step(self) -> None:
        if self.started is None:
            return
        run = self.recorder.run
        watched = self.watching and self.arrived
        if watched and self.scale != 1.0:
            run.unscale(self.scale)
        if self.watching and not watched:
            run.drop_step()
        losses = [self.told] if self.told is not None else self.losses
        run.end_step(sum(losses) / len(losses) if losses else None, watched)
        now = perf_counter()
        duration, own = now - self.started, self.own + self.eyes.own + now - self.entered
        self.entered = now
        cost = self.schedule.end(duration, own, watched)
        run.seconds(cost, max(duration - cost, 0.0))
        self.begin()
        if self.live and watched:
            self.announce()

    def is_ours(self, optimizer: Optimizer) -> bool:
        if self.optimizer is not None:
            return optimizer is self.optimizer
        return any(id(p) in self.names for group in optimizer.param_groups for p in group["params"])

    def parameters_of(self, optimizer: Optimizer) -> list[tuple[Tensor, str]]:
        parameters = (p for group in optimizer.param_groups for p in group["params"])
        return [(p, self.names[id(p)]) for p in parameters if id(p) in self.names and p.grad is not None]

    # What the user asks for.

    def loss(self, value: Tensor | float) -> None:
        """States the training loss of the present step, where it is not seen at ``backward``."""
        value = float(value.detach() if isinstance(value, Tensor) else value)
        if not self.closed:
            self.told, self.has_been_told = value, True

    def close(self) -> None:
        """Ends the watching; what was seen stays."""
        if self.closed:
            return
        self.entered = perf_counter()
        if self.arrived and not self.steps_of_optimizer:
            self.end_step()
        self.detach()
        self.closed = True
        self.recorder.run.drop_step()

    def __enter__(self) -> Doctor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self.recorder.run.note(f"Training ended with an exception: {kind.__name__ if kind else ''}: {error}")
        self.close()

    @property
    def findings(self) -> list[Finding]:
        """What is wrong: faults before warnings, causes before consequences."""
        return [Finding.of(finding) for finding in self.to_dict()["findings"]]

    def report(self, width: int | None = None, colour: bool = False) -> str:
        """The findings and a table of the layers, as text as wide as the terminal."""
        return self.run().report(width or shutil.get_terminal_size().columns, colour)

    def to_dict(self) -> dict[str, Any]:
        """Everything that was seen and found, by the published schema of records and findings."""
        return json.loads(self.run().json())

    def to_html(self, path: str | os.PathLike[str], title: str | None = None) -> None:
        """Writes the report as one HTML file that needs nothing else."""
        page = self.run().html(title or type(self.model).__name__)
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the counts to a file, which ``relume doctor merge`` adds up with those of other workers."""
        self.run().save(os.fspath(path))

    def gather(self) -> None:
        """Adds up the counts of all workers of ``torch.distributed``; each of them must call it."""
        texts: list[str] = [""] * torch.distributed.get_world_size()
        torch.distributed.all_gather_object(texts, self.counts().dumps())
        merged, *others = map(_native.Run.loads, texts)
        for other in others:
            merged.merge(other)
        self.merged = merged

    def counts(self) -> _native.Run:
        """What this process counted, with what is known of its limits."""
        run = _native.Run.loads(self.recorder.run.dumps())
        baseline = self.baseline_loss
        if baseline is None and not self.has_been_told:
            baseline = self.baseline.loss()
        if baseline is not None:
            run.baseline_loss(baseline)
        for name, reason in self.eyes.path.unseen_activations(self.eyes.seen):
            run.not_observed(name, reason)
        if self.skipped:
            run.note(f"The gradient scaler left out {self.skipped} steps because of overflow; they are not counted.")
        if self.schedule.steps == 0 and self.evaluations:
            run.note("All forward passes were in eval() or without gradients.")
        elif self.schedule.steps == 0:
            run.note(
                "No forward pass of the model was seen. If parts of it are called by themselves, or if it is part of "
                "a compiled model, watch what is called."
            )
        return run

    def run(self) -> _native.Run:
        """What is reported on: what all workers counted, if it has been gathered."""
        if self.merged is not None:
            return self.merged
        run = self.counts()
        if torch.distributed.is_available() and torch.distributed.is_initialized():
            rank, of = torch.distributed.get_rank(), torch.distributed.get_world_size()
            if of > 1:
                run.note(f"This is what rank {rank} of {of} saw; gather(), called on all, adds up what all saw.")
        return run

    def announce(self) -> None:
        """Prints which findings have appeared and which are gone."""
        found = {(finding.check, finding.layers): finding for finding in self.findings}
        step = self.schedule.steps
        for key in found.keys() - self.announced:
            print(f"relume, step {step}: {found[key]}", flush=True)
        for check, layers in self.announced - found.keys():
            print(f"relume, step {step}: resolved: {check} {', '.join(layers)}".rstrip(), flush=True)
        self.announced = set(found)

    def fail(self, error: Exception) -> None:
        """Ends the watching because the doctor itself has failed."""
        if self.closed:
            return
        self.detach()
        self.closed = True
        self.recorder.run.drop_step()
        text = f"Watching ended because the doctor failed: {type(error).__name__}: {error}"
        self.recorder.run.note(text)
        warnings.warn(f"relume: {text}; training goes on", RuntimeWarning, stacklevel=2)


def first_tensor(output: Any) -> Tensor | None:
    """A tensor among a model's outputs that a gradient may come back to."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, dict):
        output = list(output.values())
    if not isinstance(output, (list, tuple)):
        output = list(getattr(output, "__dict__", {}).values())
    found = map(first_tensor, output)
    return next((tensor for tensor in found if tensor is not None and tensor.requires_grad), None)


def watch(
    model: nn.Module,
    optimizer: Optimizer | None = None,
    *,
    every: int | None = None,
    live: bool = False,
    baseline_loss: float | None = None,
) -> Doctor:
    """Watches a model in training.

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
    >>> doctor.findings[0].check, doctor.findings[0].layers
    ('born_dead', ('1',))

    Args:
        model: What is called in training. Its activations are found by themselves, modules and functions.
        optimizer: Whose steps are the steps of training; by default any that has parameters of the model.
        every: Watch every so many steps in full. By default as many as add at most 5 % to the time of training.
        live: Print a line when a finding appears or is gone.
        baseline_loss: The loss of the best constant prediction; with it, the doctor knows whether a model learns that
            it would otherwise judge by the course of the loss.

    Returns:
        The doctor, whose ``report()``, ``findings``, ``to_dict()``, ``to_html(path)`` and ``save(path)`` say what was
        seen. As a context manager it closes itself.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"watch() takes a torch.nn.Module, not {type(model).__name__}")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise TypeError(f"watch(): optimizer is a torch.optim.Optimizer, not {type(optimizer).__name__}")
    if every is not None and (not isinstance(every, int) or every < 1):
        raise ValueError(f"watch(): every is {every!r}, expected a whole number of steps of at least 1")
    return Doctor(model, optimizer, every=every, live=live, baseline_loss=baseline_loss)
