"""How far a comparison has come: a line that is written over, or where that cannot be, a line now and then."""

from __future__ import annotations

import sys
from importlib import import_module
from time import monotonic
from typing import Any

LINE_EVERY = 10.0
"""Seconds between lines where nothing can be written over."""


class Progress:
    """Shows how many trials are done, and about how long the others take."""

    def __init__(self, trials: int, kept: int, shown: bool) -> None:
        self.trials = trials
        self.kept = self.done = kept
        self.failed = 0
        self.began = monotonic()
        self.last = -LINE_EVERY
        self.screen = screen() if shown else None
        self.show("")

    def begins(self, activation: str, seed: int) -> None:
        """A trial begins."""
        self.show(f"{activation}, seed {seed}")

    def ended(self, failed: bool) -> None:
        """A trial is done."""
        self.done += 1
        self.failed += failed
        self.show("")

    def show(self, now: str) -> None:
        if self.screen is None:
            return
        if not self.screen.overwrites and self.done < self.trials and monotonic() - self.last < LINE_EVERY:
            return
        self.last = monotonic()
        parts = [f"{self.done} of {self.trials} trials", now, self.failures(), self.left()]
        self.screen.write(" · ".join(filter(None, parts)))

    def failures(self) -> str:
        return f"{self.failed} broke down" if self.failed else ""

    def left(self) -> str:
        run = self.done - self.kept
        # The first say little: processes have to start.
        if run < 3 or self.done == self.trials:
            return ""
        return f"about {duration((monotonic() - self.began) / run * (self.trials - self.done))} left"

    def close(self) -> None:
        if self.screen is not None:
            self.screen.close()


class Lines:
    """A log, or whatever is no terminal."""

    overwrites = False

    def write(self, line: str) -> None:
        print(f"relume: {line}", file=sys.stderr, flush=True)

    def close(self) -> None:
        pass


class Terminal:
    """A line that is written over."""

    overwrites = True

    def write(self, line: str) -> None:
        print(f"\r\x1b[Krelume: {line}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class Notebook:
    """An output of a notebook's cell that is replaced."""

    overwrites = True

    def __init__(self, display: Any) -> None:
        self.display = display
        self.handle: Any = None

    def write(self, line: str) -> None:
        bundle = {"text/plain": f"relume: {line}"}
        if self.handle is None:
            self.handle = self.display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)

    def close(self) -> None:
        pass


def screen() -> Lines | Terminal | Notebook:
    """Where the progress is shown."""
    # In a notebook IPython has been imported already.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and getattr(shell, "kernel", None) is not None:
        return Notebook(import_module("IPython.display").display)
    return Terminal() if sys.stderr.isatty() else Lines()


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
