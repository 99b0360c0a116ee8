"""What happens to a model in training, step by step."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.amp import GradScaler
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from relume.torch._watch import _taps
from relume.torch._watch._baseline import OUTPUT, Baseline, loss_node, targets
from relume.torch._watch._ends import Floor, Inputs, smallest_loss
from relume.torch._watch._eyes import Eyes
from relume.torch._watch._hooks import Hook
from relume.torch._watch._recorder import Recorder
from relume.torch._watch._schedule import Schedule


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """What goes wrong in the doctor ends the watching, not the training."""

    @wraps(method)
    def call(self: Watcher, *args: Any) -> None:
        if self.closed or torch.compiler.is_compiling():
            return
        self.entered = perf_counter()
        try:
            if self.eyes.failure is not None:
                raise self.eyes.failure
            method(self, *args)
        except Exception as error:
            self.fail(error)
        self.own += perf_counter() - self.entered

    return call


class Coming(NamedTuple):
    """What is known of a backward pass that is under way."""

    loss: Tensor | None
    scale: float
    """What the loss was multiplied with."""
    targets: tuple[str, Tensor] | None
    floor: tuple[str, Tensor | float] | None
    """The last activation, and the smallest loss that it allows."""


class Watcher:
    """Follows the steps of a model's training, and has some of them observed."""

    def __init__(self, model: nn.Module, optimizer: Optimizer | None, every: int | None) -> None:
        self.model = model
        self.optimizer = optimizer
        self.recorder = Recorder()
        self.eyes = Eyes(model, self.recorder)
        self.schedule = Schedule(every)
        self.baseline = Baseline()
        self.inputs = Inputs()
        self.floor = Floor()
        self.names = {id(parameter): name for name, parameter in model.named_parameters()}
        self.watched: Callable[[], None] = lambda: None
        """Called after a step that was watched."""
        self.stepping: list[Tensor] = []
        """The parameters of which a step is being measured."""
        self.steps_of_optimizer = False
        """Whether an optimiser ends the steps; before the first, it is not known."""
        self.learning_rate: float | None = None
        """The largest of the last step."""
        self.states_losses = False
        """Whether the user states the losses, of which no baseline is known then."""
        self.evaluations = self.skipped = 0
        self.closed = False
        self.inside = False
        """Whether a forward that is watched is running."""
        self.entered = 0.0
        self.begin()
        self.handles: list[Any] = [
            model.register_forward_pre_hook(Hook(self.forward_begins)),
            model.register_forward_hook(Hook(self.forward_ended), always_call=True),
            register_optimizer_step_pre_hook(self.optimizer_begins),
            register_optimizer_step_post_hook(self.optimizer_ended),
        ]
        _taps.attach(self)

    def begin(self) -> None:
        """Nothing has happened yet in the next step."""
        self.started: float | None = None
        self.watching = False
        self.arrived = False
        """Whether a gradient came back to the model."""
        self.losses: list[float] = []
        self.stated: float | None = None
        """The loss, by the user's own words."""
        self.scale = 1.0
        self.was_scaled = False
        self.coming: Coming | None = None
        self.own = self.eyes.own = 0.0
        """Seconds spent on watching."""

    def close(self) -> None:
        """Ends the watching; what was counted stays."""
        if self.closed:
            return
        self.entered = perf_counter()
        if self.arrived and not self.steps_of_optimizer:
            self.end_step()
        self.closed = True
        for handle in self.handles:
            handle.remove()
        self.eyes.close()
        _taps.detach(self)
        self.recorder.run.drop_step()

    def fail(self, error: Exception) -> None:
        """Ends the watching because the doctor itself has failed."""
        self.arrived = False
        self.close()
        text = f"Watching ended because the doctor failed: {type(error).__name__}: {error}"
        self.recorder.run.note(text)
        warnings.warn(f"relume: {text}; training goes on", RuntimeWarning, stacklevel=3)

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
        if self.watching:
            self.inputs.take(args)

    @guarded
    def forward_ended(self, module: nn.Module, args: Any, output: Any) -> None:
        if module is not self.model or not self.inside:
            return
        self.inside = False
        self.eyes.close()
        y = first_tensor(output)
        if y is not None and y.requires_grad and not y.is_inference():
            y.register_hook(self.gradient_arrived)
            # PyTorch declares what an operation remembers as a method.
            node: Any = y.grad_fn
            if node is not None:
                node.metadata[OUTPUT] = y.detach()

    @guarded
    def backward_begins(self, loss: Tensor | None, scaler: GradScaler | None) -> None:
        if self.started is None:
            return
        self.was_scaled = scaler is not None
        if not self.watching:
            self.arrived = True
            return
        node = None if loss is None else loss_node(loss, scaler is not None)
        known = targets(node)
        self.coming = Coming(
            loss=None if loss is None else loss.detach(),
            scale=1.0 if scaler is None else float(scaler.get_scale()),
            targets=known,
            floor=None if known is None else smallest_loss(node, *known),
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
        if coming.floor is not None:
            self.floor.take(*coming.floor)

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
        if self.watching:
            for parameter, name in self.parameters_of(optimizer):
                # Of a compiled model nothing else is seen.
                self.arrived = True
                self.recorder.before(name, parameter)
                self.stepping.append(parameter)

    @guarded
    def optimizer_ended(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        if not self.is_ours(optimizer):
            return
        for parameter in self.stepping:
            self.recorder.after(parameter)
        self.stepping = []
        self.steps_of_optimizer = True
        self.learning_rate = max((float(g["lr"]) for g in optimizer.param_groups if "lr" in g), default=None)
        self.end_step()

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
        losses = self.losses if self.stated is None else [self.stated]
        run.end_step(sum(losses) / len(losses) if losses else None, watched)
        now = perf_counter()
        duration = now - self.started
        cost = self.schedule.end(duration, self.own + self.eyes.own + now - self.entered, watched)
        run.seconds(cost, max(duration - cost, 0.0))
        self.entered = now
        self.begin()
        if watched:
            self.watched()

    def is_ours(self, optimizer: Optimizer) -> bool:
        if self.optimizer is not None:
            return optimizer is self.optimizer
        return any(id(p) in self.names for group in optimizer.param_groups for p in group["params"])

    def parameters_of(self, optimizer: Optimizer) -> list[tuple[Tensor, str]]:
        """Those of the model that have a gradient, with their names."""
        parameters = (p for group in optimizer.param_groups for p in group["params"])
        return [(p, self.names[id(p)]) for p in parameters if id(p) in self.names and p.grad is not None]


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
