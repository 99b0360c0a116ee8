"""The runs of the benchmark: sound recipes, and what is done to some of them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from doctor.generated import further, known, unseen
from doctor.generated.causes import CAUSES
from doctor.generated.recipe import Recipe

SEEDS = 4
"""Of each known recipe. Thresholds may be set on those with even seeds, and on further recipes; held out are those with
odd seeds, and recipes drawn at random, each of which is run with a seed of its own."""

SOUND = {**known.SOUND, **further.SOUND, **unseen.SOUND}

HELD_OUT = ["odd seeds", "drawn recipes"]
PARTS = [*HELD_OUT, "even seeds", "further recipes"]


class Run(NamedTuple):
    """A recipe with a seed, and where it comes from."""

    base: str
    cause: str | None
    severity: Any
    seed: int

    @property
    def key(self) -> str:
        cause = f"/{self.cause}={self.severity}" if self.cause else ""
        return f"{self.base}{cause}/{self.seed}".replace(" ", "")

    @property
    def recipe(self) -> Recipe:
        sound = SOUND[self.base]
        return CAUSES[self.cause](sound, self.severity) if self.cause else sound

    @property
    def twin(self) -> "Run":
        """The same without the cause."""
        return self._replace(cause=None, severity=None)

    @property
    def part(self) -> str:
        """Which part of the benchmark it belongs to."""
        if self.base in unseen.SOUND:
            return "drawn recipes"
        if self.base in further.SOUND:
            return "further recipes"
        return "even seeds" if self.seed % 2 == 0 else "odd seeds"


def all_runs(seeds: int = SEEDS) -> Iterator[Run]:
    """Every run."""
    for recipes in (known, further):
        for seed in range(seeds):
            yield from (Run(base, None, None, seed) for base in recipes.SOUND)
            for base, cause, severities in recipes.SICK:
                yield from (Run(base, cause, severity, seed) for severity in severities)
    own = {base: seed for seed, base in enumerate(unseen.SOUND)}
    yield from (Run(base, None, None, seed) for base, seed in own.items())
    yield from (Run(base, cause, severity, own[base]) for base, cause, [severity] in unseen.SICK)
