"""Threads for a while."""

import contextlib
from collections.abc import Iterator

from relume import _native


@contextlib.contextmanager
def num_threads(threads: int) -> Iterator[None]:
    """Sets how many threads large calls use, and sets it back afterwards.

    It holds for the whole process, as ``set_num_threads`` does.

    >>> import relume
    >>> with relume.num_threads(1):
    ...     relume.get_num_threads()
    1
    """
    before = _native.get_num_threads()
    _native.set_num_threads(threads)
    try:
        yield
    finally:
        _native.set_num_threads(before)
