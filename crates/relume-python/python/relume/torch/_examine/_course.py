"""The time that an examination has, and how far it has come."""

from __future__ import annotations

from time import monotonic
from typing import Any

from relume.torch._compare._progress import LINE_EVERY, screen

SHOWN_AFTER = 2.0
"""Seconds after which progress is shown."""


class Course:
    """The time that is left, and what is shown meanwhile."""

    def __init__(self, seconds: float, shown: bool) -> None:
        self.began = monotonic()
        self.deadline = self.began + seconds
        self.shown = shown
        self.screen: Any = None
        self.now, self.last = "", -LINE_EVERY

    def begins(self, name: str) -> None:
        """An experiment begins."""
        self.now = name
        self.show()

    def show(self) -> None:
        now = monotonic()
        if not self.shown or now - self.began < SHOWN_AFTER:
            return
        self.screen = self.screen or screen()
        if self.screen.overwrites or now - self.last >= LINE_EVERY:
            self.last = now
            self.screen.write(f"examining: {self.now} · at most {max(self.deadline - now, 0.0):.0f} s left")

    def goes_on(self) -> bool:
        """Whether there is time left."""
        if self.screen is None:
            self.show()
        return monotonic() < self.deadline

    def __enter__(self) -> Course:
        return self

    def __exit__(self, *error: object) -> None:
        if self.screen is not None:
            self.screen.close()
