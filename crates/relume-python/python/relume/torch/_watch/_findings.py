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
    """What to do, the least invasive first."""

    @classmethod
    def of(cls, fields: dict[str, Any]) -> "Finding":
        """From its JSON form."""
        lists = {
            "layers": tuple(fields["layers"]),
            "evidence": tuple(Evidence(**evidence) for evidence in fields["evidence"]),
            "prescription": tuple(fields["prescription"]),
        }
        return cls(**{**fields, **lists})

    def __str__(self) -> str:
        return f"{self.severity}: {self.summary}"
