"""Who is told of something."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Listeners(Generic[T]):
    """Those who are told. They come and go while other threads walk through them, so each change makes a new tuple."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.present: tuple[T, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.present)

    def add(self, listener: T) -> None:
        with self.lock:
            self.present = (*self.present, listener)

    def remove(self, listener: T) -> None:
        """Nothing happens where it is gone already."""
        with self.lock:
            self.present = tuple(present for present in self.present if present is not listener)
