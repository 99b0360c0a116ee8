"""What the doctor prescribes, as Python objects."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Target:
    """A place in a model that a prescription concerns."""

    layer: str
    """The activation layer, as the doctor calls it."""
    activation: str
    module: str | None
    """The module that is to be changed; none where it is a function or cannot be known."""
    weights: str | None
    """The module that computes its pre-activations, if a new activation asks for another rule of initial weights."""
    units: tuple[int, ...]
    """The dead units, where it is they that are to be revived."""
    glorot: bool
    """Whether initial weights follow Glorot's rule, not He's."""
    gain: float
    """By how much initial weights make up for what the activation takes from the signal."""


@dataclass(frozen=True)
class Prescription:
    """One thing to do about a model that is ill."""

    check: str
    """The check that asks for it, such as ``dead_units``."""
    kind: str
    """The remedy, such as ``lower_learning_rate``."""
    targets: tuple[Target, ...]
    """Where; none for the network as a whole."""
    value: float | None
    """What the learning rate is multiplied by, or the norm that gradients are clipped to."""
    activation: str | None
    """The activation to use, by its name in the catalogue."""
    text: str
    """In words, with its numbers."""
    code: str | None
    """As PyTorch code, where a few lines can do it."""
    applies: bool
    """Whether ``relume.torch.treat`` can do it."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The activation layers that it concerns, as the doctor calls them."""
        return tuple(target.layer for target in self.targets)

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Prescription":
        """From its JSON form."""
        targets = tuple(Target(**{**target, "units": tuple(target["units"])}) for target in fields["targets"])
        return cls(**{**fields, "targets": targets})

    def __str__(self) -> str:
        return self.text
