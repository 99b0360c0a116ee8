"""What came of the experiments, as data."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from relume.torch._examine._judgement import LEARNT
from relume.torch._treat._arms import UNCHANGED
from relume.torch._watch import Doctor, Finding

ANOTHER_SEED = "another seed"


@dataclass(frozen=True)
class Outcome:
    """What came of one experiment."""

    name: str
    losses: tuple[float, ...]
    """The loss of each step."""
    learning: str | None
    """``learns``, ``learns_slowly``, ``does_not_learn`` or ``not_known_yet``; None if it was not tried."""
    loss: float | None
    """The mean loss of the last steps; None if it is not finite, or it was not tried."""
    helps: bool | None
    """Whether it learns and ends clearly below the controls; None for what is no change."""
    beats: tuple[str, ...] = ()
    """The controls that it ends clearly below."""
    untried: str | None = None
    """Why it was not tried."""

    @property
    def does_good(self) -> bool:
        """Whether it learns and ends clearly below the unchanged training and another seed."""
        return self.learning in LEARNT and {UNCHANGED, ANOTHER_SEED} <= set(self.beats)


@dataclass(frozen=True)
class Outcomes:
    """What came of all experiments, and what follows from it."""

    experiments: tuple[Outcome, ...]
    """The experiments, in the order in which they ran."""
    headline: str
    """The likeliest cause and what was seen, in a few sentences."""
    cause: str | None
    """The check that stands for the likeliest cause, after what the experiments showed; None where none is known."""
    finding: Finding | None
    """What the doctor says of that cause, if the doctor found it in the unchanged training."""
    reference: float
    """The loss of the best constant prediction, or that of the first step where it is not known."""
    baseline_known: bool
    """Which of the two it is."""
    steps: int
    """Of each experiment."""
    batches: int
    """How many batches were taken."""
    left_out: tuple[str, ...]
    """The experiments that did not run, for want of time or of need."""
    ended: str | None
    """Why: ``out of time``, ``interrupted``, or ``it learns``; None if all ran."""
    doctor: Doctor
    """Who watched the unchanged training."""

    @property
    def learns(self) -> bool:
        """Whether it learns as it is."""
        return self.experiments[0].learning in LEARNT

    @property
    def helps(self) -> tuple[str, ...]:
        """The changes that make it learn, or learn clearly better, each alone; the best first."""
        found = [outcome for outcome in self.experiments if outcome.helps]
        return tuple(each.name for each in sorted(found, key=lambda each: each.loss or 0.0))

    def to_dict(self) -> dict[str, Any]:
        """Everything as data."""
        fields = {name: value for name, value in vars(self).items() if name != "doctor"}
        return {
            **fields,
            "experiments": [asdict(outcome) for outcome in self.experiments],
            "finding": None if self.finding is None else asdict(self.finding),
            "learns": self.learns,
            "helps": self.helps,
        }
