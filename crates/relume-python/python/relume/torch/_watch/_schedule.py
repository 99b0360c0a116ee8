"""Which steps are watched, so that watching stays cheap."""

from collections import deque
from statistics import median

SHARE = 0.025
"""The share of the time of training that watching may add by its own measure, which does not see everything: with 4 %
bench/watch.py found up to 7. 5 % is promised."""


class Schedule:
    """Every ``every`` steps, or whenever the time that watching has taken allows it."""

    def __init__(self, every: int | None) -> None:
        self.every = every
        self.steps = 0
        self.spent = 0.0
        """Seconds that watching has taken, the first step aside."""
        self.elapsed = 0.0
        """Seconds that the steps have taken, watching included."""
        self.plain: deque[float] = deque(maxlen=32)
        self.watched: deque[tuple[float, float]] = deque(maxlen=32)

    def due(self) -> bool:
        """Whether the step that begins is to be watched."""
        if self.every is not None:
            return self.steps % self.every == 0
        return self.steps == 0 or self.spent + self.cost() <= SHARE * (self.elapsed - self.spent)

    def cost(self) -> float:
        """What a watched step takes more than others: measured inside, or from outside if that is more."""
        if not self.watched:
            return 0.0
        inside = median(own for _, own in self.watched)
        return max(inside, self.beyond(median(duration for duration, _ in self.watched)))

    def beyond(self, duration: float) -> float:
        """How much longer a step took than those that were not watched."""
        return duration - median(self.plain) if self.plain else 0.0

    def end(self, duration: float, own: float, watched: bool) -> float:
        """Notes a step, and the seconds of it that the doctor spent; returns what watching it took."""
        cost = own
        # The first step warms up whatever there is to warm up, and says nothing about the others.
        if self.steps > 0:
            if watched:
                self.watched.append((duration, own))
                cost = max(own, self.cost())
            else:
                self.plain.append(duration - own)
            self.spent += cost
            self.elapsed += duration
        self.steps += 1
        return cost
