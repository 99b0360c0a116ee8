"""What the doctor finds, as Python objects."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Evidence:
    """One number behind a finding, with the threshold that it was compared with."""

    quantity: str
    value: float | None
    threshold: float | None
    unit: str


@dataclass(frozen=True)
class Remedy:
    """One thing to do about a finding."""

    kind: str
    """Which remedy it is, such as ``lower_learning_rate``."""
    layers: tuple[str, ...]
    """The layers that it concerns; none for all, or for the network as a whole."""
    value: float | None
    """What the learning rate is multiplied by, or the norm that gradients are clipped to."""
    activation: str | None
    """The activation to use."""

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Remedy":
        """From its JSON form."""
        return cls(**{**fields, "layers": tuple(fields["layers"])})


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, how it is known, and what to do."""

    check: str
    """The name of the check, such as ``dead_units``."""
    severity: Literal["warning", "fault"]
    """A network with a fault, or a part of it, cannot learn as it is."""
    layers: tuple[str, ...]
    """The layers it concerns; none for the network as a whole."""
    since: int
    """The stretch of the run in which it was first seen: 0 if the untrained network had it."""
    summary: str
    """One sentence, with its numbers."""
    evidence: tuple[Evidence, ...]
    samples: int
    """How many samples it rests on."""
    certainty: str
    """What bounds the claim statistically."""
    prescription: tuple[str, ...]
    """What to do, the first thing to try first."""
    remedies: tuple[Remedy, ...] = ()
    """The same as data."""
    follows_from: str | None = None
    """The check of the finding that it follows from, and with which it should go."""

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Finding":
        """From its JSON form."""
        lists = {
            "layers": tuple(fields["layers"]),
            "evidence": tuple(Evidence(**evidence) for evidence in fields["evidence"]),
            "prescription": tuple(fields["prescription"]),
            "remedies": tuple(Remedy.of(remedy) for remedy in fields.get("remedies", ())),
        }
        return cls(**{**fields, **lists})

    def __str__(self) -> str:
        return f"{self.severity}: {self.summary}"
