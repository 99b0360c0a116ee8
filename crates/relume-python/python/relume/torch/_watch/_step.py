"""What has happened in the present step."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from relume.torch._watch._loss import Expression


@dataclass(slots=True)
class BackwardPass:
    """A backward pass, as it was before it ran."""

    loss: Tensor | float
    """The loss before it was divided for accumulation or multiplied by a gradient scaler; a tensor on a device."""
    factor: float
    """What the loss was multiplied with after that, by the program."""
    scale: float
    """What the scaler multiplied it with; known in watched steps."""
    reached: bool
    """Whether the loss was computed from what the model returned."""
    expression: Expression | None
    """How it was computed; known in watched steps."""


@dataclass(slots=True)
class Step:
    """One step of training, from its first forward pass to the optimiser's update."""

    started: bool = False
    watched: bool = False
    """Whether it is watched in full."""
    thorough: bool = False
    """Whether inputs, outputs and the loss are looked at, too."""
    forwards: int = 0
    """Forward passes of the model. Where its parts are called one after the other, they make one pass together."""
    ran: Set[nn.Module] = frozenset()
    """What ran outermost in the present pass; with what runs again, another one begins."""
    inputs: Sequence[Any] = ()
    """What the last of them was called with, until a gradient has come back."""
    used: Sequence[Any] = ()
    """The same, until the step ends."""
    output: Tensor | None = None
    """What the last of them returned; kept in watched steps."""
    passes: tuple[BackwardPass, ...] = ()
    backwards: int = 0
    """Backward passes, of which those without a loss are not in the list."""
    arrived: bool = False
    """Whether a gradient came back to the model."""
    gradients_taken: bool = False
    stated: float | None = None
    """The loss, by the user's own words."""
    was_scaled: bool = False
    """Whether a gradient scaler was used."""
    version: int = 0
    """That of a parameter, as the step began: it rises when values are changed in place."""
    not_finite: dict[str, Any] | None = None
    """What was found to be NaN or infinite."""
    own: float = 0.0
    """Seconds spent on watching."""

    def passes_on(self, module: nn.Module) -> bool:
        """Notes that a module runs outermost; says whether a pass begins with it."""
        begins = not self.ran or module in self.ran
        self.ran = {module} if begins else self.ran | {module}
        self.forwards += begins
        return begins
